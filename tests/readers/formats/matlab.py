"""FieldTrip's raw data and EEGLAB's datasets give the spectra of the samples that SciPy, h5py and MNE read.

SciPy writes files of version 5, hdf5storage those of 7.3, eeglabio datasets of EEGLAB. Usage: matlab.py SLEPIAN
"""
import sys
import warnings
from pathlib import Path

import eeglabio
import h5py
import hdf5storage
import mne
import numpy as np
import scipy.io

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
import jobs  # noqa: E402
import recordings  # noqa: E402

RATE = 250.0
LABELS = ["Cz", "Pz", "µV1", "Oz"]
LENGTHS, OFFSETS = (300, 220, 300), (-100, -50, 25)
RNG = np.random.default_rng(5)
REAL = Path(__file__).resolve().parents[4] / "shared" / "data" / "eeglab_data.set"


def cells(values):
    out = np.empty((1, len(values)), object)
    out[0, :] = values
    return out


def trials(dtype):
    made = [RNG.standard_normal((len(LABELS), n)) * 40 for n in LENGTHS]
    if dtype == "whole":
        # of the class double: what can be is stored as integers
        return [np.round(trial) for trial in made]
    return [trial.astype(dtype) for trial in made]


def rows(info):
    ends = np.cumsum(LENGTHS)
    return [[end - n, end, offset, *more] for end, n, offset, more in zip(ends, LENGTHS, OFFSETS, info)]


def raw(made, fsample=True, info=True):
    data = {
        "label": cells(LABELS).T,
        "trial": cells(made),
        "time": cells([((np.arange(n) + first) / RATE)[None] for n, first in zip(LENGTHS, OFFSETS)]),
        "cfg": {"previous": {"trl": np.zeros((3, 3)), "method": "trial"}, "channel": cells(LABELS)},
        "hdr": {"nChans": 64.0, "orig": {"deep": {"deeper": np.arange(1000.0)}}},
    }
    if fsample:
        data["fsample"] = RATE
    if info:
        data["trialinfo"] = np.array([[1.0, 10], [2, np.nan], [3, 30]])
    return data


def written_by_scipy(slepian, place, dtype, compressed, fsample):
    made = trials(dtype)
    path = place / "raw.mat"
    scipy.io.savemat(path, {"data": raw(made, fsample)}, do_compression=compressed)
    stored = scipy.io.loadmat(path, squeeze_me=True)["data"]["trial"][()]
    want = np.concatenate([np.atleast_2d(trial).T for trial in stored])
    np.testing.assert_array_equal(want, np.concatenate(made, axis=1).T)
    info = [[1, 10], [2, np.nan], [3, 30]]
    recordings.assert_same(slepian, place, "scipy", {"path": str(path)}, want, RATE, LABELS, rows(info))


def written_by_hdf5storage(slepian, place, dtype, compressed):
    made = trials(dtype)
    path = place / "raw73.mat"
    options = hdf5storage.Options(
        matlab_compatible=True, compress=compressed, compress_size_threshold=1000, store_python_metadata=False
    )
    data = raw(made, info=False)
    data["trialinfo"] = np.array([[1.0], [2], [3]])
    hdf5storage.writes({"data": data}, filename=str(path), options=options)
    want = np.concatenate(made, axis=1).T
    recordings.assert_same(slepian, place, "hdf5storage", {"path": str(path)}, want, RATE, LABELS, rows([[1], [2], [3]]))


def trialinfo_of_other_types(slepian, place, version):
    """Structs of columns, and cells of structs: numbers become columns, texts are named."""
    made = trials("f8")
    n = len(LENGTHS)
    columns = {"cond": np.arange(1.0, n + 1)[:, None], "rt": np.array([[0.5], [np.nan], [0.25]])}
    words = cells(["go", "stop", "go"])
    of_each = cells([{"cond": float(k + 1), "rt": columns["rt"][k, 0], "word": words[0, k]} for k in range(n)])
    info = [[k + 1, columns["rt"][k, 0]] for k in range(n)]
    want = np.concatenate(made, axis=1).T
    for name, trialinfo in (("columns", {**columns, "word": words}), ("each", of_each)):
        path = place / f"{name}.mat"
        data = {**raw(made, info=False), "trialinfo": trialinfo}
        if version == 5:
            scipy.io.savemat(path, {"data": data})
        else:
            options = hdf5storage.Options(matlab_compatible=True, store_python_metadata=False)
            hdf5storage.writes({"data": data}, filename=str(path), options=options)
        given = {"path": str(path)}
        recordings.assert_same(slepian, place, name, given, want, RATE, LABELS, rows(info))
        with h5py.File(jobs.data_file(place / f"{name}_double_found.spy")) as file:
            assert list(file["trial_label/word"].asstr()) == ["go", "stop", "go"]


