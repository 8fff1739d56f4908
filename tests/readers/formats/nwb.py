"""NWB files as pynwb writes them give the spectra of the samples that pynwb reads. Usage: nwb.py SLEPIAN"""
import sys
from datetime import datetime, timezone
from pathlib import Path

import h5py
import numpy as np
from hdmf.backends.hdf5.h5_utils import H5DataIO
from pynwb import NWBHDF5IO, NWBFile
from pynwb.base import TimeSeries
from pynwb.ecephys import LFP, ElectricalSeries

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
import recordings  # noqa: E402

N_SAMPLES, N_ELECTRODES, RATE = 4000, 5, 1000.0
RNG = np.random.default_rng(11)


def session(label="label"):
    file = NWBFile(
        session_description="d", identifier="i", session_start_time=datetime(2020, 1, 1, tzinfo=timezone.utc)
    )
    device = file.create_device(name="probe")
    group = file.create_electrode_group(name="shank", description="d", location="CA1", device=device)
    if label:
        file.add_electrode_column(label, "d")
    for k in range(N_ELECTRODES):
        own = {label: f"é{k}"} if label else {}
        file.add_electrode(location="CA1", group=group, **own)
    return file


def series(file, name, data, electrodes, **times):
    region = file.create_electrode_table_region(region=electrodes, description="d")
    times = times or {"rate": RATE, "starting_time": 0.0}
    return ElectricalSeries(name=name, data=data, electrodes=region, **times)


def write(path, file):
    with NWBHDF5IO(str(path), "w") as io:
        io.write(file)
    return path


def read(path, where):
    """What pynwb reads: samples in volts, computed in the double precision of its own factors."""
    with NWBHDF5IO(str(path), "r") as io:
        found = where(io.read())
        return np.array(found.get_data_in_units()).reshape(found.data.shape[0], -1)


def integers(dtype="i2", n=3):
    return RNG.integers(-3000, 3000, (N_SAMPLES, n)).astype(dtype)


def raw(file):
    return file.acquisition["raw"]


def calibrated_integers(slepian, place):
    file = session()
    factors = dict(conversion=1.95e-7, channel_conversion=np.array([1, 0.3, 7.7], "f4"), offset=1.1e-5)
    file.add_acquisition(series(file, "raw", integers(), [3, 1, 4], rate=RATE, starting_time=2.5, **factors))
    path = write(place / "integers.nwb", file)
    samples = read(path, raw)
    recordings.assert_same(slepian, place, "integers", {"path": str(path)}, samples, RATE, ["é3", "é1", "é4"])


def every_number(slepian, place):
    for dtype in ("f4", "f8", "i4", "u2", "i8", "u1"):
        data = RNG.standard_normal((N_SAMPLES, 2)) if dtype[0] == "f" else RNG.integers(0, 200, (N_SAMPLES, 2))
        file = session(None)
        file.add_acquisition(series(file, "raw", data.astype(dtype), [0, 2], rate=RATE, conversion=2.5e-6))
        path = write(place / f"{dtype}.nwb", file)
        recordings.assert_same(slepian, place, dtype, {"path": str(path)}, read(path, raw), RATE, [0, 2])


def compressed_chunks(slepian, place):
    file = session("channel_name")
    data = H5DataIO(integers("i2", 5), compression="gzip", chunks=(700, 2), shuffle=True)
    file.add_acquisition(series(file, "raw", data, list(range(5)), rate=RATE, conversion=1e-6, offset=-3.0))
    path = write(place / "chunks.nwb", file)
    labels = [f"é{k}" for k in range(5)]
    recordings.assert_same(slepian, place, "chunks", {"path": str(path)}, read(path, raw), RATE, labels)


def one_channel_of_one_axis(slepian, place):
    file = session()
    file.add_acquisition(series(file, "raw", integers()[:, 0], [2], rate=RATE, conversion=1e-3))
    path = write(place / "one.nwb", file)
    recordings.assert_same(slepian, place, "one", {"path": str(path)}, read(path, raw), RATE, ["é2"])


def one_of_several_by_its_path(slepian, place):
    file = session()
    file.add_acquisition(series(file, "raw", integers(), [0, 1, 2], rate=RATE))
    module = file.create_processing_module(name="ecephys", description="d")
    lfp = LFP(name="LFP")
    module.add(lfp)
    lfp.add_electrical_series(series(file, "low", integers("f4"), [2, 3, 4], rate=RATE / 2, starting_time=1.0))
    file.add_stimulus(TimeSeries(name="tone", data=np.zeros(9), unit="V", rate=1.0))
    path = write(place / "several.nwb", file)
    names = ["holds 2 series", "acquisition/raw", "processing/ecephys/LFP/low"]
    recordings.assert_refused(slepian, place, "several", {"path": str(path)}, names)
    samples = read(path, lambda file: file.processing["ecephys"]["LFP"]["low"])
    for k, name in enumerate(("processing/ecephys/LFP/low", "/processing/ecephys/LFP/low/data")):
        given = {"path": str(path), "dataset": name}
        recordings.assert_same(slepian, place, f"named{k}", given, samples, RATE / 2, ["é2", "é3", "é4"])


