"""Memory of a whole job, and what `slepian plan` says of it beforehand."""
import re
import subprocess

from harness.competitors import Row, interleave
from harness.tables import Section
from sections.compute import DPSS

TEXT = """
The job of *Files to files*; most memory of any rank, libraries and MPI included, beside what `slepian plan` says a rank takes
for samples, spectra, tapers and buffers. A process that takes less than the 16 MiB of the driver is counted with those.
"""
UNITS = {"B": 2**-20, "KiB": 2**-10, "MiB": 1, "GiB": 2**10}


def predicted_mib(bench, job, ranks):
    plan = subprocess.run(
        [bench.slepian, "plan", job.config, "--ranks", str(ranks)], capture_output=True, text=True, check=True
    ).stdout
    number, unit = re.search(r"^memory\s+([\d.]+) (\w+) per rank", plan, re.M).groups()
    return float(number) * UNITS[unit]


def measure(bench):
    cases = {"100 trials, 1 rank": (100, 1), "1000 trials, 1 rank": (1000, 1), "1000 trials, 2 ranks": (1000, 2)}
    jobs, predictions = [], []
    for label, (n_trials, ranks) in cases.items():
        job = bench.job(Row(label, ours=True), bench.recording(n_trials), DPSS, ranks=ranks)
        jobs.append(job)
        predictions.append(predicted_mib(bench, job, ranks))
    rows = interleave(jobs, min(bench.repetitions, 3))
    first = rows[0].peak_mib
    for row, prediction in zip(rows, predictions):
        if row.peak_mib and first:
            row.remark = f"plan: {prediction:.1f} MiB; {row.peak_mib / first:.2f} × the memory of the first row"
    return Section("memory", "Memory", TEXT, rows)