def one_within_a_struct(slepian, place, version):
    made = trials("f8")
    path = place / "within.mat"
    if version == 5:
        scipy.io.savemat(path, {"s": {"n": 1.0, "data": raw(made)}}, do_compression=True)
    else:
        options = hdf5storage.Options(matlab_compatible=True, store_python_metadata=False)
        hdf5storage.writes({"s": {"n": 1.0, "data": raw(made)}}, filename=str(path), options=options)
    recordings.assert_refused(slepian, place, "within", {"path": str(path)}, ["input.dataset = \"s.data\""])
    want = np.concatenate(made, axis=1).T
    info = [[1, 10], [2, np.nan], [3, 30]]
    given = {"path": str(path), "dataset": "s.data"}
    recordings.assert_same(slepian, place, "named", given, want, RATE, LABELS, rows(info))


def rates_off_by_rounding(slepian, place):
    made = trials("f8")
    want = np.concatenate(made, axis=1).T
    for name, fsample in (("below", 249.99999), ("above", 250.00001), ("single", np.float32(250.00002))):
        path = place / f"{name}.mat"
        scipy.io.savemat(path, {"data": {**raw(made, info=False), "fsample": fsample}})
        recordings.assert_same(slepian, place, name, {"path": str(path)}, want, RATE, LABELS, rows([[], [], []]))


def one_of_several(slepian, place):
    path = place / "two.mat"
    first, second = trials("f8"), trials("f8")
    scipy.io.savemat(path, {"first": raw(first), "n": 3, "second": raw(second, info=False)}, do_compression=True)
    words = ["two.mat: holds 2 recordings, first, second; expected input.dataset"]
    recordings.assert_refused(slepian, place, "two", {"path": str(path)}, words)
    given = {"path": str(path), "dataset": "second"}
    want = np.concatenate(second, axis=1).T
    recordings.assert_same(slepian, place, "second", given, want, RATE, LABELS, rows([[], [], []]))


def syncopys_precision_is_kept(slepian, place):
    """Syncopy reads raw data into single precision: ours stay what they are."""
    path = place / "single.mat"
    made = trials("f4")
    scipy.io.savemat(path, {"data": raw(made, info=False)})
    want = np.concatenate(made, axis=1).T
    given = {"path": str(path)}
    found, _ = recordings.spectra(slepian, place, "auto", {"input": given, "freqanalysis": {"output": "fourier"}})
    container = recordings.write_container(place / "want.spy", want, RATE, LABELS, rows([[], [], []]))
    analysis = {"input": {"path": str(container)}, "freqanalysis": {"output": "fourier"}}
    wanted, _ = recordings.spectra(slepian, place, "auto_want", analysis)
    assert recordings.bits(found)[0].tobytes() == recordings.bits(wanted)[0].tobytes()


def eeg_of(n_epochs, n_samples):
    return (RNG.standard_normal((n_epochs, len(LABELS), n_samples)) * 30).astype("f4")


def dataset(samples, data, xmin=0.0):
    """The fields of a dataset whose samples are epochs × channels × samples."""
    places = np.array([(label,) for label in LABELS], dtype=[("labels", object)])
    event = np.array([("go", 11.0, 2.0), ("stop", 200.5, 0.0)], dtype=[(n, object) for n in ("type", "latency", "duration")])
    n_epochs, n_channels, n_samples = samples.shape
    return {
        "setname": "x", "nbchan": float(n_channels), "pnts": float(n_samples), "trials": float(n_epochs),
        "srate": RATE, "xmin": xmin, "xmax": xmin + (n_samples - 1) / RATE, "data": data, "chanlocs": places,
        "event": event, "icaweights": np.zeros((0, 0)), "epoch": np.zeros((0, 0)), "etc": {"eeglabvers": "2024.0"},
    }


def eeglab(slepian, place, n_epochs, how, compressed, nested):
    samples = eeg_of(n_epochs, 300)
    matrix = np.moveaxis(samples, 0, 2)
    xmin = -0.2 if n_epochs > 1 else 0.0
    if how == "in":
        data = matrix.squeeze(2) if n_epochs == 1 else matrix
    else:
        data = f"x.{how}"
        order = "F" if how == "fdt" else "C"
        flat = np.moveaxis(samples, 1, 0).reshape(len(LABELS), -1)
        (place / data).write_bytes(flat.tobytes(order=order))
    eeg = dataset(samples, data, xmin)
    scipy.io.savemat(place / "x.set", {"EEG": eeg} if nested else eeg, do_compression=compressed, appendmat=False)
    want = np.moveaxis(samples, 1, 2).reshape(-1, len(LABELS))
    starts = [[k * 300, (k + 1) * 300, round(xmin * RATE)] for k in range(n_epochs)]
    recordings.assert_same(
        slepian, place, "eeg", {"path": str(place / "x.set")}, want, RATE, LABELS, starts, precisions=(("single", "f4"),)
    )


