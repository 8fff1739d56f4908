"""What is paid before the first sample."""
from harness.competitors import Job, Row, interleave
from harness.tables import Section

TEXT = """
A recording of 2 trials × 4 channels × 500 samples; whole processes. `slepian plan` times a part of the work to say how long the
job will take, but for `--no-timing`. *mpiexec, nothing* starts `true` on two ranks. The last line is what a Syncopy script waits for before its first
own line.
"""
RUNS = 20


def measure(bench):
    recording = bench.recording(2, 4, 500)
    options = {"tapsmofrq": 4}
    run = bench.job(Row("slepian run, 1 rank", ours=True), recording, options)
    jobs = [
        run,
        bench.job(Row("slepian run, 2 ranks", ours=True), recording, options, ranks=2),
        Job(Row("slepian --version", ours=True), [bench.slepian, "--version"], bench.logs),
        Job(Row("slepian plan", ours=True), [bench.slepian, "plan", run.config], bench.logs),
        Job(Row("slepian plan --no-timing", ours=True), [bench.slepian, "plan", run.config, "--no-timing"], bench.logs),
        Job(Row("mpiexec, nothing, 2 ranks"), [bench.mpiexec, "2", "true"], bench.logs, n_cores=2),
    ]
    rows = interleave(jobs, max(bench.repetitions, RUNS))
    syncopy = Row("python -c 'import syncopy'", failed=bench.lacking("Syncopy"))
    command = ["env", f"SPYDIR={bench.scratch}", "SPYSILENTSTARTUP=1", bench.syncopy_python, "-W", "ignore", "-c", "import syncopy"]
    rows += interleave([Job(syncopy, command, bench.logs)], bench.repetitions)
    return Section("startup", "Start", TEXT, rows)
