"""BrainVision as pybv and NumPy write it gives the spectra of the samples that MNE reads, in the recording's unit, and
trials around the markers that MNE finds. Usage: brainvision.py SLEPIAN"""
import itertools
import sys
from pathlib import Path

import h5py
import mne
import numpy as np
import pybv

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
import jobs  # noqa: E402
import recordings  # noqa: E402

mne.set_log_level("ERROR")
NUMBERS = itertools.count()
RNG = np.random.default_rng(6)
# recordings of amplifiers, where somebody has put them beside this project
REAL = Path(__file__).resolve().parents[4] / "shared" / "data"
VOLTS = {"V": 1.0, "mV": 1e-3, "µV": 1e-6, "uV": 1e-6, "nV": 1e-9, "C": 1.0}
DTYPES = {"INT_16": "<i2", "INT_32": "<i4", "IEEE_FLOAT_32": "<f4", "UINT_16": "<u2"}


def read(path, resolutions, is_float=False):
    """MNE's recording, and its samples in the unit of the file, exactly.

    MNE computes number · (resolution · volts per unit); ours are number · resolution.
    """
    raw = mne.io.read_raw_brainvision(path, preload=True)
    data = raw.get_data().T
    volts = np.array([VOLTS[unit] for unit in raw._orig_units.values()])
    resolutions = np.asarray(resolutions, "f8")
    numbers = data / (resolutions * volts)
    numbers = numbers.astype("f4").astype("f8") if is_float else np.rint(numbers)
    np.testing.assert_array_equal(numbers * (resolutions * volts), data)
    return raw, numbers * resolutions


def assert_converted(slepian, place, path, samples):
    """What `slepian convert` writes are these samples, rounded to single precision once."""
    container = place / f"converted{next(NUMBERS)}.spy"
    jobs.run([slepian, "convert", path, container])
    with h5py.File(jobs.data_file(container)) as file:
        np.testing.assert_array_equal(file["data"][()], samples.astype("f4"))


def same(slepian, place, path, samples, raw, rows=None, definetrial=None, given=None):
    recordings.assert_same(
        slepian, place, f"{path.stem}_{next(NUMBERS)}", {"path": str(given or path)}, samples, raw.info["sfreq"], raw.ch_names,
        rows, definetrial=definetrial,
    )
    if rows is None:
        assert_converted(slepian, place, given or path, samples)


def write(place, name, numbers, number, more="", binary="", channels=None, markers="", codepage="utf-8", dtype=None):
    """A recording whose header is written here and whose numbers NumPy writes, time × channel."""
    n = numbers.shape[1]
    channels = channels or [f"Ch{k + 1}=E{k},,0.25,µV" for k in range(n)]
    (place / f"{name}.eeg").write_bytes(numbers.astype(dtype or DTYPES[number]).tobytes())
    orientation = "" if "DataOrientation" in more else "DataOrientation=MULTIPLEXED\n"
    header = (
        "Brain Vision Data Exchange Header File Version 1.0\n\n[Common Infos]\n"
        f"DataFile={name}.eeg\nMarkerFile={name}.vmrk\nDataFormat=BINARY\n{orientation}NumberOfChannels={n}\n"
        f"SamplingInterval=3906.25\n{more}[Binary Infos]\nBinaryFormat={number}\n{binary}[Channel Infos]\n"
        + "\n".join(channels) + "\n"
    )
    (place / f"{name}.vhdr").write_bytes(header.encode(codepage))
    markers = "Brain Vision Data Exchange Marker File, Version 1.0\n\n[Marker Infos]\n" + markers
    (place / f"{name}.vmrk").write_bytes(markers.encode(codepage))
    return place / f"{name}.vhdr"


