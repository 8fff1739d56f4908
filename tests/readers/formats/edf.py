"""EDF, EDF+, BDF and BDF+ as pyedflib and edfio write them give the spectra of the samples that MNE reads, in the
recording's unit, and trials around the annotations and triggers that MNE finds. Usage: edf.py SLEPIAN"""
import itertools
import sys
from pathlib import Path

import edfio
import h5py
import mne
import numpy as np
import pyedflib

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
import jobs  # noqa: E402
import recordings  # noqa: E402

mne.set_log_level("ERROR")
NUMBERS = itertools.count()
RNG = np.random.default_rng(5)
# recordings of amplifiers, where somebody has put them beside this project
REAL = Path(__file__).resolve().parents[4] / "shared" / "data"


def read(path):
    """MNE's recording, and its samples in the unit of the file, exactly.

    MNE computes (number · gain + offset) · volts per unit. The numbers are those that give the very same doubles.
    """
    is_bdf = Path(path).suffix == ".bdf"
    raw = (mne.io.read_raw_bdf if is_bdf else mne.io.read_raw_edf)(path, preload=True)
    extras = raw._raw_extras[0]
    gain, offset, volts = (extras[key][:, np.newaxis] for key in ("cal", "offsets", "units"))
    data = raw.get_data()
    numbers = np.rint((data / volts - offset) / gain)
    samples = numbers * gain + offset
    np.testing.assert_array_equal(samples * volts, data)
    kept = [k for k, label in enumerate(raw.ch_names) if not (is_bdf and label == "Status")]
    return raw, samples[kept].T, [raw.ch_names[k] for k in kept]


def same(slepian, place, path, rows=None, definetrial=None, **given):
    raw, samples, labels = read(path)
    name = f"{path.name.replace('.', '_')}_{next(NUMBERS)}"
    given = {"path": str(path), **given}
    recordings.assert_same(
        slepian, place, name, given, samples, raw.info["sfreq"], labels, rows, definetrial=definetrial
    )
    if rows is None:
        assert_converted(slepian, place, path, samples)
    return raw


def assert_converted(slepian, place, path, samples):
    """What `slepian convert` writes are these samples, rounded to single precision once."""
    container = place / f"converted{next(NUMBERS)}.spy"
    jobs.run([slepian, "convert", path, container])
    with h5py.File(jobs.data_file(container)) as file:
        np.testing.assert_array_equal(file["data"][()], samples.astype("f4"))


def around(onsets, among, rate, n_samples, pre, post):
    """Rows of trials around onsets in seconds that the recording holds as a whole, and their numbers `among` all events."""
    pre, post = int(round(pre * rate)), int(round(post * rate))
    triggers = [(int(np.round(onset * rate)), list(among).index(onset)) for onset in onsets]
    return [[t - pre, t + post, -pre, event] for t, event in triggers if t >= pre and t + post <= n_samples]


def with_pyedflib(path, file_type, n=5, rates=(250,) * 5, annotations=(), seconds=9):
    bits = 23 if file_type in (pyedflib.FILETYPE_BDF, pyedflib.FILETYPE_BDFPLUS) else 15
    writer = pyedflib.EdfWriter(str(path), n, file_type=file_type)
    ranges = [(-3276.8, 3276.7), (-187.5, 187.5), (0.0, 5.0), (100, -100), (-8711.0, 8711.1)]
    writer.setSignalHeaders([
        {
            "label": f"EEG {k}", "dimension": "uV" if k != 2 else "mV", "sample_frequency": rates[k],
            "physical_min": ranges[k][0], "physical_max": ranges[k][1],
            "digital_min": -(2**bits), "digital_max": 2**bits - 1 - k, "transducer": "", "prefilter": "",
        }
        for k in range(n)
    ])
    numbers = [RNG.integers(-(2**bits), 2**bits - n, rates[k] * seconds).astype("i4") for k in range(n)]
    # whole records: one after the other, or annotations do not get their place
    writer.writeSamples(numbers, digital=True)
    for onset, duration, text in annotations:
        writer.writeAnnotation(onset, duration, text)
    writer.close()
    return numbers


ANNOTATIONS = [(0.5, -1, "left"), (1.236, 0.3, "right"), (3.0, 1, "left"), (4.4444, -1, "Küche"), (8.9, -1, "left")]


