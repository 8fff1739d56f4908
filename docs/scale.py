#!/usr/bin/env python3
"""Prints the predictions of docs/scale.md, from docs/ranks.csv and the constants below."""
import csv
import math
from pathlib import Path

RANKS = [100, 1_000, 10_000, 100_000]

# the job that is predicted
TRIALS = 100_000
HOURS = 1
RANKS_PER_HOST = 64

# counted (scale.md says how): bytes that rank 0 sends to a rank
STUDY_BYTES, TRIAL_BYTES = 12_000, 24
# … system calls on the files of a job, of a rank when it begins and at each of its checkpoints
OPENS_AT_START, OPENS_AT_CHECKPOINT = 3, 1
STATS_AT_START, STATS_AT_CHECKPOINT = 3, 4
# … questions of a rank for more work, and writes of its marks, which sync (scheduling.md: with 64 chunks per rank and more)
QUESTIONS = 69
MARKS_PER_QUESTION = 2
# … collective steps in which rank 0 hears a few words of every rank, and bytes of those
GATHERS, WORDS = 6, 32

# measured
ANSWER_S = 3e-6  # of rank 0, for a question or a pulse: twice what scheduling.md measured
TRIAL_MEMORY = 212  # bytes
CHECKPOINT_S = 30  # as [output] checkpoint_every says

# made up, and cautious: a network over TCP …
LATENCY_S, BYTES_PER_S = 50e-6, 1e9
# … and a server of names: file creations and stats per second of a Lustre (Dell's white papers, see scale.md)
OPENS_PER_S, STATS_PER_S = 15_000, 400_000


def memory_per_peer():
    """MiB of a rank's memory for each other rank: the slope between the smallest and the largest world."""
    with open(Path(__file__).with_name("ranks.csv"), newline="") as file:
        worlds = list(csv.DictReader(file))
    first, last = worlds[0], worlds[-1]
    return (float(last["memory_mib"]) - float(first["memory_mib"])) / (int(last["ranks"]) - int(first["ranks"]))


def pulses_per_s(ranks):
    return ranks / max(0.2, ranks * 100e-6)


def names(ranks, opens, stats):
    """Seconds of the server of names."""
    return ranks * (opens / OPENS_PER_S + stats / STATS_PER_S)


def predict(ranks):
    study = STUDY_BYTES + TRIAL_BYTES * TRIALS
    return {
        "the study reaches all ranks": math.ceil(math.log2(ranks)) * (LATENCY_S + study / BYTES_PER_S),
        "rank 0 hears of all ranks": GATHERS * ranks * (ANSWER_S + WORDS / BYTES_PER_S),
        "all ranks open their files": names(ranks, OPENS_AT_START, STATS_AT_START),
        "last checkpoints, all at once": names(ranks, OPENS_AT_CHECKPOINT, STATS_AT_CHECKPOINT),
        "**seconds, in sum**": None,
        "server of names, checkpoints": names(ranks, OPENS_AT_CHECKPOINT, STATS_AT_CHECKPOINT) / CHECKPOINT_S,
        "rank 0's core, questions": QUESTIONS * ranks * ANSWER_S / (HOURS * 3600),
        "rank 0's core, pulses": pulses_per_s(ranks) * ANSWER_S,
        "writes that sync, per second": ranks * (1 / CHECKPOINT_S + QUESTIONS * MARKS_PER_QUESTION / (HOURS * 3600)),
        "connections of rank 0, over TCP": ranks - 1,
        "memory of a rank for the others": ranks * memory_per_peer(),
        "memory of a host for the trials": RANKS_PER_HOST * TRIALS * TRIAL_MEMORY / 2**20,
    }


def shown(what, value):
    if what.startswith(("rank 0's core", "server")):
        return f"{100 * value:.2g} %" if value < 1 else f"{100 * value:,.0f} %"
    if what.startswith(("writes", "connections")):
        return f"{value:,.0f}"
    if what.startswith("memory"):
        return f"{value:,.0f} MiB" if value >= 1 else f"{value:.1f} MiB"
    return f"{value:.2g} s" if value < 10 else f"{value:,.0f} s"


def main():
    columns = [predict(ranks) for ranks in RANKS]
    for column in columns:
        column["**seconds, in sum**"] = sum(list(column.values())[:4])
    print("| Ranks | " + " | ".join(f"{ranks:,}" for ranks in RANKS) + " |")
    print("|---|" + "--:|" * len(RANKS))
    for what in columns[0]:
        print(f"| {what} | " + " | ".join(shown(what.strip("*"), column[what]) for column in columns) + " |")


if __name__ == "__main__":
    main()
