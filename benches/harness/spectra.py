"""The power of a first trial, `(frequency, channel)`, compared with ours: from doubles as competitors that compute in
memory store them, or from a Syncopy container."""
import json
from array import array
from pathlib import Path


def load(path):
    path = Path(path)
    if path.is_file():
        numbers = array("d")
        numbers.frombytes(path.read_bytes())
        return numbers
    (info,) = path.glob("*.info")
    info = json.loads(info.read_text())
    n_trials, n_tapers, n_freqs, n_channels = info["data_shape"]
    if info["data_dtype"] != "float32" or n_tapers != 1:
        raise ValueError(f"{info['data_dtype']}, {n_tapers} tapers: expected power averaged over tapers")
    numbers = array("f")
    with open(path / info["filename"], "rb") as file:
        file.seek(info["data_offset"])
        numbers.frombytes(file.read(4 * n_freqs * n_channels))
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
