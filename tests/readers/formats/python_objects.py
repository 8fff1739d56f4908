"""Containers that docs/to_container.py writes of MNE's, Neo's and SpikeInterface's objects and of arrays hold their samples
exactly, and the readers that refusals and docs/python.md advise exist.

Usage: python_objects.py SLEPIAN
"""
import importlib
import re
import subprocess
import sys
from pathlib import Path

import h5py
import mne
import neo
import numpy as np
import pybv
import quantities
import spikeinterface
import zarr

HERE = Path(__file__).resolve()
ROOT = HERE.parents[3]
sys.path[:0] = [str(HERE.parents[1]), str(ROOT / "docs")]
import jobs  # noqa: E402
import recordings  # noqa: E402
import to_container  # noqa: E402

mne.set_log_level("error")
RNG = np.random.default_rng(3)
# more than one piece
to_container.ROWS_AT_ONCE = 700


def stored(folder):
    with h5py.File(jobs.data_file(folder)) as file:
        return file["data"][()]


def assert_read(slepian, place, folder, samples, rate, labels, trials):
    assert stored(folder).dtype == samples.dtype, stored(folder).dtype
    np.testing.assert_array_equal(stored(folder), samples)
    page = jobs.run([slepian, "info", folder])
    assert f"{len(labels)}: {labels[0]} …" in page or f"{labels[0]}, " in page, page
    precisions = [("single", "f4")] if samples.dtype == "f4" else None
    given = {"path": str(folder)}
    recordings.assert_same(slepian, place, f"{folder.stem}_read", given, samples, rate, labels, trials, None, precisions)


def mne_raw(folder):
    data = RNG.standard_normal((3, 2500)) * 1e-5
    raw = mne.io.RawArray(data, mne.create_info(["Cz", "Pz", "Oz"], 250.0, "eeg"))
    path = folder / "mne_raw.fif"
    raw.save(path, fmt="double", overwrite=True)
    return mne.io.read_raw_fif(path)


def a_raw_of_mne(slepian, place):
    raw = mne_raw(place)
    assert not raw.preload
    to_container.from_mne_raw(raw, place / "raw.spy")
    assert_read(slepian, place, place / "raw.spy", raw.get_data().T, 250.0, raw.ch_names, [[0, 2500, 0]])


def epochs_of_mne(slepian, place):
    events = np.array([[100, 0, 7], [900, 0, 8], [1500, 0, 7], [2490, 0, 7]])
    epochs = mne.Epochs(mne_raw(place), events, tmin=-0.2, tmax=1.0, baseline=None, preload=False)
    to_container.from_mne_epochs(epochs, place / "epochs.spy")
    samples = np.concatenate([epoch.T for epoch in epochs.get_data(copy=True)])
    assert len(samples) == 3 * 301
    trials = [[301 * k, 301 * (k + 1), -50, code] for k, code in enumerate((7, 8, 7))]
    assert_read(slepian, place, place / "epochs.spy", samples, 250.0, epochs.ch_names, trials)


def signals_of_neo(slepian, place):
    names = np.array(["a", "b"])
    block = neo.Block()
    for n_samples, t_start in ((900, -0.5), (1100, -0.25)):
        segment = neo.Segment()
        block.segments.append(segment)
        segment.analogsignals.append(neo.AnalogSignal(
            RNG.standard_normal((n_samples, 2)), units="mV", sampling_rate=1 * quantities.kHz,
            t_start=t_start * quantities.s, array_annotations={"channel_names": names},
        ))
    signals = [segment.analogsignals[0] for segment in block.segments]
    to_container.from_neo(signals, place / "neo.spy")
    samples = np.concatenate([signal.magnitude for signal in signals])
    trials = [[0, 900, -500], [900, 2000, -250]]
    assert_read(slepian, place, place / "neo.spy", samples, 1000.0, names, trials)
    assert '"mV"' in Path(f"{jobs.data_file(place / 'neo.spy')}.info").read_text()


def recordings_of_spikeinterface(slepian, place):
    traces = [RNG.integers(-900, 900, (n, 3)).astype("i2") for n in (1600, 1200)]
    plain = spikeinterface.NumpyRecording(traces, sampling_frequency=30000.0, channel_ids=["x", "y", "z"])
    trials = [[0, 1600, 0], [1600, 2800, 0]]
    to_container.from_spikeinterface(plain, place / "plain.spy")
    np.testing.assert_array_equal(stored(place / "plain.spy"), np.concatenate(traces))
    assert stored(place / "plain.spy").dtype == "i2"
    plain.set_channel_gains([0.195, 0.2, 1 / 3])
    plain.set_channel_offsets([0.0, 1.0, -5.0])
    to_container.from_spikeinterface(plain, place / "scaled.spy")
    samples = np.concatenate([plain.get_traces(segment_index=k, return_in_uV=True) for k in range(2)])
    assert_read(slepian, place, place / "scaled.spy", samples, 30000.0, ["x", "y", "z"], trials)