def eeglab_of_version_73(slepian, place, n_epochs, compressed, nested):
    samples = eeg_of(n_epochs, 300)
    matrix = np.moveaxis(samples, 0, 2)
    xmin = -0.2 if n_epochs > 1 else 0.0
    eeg = dataset(samples, matrix.squeeze(2) if n_epochs == 1 else matrix, xmin)
    options = hdf5storage.Options(
        matlab_compatible=True, compress=compressed, compress_size_threshold=1000, store_python_metadata=False,
        structured_numpy_ndarray_as_struct=True,
    )
    hdf5storage.writes({"EEG": eeg} if nested else eeg, filename=str(place / "x.set"), options=options)
    want = np.moveaxis(samples, 1, 2).reshape(-1, len(LABELS))
    starts = [[k * 300, (k + 1) * 300, round(xmin * RATE)] for k in range(n_epochs)]
    given = {"path": str(place / "x.set")}
    recordings.assert_same(slepian, place, "eeg73", given, want, RATE, LABELS, starts, precisions=(("single", "f4"),))
    window = {"events": "markers", "where": "type == 'go'", "pre": 0.02, "post": 0.1}
    window_want = [[5, 35, -5, 0]]
    if n_epochs == 1:
        recordings.assert_same(
            slepian, place, "eeg73_go", given, want, RATE, LABELS, window_want, window, precisions=(("single", "f4"),)
        )


def a_renamed_dataset(slepian, place):
    """The samples of the own name come first, as in EEGLAB; MNE reads those of the old name."""
    samples, others = eeg_of(1, 300), eeg_of(1, 300)
    eeg = dataset(samples, "rest.fdt")
    scipy.io.savemat(place / "sub-02.set", {"EEG": eeg}, appendmat=False)
    (place / "sub-02.fdt").write_bytes(samples[0].tobytes(order="F"))
    (place / "rest.fdt").write_bytes(others[0].tobytes(order="F"))
    given = {"path": str(place / "sub-02.set")}
    single = (("single", "f4"),)
    output = recordings.assert_same(slepian, place, "own", given, samples[0].T, RATE, LABELS, precisions=single)
    assert "rest.fdt, which the .set file names, is not read" in output, output
    (place / "sub-02.fdt").unlink()
    output = recordings.assert_same(slepian, place, "named", given, others[0].T, RATE, LABELS, precisions=single)
    assert "make sure that it belongs to it" in output, output


def written_by_eeglabio(slepian, place):
    samples = eeg_of(1, 500)[0].astype("f8") * 1e-6
    path = place / "eeglabio.set"
    eeglabio.raw.export_set(
        str(path), data=samples, sfreq=RATE, ch_names=LABELS, ch_locs=None,
        annotations=[np.array(["go", "go"], object), np.array([0.4, 1.2]), np.array([0.0, 0.0])],
    )
    stored = scipy.io.loadmat(path, appendmat=False)
    data = stored["data"] if "data" in stored else stored["EEG"]["data"][0, 0]
    given = {"path": str(path)}
    recordings.assert_same(slepian, place, "eeglabio", given, data.T, RATE, LABELS)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        read = mne.io.read_raw_eeglab(path, preload=True, verbose="error")
    np.testing.assert_array_equal(read.get_data(), np.asarray(data, "f8") * 1e-6)
    triggers = np.round(read.annotations.onset * RATE).astype(int)
    want = [[t - 10, t + 20, -10, k] for k, t in enumerate(triggers)]
    window = {"events": "markers", "pre": 10 / RATE, "post": 20 / RATE}
    recordings.assert_same(slepian, place, "eeglabio_go", given, data.T, RATE, LABELS, want, window)


