"""MNE's psd_array_multitaper on all trials at once, not adaptive, one job. It makes its tapers anew in every call."""
import mne
import numpy as np
from mne.time_frequency import psd_array_multitaper

import serve

mne.set_log_level("ERROR")
job = serve.job()
samples = serve.read(job)
low, high = job["freqanalysis"]["foilim"]


def compute():
    return psd_array_multitaper(
        samples, job["sample_rate_hz"], fmin=low, fmax=high, bandwidth=2 * job["freqanalysis"]["tapsmofrq"],
        adaptive=False, n_jobs=1,
    )[0]


# MNE gives power per sample; power per bin is 1/L of that
serve.check(job, compute()[0] / job["n_samples"])
serve.loop(compute, {"MNE": mne.__version__, "NumPy": np.__version__})
