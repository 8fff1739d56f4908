"""Measurements as JSON, one file per section, and as one Markdown file made from all of them."""
import dataclasses
import json
from dataclasses import dataclass, field

from .competitors import Row

HEADER = """# Benchmark results

Written by `make bench` (`benches/run.py`) from what it measured; nothing here is typed in. Competitors of one table run in
turn, ours, theirs, ours, …, on the same files, bound to as many cores as they have workers, BLAS and OpenMP with one thread.

- *s*: median of the wall time; *×*: that over our first row of the group, so that more than 1 is slower than Slepian.
- *processor s*: median of user and system time of all processes, which others on the machine disturb less, and its *×*.
- *peak MiB*: most memory of any one process; with the recording in it for those that compute in memory.
- *difference*: of the mean power of the first trial from ours. Spectra that are not alike number by number are refused."""


@dataclass
class Section:
    """A table and what has to be said about it."""

    name: str
    title: str
    text: str
    rows: list = field(default_factory=list)
    measured: dict = field(default_factory=dict)

    def save(self, folder):
        (folder / f"{self.name}.json").write_text(json.dumps(dataclasses.asdict(self), indent=1))

    @staticmethod
    def load(path):
        section = Section(**json.loads(path.read_text()))
        section.rows = [Row(**row) for row in section.rows]
        return section


def digits(x):
    """Three digits."""
    if x is None:
        return ""
    return f"{x:.0f}" if x >= 100 else f"{x:.1f}" if x >= 10 else f"{x:.2f}" if x >= 1 else f"{x:.3f}"


def ratio(x, base):
    return digits(x / base) if x and base else ""


def table(rows):
    lines = []
    group, base, base_cpu = None, None, None
    shows_difference = any(row.difference is not None for row in rows)
    columns = ["", "s", "×", "least–most", "runs", "processor s", "×", "peak MiB"]
    columns += ["difference"] if shows_difference else []
    columns += [""]
    lines.append("| " + " | ".join(columns) + " |")
    lines.append("|---|" + "--:|" * (len(columns) - 2) + "---|")
    for row in rows:
        if row.group != group:
            group, base, base_cpu = row.group, None, None
            if group:
                lines.append(f"| *{group}* |" + " |" * (len(columns) - 1))
        if row.ours and base is None:
            base, base_cpu = row.median, row.median_cpu
        spread = f"{digits(min(row.seconds))}–{digits(max(row.seconds))}" if len(row.seconds) > 1 else ""
        failed = f"{'failed' if row.seconds else 'not measured'}: {row.failed}" if row.failed else ""
        remark = "; ".join(filter(None, [row.remark, failed]))
        cells = [
            f"**{row.label}**" if row.ours else row.label, digits(row.median), ratio(row.median, base), spread,
            str(len(row.seconds) or ""), digits(row.median_cpu), ratio(row.median_cpu, base_cpu), f"{row.peak_mib:.0f}" if row.peak_mib else "",
        ]
        if shows_difference:
            cells.append("" if row.difference is None else f"{row.difference:.0e}")
        lines.append("| " + " | ".join([*cells, remark.replace("|", "\\|")]) + " |")
    return "\n".join(lines)


def markdown(sections, facts):
    versions = {}
    for section in sections:
        for row in section.rows:
            versions.update(row.versions)
    known = {**facts, **{name: version for name, version in versions.items() if name not in facts}}
    parts = [HEADER, "\n".join(["| | |", "|---|---|", *(f"| {name} | {value} |" for name, value in known.items())])]
    for section in sections:
        when = section.measured
        parts.append(
            f"## {section.title}\n\n{section.text.strip()}\n\n{table(section.rows)}\n\n"
            f"`benches/run.py {section.name}`, {when['date']}, commit {when['commit']}, load of the machine "
            f"{when['load_before']:.1f} before and {when['load_after']:.1f} after, {when['minutes']:.1f} min."
        )
    return "\n\n".join(parts) + "\n"