def plain_files(slepian, place):
    for name, file_type in (("plain.edf", pyedflib.FILETYPE_EDF), ("plain.bdf", pyedflib.FILETYPE_BDF)):
        with_pyedflib(place / name, file_type)
        same(slepian, place, place / name)


def annotations_as_mne_finds_them(slepian, place):
    for name, file_type in (("plus.edf", pyedflib.FILETYPE_EDFPLUS), ("plus.bdf", pyedflib.FILETYPE_BDFPLUS)):
        path = place / name
        with_pyedflib(path, file_type, annotations=ANNOTATIONS)
        raw = same(slepian, place, path)
        found = raw.annotations
        assert sorted(found.description) == sorted(text for *_, text in ANNOTATIONS), found.description
        rows = around(found.onset, found.onset, 250, raw.n_times, 0.1, 0.3)
        assert len(rows) == 4, rows
        same(slepian, place, path, rows, {"events": "markers", "pre": 0.1, "post": 0.3})
        left = [onset for onset, text in zip(found.onset, found.description) if text == "left"]
        rows = around(left, found.onset, 250, raw.n_times, 0.2, 0.3)
        where = {"events": "markers", "where": 'description == "left"', "pre": 0.2, "post": 0.3}
        same(slepian, place, path, rows, where)
        # as long as the annotation
        long = sorted((onset, length) for onset, length in zip(found.onset, found.duration) if length > 0)
        assert np.allclose(long, [(1.236, 0.3), (3.0, 1.0)], rtol=1e-9), long
        rows = [row for onset, length in long for row in around([onset], found.onset, 250, raw.n_times, 0, length)]
        same(slepian, place, path, rows, {"events": "markers", "where": "duration > 0"})


def files_of_edfio(slepian, place):
    for name, file, signal in (("edfio.edf", edfio.Edf, edfio.EdfSignal), ("edfio.bdf", edfio.Bdf, edfio.BdfSignal)):
        path = place / name
        signals = [
            signal(RNG.standard_normal(2000), 200, label=f"Ch {k}", physical_dimension=unit, physical_range=(-8, 9.5))
            for k, unit in enumerate(["uV", "mV", "V"])
        ]
        notes = [edfio.EdfAnnotation(onset, None, "note") for onset in (0.1, 2.5, 7.77)]
        file(signals, data_record_duration=0.5, annotations=notes).write(path)
        raw = same(slepian, place, path)
        onsets = raw.annotations.onset
        rows = around(onsets, onsets, 200, raw.n_times, 0, 0.5)
        same(slepian, place, path, rows, {"events": "markers", "post": 0.5})


def channels_of_one_of_two_rates(slepian, place):
    path = place / "rates.edf"
    numbers = with_pyedflib(path, pyedflib.FILETYPE_EDFPLUS, rates=(250, 50, 250, 50, 10))
    words = ["2 of 250 Hz, 2 of 50 Hz, 1 of 10 Hz", "expected input.samplerate"]
    recordings.assert_refused(slepian, place, "rates", {"path": str(path)}, words)
    with pyedflib.EdfReader(str(path)) as reader:
        for rate, kept in ((250, [0, 2]), (50, [1, 3]), (10, [4])):
            samples = []
            for k in kept:
                low, high = reader.getPhysicalMinimum(k), reader.getPhysicalMaximum(k)
                digital_low, digital_high = reader.getDigitalMinimum(k), reader.getDigitalMaximum(k)
                gain = (high - low) / (digital_high - digital_low)
                samples.append(numbers[k] * gain + (low - digital_low * gain))
                np.testing.assert_allclose(samples[-1], reader.readSignal(k), rtol=1e-9, atol=1e-9)
            labels = [f"EEG {k}" for k in kept]
            given = {"path": str(path), "samplerate": rate}
            recordings.assert_same(slepian, place, f"rate{rate}", given, np.array(samples).T, rate, labels)


