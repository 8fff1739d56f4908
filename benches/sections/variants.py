"""Compute alone, other sizes and options: ours beside SciPy's with the same number of workers."""
from harness.competitors import Row, interleave
from harness.tables import Section
from sections.compute import DPSS, ours, python_server

TEXT = """
The spectra of *Compute* with one thing changed, in memory, on one core and on two. SciPy computes taper by
taper; on two cores it shares trials among threads, since under `workers=2` of its `rfft` all but the FFT would wait.
"""

# name: size of the recording (trials, channels, samples), options, double precision
VARIANTS = {
    "15 tapers": ((), DPSS, False),
    "hann": ((), {"taper": "hann", "foilim": [1, 150]}, False),
    "997 samples": ((100, 64, 997), DPSS, False),
    "2048 samples": ((100, 64, 2048), DPSS, False),
    "3000 samples": ((100, 64, 3000), DPSS, False),
    "double precision": ((), DPSS, True),
    "306 channels, 20 trials": ((20, 306, 2000), DPSS, False),
    "8 channels": ((100, 8, 2000), DPSS, False),
    "4 channels": ((100, 4, 2000), DPSS, False),
    "1 channel": ((100, 1, 2000), DPSS, False),
    "coefficients of every taper": ((), {**DPSS, "output": "fourier", "keeptapers": True}, False),
}


def measure(bench):
    rows = []
    for name, (size, options, double) in VARIANTS.items():
        recording = bench.recording(*size)
        for workers in (1, 2):
            group = f"{name}, {'one core' if workers == 1 else 'two cores'}"
            slepian, scipy = Row("Slepian", ours=True, group=group), Row("SciPy", group=group)
            checks = {id(row): bench.scratch / f"{row.label}.check" for row in (slepian, scipy)}
            jobs = [
                recording.job(options, workers=workers, double=double, check=str(check)) for check in checks.values()
            ]
            pair = interleave([
                ours(bench, slepian, jobs[0], n_cores=workers),
                python_server(bench, scipy, "scipy_rfft.py", jobs[1], n_cores=workers),
            ], bench.repetitions)
            bench.compare(pair, checks)
            rows += pair
    return Section("variants", "Compute, other sizes and options", TEXT, rows)