def files_of_pybv(slepian, place):
    for fmt, resolution in (("binary_int16", 0.1), ("binary_float32", 1.0)):
        data = RNG.standard_normal((4, 3000)) * 1e-4
        events = np.array([[250, 1, 1], [777, 4, 1], [1500, 1, 1], [2990, 1, 1]])
        pybv.write_brainvision(
            data=data, sfreq=500, ch_names=["Fp1", "Cz", "µ,1", "Oz"], fname_base=fmt, folder_out=place, events=events,
            resolution=resolution, unit="µV", fmt=fmt,
        )
        path = place / f"{fmt}.vhdr"
        raw, samples = read(path, [resolution] * 4, is_float="float" in fmt)
        same(slepian, place, path, samples, raw)
        for other in (".eeg", ".vmrk"):
            same(slepian, place, path, samples, raw, given=path.with_suffix(other))
        found = raw.annotations
        # ours are whole samples; the last trial would end past the recording
        triggers = [int(round(onset * 500)) for onset in found.onset]
        assert triggers == [250, 777, 1500, 2990], triggers
        rows = [[t - 50, t + 100, -50, k] for k, t in enumerate(triggers[:3])]
        trials = {"events": "markers", "where": 'type == "Stimulus"', "pre": 0.1, "post": 0.2}
        same(slepian, place, path, samples, raw, rows, trials)
        trials["where"] = "value == 1"
        same(slepian, place, path, samples, raw, rows[::2], trials)


def every_number_in_either_orientation(slepian, place):
    numbers = RNG.integers(-3000, 3000, (2600, 3))
    for number in ("INT_16", "INT_32", "IEEE_FLOAT_32"):
        for orientation in ("MULTIPLEXED", "VECTORIZED"):
            name = f"{number}_{orientation}"
            more = f"DataOrientation={orientation}\nDataPoints=2600\n"
            path = write(place, name, numbers, number, more)
            if orientation == "VECTORIZED":
                (place / f"{name}.eeg").write_bytes(numbers.T.astype(DTYPES[number]).tobytes())
            raw, samples = read(path, [0.25] * 3)
            np.testing.assert_array_equal(samples, numbers * 0.25)
            same(slepian, place, path, samples, raw)


def numbers_that_mne_does_not_read(slepian, place):
    for name, number, dtype in (("big16", "INT_16", ">i2"), ("big32", "INT_32", ">i4"), ("bigf", "IEEE_FLOAT_32", ">f4")):
        numbers = RNG.integers(-3000, 3000, (2600, 3))
        path = write(place, name, numbers, number, binary="UseBigEndianOrder=YES\n", dtype=dtype)
        labels = ["E0", "E1", "E2"]
        recordings.assert_same(slepian, place, name, {"path": str(path)}, numbers * 0.25, 256.0, labels)
    numbers = RNG.integers(0, 65535, (2600, 3))
    path = write(place, "unsigned", numbers, "UINT_16")
    recordings.assert_same(slepian, place, "unsigned", {"path": str(path)}, numbers * 0.25, 256.0, labels)


def latin_1_and_units(slepian, place):
    channels = ["Ch1=Fp1,REF,0.0488281,µV", "Ch2=tongue\\1 left,,0.5,nV", "Ch3=Temp,,0.1,C", "Ch4=EOG,,"]
    numbers = RNG.integers(-3000, 3000, (2600, 4))
    path = write(place, "latin", numbers, "INT_16", channels=channels, codepage="latin-1")
    raw, samples = read(path, [0.0488281, 0.5, 0.1, 1.0])
    assert raw.ch_names[1] == "tongue, left"
    same(slepian, place, path, samples, raw)


def pauses_and_segments(slepian, place):
    numbers = RNG.integers(-3000, 3000, (2600, 2))
    markers = "Mk1=New Segment,,1,1,0,20260101120000000000\nMk2=Stimulus,S  1,900,1,0\nMk3=New Segment,,1001,1,0,0\n"
    path = write(place, "paused", numbers, "INT_16", markers=markers)
    raw, samples = read(path, [0.25] * 2)
    same(slepian, place, path, samples, raw, [[0, 1000, 0], [1000, 2600, 0]])
    rows = [[899 - 256, 1000, -256, 1]]
    trials = {"events": "markers", "where": 'description == "S  1"', "pre": 1.0, "post": 1.0, "clip_edges": True}
    same(slepian, place, path, samples, raw, rows, trials)
    # segments of 650 samples, 130 of them before their time 0
    markers = "".join(
        f"Mk{2 * k + 1}=New Segment,,{650 * k + 1},1,0,0\nMk{2 * k + 2}=Time 0,,{650 * k + 131},1,0\n" for k in range(4)
    )
    more = "SegmentationType=MARKERBASED\nSegmentDataPoints=650\n"
    path = write(place, "segments", numbers, "INT_16", more, markers=markers)
    raw, samples = read(path, [0.25] * 2)
    same(slepian, place, path, samples, raw, [[650 * k, 650 * k + 650, -130] for k in range(4)])