def records_between_which_time_is_missing(slepian, place):
    path = place / "gaps.edf"
    with_pyedflib(path, pyedflib.FILETYPE_EDFPLUS, annotations=[(0.5, -1, "a"), (6.5, -1, "b"), (8.2, -1, "c")])
    bytes_ = path.read_bytes().replace(b"EDF+C", b"EDF+D")
    assert bytes_.count(b"EDF+D") == 1
    # the records from 4 s on begin 2.5 s later: what was at 6.5 s lies in record 4, what was at 8.2 in record 5
    for second in range(8, 3, -1):
        later = b"+%.1f\x14\x14\0" % (second + 2.5)
        before = (b"+%d\x14\x14" % second).ljust(len(later), b"\0")
        assert bytes_.count(before) == 1, second
        bytes_ = bytes_.replace(before, later)
    path.write_bytes(bytes_)
    raw, samples, labels = read(path)
    given = {"path": str(path)}
    stretches = [[0, 1000, 0], [1000, len(samples), 0]]
    recordings.assert_same(slepian, place, "gaps", given, samples, 250, labels, stretches)
    rows = [[125 - 50, 125 + 50, -50, 0], [1000, 1050, 0, 1], [1425 - 50, 1425 + 50, -50, 2]]
    trials = {"events": "markers", "pre": 0.2, "post": 0.2, "clip_edges": True}
    recordings.assert_same(slepian, place, "around", given, samples, 250, labels, rows, definetrial=trials)
    epochs = [[start, start + 750, 0] for start in (0, 1000)]
    recordings.assert_same(slepian, place, "epochs", given, samples, 250, labels, epochs, definetrial={"length": 3.0})
    # a header that claims continuity does not hide the gap; MNE reads the same samples without it
    path = place / "claims.edf"
    path.write_bytes(bytes_.replace(b"EDF+D", b"EDF+C"))
    _, claimed, _ = read(path)
    np.testing.assert_array_equal(claimed, samples)
    given = {"path": str(path)}
    output = recordings.assert_same(slepian, place, "claims", given, samples, 250, labels, stretches)
    assert "claims continuous data" in output and "of 2.5 s, is before record 4" in output, output
    recordings.assert_same(slepian, place, "claims_around", given, samples, 250, labels, rows, definetrial=trials)


def annotations_that_cannot_be_read_do_not_hide_the_others(slepian, place):
    path = place / "comma.edf"
    with_pyedflib(path, pyedflib.FILETYPE_EDFPLUS, annotations=ANNOTATIONS)
    bytes_ = path.read_bytes()
    assert bytes_.count(b"+4.4444") == 1
    path.write_bytes(bytes_.replace(b"+4.4444", b"+4,4444"))
    raw = same(slepian, place, path)
    onsets = raw.annotations.onset
    assert len(onsets) == len(ANNOTATIONS) - 1, onsets
    rows = around(onsets, onsets, 250, raw.n_times, 0.1, 0.3)
    same(slepian, place, path, rows, {"events": "markers", "pre": 0.1, "post": 0.3})


def headers_whose_durations_and_ranges_are_not_what_they_should_be(slepian, place):
    path = place / "whole.edf"
    numbers = with_pyedflib(path, pyedflib.FILETYPE_EDF)
    bytes_ = path.read_bytes()
    n_signals = int(bytes_[252:256])
    # 250 samples in 1/3 s: MNE's rate is off by what eight characters lack
    path = place / "third.edf"
    path.write_bytes(bytes_[:244] + b"0.333333" + bytes_[252:])
    raw, samples, labels = read(path)
    assert 0 < raw.info["sfreq"] - 750 < 1e-3, raw.info["sfreq"]
    recordings.assert_same(slepian, place, "third", {"path": str(path)}, samples, 750, labels)
    # a channel without a physical range is read as stored, the others as they are
    path = place / "empty.edf"
    low, high = (256 + n_signals * place_ for place_ in (104, 112))
    bytes_ = bytes_[:low] + b"0".ljust(8) + bytes_[low + 8:high] + b"0".ljust(8) + bytes_[high + 8:]
    path.write_bytes(bytes_)
    samples = read(place / "whole.edf")[1].copy()
    samples[:, 0] = numbers[0]
    output = recordings.assert_same(slepian, place, "empty", {"path": str(path)}, samples, 250, labels)
    assert "1 channel has an empty physical range" in output, output


