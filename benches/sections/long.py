"""One long trial: ten minutes, 376 channels, 1199 tapers."""
import statistics

from harness.competitors import Row, Server, interleave
from harness.tables import Section

N_CHANNELS, N_SAMPLES = 376, 600_000
OPTIONS = {"tapsmofrq": 1, "foilim": [1, 150]}
N_TAPERS = 1199

# a part that everybody finishes: half-bandwidth NW, tapers, channels
PART_NW, PART_TAPERS, PART_CHANNELS = 20.004, 39, 16

TEXT = f"""
One trial of 10 minutes at 1 kHz, {N_CHANNELS} channels, single precision ({N_CHANNELS * N_SAMPLES * 4 / 1e6:.0f} MB), power from
1 to 150 Hz. First {PART_CHANNELS} channels and {PART_TAPERS} tapers (±1/30 Hz), measured: Slepian as a whole job, MNE in memory, with
its tapers. Then ±1 Hz, NW = 600, {N_TAPERS} tapers, once, with a
limit; what passes it is done with {PART_CHANNELS} channels. MNE cannot do that here (SciPy's tapers alone take
several times their {N_TAPERS * N_SAMPLES * 8 / 1e9:.1f} GB): its figure is extrapolated from the first part, linearly in tapers and
channels, tapers and spectra apart, which is less than it would take, since making tapers costs more than linearly.
"""


def measure(bench):
    recording = bench.recording(1, N_CHANNELS, N_SAMPLES)
    few = ["--set", f"select.channel={list(range(PART_CHANNELS))}"]
    bandwidth = PART_NW * recording.sample_rate_hz / N_SAMPLES

    part = f"{PART_CHANNELS} channels, {PART_TAPERS} tapers"
    whole = f"{N_CHANNELS} channels, {N_TAPERS} tapers"
    slepian = bench.job(
        Row("Slepian, 1 rank", ours=True, group=part), recording, {**OPTIONS, "tapsmofrq": bandwidth}, limit_s=bench.limit_s,
    )
    slepian.command += few
    mne = Row("MNE", group=part, failed=bench.lacking("peers"))
    job = recording.job(OPTIONS, nw=PART_NW, n_taken=PART_CHANNELS)
    server = Server(mne, [bench.peer_python, bench.peers / "mne_long.py", bench.encode(job)], bench.logs, limit_s=bench.limit_s)
    rows = interleave([slepian, server], min(bench.repetitions, 3))

    extrapolated = Row("MNE, extrapolated", group=whole, failed=mne.failed)
    if not mne.failed:
        tapers = server.last_answer["tapers"]
        mne.remark = f"{tapers['seconds']:.1f} s of it for the tapers"
        for name, into in (("seconds", extrapolated.seconds), ("cpu", extrapolated.cpu)):
            share = N_TAPERS / PART_TAPERS
            spectra = statistics.median(getattr(mne, name)) - tapers[name]
            into.append(share * (tapers[name] + spectra * N_CHANNELS / PART_CHANNELS))
        extrapolated.remark = f"not measured: from {PART_CHANNELS} channels, {PART_TAPERS} tapers"

    reduced = []
    for ranks in (1, 2):
        row = Row(f"Slepian, {ranks} rank{'s' if ranks > 1 else ''}", ours=True, group=whole)
        rows += interleave([bench.job(row, recording, OPTIONS, ranks=ranks, limit_s=bench.limit_s)], 1)
        if row.failed:
            reduced += shorter(bench, recording, ranks)
    # a group of their own: nothing of all channels may be compared with them
    return Section("long", "One long trial", TEXT, [*rows, extrapolated, *reduced])


def shorter(bench, recording, ranks):
    """The same with few channels, when all of them take too long."""
    group = f"{PART_CHANNELS} channels, {N_TAPERS} tapers"
    row = Row(f"Slepian, {ranks} rank{'s' if ranks > 1 else ''}", ours=True, group=group)
    job = bench.job(row, recording, OPTIONS, ranks=ranks, limit_s=bench.limit_s)
    job.command += ["--set", f"select.channel={list(range(PART_CHANNELS))}"]
    return interleave([job], 1)
