"""Whole jobs with every method, from container to container."""
from dataclasses import dataclass

from harness import spectra
from harness.competitors import Row, interleave
from harness.tables import Section

TEXT = """
The methods but `mtmfft` with several tapers, which *Files to files* has; one rank, and Syncopy sequentially, timed as there, on
trials of 16 channels × 2000 samples of noise at 1 kHz, power of every trial. Syncopy's superlets take minutes for these: it computes
the first two, and its times are multiplied, with the tens of milliseconds that a call takes once. *Difference* is here the
largest difference of any number of the first trial, relative to it or to the mean power, whichever is larger: the work is the same.
"""
N_CHANNELS, N_SAMPLES = 16, 2000
HZ = list(range(4, 101))


@dataclass
class Setting:
    """A method with its parameters, which have the same names in both programs."""

    label: str
    freqanalysis: dict
    n_trials: int = 100
    # that Syncopy computes; all of them when absent
    n_trials_syncopy: int | None = None


SETTINGS = [
    Setting("mtmconvol, windows of 0.25 s that share 90 %, 4 to 100 Hz",
            {"method": "mtmconvol", "t_ftimwin": 0.25, "toi": 0.9, "taper": "hann", "foilim": [4, 100]},
            n_trials=1000),
    Setting("mtmconvol, a window of 0.25 s around every sample, 5 frequencies",
            {"method": "mtmconvol", "t_ftimwin": 0.25, "toi": "all", "taper": "hann", "foi": [8, 12, 20, 40, 80]}),
    Setting("welch, windows of 0.5 s that share half",
            {"method": "welch", "t_ftimwin": 0.5, "toi": 0.5, "taper": "hann"}, n_trials=1000),
    Setting("wavelet, Morlet, 97 frequencies at every sample",
            {"method": "wavelet", "wavelet": "Morlet", "width": 6, "foi": HZ, "toi": "all"}, n_trials=20),
    Setting("wavelet, Morlet, 97 frequencies every 10 ms",
            {"method": "wavelet", "wavelet": "Morlet", "width": 6, "foi": HZ, "toi": [k / 100 for k in range(200)]}),
    Setting("superlet, multiplicative, orders 1 to 10, 97 frequencies at every sample",
            {"method": "superlet", "c_1": 3, "order_min": 1, "order_max": 10, "adaptive": False, "foi": HZ, "toi": "all"},
            n_trials=20, n_trials_syncopy=2),
    Setting("mtmfft, several tapers, output = \"fooof\"",
            {"method": "mtmfft", "output": "fooof", "tapsmofrq": 4, "foilim": [4, 100],
             "fooof_opt": {"peak_width_limits": [4, 20], "max_n_peaks": 4}}, n_trials=20, n_trials_syncopy=4),
]


def measure(bench):
    rows = []
    for setting in SETTINGS:
        rows += pair(bench, setting)
    return Section("methods", "Methods, files to files", TEXT, rows)


def pair(bench, setting):
    """Ours and Syncopy's."""
    freqanalysis = {"output": "pow", **setting.freqanalysis}
    # the same windows, edges and kernels
    of_ours = {**freqanalysis, "compat": "syncopy"}
    label = f"{setting.label}; {setting.n_trials} trials"
    ours = Row("Slepian, 1 rank", ours=True, group=label)
    theirs = Row("Syncopy, sequentially", group=label)
    n_syncopy = setting.n_trials_syncopy or setting.n_trials
    whole, part = (bench.recording(n, N_CHANNELS, N_SAMPLES) for n in (setting.n_trials, n_syncopy))
    job = bench.job(ours, whole, of_ours)
    peer = bench.syncopy(theirs, part, freqanalysis)
    rows = interleave([job, peer], min(bench.repetitions, 3))
    if not (ours.failed or theirs.failed):
        try:
            n_rows = spectra.n_rows(job.result, setting.n_trials)
            theirs.difference = spectra.largest_difference(peer.result, job.result, n_rows)
        except ValueError as error:
            theirs.failed = f"computes something else: {error}"
    scale(theirs, setting.n_trials / n_syncopy, n_syncopy)
    return rows


def scale(row, factor, n_trials):
    """Times of a part as those of the whole, and says so."""
    if factor == 1:
        return
    row.seconds = [factor * s for s in row.seconds]
    row.cpu = [factor * s for s in row.cpu]
    row.remark = f"{n_trials} trial{'s' if n_trials > 1 else ''} computed, times {factor:g}"