def triggers_as_mne_finds_them(slepian, place):
    path = place / "triggers.bdf"
    inputs = np.repeat(RNG.integers(0, 4, 60) * RNG.choice([1, 255, 16384], 60), 50)
    assert len(inputs) == 3000
    signals = [
        edfio.BdfSignal(RNG.standard_normal(3000), 500, label=f"A{k}", physical_dimension="uV", physical_range=(-9, 9))
        for k in range(3)
    ]
    signals.append(
        edfio.BdfSignal(
            inputs.astype("f8"), 500, label="Status", physical_dimension="Boolean",
            physical_range=(-8388608, 8388607), digital_range=(-8388608, 8388607),
        )
    )
    edfio.Bdf(signals, data_record_duration=1).write(path)
    raw, samples, labels = read(path)
    options = dict(mask=0xFFFF, mask_type="and", shortest_event=1, consecutive="increasing")
    found = mne.find_events(raw, "Status", **options)
    assert len(found) > 20 and labels == ["A0", "A1", "A2"], (found, labels)
    onsets = found[:, 0] / 500
    given = {"path": str(path)}
    rows = around(onsets, onsets, 500, 3000, 0.05, 0.2)
    trials = {"events": "markers", "pre": 0.05, "post": 0.2}
    recordings.assert_same(slepian, place, "triggers", given, samples, 500, labels, rows, definetrial=trials)
    value = int(np.bincount(found[:, 2]).argmax())
    rows = around(onsets[found[:, 2] == value], onsets, 500, 3000, 0.05, 0.2)
    trials["where"] = f"value == {value}"
    recordings.assert_same(slepian, place, "value", given, samples, 500, labels, rows, definetrial=trials)


def unfinished_and_cut_off_files(slepian, place):
    path = place / "whole.edf"
    with_pyedflib(path, pyedflib.FILETYPE_EDF)
    bytes_ = path.read_bytes()
    record = 5 * 250 * 2
    cut = place / "cut.edf"
    cut.write_bytes(bytes_[:-record // 2])
    recordings.assert_refused(slepian, place, "cut", {"path": str(cut)}, ["cut.edf: this file is cut off"])
    longer = place / "longer.edf"
    longer.write_bytes(bytes_ + bytes(record))
    words = ["the header claims 9 records, but 10 are there"]
    recordings.assert_refused(slepian, place, "longer", {"path": str(longer)}, words)
    # as a program that was killed leaves it: MNE goes by the size of the file as well
    unfinished = place / "unfinished.edf"
    unfinished.write_bytes(bytes_[:236] + b"-1      " + bytes_[244:-record // 2])
    raw = same(slepian, place, unfinished)
    assert raw.n_times == 8 * 250, raw.n_times
    output = jobs.run([slepian, "info", unfinished])
    assert "1 partial record at the end is not read" in output, output


def real_recordings(slepian, place):
    for name in ("eeg_16ch.edf", "eeg.bdf"):
        raw = same(slepian, place, REAL / name)
        epochs = [[start, start + 512, 0] for start in range(0, raw.n_times - 511, 512)]
        same(slepian, place, REAL / name, epochs, {"length": 512 / raw.info["sfreq"]})
    # its amplifier sends the inputs 255 now and then
    options = dict(mask=0xFFFF, mask_type="and", shortest_event=1, consecutive="increasing")
    found = mne.find_events(raw, "Status", **options)
    assert len(found) == 40 and (found[:, 2] == 255).all(), found
    onsets = found[:, 0] / 256
    rows = around(onsets, onsets, 256, raw.n_times, 0.1, 0.5)
    trials = {"events": "markers", "where": "value == 255", "pre": 0.1, "post": 0.5}
    same(slepian, place, REAL / "eeg.bdf", rows, trials)


def checks(count, slepian, place):
    every = [
        plain_files, annotations_as_mne_finds_them, files_of_edfio, channels_of_one_of_two_rates,
        records_between_which_time_is_missing, annotations_that_cannot_be_read_do_not_hide_the_others,
        headers_whose_durations_and_ranges_are_not_what_they_should_be, triggers_as_mne_finds_them,
        unfinished_and_cut_off_files,
    ]
    if REAL.is_dir():
        every.append(real_recordings)
    else:
        print(f"skipped: real recordings, of which none are in {REAL}", flush=True)
    for check in every:
        folder = place / check.__name__
        folder.mkdir()
        count.check(check.__name__.replace("_", " "), check, slepian, folder)


if __name__ == "__main__":
    recordings.main(checks)
