"""Recordings of Python objects as containers that `slepian run` reads, piece by piece: see python.md beside this file."""
import json
from pathlib import Path

import h5py
import numpy as np

ROWS_AT_ONCE = 1 << 16


def write_container(folder, pieces, dtype, samplerate, channel, trials, unit=None):
    """Writes arrays of time × channel, one after the other; each row of `trials` is start, stop, offset and more."""
    folder = Path(folder)
    folder.mkdir(parents=True)
    path = folder / f"{folder.stem}.analog"
    trials = np.array(trials, "f8", ndmin=2)
    with h5py.File(path, "w") as file:
        data = file.create_dataset("data", (int(trials[:, 1].max()), len(channel)), dtype)
        row = 0
        for piece in pieces:
            data[row : row + len(piece)] = piece
            row += len(piece)
        if row != len(data):
            raise ValueError(f"{row} samples came; expected {len(data)}, where the last trial ends")
        file["trialdefinition"] = trials
    info = {
        "dataclass": "AnalogData", "dimord": ["time", "channel"], "samplerate": float(samplerate),
        "channel": [str(label) for label in channel],
    }
    if unit:
        info["info"] = {"slepian": {"unit": [str(unit)] * len(channel)}}
    Path(f"{path}.info").write_text(json.dumps(info))


def from_array(array, samplerate, folder, channel=None, trials=None, unit=None, scale=None):
    """An array of time × channel that slices give pieces of: NumPy's, mapped or not, Zarr's, h5py's and the like.

    `scale`, a number or one per channel, is the unit of the stored numbers; without it they are written as they are.
    """
    n_samples, n_channels = array.shape
    pieces = (np.asarray(array[first:end]) for first, end in spans(n_samples))
    dtype = array.dtype
    if scale is not None:
        pieces, dtype = (piece * np.asarray(scale, "f8") for piece in pieces), "f8"
    if channel is None:
        channel = [f"channel{k + 1}" for k in range(n_channels)]
    if trials is None:
        trials = [[0, n_samples, 0]]
    write_container(folder, pieces, dtype, samplerate, channel, trials, unit)


def spans(n_samples):
    return ((first, min(first + ROWS_AT_ONCE, n_samples)) for first in range(0, n_samples, ROWS_AT_ONCE))


def from_mne_raw(raw, folder):
    """`mne.io.Raw`, in volts and the like, as MNE has them; need not be loaded."""
    pieces = (raw.get_data(start=first, stop=end).T for first, end in spans(raw.n_times))
    write_container(folder, pieces, "f8", raw.info["sfreq"], raw.ch_names, [[0, raw.n_times, 0]])


def from_mne_epochs(epochs, folder):
    """`mne.Epochs`, loaded or not; the code of the event is a column of the trials."""
    epochs.drop_bad()
    rate, n = epochs.info["sfreq"], len(epochs.times)
    pieces = (epochs[k].get_data(copy=False)[0].T for k in range(len(epochs)))
    offset = round(epochs.times[0] * rate)
    trials = [[k * n, (k + 1) * n, offset, code] for k, code in enumerate(epochs.events[:, 2])]
    write_container(folder, pieces, "f8", rate, epochs.ch_names, trials)


def from_neo(signals, folder):
    """A list of `neo.AnalogSignal` of the same channels, or of their proxies, such as one of every segment: the trials."""
    lengths = [signal.shape[0] for signal in signals]
    ends = np.cumsum(lengths)
    rate = float(signals[0].sampling_rate.rescale("Hz").magnitude)
    offsets = [round(float(signal.t_start.rescale("s").magnitude) * rate) for signal in signals]
    loaded = (signal.load() if hasattr(signal, "load") else signal for signal in signals)
    pieces = (signal.magnitude for signal in loaded)
    names = signals[0].array_annotations.get("channel_names", range(signals[0].shape[1]))
    unit = signals[0].units.dimensionality.string
    trials = np.stack([ends - lengths, ends, offsets], axis=1)
    write_container(folder, pieces, "f8", rate, names, trials, unit)


def from_spikeinterface(recording, folder):
    """A SpikeInterface recording, in microvolts where it knows them; its segments are the trials."""
    scaled = recording.has_scaleable_traces()
    lengths = [recording.get_num_samples(segment) for segment in range(recording.get_num_segments())]
    ends = np.cumsum(lengths)
    pieces = (
        recording.get_traces(segment_index=segment, start_frame=first, end_frame=end, return_in_uV=scaled)
        for segment, n_samples in enumerate(lengths)
        for first, end in spans(n_samples)
    )
    dtype = "f4" if scaled else recording.get_dtype()
    trials = np.stack([ends - lengths, ends, np.zeros(len(ends))], axis=1)
    rate, names = recording.get_sampling_frequency(), recording.get_channel_ids()
    write_container(folder, pieces, dtype, rate, names, trials, "uV" if scaled else None)