def timestamps(slepian, place):
    for name, times, rate in (
        ("exact", 3.0 + np.arange(N_SAMPLES) / 1000, 1000.0),
        ("jittered", np.arange(N_SAMPLES) / 512 + RNG.uniform(-1e-4, 1e-4, N_SAMPLES), 512.0),
        ("milliseconds", np.round(np.arange(N_SAMPLES) / 512, 3), 512.0),
        ("odd", 7.0 + np.arange(N_SAMPLES) / 24414.0625, 24414.0625),
    ):
        file = session()
        file.add_acquisition(series(file, "raw", integers(), [0, 1, 2], timestamps=times))
        path = write(place / f"{name}.nwb", file)
        labels = ["é0", "é1", "é2"]
        recordings.assert_same(slepian, place, name, {"path": str(path)}, read(path, raw), rate, labels)


def timestamps_with_gaps(slepian, place):
    for name, gaps, borders in (
        ("gap", {1234: 0.05}, [1234]),
        ("sample", {2000: 0.001}, [2000]),
        ("small", {1000: 0.0004, 2000: 0.0004, 3000: 0.0004}, [2000]),
        ("back", {1000: 0.0008, 3000: -0.0008}, [1000, 3000]),
    ):
        times = np.arange(N_SAMPLES) / 1000
        for row, seconds in gaps.items():
            times[row:] += seconds
        file = session()
        file.add_acquisition(series(file, "raw", integers(), [0, 1, 2], timestamps=times))
        path = write(place / f"{name}.nwb", file)
        rows = [[start, stop, 0] for start, stop in zip([0, *borders], [*borders, N_SAMPLES])]
        labels = ["é0", "é1", "é2"]
        output = recordings.assert_same(
            slepian, place, name, {"path": str(path)}, read(path, raw), 1000.0, labels, rows
        )
        assert "samples are missing at" in output, output


def timestamps_that_go_back(slepian, place):
    times = np.arange(N_SAMPLES) / 1000
    times[1234:] -= 1
    file = session()
    file.add_acquisition(series(file, "raw", integers(), [0, 1, 2], timestamps=times))
    path = write(place / "back.nwb", file)
    words = ["acquisition/raw/timestamps go back from 1.233 to 0.234 s at sample 1234", "input.format"]
    recordings.assert_refused(slepian, place, "back", {"path": str(path)}, words)


def transposed_data(slepian, place):
    file = session()
    data = integers()
    file.add_acquisition(series(file, "raw", data.T, [0, 1, 2], rate=RATE, conversion=2e-6))
    path = write(place / "transposed.nwb", file)
    words = ["it is transposed", "samplerate = 1000, scale = 2e-6"]
    recordings.assert_refused(slepian, place, "transposed", {"path": str(path)}, words)
    given = {
        "path": str(path), "format": "hdf5", "dataset": "/acquisition/raw/data", "dimord": ["channel", "time"],
        "samplerate": RATE, "scale": 2e-6, "unit": "volts",
    }
    labels = ["channel1", "channel2", "channel3"]
    recordings.assert_same(slepian, place, "turned", given, data * 2e-6, RATE, labels)


def linked_timestamps_and_data(slepian, place):
    file = session()
    first = series(file, "first", integers(), [0, 1, 2], timestamps=np.arange(N_SAMPLES) / 1000)
    file.add_acquisition(first)
    file.add_acquisition(series(file, "second", first, [2, 3, 4], timestamps=first, conversion=0.5))
    path = write(place / "linked.nwb", file)
    with h5py.File(path, "a") as written:
        links = written["acquisition/second"]
        assert isinstance(links.get("timestamps", getlink=True), h5py.SoftLink)
        # pynwb writes a hard link here
        factors = dict(links["data"].attrs)
        del links["data"]
        links["data"] = h5py.SoftLink("/acquisition/first/data")
        links["data"].attrs.update(factors)
    samples = read(path, lambda file: file.acquisition["second"])
    given = {"path": str(path), "dataset": "acquisition/second"}
    recordings.assert_same(slepian, place, "linked", given, samples, 1000.0, ["é2", "é3", "é4"])


def data_in_another_file(slepian, place):
    other = place / "other.h5"
    with h5py.File(other, "w") as file:
        file["numbers"] = integers()
    file = session()
    file.add_acquisition(series(file, "raw", integers(), [0, 1, 2], rate=RATE))
    path = write(place / "outside.nwb", file)
    with h5py.File(path, "a") as file:
        del file["acquisition/raw/data"]
        file["acquisition/raw/data"] = h5py.ExternalLink("other.h5", "numbers")
    words = ["acquisition/raw/data is a link into another file, other.h5"]
    recordings.assert_refused(slepian, place, "outside", {"path": str(path)}, words)


