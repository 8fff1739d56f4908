"""16-bit integers straight to spectra."""
import sys
from array import array
from pathlib import Path

from harness.competitors import Row, Server, interleave
from harness.tables import Section
from sections.compute import DPSS

TEXT = """
The recording of *Compute* rounded to 16-bit integers with a gain, as an amplifier writes it, in a BrainVision file, cut into trials of 2 s;
its spectra, power of every trial. Slepian reads the integers where they lie, on every rank, and writes a container; before that stands
what a conversion would take first, and beside it the same samples as a container of floats. MNE reads the same file as a whole,
computes all trials in one call and keeps its spectra in memory; the start of Python and of MNE does not count.
"""
# µV of one step: the noise has a standard deviation of 1
GAIN = 0.001
HEADER = """Brain Vision Data Exchange Header File Version 1.0
[Common Infos]
Codepage=UTF-8
DataFile={name}.eeg
DataFormat=BINARY
DataOrientation=MULTIPLEXED
NumberOfChannels={n_channels}
SamplingInterval={interval:g}
[Binary Infos]
BinaryFormat=INT_16
[Channel Infos]
{channels}
"""


def integers(recording, folder):
    """The recording as a BrainVision file; its header."""
    name = recording.container.stem
    header = folder / f"{name}.vhdr"
    if header.exists():
        return header
    numbers = array("f")
    job = recording.job({})
    n = recording.n_trials * recording.n_channels * recording.n_samples
    with open(job["file"], "rb") as file:
        file.seek(job["offset"])
        numbers.fromfile(file, n)
    rounded = array("h", (max(-32767, min(32767, round(x / GAIN))) for x in numbers))
    if sys.byteorder == "big":
        rounded.byteswap()
    (folder / f"{name}.eeg").write_bytes(rounded.tobytes())
    channels = "\n".join(f"Ch{c}=c{c},,{GAIN},µV" for c in range(1, recording.n_channels + 1))
    header.write_text(HEADER.format(
        name=name, n_channels=recording.n_channels, interval=1e6 / recording.sample_rate_hz, channels=channels,
    ), encoding="utf-8")
    return header


def measure(bench):
    recording = bench.recording()
    header = integers(recording, bench.data)
    trials = {"length": recording.n_samples / recording.sample_rate_hz}
    converted = bench.scratch / "converted.spy"
    config = bench.scratch / "converted.toml"
    config.write_text(
        f'[input]\npath = "{header}"\n[definetrial]\nlength = {trials["length"]}\n[output]\npath = "unused.spy"\n'
    )
    bench.run([bench.slepian, "convert", config, converted, "-q"])
    one, two, floats = (Row(label, ours=True) for label in (
        "Slepian, 1 rank, integers", "Slepian, 2 ranks, integers", "Slepian, 1 rank, floats of a container"))
    conversion, mne = Row("slepian convert, 1 rank", ours=True), Row("MNE, integers")
    checks = {id(mne): str(bench.scratch / "mne.check")}
    jobs = [
        bench.job(one, Path(header), DPSS, definetrial=trials),
        bench.job(two, Path(header), DPSS, ranks=2, definetrial=trials),
        bench.job(floats, converted, DPSS),
        bench.process(conversion, ["convert", config, bench.scratch / "again.spy", "-q", "--overwrite"]),
        python(bench, mne, recording, header, checks[id(mne)]),
    ]
    rows = interleave(jobs, bench.repetitions)
    checks[id(one)] = jobs[0].result
    for job in jobs[1:3]:
        checks[id(job.row)] = job.result
    bench.compare(rows, checks)
    return Section("formats", "Integers to spectra", TEXT, rows)


def python(bench, row, recording, header, check):
    row.failed = bench.lacking("peers")
    job = recording.job(DPSS, check=check, header=str(header))
    return Server(row, [bench.peer_python, bench.peers / "mne_int16.py", bench.encode(job)], bench.logs)
