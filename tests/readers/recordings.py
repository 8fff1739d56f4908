"""What the tests of input formats share: the same samples as a container, spectra of both, and whether they are equal.

A recording of another format is read rightly where its spectra are, bit for bit, those of a container that h5py wrote
with the samples that another library has read.
"""
import json
import sys
import tempfile
from pathlib import Path

import h5py
import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent))
import jobs  # noqa: E402


def write_container(folder, samples, rate, labels, trials=None):
    """A Syncopy container of `samples`, time × channel; `trials` has rows of start, stop, offset and more."""
    folder = Path(folder)
    folder.mkdir()
    path = folder / f"{folder.stem}.analog"
    if trials is None:
        trials = [[0, len(samples), 0]]
    with h5py.File(path, "w") as file:
        file["data"] = samples
        file["trialdefinition"] = np.asarray(trials, "f8")
    info = {
        "dataclass": "AnalogData", "dimord": ["time", "channel"], "samplerate": float(rate),
        "channel": [str(label) for label in labels],
    }
    path.with_name(path.name + ".info").write_text(json.dumps(info))
    return folder


def spectra(slepian, place, name, tables, ranks=1):
    """The data file of the spectra that `slepian run` computes with these tables of a config."""
    out = place / f"{name}.spy"
    tables = {**tables, "output": {"path": str(out)}}
    text = "".join(
        f"[{table}]\n" + "".join(f"{key} = {jobs.toml(value)}\n" for key, value in keys.items()) + "\n"
        for table, keys in tables.items()
    )
    config = place / f"{name}.toml"
    config.write_text(text)
    output = jobs.run([slepian, "run", config], ranks)
    return jobs.data_file(out), output


def bits(path):
    with h5py.File(path, "r") as file:
        data = file["data"][()]
        trials = file["trialdefinition"][()]
    labels = json.loads(Path(str(path) + ".info").read_text())["channel"]
    return data, trials, labels


def assert_same(slepian, place, name, given, samples, rate, labels, trials=None, definetrial=None, precisions=None):
    """Spectra of the recording that `[input]` = `given` names are those of `samples`, float64, as a container.

    In single precision the container holds the samples rounded to float32 once.
    """
    samples = np.asarray(samples, "f8")
    for precision, dtype in precisions or (("double", "f8"), ("single", "f4")):
        container = write_container(place / f"{name}_{precision}.spy", samples.astype(dtype), rate, labels, trials)
        analysis = {"freqanalysis": {"output": "fourier", "taper": "hann", "precision": precision}}
        own = {"input": given, **analysis}
        if definetrial:
            own["definetrial"] = definetrial
        found, output = spectra(slepian, place, f"{name}_{precision}_found", own)
        want, _ = spectra(slepian, place, f"{name}_{precision}_want", {"input": {"path": str(container)}, **analysis})
        (data, rows, channels), (data_want, rows_want, channels_want) = bits(found), bits(want)
        assert channels == channels_want, (channels, channels_want)
        np.testing.assert_array_equal(rows, rows_want)
        assert data.dtype == data_want.dtype and data.shape == data_want.shape, (data.shape, data_want.shape)
        assert data.tobytes() == data_want.tobytes(), f"{np.sum(data != data_want)} of {data.size} numbers differ"
        assert np.abs(data).max() > 0
    return output


def assert_refused(slepian, place, name, given, words):
    """The recording is refused with a line that holds these words."""
    try:
        spectra(slepian, place, name, {"input": given, "freqanalysis": {}})
    except AssertionError as error:
        for word in words:
            assert word in str(error), f"{word!r} is not in: {error}"
        assert "panicked" not in str(error), error
    else:
        raise AssertionError("was accepted")


def main(checks):
    """Calls `checks(count, slepian, folder)` in a folder of its own; ends with what held."""
    if len(sys.argv) != 2:
        sys.exit(f"usage: {Path(sys.argv[0]).name} SLEPIAN")
    count = jobs.Count()
    with tempfile.TemporaryDirectory(prefix="slepian-formats-") as folder:
        checks(count, Path(sys.argv[1]).resolve(), Path(folder))
    status = count.close()
    print(f"{count.passed} of {count.passed + count.failed} checks passed", flush=True)
    sys.exit(status)
