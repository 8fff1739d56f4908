"""What the Python competitors of benches/run.py share.

The argument is a job in JSON, the one that benches/compute.rs reads too. For every line on stdin the job is computed once,
and a line of JSON on stdout says how long it took.
"""
import json
import os
import sys
import time

import numpy as np


# progress bars and greetings go where errors go
answers = os.fdopen(os.dup(1), "w")
os.dup2(2, 1)


def job():
    return json.loads(sys.argv[1])


def read(job):
    """The recording as `(trial, channel, sample)`, contiguous, float32 or float64."""
    samples = np.fromfile(
        job["file"], np.float32, job["n_trials"] * job["n_samples"] * job["n_channels"], offset=job["offset"]
    )
    samples = samples.reshape(job["n_trials"], job["n_samples"], job["n_channels"]).transpose(0, 2, 1)
    return np.ascontiguousarray(samples, np.float64 if job["double"] else np.float32)


def bins(job):
    """The bins within `foilim`, both ends included, as a slice."""
    low, high = job["freqanalysis"]["foilim"]
    resolution = job["sample_rate_hz"] / job["n_samples"]
    return slice(int(np.ceil(low / resolution)), int(np.floor(high / resolution)) + 1)


def check(job, power):
    """Stores the power of the first trial, `(channel, frequency)`, scaled as Slepian scales it."""
    if job.get("check"):
        np.ascontiguousarray(power.T, np.float64).tofile(job["check"])


def say(**answer):
    print(json.dumps(answer), file=answers, flush=True)


def loop(compute, versions, cpu_seconds=time.process_time, before=lambda: None, **ready):
    """`before` runs off the clock."""
    say(versions=versions, **ready)
    for _ in sys.stdin:
        before()
        start, cpu = time.perf_counter(), cpu_seconds()
        compute()
        say(seconds=time.perf_counter() - start, cpu=cpu_seconds() - cpu)