def signals_of_neo_that_are_not_loaded(slepian, place):
    data = np.rint(RNG.standard_normal((2, 1800)) * 1000)
    pybv.write_brainvision(
        data=data * 1e-6, sfreq=500.0, ch_names=["a", "b"], fname_base="lazy", folder_out=place, resolution=1.0, unit="µV",
    )
    block = neo.io.BrainVisionIO(str(place / "lazy.vhdr")).read_block(lazy=True)
    signals = [segment.analogsignals[0] for segment in block.segments]
    to_container.from_neo(signals, place / "lazy.spy")
    np.testing.assert_allclose(stored(place / "lazy.spy"), data.T, atol=1e-3)


def arrays(slepian, place):
    integers = RNG.integers(-900, 900, (2500, 3)).astype("i2")
    np.save(place / "mapped.npy", integers)
    mapped = np.load(place / "mapped.npy", mmap_mode="r")
    to_container.from_array(mapped, 500.0, place / "mapped.spy", ["x", "y", "z"], unit="uV")
    np.testing.assert_array_equal(stored(place / "mapped.spy"), integers)
    assert stored(place / "mapped.spy").dtype == "i2"
    group = zarr.open(str(place / "group.zarr"), mode="w")
    group.create_dataset("traces", data=integers, chunks=(300, 2))
    stored_array = zarr.open(str(place / "group.zarr"), mode="r")["traces"]
    scale = [0.1, 0.2, 0.3]
    trials = [[0, 1000, -5], [1000, 2500, 0]]
    to_container.from_array(stored_array, 500.0, place / "scaled_array.spy", trials=trials, scale=scale)
    labels = ["channel1", "channel2", "channel3"]
    assert_read(slepian, place, place / "scaled_array.spy", integers * np.array(scale), 500.0, labels, trials)


def the_keys_that_the_refusal_of_an_npy_file_gives(slepian, place):
    samples = RNG.standard_normal((900, 3)).astype("f4")
    for name, array in (("c", samples), ("fortran", np.asfortranarray(samples)), ("transposed", samples.T.copy())):
        path = place / f"{name}.npy"
        np.save(path, array)
        refused = subprocess.run([slepian, "info", path], capture_output=True, text=True)
        assert refused.returncode != 0
        keys = re.findall(r"(\w+) = (\[.*?\]|\"\w+\"|\d+)", refused.stderr)
        given = {"path": str(path), "samplerate": 250.0, **{key: eval(value) for key, value in keys}}
        labels = ["channel1", "channel2", "channel3"]
        recordings.assert_same(slepian, place, f"npy_{name}", given, samples, 250.0, labels)


# readers of later versions than this environment's
LATER = {"mne.io.read_raw_mef"}
PACKAGES = "mne|neo|numpy|pandas|scipy|spikeinterface|zarr"


def exists(name):
    """Whether `name` is a module, or something in one: `spikeinterface.extractors` is no attribute until it is imported."""
    parts = name.split(".")
    for count in range(len(parts), 0, -1):
        try:
            found = importlib.import_module(".".join(parts[:count]))
        except ModuleNotFoundError:
            continue
        for part in parts[count:]:
            if not hasattr(found, part):
                return False
            found = getattr(found, part)
        return True
    return False


def readers_that_are_advised(slepian, place):
    source = "".join(path.read_text() for path in (ROOT / "src/input/unsupported").glob("*.rs") if path.stem != "tests")
    page = (ROOT / "docs/python.md").read_text()
    readers = set(re.findall(rf"\b(?:{PACKAGES})(?:\.\w+)+", source + page)) - LATER
    readers = {reader for reader in readers if not reader.endswith(".json")}
    assert len(readers) > 50, readers
    for reader in sorted(readers):
        assert exists(reader), f"{reader} does not exist"
    writers = set(re.findall(r"\bfrom_\w+", page)) | set(re.findall(r'"(from_\w+)"', source))
    for writer in writers - {"from_"}:
        assert hasattr(to_container, writer), f"{writer} does not exist"


def checks(count, slepian, place):
    for check in (
        a_raw_of_mne, epochs_of_mne, signals_of_neo, signals_of_neo_that_are_not_loaded, recordings_of_spikeinterface,
        arrays, the_keys_that_the_refusal_of_an_npy_file_gives, readers_that_are_advised,
    ):
        count.check(check.__name__.replace("_", " "), check, slepian, place)


if __name__ == "__main__":
    recordings.main(checks)
