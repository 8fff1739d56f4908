#!/usr/bin/env python3
"""Times whole jobs and compute against every competitor there is, and writes benches/results.md.

Usage: benches/run.py [SECTION ...] [--repetitions N] [--folder DIR] [--limit S]. Needs `make build` before; Python's standard library is enough, the
competitors have environments of their own under target/. A section that is not run now keeps what it measured last.
"""
import argparse
import importlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(PROJECT / "benches"))
sys.dont_write_bytecode = True

from harness import competitors, machine, recordings, spectra, tables

SECTIONS = ["compute", "variants", "files", "formats", "methods", "long", "disk", "drivers", "memory", "startup", "scheduling"]


class Bench:
    """Where everything is, and what can be had."""

    def __init__(self, options, target):
        self.repetitions, self.limit_s = options.repetitions, options.limit
        self.docs = PROJECT / "docs"
        self.slepian = target / "release" / "slepian"
        self.compute = target / "release" / "examples" / "compute"
        self.handouts = target / "release" / "examples" / "handouts"
        self.ranks = target / "release" / "examples" / "ranks"
        self.mpiexec = PROJECT / "setup" / "mpiexec.sh"
        self.peers = PROJECT / "benches" / "peers"
        self.peer_python = PROJECT / "target" / "bench-venv" / "bin" / "python"
        self.syncopy_python = PROJECT / "target" / "syncopy-venv" / "bin" / "python"
        self.fftw = PROJECT / "target" / "bench" / "fftw"
        self.folder = options.folder or PROJECT / "target" / "bench"
        self.data, self.logs, self.measured = (self.folder / name for name in ("data", "logs", "measured"))
        for folder in (self.data, self.logs, self.measured):
            folder.mkdir(parents=True, exist_ok=True)
        self.scratch = Path(tempfile.mkdtemp(prefix="scratch.", dir=self.folder))
        self.n_jobs = 0
        self.missing = self.prepare_peers()

    def prepare_peers(self):
        print("benches/run.py: preparing the competitors", file=sys.stderr)
        done = subprocess.run([PROJECT / "setup" / "bench_peers.sh"], stdout=subprocess.PIPE, text=True)
        missing = dict(line.split("\t") for line in done.stdout.splitlines() if "\t" in line)
        for name, reason in missing.items():
            if reason:
                print(f"benches/run.py: SKIPPED {name}: {reason}", file=sys.stderr)
        return missing

    def lacking(self, name):
        """Why this competitor cannot be had; nothing when it can."""
        return self.missing.get(name, "setup/bench_peers.sh did not get that far")

    def recording(self, *size):
        return recordings.make(self.slepian, self.data, *size)

    def encode(self, job):
        return json.dumps(job)

    def process(self, row, words):
        """The program with these arguments, from its start to its end."""
        return competitors.Job(row, [self.slepian, *words], self.logs)

    def job(self, row, recording, freqanalysis, *, ranks=1, output=None, definetrial=None, **options):
        """`slepian run` from nothing to a result in `scratch`, with its start and, on several ranks, that of MPI. A recording that
        is not one of ours is its path."""
        name = f"ours{self.n_jobs}"
        self.n_jobs += 1
        result = self.scratch / f"{name}.spy"
        config = self.scratch / f"{name}.toml"
        config.write_text(toml({
            "input": {"path": str(getattr(recording, "container", recording))},
            **({"definetrial": definetrial} if definetrial else {}),
            "freqanalysis": {**freqanalysis, "parallel": False},
            "output": {"path": str(result), "checksum": False, **(output or {})},
        }))
        launcher = [self.mpiexec, str(ranks)] if ranks > 1 else []
        job = competitors.Job(
            row, [*launcher, self.slepian, "run", config, "-q"], self.logs, n_cores=ranks,
            before=lambda: shutil.rmtree(result, ignore_errors=True), **options,
        )
        job.config, job.result = config, result
        return job

    def syncopy(self, row, recording, freqanalysis, *, workers=1, saves=True):
        """Syncopy from container to container, to a result in `scratch`."""
        result = self.scratch / f"theirs{self.n_jobs}.spy"
        self.n_jobs += 1
        row.failed = self.lacking("Syncopy")
        job = dict(container=str(recording.container), result=str(result), scratch=str(self.scratch), saves=saves,
                   workers=workers, freqanalysis=freqanalysis)
        command = [self.syncopy_python, self.peers / "syncopy_freqanalysis.py", self.encode(job)]
        server = competitors.Server(row, command, self.logs, n_cores=workers)
        server.result = result
        return server

    def run(self, command):
        subprocess.run([str(word) for word in command], check=True, stdout=subprocess.DEVNULL)

    def compare(self, rows, checks):
        """Fills in how far every row's first trial is from the first row's, where `checks` has a place for it."""
        reference = checks[id(rows[0])]
        for row in rows[1:]:
            if row.failed or rows[0].failed or id(row) not in checks:
                continue
            try:
                row.difference = spectra.compare(checks[id(row)], reference)
            except ValueError as error:
                row.failed = f"computes something else: {error}"


