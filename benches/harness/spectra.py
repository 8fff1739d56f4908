"""The power of a first trial, `(frequency, channel)`, compared with ours: from doubles as competitors that compute in
memory store them, or from a Syncopy container. Of a container several rows, `(time, frequency, channel)`, if asked."""
import json
from array import array
from pathlib import Path


def load(path, n_rows=1):
    path = Path(path)
    if path.is_file():
        numbers = array("d")
        numbers.frombytes(path.read_bytes())
        return numbers
    (info,) = path.glob("*.info")
    info = json.loads(info.read_text())
    _, n_tapers, n_freqs, n_channels = info["data_shape"]
    if info["data_dtype"] != "float32" or n_tapers != 1:
        raise ValueError(f"{info['data_dtype']}, {n_tapers} tapers: expected power averaged over tapers")
    numbers = array("f")
    with open(path / info["filename"], "rb") as file:
        file.seek(info["data_offset"])
        numbers.frombytes(file.read(4 * n_rows * n_freqs * n_channels))
    return numbers


# root mean square: MNE's weights make 0.6 %, the neighbouring bin of this noise is 10 % away, another channel 35 %
ALIKE = 0.03


def compare(path, reference):
    """Relative difference of the mean powers; refuses spectra that are no more alike than others of the same noise."""
    theirs, ours = load(path), load(reference)
    if len(theirs) != len(ours):
        raise ValueError(f"{len(theirs)} numbers, ours are {len(ours)}")
    apart = sum((a - b) ** 2 for a, b in zip(theirs, ours)) / sum(b**2 for b in ours)
    if not apart <= ALIKE**2:
        raise ValueError(f"the spectra are {apart**0.5:.1%} apart")
    return sum(theirs) / sum(ours) - 1


def n_rows(path, n_trials):
    """Rows of a trial of the result in this container, all trials being as long."""
    (info,) = Path(path).glob("*.info")
    return json.loads(info.read_text())["data_shape"][0] // n_trials


def largest_difference(path, reference, n_rows):
    """Of any number of the first rows, relative to it or to the mean, whichever is larger."""
    theirs, ours = load(path, n_rows), load(reference, n_rows)
    if len(theirs) != len(ours):
        raise ValueError(f"{len(theirs)} numbers, ours are {len(ours)}")
    mean = sum(map(abs, ours)) / len(ours)
    apart = max(abs(a - b) / max(abs(b), mean) for a, b in zip(theirs, ours))
    if not apart <= ALIKE:
        raise ValueError(f"a number is {apart:.1%} away")
    return apart
