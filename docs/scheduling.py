#!/usr/bin/env python3
"""Draws docs/scheduling.png from docs/scheduling.csv (simulated) and docs/handouts.csv (measured). Needs matplotlib."""
import csv
from pathlib import Path

import matplotlib

matplotlib.use("agg")
import matplotlib.pyplot as plt

DOCS = Path(__file__).resolve().parent
# Okabe & Ito (2008): told apart by colour-blind readers; line style and marker say the same once more
BLUE, ORANGE, GREY = "#0072B2", "#D55E00", "#666666"
STYLES = {
    ("dynamic", "even"): dict(color=BLUE, marker="o", linestyle="-"),
    ("dynamic", "uneven"): dict(color=BLUE, marker="s", linestyle="--", markerfacecolor="white"),
    ("static", "even"): dict(color=ORANGE, marker="^", linestyle="-"),
    ("static", "uneven"): dict(color=ORANGE, marker="v", linestyle="--", markerfacecolor="white"),
}


def read(name):
    with open(DOCS / name, newline="") as file:
        return list(csv.DictReader(file))


def draw_efficiency(axes, rows, title):
    for (schedule, hosts), style in STYLES.items():
        curve = [row for row in rows if row["schedule"] == schedule and row["hosts"] == hosts]
        ranks = [int(row["ranks"]) for row in curve]
        axes.plot(ranks, [100 * float(row["efficiency"]) for row in curve], label=f"{schedule}, {hosts} hosts", **style)
    axes.set(xscale="log", xlabel="ranks", ylabel="efficiency (%)", ylim=(0, 104))
    axes.set_title(title, fontsize=11)
    axes.set_xticks(ranks, [f"{n:,}" for n in ranks])
    axes.minorticks_off()


def draw_fetches(axes, rows):
    size = int(rows[0]["ranks"])
    per_rank = [int(row["chunks"]) / size for row in rows]
    axes.plot(per_rank, [int(row["fetches"]) / size for row in rows], label="fetches, measured", **STYLES["dynamic", "even"])
    axes.plot(per_rank, [int(row["p_log2"]) / size for row in rows], color=GREY, linestyle=":", label="log₂(chunks/P)")
    axes.set(xscale="log", xlabel="chunks per rank, chunks/P", ylabel="fetches per rank", ylim=(0, None))
    axes.set_title(f"Fetches of P = {size} ranks", fontsize=11)
    axes.set_xticks(per_rank[::2], [f"{n:,.0f}" for n in per_rank[::2]])
    axes.minorticks_off()
    axes.legend(frameon=False, loc="center right")


def main():
    plt.rcParams.update({"font.size": 10, "axes.spines.top": False, "axes.spines.right": False, "lines.linewidth": 1.6})
    figure, (grows, fixed, fetches) = plt.subplots(1, 3, figsize=(13, 4.2), layout="constrained")
    rows = read("scheduling.csv")
    of = {work: [row for row in rows if row["work"] == work] for work in ("grows", "fixed")}
    seconds = {
        work: [float(row["chunk_s"]) * int(row["chunks"]) / int(row["ranks"]) for row in of[work]] for work in of
    }
    draw_efficiency(grows, of["grows"], f"Work grows with the ranks ({seconds['grows'][0]:.0f} s of it each)")
    first, last = (f"{s:,.0f}" if s >= 10 else f"{s:.1f}" for s in (max(seconds["fixed"]), min(seconds["fixed"])))
    draw_efficiency(fixed, of["fixed"], f"The same work for all (from {first} s each to {last} s)")
    draw_fetches(fetches, read("handouts.csv"))
    grows.legend(frameon=False, loc="lower left", bbox_to_anchor=(0, 0.03))
    for axes in (grows, fixed, fetches):
        axes.grid(color="#dddddd", linewidth=0.7)
        axes.set_axisbelow(True)
    figure.savefig(DOCS / "scheduling.png", dpi=110)


if __name__ == "__main__":
    main()
