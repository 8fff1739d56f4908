"""Results that are large: how near a job comes to the disk."""
import os
import shutil
import sys

from harness.competitors import Job, Row, interleave
from harness.tables import Section
from sections.compute import DPSS

COEFFICIENTS = {**DPSS, "output": "fourier", "keeptapers": True}
N_TRIALS = 900
# trials × tapers × frequencies × channels × complex64
BYTES = N_TRIALS * 15 * 299 * 64 * 8

TEXT = f"""
Coefficients of all 15 tapers of {N_TRIALS} trials × 64 channels × 2000 samples: {BYTES / 1e9:.2f} GB of output from
{N_TRIALS * 64 * 2000 * 4 / 1e9:.2f} GB of input, beside a plain file of as many bytes, written in blocks of 8 MiB from start to
end to the same folder. Nothing of one job is left when the next begins. All end when their bytes are on disk (fsync).
"""


def measure(bench):
    recording = bench.recording(N_TRIALS)
    plain_file = bench.scratch / "plain"
    plain = [sys.executable, "-I", bench.peers / "plain_write.py"]

    def rate(row):
        row.remark = f"{BYTES / row.median / 1e9:.2f} GB/s"

    jobs = [
        bench.job(Row("Slepian, 1 rank", ours=True), recording, COEFFICIENTS, after=rate),
        bench.job(Row("Slepian, 2 ranks", ours=True), recording, COEFFICIENTS, ranks=2, after=rate),
        Job(Row("plain write"), [*plain, plain_file, BYTES], bench.logs, after=rate),
        Job(Row("plain write, room asked for first"), [*plain, plain_file, BYTES, "--allocate"], bench.logs, after=rate),
    ]

    def clear():
        """Leaves nothing of any earlier job, in memory or on its way to the disk: a machine whose memory is in use has to
        find more for the next file, which takes several times longer than to write it."""
        for job in jobs[:2]:
            shutil.rmtree(job.result, ignore_errors=True)
        plain_file.unlink(missing_ok=True)
        os.sync()

    for job in jobs:
        job.before = clear
    return Section("disk", "Large results", TEXT, interleave(jobs, bench.repetitions))
