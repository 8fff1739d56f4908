"""MNE on a few channels of one long trial, with tapers of half-bandwidth `nw`: everything, and its tapers apart."""
import sys
import time

import mne
import numpy as np
from mne.time_frequency import multitaper

import serve

mne.set_log_level("ERROR")
job = serve.job()
n_samples, n_channels = job["n_samples"], job["n_taken"]
stored = np.memmap(job["file"], np.float32, "r", job["offset"], (n_samples, job["n_channels"]))
samples = np.ascontiguousarray(stored[:, :n_channels].T)
low, high = job["freqanalysis"]["foilim"]


def clocks():
    return np.array([time.perf_counter(), time.process_time()])


tapers = np.zeros(2)
make_tapers = multitaper.dpss_windows


def timed_tapers(*args, **kwargs):
    start = clocks()
    made = make_tapers(*args, **kwargs)
    tapers[:] = clocks() - start
    return made


multitaper.dpss_windows = timed_tapers
serve.say(versions={"MNE": mne.__version__})
bandwidth = 2 * job["nw"] * job["sample_rate_hz"] / n_samples
for _ in sys.stdin:
    start = clocks()
    multitaper.psd_array_multitaper(samples, job["sample_rate_hz"], low, high, bandwidth, adaptive=False, n_jobs=1)
    everything = clocks() - start
    serve.say(**dict(zip(("seconds", "cpu"), everything)), tapers=dict(zip(("seconds", "cpu"), tapers)))