def session_of_trials(place, name):
    file = session()
    for column in ("kind", "response_time", "correct"):
        file.add_trial_column(column, "d")
    file.add_trial_column("taps", "d", index=True)
    rows = []
    for k in range(6):
        begin, end = 9.5 + 0.7 * k, 10.0 + 0.7 * k
        file.add_trial(
            start_time=begin, stop_time=end, kind=["left", "rïght"][k % 2], response_time=0.1 * k, correct=k > 2,
            taps=[1.0] * k,
        )
        start, stop = round((begin - 10.0) * RATE), round((end - 10.0) * RATE)
        rows.append([start, stop, 0, k, float(k > 2), 0.1 * k])
    file.add_acquisition(series(file, "raw", integers(), [0, 1, 2], rate=RATE, starting_time=10.0, conversion=1e-6))
    path = write(place / f"{name}.nwb", file)
    return path, read(path, raw), rows


def trials_of_the_file(slepian, place):
    path, samples, rows = session_of_trials(place, "trials")
    labels = ["é0", "é1", "é2"]
    rows = [row for row in rows if row[0] >= 0 and row[1] <= N_SAMPLES]
    assert len(rows) == 5
    output = recordings.assert_same(slepian, place, "trials", {"path": str(path)}, samples, RATE, labels, rows)
    assert "1 trial of intervals/trials left out" in output, output


def trials_around_markers(slepian, place):
    path, samples, rows = session_of_trials(place, "markers")
    want = [[row[0] - 10, row[0] + 200, -10, row[3], row[5]] for row in rows if row[4] == 0 and row[0] >= 10][:2]
    definetrial = {
        "events": "markers", "where": "correct == 0 and response_time < 0.25 and kind in ['left', 'rïght']",
        "pre": 0.01, "post": 0.2, "trialinfo": ["response_time"],
    }
    labels = ["é0", "é1", "é2"]
    recordings.assert_same(slepian, place, "markers", {"path": str(path)}, samples, RATE, labels, want, definetrial)
    assert len(want) == 2


def epochs_where_there_are_no_trials(slepian, place):
    file = session()
    file.add_epoch(start_time=1.0, stop_time=2.0, tags=["a", "b"])
    file.add_epoch(start_time=1.5, stop_time=4.0, tags=["c"])
    file.add_acquisition(series(file, "raw", integers(), [0, 1, 2], rate=RATE))
    path = write(place / "epochs.nwb", file)
    rows = [[1000, 2000, 0, 0], [1500, 4000, 0, 1]]
    labels = ["é0", "é1", "é2"]
    recordings.assert_same(slepian, place, "epochs", {"path": str(path)}, read(path, raw), RATE, labels, rows)


def any_data_set(slepian, place):
    path = place / "any.h5"
    numbers = integers("i2", 4)
    with h5py.File(path, "w") as file:
        file["deep/numbers"] = numbers.T
        file["deep/times"] = np.arange(9.0)
        file["names"] = ["a"]
        file.create_dataset("trials", data=numbers.reshape(8, 500, 4).transpose(0, 2, 1), chunks=(3, 4, 77))
    scale = [1.0, 2.0, 0.1, 1e-6]
    given = {
        "path": str(path), "samplerate": RATE, "scale": scale, "offset": 0.5, "unit": "uV", "channel": list("wxyz"),
    }
    samples = numbers * np.array(scale) + 0.5
    across = {"dimord": ["channel", "time"]}
    recordings.assert_same(slepian, place, "any", {**given, **across}, samples, RATE, "wxyz")
    named = {"dataset": "/trials", "dimord": ["trial", "channel", "time"]}
    rows = [[500 * k, 500 * k + 500, 0] for k in range(8)]
    recordings.assert_same(slepian, place, "stacked", {**given, **named}, samples, RATE, "wxyz", rows)
    with h5py.File(path, "a") as file:
        file["again"] = numbers
    words = ["holds 2 data sets", "again, deep/numbers"]
    recordings.assert_refused(slepian, place, "two", {**given, **across}, words)


def checks(count, slepian, place):
    for check in (
        calibrated_integers, every_number, compressed_chunks, one_channel_of_one_axis, one_of_several_by_its_path,
        timestamps, timestamps_with_gaps, timestamps_that_go_back, transposed_data, linked_timestamps_and_data, data_in_another_file, trials_of_the_file,
        trials_around_markers, epochs_where_there_are_no_trials, any_data_set,
    ):
        count.check(check.__name__.replace("_", " "), check, slepian, place)


if __name__ == "__main__":
    recordings.main(checks)
