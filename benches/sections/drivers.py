"""Both ways to write a result: the system's own calls, and parallel HDF5."""
import os
import shutil

from harness.competitors import Row, interleave
from harness.tables import Section
from sections.compute import DPSS

COEFFICIENTS = {**DPSS, "output": "fourier", "keeptapers": True}
N_TRIALS = 300
# trials × tapers × frequencies × channels × complex64
BYTES = N_TRIALS * 15 * 299 * 64 * 8

TEXT = f"""
`output.driver = "posix"`, every rank with `pwrite`, and `"mpio"`, independent `H5Dwrite` over MPI-IO (on one rank: HDF5's default
driver). Coefficients of all tapers of {N_TRIALS} trials × 64 channels × 2000 samples, {BYTES / 1e9:.2f} GB, whole trials and in blocks of
16 channels, which are tiles of the file.
"""


def measure(bench):
    recording = bench.recording(N_TRIALS)

    def rate(row):
        row.remark = f"{BYTES / row.median / 1e9:.2f} GB/s"

    jobs = []
    for blocks, options in (("whole trials", {}), ("tiles", {"chan_per_worker": 16})):
        for ranks in (1, 2):
            for driver in ("posix", "mpio"):
                name = f'"{driver}", {blocks}, {ranks} rank' + "s" * (ranks > 1)
                jobs.append(bench.job(
                    Row(name, ours=True), recording, {**COEFFICIENTS, **options}, ranks=ranks, output={"driver": driver},
                    after=rate,
                ))

    def clear():
        """Leaves nothing of any earlier job, in memory or on its way to the disk."""
        for job in jobs:
            shutil.rmtree(job.result, ignore_errors=True)
        os.sync()

    for job in jobs:
        job.before = clear
    return Section("drivers", "Drivers", TEXT, interleave(jobs, bench.repetitions))
