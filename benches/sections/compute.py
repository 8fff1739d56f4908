"""Compute alone: one core, the recording in memory, no files."""
from harness.competitors import Row, Server, interleave
from harness.tables import Section

DPSS = {"tapsmofrq": 4, "foilim": [1, 150]}
NW, N_TAPERS = 8, 15

TEXT = """
100 trials × 64 channels × 2000 samples in single precision, 1 kHz, ±4 Hz (15 tapers), 1 to 150 Hz, power of every trial,
means subtracted. Recording and room for the result are in memory, tapers and plans are made beforehand; MNE makes its tapers
in every call. Slepian takes the samples as they lie in the file, `(sample, channel)`; to the others every channel is given
contiguous, and malloc is told to keep what they free, which speeds SciPy up. FFTW (FFTW_PATIENT) is a C program written for
this, `benches/peers/fftw.c`, that shares every complex FFT between two tapers. MNE computes in double precision and weighs
tapers by their eigenvalues, hence its difference.
"""


# glibc gives freed arrays back to the kernel and asks for them again: half of the time of some of SciPy's loops
KEEPS_MEMORY = ["env", "MALLOC_TRIM_THRESHOLD_=4000000000", "MALLOC_MMAP_THRESHOLD_=4000000000"]


def python_server(bench, row, script, job, **options):
    row.failed = bench.lacking("peers")
    command = [*KEEPS_MEMORY, bench.peer_python, bench.peers / script, bench.encode(job)]
    return Server(row, command, bench.logs, **options)


def ours(bench, row, job, **options):
    return Server(row, [bench.compute, bench.encode(job)], bench.logs, **options)


def measure(bench):
    recording = bench.recording()
    checks = {}

    def job(row, **more):
        checks[id(row)] = path = bench.scratch / f"{len(checks)}.check"
        return recording.job(DPSS, check=str(path), **more)

    slepian = Row("Slepian", ours=True)
    at_once, by_taper = Row("SciPy, all tapers at once"), Row("SciPy, taper by taper")
    mne, fftw = Row("MNE"), Row("FFTW")
    competitors = [
        ours(bench, slepian, job(slepian)),
        fftw_server(bench, fftw, job(fftw)),
        python_server(bench, by_taper, "scipy_rfft.py", job(by_taper)),
        python_server(bench, at_once, "scipy_rfft.py", job(at_once, tapers_at_once=True)),
        python_server(bench, mne, "mne_multitaper.py", job(mne)),
    ]
    rows = interleave(competitors, bench.repetitions)
    # gigabytes, and minutes: once, with nobody else in memory
    connectivity = Row("spectral_connectivity")
    rows += interleave(
        [python_server(bench, connectivity, "spectral_connectivity_power.py", job(connectivity))], repetitions=1
    )
    bench.compare(rows, checks)
    return Section("compute", "Compute, one core", TEXT, rows)


def fftw_server(bench, row, job):
    row.failed = bench.lacking("FFTW")
    tapers = bench.scratch / "tapers"
    bench.run([bench.compute, bench.encode({**job, "tapers": {"file": str(tapers), "nw": NW, "count": N_TAPERS}})])
    # 1 to 150 Hz in bins of 0.5 Hz
    bins = ["2", "299"]
    shape = [job[key] for key in ("n_trials", "n_samples", "n_channels")]
    command = [bench.fftw, job["file"], job["offset"], *shape, tapers, N_TAPERS, *bins, job["check"]]
    return Server(row, command, bench.logs)
