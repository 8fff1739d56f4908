"""MNE from a BrainVision file of 16-bit integers to the power of trials of equal length, one job: reading, cutting and computing
count. It keeps the result in memory."""
import mne
import numpy as np
from mne.time_frequency import psd_array_multitaper

import serve

mne.set_log_level("ERROR")
job = serve.job()
low, high = job["freqanalysis"]["foilim"]
n_trials, n_samples, n_channels = job["n_trials"], job["n_samples"], job["n_channels"]


def compute():
    raw = mne.io.read_raw_brainvision(job["header"])
    samples = raw.get_data().reshape(n_channels, n_trials, n_samples).transpose(1, 0, 2)
    return psd_array_multitaper(
        samples - samples.mean(axis=2, keepdims=True), job["sample_rate_hz"], fmin=low, fmax=high,
        bandwidth=2 * job["freqanalysis"]["tapsmofrq"], adaptive=False, n_jobs=1,
    )[0]


# MNE gives volts, and power per sample; power per bin is 1/L of that
serve.check(job, compute()[0] * 1e12 / n_samples)
serve.loop(compute, {"MNE": mne.__version__, "NumPy": np.__version__})
