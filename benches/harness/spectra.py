"""The power of a first trial as competitors store it, `(frequency, channel)` in doubles, compared with ours."""
from array import array


def load(path):
    numbers = array("d")
    numbers.frombytes(path.read_bytes())
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
