"""Competitors: processes that are started for every repetition, or stay and compute once when asked.

Wall time is the driver's or, of what stays, the competitor's own. Processor time and peak memory are those the kernel
reports for the process and the children it has waited for (wait4): the ranks of mpiexec and Dask's workers are among
them. Peak memory is that of the largest of these processes, not their sum.
"""
import json
import os
import selectors
import shutil
import signal
import statistics
import subprocess
import time
from dataclasses import dataclass, field

# nobody's linear algebra starts threads of its own
ENVIRONMENT = {
    **os.environ,
    **{name: "1" for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")},
    "PYTHONDONTWRITEBYTECODE": "1",
}
if os.geteuid() == 0:  # Open MPI refuses without both
    ENVIRONMENT.update(OMPI_ALLOW_RUN_AS_ROOT="1", OMPI_ALLOW_RUN_AS_ROOT_CONFIRM="1")


class Failed(Exception):
    """Why a competitor is out."""


@dataclass
class Row:
    """One line of a table: what was measured, or why nothing was."""

    label: str
    ours: bool = False
    group: str = ""
    seconds: list = field(default_factory=list)
    cpu: list = field(default_factory=list)
    peak_mib: float | None = None
    difference: float | None = None
    remark: str = ""
    failed: str = ""
    versions: dict = field(default_factory=dict)

    @property
    def median(self):
        return statistics.median(self.seconds) if self.seconds else None

    @property
    def median_cpu(self):
        return statistics.median(self.cpu) if self.cpu else None


def pinned(command, n_cores):
    """The command on the last `n_cores` cores, where taskset is."""
    cores = sorted(os.sched_getaffinity(0))[-n_cores:]
    prefix = ["taskset", "-c", ",".join(map(str, cores))] if shutil.which("taskset") else []
    return [*prefix, *(str(word) for word in command)]


class Process:
    """A child whose use of processor and memory is asked for at its end."""

    def __init__(self, command, n_cores, log, **pipes):
        self.log = log
        self.start = time.perf_counter()
        with open(log, "wb") as file:
            self.child = subprocess.Popen(
                pinned(command, n_cores), stderr=file, env=ENVIRONMENT, start_new_session=True, **pipes
            )

    def wait(self, limit_s):
        """Seconds from start to end, and the kernel's accounts; ends the child when the limit is over."""
        over = False

        def end(*_):
            nonlocal over
            over = True
            self.signal(signal.SIGTERM)

        old = signal.signal(signal.SIGALRM, end)
        signal.setitimer(signal.ITIMER_REAL, max(limit_s, 0.01), 10)
        try:
            _, status, usage = os.wait4(self.child.pid, 0)
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, old)
        seconds = time.perf_counter() - self.start
        self.child.returncode = os.waitstatus_to_exitcode(status)
        return seconds, usage, over

    def signal(self, number):
        try:
            os.killpg(self.child.pid, number)
        except ProcessLookupError:
            pass

    def last_words(self):
        """What the program says of its error, or else its last line that says something."""
        with open(self.log, errors="replace") as file:
            lines = [line.strip() for line in file if any(c.isalnum() for c in line)]
        errors = [line for line in lines if line.startswith("error:")]
        return (errors or lines or [f"exit {self.child.returncode}"])[-1]


class Job:
    """A program that is started anew for every repetition: all of it counts, from start to end."""

    def __init__(self, row, command, logs, *, n_cores=1, limit_s=600, before=lambda: None, after=None):
        self.row, self.command, self.n_cores, self.limit_s = row, command, n_cores, limit_s
        self.log = logs / f"{slug(row)}.log"
        self.before, self.after = before, after

    def prepare(self):
        pass

    def once(self):
        self.before()
        process = Process(self.command, self.n_cores, self.log, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        seconds, usage, over = process.wait(self.limit_s)
        row = self.row
        row.peak_mib = max(row.peak_mib or 0, usage.ru_maxrss / 1024)
        if over:
            raise Failed(f"ended after {self.limit_s:.0f} s, the limit")
        if process.child.returncode != 0:
            raise Failed(process.last_words())
        row.seconds.append(seconds)
        row.cpu.append(usage.ru_utime + usage.ru_stime)
        if self.after:
            self.after(row)

    def finish(self):
        pass


class Server:
    """A program that prepares itself, and then computes once for every line it is sent."""

    def __init__(self, row, command, logs, *, n_cores=1, limit_s=600):
        self.row, self.command, self.n_cores, self.limit_s = row, command, n_cores, limit_s
        self.log = logs / f"{slug(row)}.log"
        self.process = self.last_answer = None

    def prepare(self):
        self.process = Process(self.command, self.n_cores, self.log, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        ready = self.answer()
        self.row.versions = ready["versions"]
        self.row.remark = self.row.remark or ready.get("remark", "")

    def answer(self):
        pipe = self.process.child.stdout
        with selectors.DefaultSelector() as selector:
            selector.register(pipe, selectors.EVENT_READ)
            if not selector.select(self.limit_s):
                raise Failed(f"no answer after {self.limit_s:.0f} s, the limit")
        line = pipe.readline()
        if not line:
            self.process.wait(10)
            raise Failed(self.process.last_words())
        return json.loads(line)

    def once(self):
        self.process.child.stdin.write(b"go\n")
        self.process.child.stdin.flush()
        answer = self.answer()
        self.last_answer = answer
        self.row.seconds.append(answer["seconds"])
        self.row.cpu.append(answer["cpu"])

    def finish(self):
        if self.process is None or self.process.child.returncode is not None:
            return
        self.process.child.stdin.close()
        if self.row.failed:
            self.process.signal(signal.SIGKILL)
        _, usage, _ = self.process.wait(60)
        self.row.peak_mib = usage.ru_maxrss / 1024


def slug(row):
    return "".join(c if c.isalnum() else "_" for c in f"{row.group} {row.label}").strip("_")


def interleave(competitors, repetitions):
    """Every competitor once, then all once more from the next one on, and so on, so that what else the machine does, and
    what a predecessor leaves in its caches, meets all of them."""

    def attempt(competitor, what):
        if competitor.row.failed:
            return
        try:
            what()
        except (Failed, OSError, ValueError) as error:
            competitor.row.failed = str(error)

    for competitor in competitors:
        attempt(competitor, competitor.prepare)
    for repetition in range(repetitions):
        first = repetition % len(competitors)
        for competitor in [*competitors[first:], *competitors[:first]]:
            attempt(competitor, competitor.once)
    for competitor in competitors:
        attempt(competitor, competitor.finish)
        # a competitor that has failed is ended all the same
        competitor.finish()
    return [competitor.row for competitor in competitors]
