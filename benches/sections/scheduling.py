"""How quickly work is handed out, and how often it is asked for."""
import json
import statistics
import subprocess

from harness.competitors import ENVIRONMENT, Row
from harness.tables import Section

RANKS = 64
CHUNKS_PER_RANK = [1, 4, 16, 64, 256, 1024, 4096, 16_384]
QUESTIONS = 1000
# without anything to compute, for docs/scale.md; more take minutes to start on two cores
WORLDS = [2, 8, 32, 64, 128]

TEXT = f"""
Chunks that do nothing, on {RANKS} ranks that share these cores: what handing out takes, by the program's own schedule. A *fetch* takes
a number from the counter on rank 0, beside it P·log2(chunks/P) for P ranks. Rank 0, which waits for no answer, takes most of chunks that take no
time; *one after the other* and *at once* are the questions of all others. What this means for real chunks and up to 100,000 ranks
is in [docs/scheduling.md](../docs/scheduling.md).
"""
COLUMNS = ["ranks", "chunks", "seconds", "handouts_per_s", "fetches", "p_log2"]


def launch(bench, ranks, *words):
    command = [bench.mpiexec, ranks, *words]
    done = subprocess.run([str(word) for word in command], check=True, stdout=subprocess.PIPE, text=True, env=ENVIRONMENT)
    return json.loads(done.stdout)


def handouts(bench, *arguments):
    return launch(bench, RANKS, bench.handouts, *arguments)


def worlds(bench):
    """What grows with the ranks: writes docs/ranks.csv, of which docs/scale.py makes predictions."""
    found = [launch(bench, ranks, bench.ranks) for ranks in WORLDS]
    lines = [",".join(found[0])] + [",".join(str(value) for value in world.values()) for world in found]
    (bench.docs / "ranks.csv").write_text("\n".join(lines) + "\n")


def measure(bench):
    worlds(bench)
    rows, lines = [], [",".join(COLUMNS)]
    for per_rank in CHUNKS_PER_RANK:
        runs = [handouts(bench, "chunks", per_rank * RANKS) for _ in range(bench.repetitions)]
        # ranks are started in turn with other programs on the machine: the median of an odd number of runs is one of them
        run = sorted(runs, key=lambda run: run["seconds"])[len(runs) // 2]
        row = Row(f"{run['chunks']:,} chunks", seconds=[run["seconds"] for run in runs])
        row.remark = f"{run['handouts_per_s']:,} hand-outs/s; {run['fetches']:,} fetches, P·log2(chunks/P) = {run['p_log2']:,}"
        rows.append(row)
        lines.append(",".join(str(run[column]) for column in COLUMNS))
    runs = [handouts(bench, "questions", QUESTIONS) for _ in range(bench.repetitions)]
    for label, key, n_asking in (("an answer, one after the other", "answer_us", RANKS - 1), ("an answer, all at once", "service_us", 1)):
        microseconds = statistics.median(run[key] for run in runs)
        rate = n_asking * 1e6 / microseconds
        rows.append(Row(label, remark=f"{microseconds:,.1f} µs, {rate:,.0f} answers/s from rank 0, median of {len(runs)} runs"))
    (bench.docs / "handouts.csv").write_text("\n".join(lines) + "\n")
    return Section("scheduling", "Handing out", TEXT, rows)
