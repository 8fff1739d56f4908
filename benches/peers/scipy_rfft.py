"""SciPy's rfft, trial by trial, all channels of a trial at once; the tapers are made beforehand.

All tapers at once is what comes to mind first; taper by taper keeps the numbers in the cache. With several workers the trials are shared among threads, which SciPy's FFT and NumPy's arithmetic let run side by side:
faster than rfft's own `workers`, under which all but the FFT waits.
"""
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import scipy
from scipy.fft import rfft
from scipy.signal import windows

import serve

job = serve.job()
options = job["freqanalysis"]
samples = serve.read(job)
n_trials, n_channels, n_samples = samples.shape
bins = serve.bins(job)
n_freqs = bins.stop - bins.start

if "tapsmofrq" in options:
    nw = options["tapsmofrq"] * n_samples / job["sample_rate_hz"]
    tapers = windows.dpss(n_samples, nw, max(1, int(2 * nw - 1))) * np.sqrt(2 / n_samples)
else:
    taper = windows.get_window("hann", n_samples, fftbins=False)
    tapers = np.sqrt(8 / 3) / np.sqrt(n_samples * taper.sum()) * taper[np.newaxis]
n_tapers = len(tapers)
tapers = tapers.astype(samples.dtype)

is_power = options.get("output", "pow") == "pow"
if is_power:
    result = np.zeros((n_trials, n_channels, n_freqs), samples.dtype)
else:
    result = np.zeros((n_trials, n_channels, n_tapers, n_freqs), np.result_type(samples.dtype, np.complex64))


def power(z):
    power = z.real**2
    power += z.imag**2
    return power


def tapers_at_once(number, x):
    z = rfft(x[:, np.newaxis] * tapers, overwrite_x=True)[..., bins]
    if is_power:
        np.mean(power(z), axis=1, out=result[number])
    else:
        result[number] = z


def taper_by_taper(number, x):
    if is_power:
        sums = np.zeros((n_channels, n_freqs), samples.dtype)
        for taper in tapers:
            sums += power(rfft(x * taper, overwrite_x=True)[:, bins])
        np.divide(sums, n_tapers, out=result[number])
    else:
        for k, taper in enumerate(tapers):
            result[number, :, k] = rfft(x * taper, overwrite_x=True)[:, bins]


spectra = tapers_at_once if job.get("tapers_at_once") else taper_by_taper


def trial(number):
    x = samples[number]
    spectra(number, x - x.mean(axis=1, keepdims=True))


pool = ThreadPoolExecutor(job["workers"])


def compute():
    if job["workers"] == 1:
        for number in range(n_trials):
            trial(number)
    else:
        list(pool.map(trial, range(n_trials)))


compute()
serve.check(job, result[0] if is_power else (np.abs(result[0].astype(complex)) ** 2).mean(axis=1))
serve.loop(compute, {"SciPy": scipy.__version__, "NumPy": np.__version__})
