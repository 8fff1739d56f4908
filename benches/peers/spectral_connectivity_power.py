"""spectral_connectivity's Multitaper and Connectivity.power, averaged over tapers, all trials at once."""

import numpy as np
import spectral_connectivity
from spectral_connectivity import Connectivity, Multitaper

import serve

job = serve.job()
options = job["freqanalysis"]
# (sample, trial, channel)
samples = np.ascontiguousarray(serve.read(job).transpose(2, 0, 1))
nw = options["tapsmofrq"] * job["n_samples"] / job["sample_rate_hz"]


def compute():
    tapered = Multitaper(
        samples, sampling_frequency=job["sample_rate_hz"], time_halfbandwidth_product=nw, n_tapers=int(2 * nw - 1)
    )
    return Connectivity.from_multitaper(tapered, expectation_type="tapers").power()


power = compute()  # (window, trial, frequency, channel)
power = power.reshape(job["n_trials"], -1, job["n_channels"])[0, serve.bins(job)]
# their tapers have the energy of the sample rate, their FFTs are divided by it
serve.check(job, power.T * 2 * job["sample_rate_hz"] / job["n_samples"])
del power
serve.loop(compute, {"spectral_connectivity": spectral_connectivity.__version__})
