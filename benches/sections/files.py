"""Whole jobs, from container to container."""
from harness.competitors import Row, interleave
from harness.tables import Section
from sections.compute import DPSS

TEXT = """
From a Syncopy container to a Syncopy container, the recording in the page cache, the spectra of *Compute*. Of Slepian the whole
process counts, from start to end, with MPI's start on 2 ranks, and with bringing the result to disk (fsync). Of Syncopy
`load`, `freqanalysis` and `save` count, after a first call; the start of Python, Syncopy's import, and the start of Dask's
two workers (LocalCluster, one thread each) do not. Checksums of the result are off in both (Syncopy's by replacing its hash
function). Syncopy does not wait for the disk. *Without save* its result is in its temporary store.
"""


def measure(bench):
    one, ten = bench.recording(), bench.recording(1000)
    few = min(bench.repetitions, 3)
    rows = pairs(bench, "100 trials", one, bench.repetitions, [
        (1, True, Row("Syncopy, sequentially")),
        (1, False, Row("Syncopy, sequentially, without save")),
    ], ranks=[1, 2])
    rows += pairs(bench, "1000 trials, one core", ten, few, [(1, True, Row("Syncopy, sequentially"))], ranks=[1])
    rows += pairs(bench, "1000 trials, two cores", ten, few, [(2, True, Row("Syncopy, 2 Dask workers"))], ranks=[2, 1])
    return Section("files", "Files to files", TEXT, rows)


def pairs(bench, group, recording, repetitions, theirs, ranks):
    checks, competitors = {}, []
    for n in ranks:
        row = Row(f"Slepian, {n} rank{'s' if n > 1 else ''}", ours=True, group=group)
        competitors.append(bench.job(row, recording, DPSS, ranks=n))
        checks[id(row)] = competitors[-1].result
    for workers, saves, row in theirs:
        row.group = group
        competitors.append(bench.syncopy(row, recording, DPSS, workers=workers, saves=saves))
        if saves:
            checks[id(row)] = competitors[-1].result
    rows = interleave(competitors, repetitions)
    bench.compare(rows, checks)
    return rows