def toml(tables):
    """JSON's numbers, strings, flags and lists are TOML's."""

    def inline(value):
        if isinstance(value, dict):
            return "{ " + ", ".join(f"{key} = {inline(entry)}" for key, entry in value.items()) + " }"
        return json.dumps(value)

    return "".join(
        f"[{name}]\n" + "".join(f"{key} = {inline(value)}\n" for key, value in table.items())
        for name, table in tables.items()
    )


def measure(bench, name):
    print(f"benches/run.py: {name}", file=sys.stderr)
    measured = {"date": machine.now(), "commit": machine.commit(), "load_before": machine.load()}
    start = time.monotonic()
    section = importlib.import_module(f"sections.{name}").measure(bench)
    measured |= {"load_after": machine.load(), "minutes": (time.monotonic() - start) / 60}
    section.measured = measured
    section.save(bench.measured)
    print(f"\n{section.title}\n\n{tables.table(section.rows)}\n", flush=True)
    failed = [row for row in section.rows if row.ours and row.failed]
    for row in failed:
        print(f"benches/run.py: {name}: {row.label}: {row.failed}", file=sys.stderr)
    return not failed


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("sections", nargs="*", metavar="SECTION", help=f"all, or some of: {' '.join(SECTIONS)}")
    parser.add_argument("--repetitions", type=int, default=5, metavar="N", help="runs of every competitor [5]")
    parser.add_argument("--folder", type=Path, help="where recordings and results go, on the disk to be timed [target/bench]")
    parser.add_argument("--limit", type=float, default=120, metavar="S", help="seconds for a job of the section long [120]")
    options = parser.parse_args()
    unknown = set(options.sections) - set(SECTIONS)
    if unknown:
        parser.error(f"no section {' '.join(sorted(unknown))}; there are {' '.join(SECTIONS)}")
    if options.repetitions < 1:
        parser.error("at least one repetition")

    target = Path(os.environ.get("CARGO_TARGET_DIR", PROJECT / "target")).resolve()
    os.chdir(PROJECT)
    bench = Bench(options, target)
    for program in (bench.slepian, bench.compute, bench.handouts, bench.ranks):
        if not program.exists():
            sys.exit(f"benches/run.py: {program} is not there: make bench builds it")
    try:
        good = [measure(bench, name) for name in SECTIONS if name in (options.sections or SECTIONS)]
        there = [bench.measured / f"{name}.json" for name in SECTIONS]
        sections = [tables.Section.load(path) for path in there if path.exists()]
        results = PROJECT / "benches" / "results.md"
        results.write_text(tables.markdown(sections, machine.facts(bench.slepian, bench.folder)))
        print(f"benches/run.py: {results.relative_to(PROJECT)} is written", file=sys.stderr)
    finally:
        shutil.rmtree(bench.scratch, ignore_errors=True)
    # a competitor may be missing, we may not
    sys.exit(0 if all(good) else 1)


if __name__ == "__main__":
    main()