def epochs_written_by_eeglabio(slepian, place):
    samples = eeg_of(4, 120).astype("f8") * 1e-6
    path = place / "epochs.set"
    events = np.array([[50 + 200 * k, 0, 1 + k % 2] for k in range(4)])
    eeglabio.epochs.export_set(
        str(path), data=samples, sfreq=RATE, events=events, tmin=-0.2, tmax=(120 - 50 - 1) / RATE, ch_names=LABELS,
        event_id={"go": 1, "stop": 2}, ch_locs=None,
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        read = mne.read_epochs_eeglab(path, verbose="error")
    # MNE scales what is stored to volts in double precision
    stored = scipy.io.loadmat(path, appendmat=False)
    data = stored["data"] if "data" in stored else stored["EEG"]["data"][0, 0]
    np.testing.assert_array_equal(read.get_data(), np.moveaxis(data, 2, 0).astype("f8") * 1e-6)
    starts = [[120 * k, 120 * (k + 1), round(read.tmin * RATE)] for k in range(4)]
    want = np.moveaxis(data, 0, 1).reshape(120, len(LABELS), 4).transpose(2, 0, 1).reshape(-1, len(LABELS))
    recordings.assert_same(slepian, place, "epochs", {"path": str(path)}, want, RATE, LABELS, starts)


def the_real_dataset(slepian, place):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        read = mne.io.read_raw_eeglab(REAL, preload=True, verbose="error")
    stored = np.fromfile(REAL.with_suffix(".fdt"), "<f4").reshape(-1, len(read.ch_names))
    # MNE scales to volts in double precision, after it has read what is stored
    np.testing.assert_array_equal(read.get_data(), stored.T.astype("f8") * 1e-6)
    given = {"path": str(REAL)}
    single = (("single", "f4"),)
    rate = read.info["sfreq"]
    recordings.assert_same(slepian, place, "real", given, stored, rate, read.ch_names, precisions=single)
    found = enumerate(zip(read.annotations.onset, read.annotations.description))
    squares = [(k, int(np.round(onset * rate))) for k, (onset, kind) in found if kind == "square"]
    starts = [[t - 128, t + 256, -128, k] for k, t in squares]
    window = {"events": "markers", "where": "type == 'square'", "pre": 1, "post": 2}
    recordings.assert_same(
        slepian, place, "real_squares", given, stored, rate, read.ch_names, starts, window, precisions=single
    )


def what_is_wrong_is_refused(slepian, place):
    made = trials("f8")
    uneven = raw(made)
    uneven["time"] = cells([time.copy() for time in uneven["time"][0]])
    uneven["time"][0, 1][0, 100] += 0.01
    table = raw(made)
    table["trial"] = cells([made[0], made[1][:2], made[2]])
    wrong = {"uneven": (uneven, "uneven.time{2} is"), "table": (table, "table.trial{2} has 2 channels; expected 4")}
    for name, (data, words) in wrong.items():
        path = place / f"{name}.mat"
        scipy.io.savemat(path, {name: data})
        recordings.assert_refused(slepian, place, name, {"path": str(path)}, [words])


def checks(count, slepian, folder):
    def check(name, function, *arguments):
        place = folder / name.replace(" ", "_").replace(",", "")
        place.mkdir()
        count.check(name, function, slepian, place, *arguments)

    for dtype in ("f8", "f4", "whole", "i2"):
        for compressed in (False, True):
            name = f"raw data by SciPy, {dtype}, compressed {compressed}"
            check(name, written_by_scipy, dtype, compressed, dtype != "f4")
    for dtype in ("f8", "f4", "i2"):
        for compressed in (False, True):
            check(f"raw data by hdf5storage, {dtype}, compressed {compressed}", written_by_hdf5storage, dtype, compressed)
    check("one of several variables", one_of_several)
    for version in (5, 73):
        check(f"trialinfo of other types, version {version}", trialinfo_of_other_types, version)
        check(f"one within a struct, version {version}", one_within_a_struct, version)
    check("rates off by rounding", rates_off_by_rounding)
    check("a renamed dataset", a_renamed_dataset)
    check("single precision", syncopys_precision_is_kept)
    for n_epochs in (1, 5):
        for how in ("in", "fdt", "dat"):
            for compressed in (False, True):
                for nested in (False, True):
                    name = f"dataset of {n_epochs}, {how}, compressed {compressed}, nested {nested}"
                    check(name, eeglab, n_epochs, how, compressed, nested)
        for compressed in (False, True):
            for nested in (False, True):
                name = f"dataset of version 7.3 of {n_epochs}, compressed {compressed}, nested {nested}"
                check(name, eeglab_of_version_73, n_epochs, compressed, nested)
    check("dataset by eeglabio", written_by_eeglabio)
    check("epochs by eeglabio", epochs_written_by_eeglabio)
    check("what is wrong", what_is_wrong_is_refused)
    if REAL.exists():
        check("the real dataset", the_real_dataset)
    else:
        print(f"skipped: {REAL} is not here")


if __name__ == "__main__":
    recordings.main(checks)
