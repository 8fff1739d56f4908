"""MNE on a few channels of one long trial, with tapers of half-bandwidth `nw`: its tapers apart, and everything."""
import time

import mne
import numpy as np
from mne.time_frequency import psd_array_multitaper
from mne.time_frequency.multitaper import dpss_windows

import serve

mne.set_log_level("ERROR")
job = serve.job()
n_samples, n_channels = job["n_samples"], job["n_taken"]
stored = np.memmap(job["file"], np.float32, "r", job["offset"], (n_samples, job["n_channels"]))
samples = np.ascontiguousarray(stored[:, :n_channels].T)
low, high = job["freqanalysis"]["foilim"]


def timed(what):
    start, cpu = time.perf_counter(), time.process_time()
    what()
    return {"seconds": time.perf_counter() - start, "cpu": time.process_time() - cpu}


def spectra():
    bandwidth = 2 * job["nw"] * job["sample_rate_hz"] / n_samples
    psd_array_multitaper(samples, job["sample_rate_hz"], low, high, bandwidth, adaptive=False, n_jobs=1)


serve.say(versions={"MNE": mne.__version__})
input()
# as many as psd_array_multitaper asks for
tapers = timed(lambda: dpss_windows(n_samples, job["nw"], int(2 * job["nw"]), sym=False, low_bias=True))
serve.say(**timed(spectra), tapers=tapers)