def markers_that_cannot_be_used(slepian, place):
    numbers = RNG.integers(-3000, 3000, (2600, 2))
    markers = ["New Segment,,1,1,0", "Stimulus,S  1,0,1,0", "Stimulus,S  1,900,1,0", "Stimulus,S  1,2601,1,0"]
    text = "".join(f"Mk{k + 1}={marker}\n" for k, marker in enumerate(markers))
    path = write(place, "outside", numbers, "INT_16", markers=text)
    raw, samples = read(path, [0.25] * 2)
    rows = [[899, 899 + 256, 0, 1]]
    trials = {"events": "markers", "where": 'type == "Stimulus"', "post": 1.0, "clip_edges": True}
    same(slepian, place, path, samples, raw, rows, trials)
    output = jobs.run([slepian, "info", path])
    assert '2 markers cannot be used and are left out, the first is "Mk2=' in output, output


def intervals_and_sections_that_other_programs_write(slepian, place):
    numbers = RNG.integers(-3000, 3000, (2600, 2))
    path = write(place, "rounded", numbers, "INT_16")
    text = path.read_text(encoding="utf-8")
    # MNE's rate is off by the digits that the interval lacks
    path.write_text(text.replace("=3906.25", "=488.2812"), encoding="utf-8")
    raw, samples = read(path, [0.25] * 2)
    assert 0 < raw.info["sfreq"] - 2048 < 1e-3, raw.info["sfreq"]
    recordings.assert_same(slepian, place, "rounded", {"path": str(path)}, samples, 2048, raw.ch_names)
    # a comment in front of the channels hides them from MNE
    path.write_text(text.replace("[Channel", "[Comment]\nCh1=x\n[Channel"), encoding="utf-8")
    recordings.assert_same(slepian, place, "comment", {"path": str(path)}, samples, 256, raw.ch_names)


def files_that_are_not_what_their_header_says(slepian, place):
    numbers = RNG.integers(-3000, 3000, (2600, 2))
    for name, more, words in (
        ("short", "DataPoints=2601\n", ["short.eeg: this file is cut off", "2601 samples of 2 channels"]),
        ("spectra", "DataType=FREQUENCYDOMAIN\n", ["expected TIMEDOMAIN"]),
    ):
        path = write(place, name, numbers, "INT_16", more)
        recordings.assert_refused(slepian, place, name, {"path": str(path)}, words)
    path.unlink()
    words = ["spectra.eeg", "no header beside it"]
    recordings.assert_refused(slepian, place, "bare", {"path": str(path.with_suffix(".eeg"))}, words)


def real_recording(slepian, place):
    path = REAL / "testbva.vhdr"
    raw, samples = read(path, [1.0] * 32, is_float=True)
    same(slepian, place, path, samples, raw)
    same(slepian, place, path, samples, raw, given=REAL / "testbva.dat")
    onsets = [int(round(onset * 200)) for onset in raw.annotations.onset]
    texts = [text.split("/")[1] for text in raw.annotations.description]
    assert len(onsets) == 16
    for code in (1, 4):
        # number 0 is the new segment
        found = enumerate(zip(onsets, texts), 1)
        rows = [[t - 20, t + 100, -20, k] for k, (t, text) in found if text == f"S  {code}"]
        rows = [row for row in rows if row[0] >= 0 and row[1] <= raw.n_times]
        trials = {"events": "markers", "where": f"value == {code}", "pre": 0.1, "post": 0.5}
        same(slepian, place, path, samples, raw, rows, trials)


def checks(count, slepian, place):
    every = [
        files_of_pybv, every_number_in_either_orientation, numbers_that_mne_does_not_read, latin_1_and_units,
        pauses_and_segments, markers_that_cannot_be_used, intervals_and_sections_that_other_programs_write,
        files_that_are_not_what_their_header_says,
    ]
    if REAL.is_dir():
        every.append(real_recording)
    else:
        print(f"skipped: a real recording, of which none is in {REAL}", flush=True)
    for check in every:
        folder = place / check.__name__
        folder.mkdir()
        count.check(check.__name__.replace("_", " "), check, slepian, folder)


if __name__ == "__main__":
    recordings.main(checks)
