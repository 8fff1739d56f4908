"""Raw recordings of SpikeGLX, Open Ephys and Intan give the spectra of the samples that Neo reads.

Usage: raw_recordings.py SLEPIAN
"""
import json
import shutil
import struct
import sys
from pathlib import Path

import numpy as np
import probeinterface
from neo.rawio import IntanRawIO, OpenEphysBinaryRawIO, SpikeGLXRawIO

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
import jobs  # noqa: E402
import recordings  # noqa: E402

N_SAMPLES = 3000
RNG = np.random.default_rng(5)


def numbers(n_channels):
    return RNG.integers(-500, 500, (N_SAMPLES, n_channels)).astype("<i2")


def read(raw, stream=0):
    """What Neo reads of a stream: samples in double precision, sample rate, names of the channels."""
    raw.parse_header()
    channels = raw.header["signal_channels"]
    channels = channels[channels["stream_id"] == raw.header["signal_streams"]["id"][stream]]
    chunk = raw.get_analogsignal_chunk(block_index=0, seg_index=0, stream_index=stream)
    samples = raw.rescale_signal_raw_to_float(chunk, dtype="float64", stream_index=stream)
    return samples, float(channels["sampling_rate"][0]), [str(name) for name in channels["name"]]


def write_spikeglx(folder, name, keys, n_saved, names):
    folder.mkdir()
    stored = numbers(n_saved)
    path = folder / f"{name}.bin"
    stored.tofile(path)
    keys = {
        "fileName": f"D:/data/{name}.bin", "fileSizeBytes": path.stat().st_size, "nSavedChans": n_saved,
        "firstSample": 0, **keys, "~snsChanMap": "(6,6,1)" + "".join(names),
    }
    path.with_suffix(".meta").write_text("".join(f"{key}={value}\n" for key, value in keys.items()))
    return path


def ap_names(n=6):
    return [f"(AP{k};{k}:{k})" for k in range(n)] + ["(SY0;12:12)"]


# name: of the file, what its .meta says, channels that are saved, names of channels
PROBES = {
    "neuropixels_1": ("run_g0_t0.imec0.ap", {
        "typeThis": "imec", "imDatPrb_type": 0, "imDatPrb_pn": "NP1000", "imSampRate": 30000.390000, "imAiRangeMax": 0.6,
        "imMaxInt": 512, "acqApLfSy": "6,6,1", "snsApLfSy": "6,0,1", "snsSaveChanSubset": "0:5,12",
        "~imroTbl": "(0,6)" + "".join(f"({k} 0 0 {gain} 250 1)" for k, gain in enumerate((500, 250, 1500, 50, 3000, 125))),
    }, 7, ap_names()),
    "neuropixels_1_lfp": ("run_g0_t0.imec0.lf", {
        "typeThis": "imec", "imDatPrb_type": 0, "imDatPrb_pn": "NP1000", "imSampRate": 2500.032, "imAiRangeMax": 0.6,
        "acqApLfSy": "6,6,1", "snsApLfSy": "0,6,1", "snsSaveChanSubset": "6:11,12",
        "~imroTbl": "(0,6)" + "".join(f"({k} 0 0 500 {gain} 1)" for k, gain in enumerate((250, 125, 50, 500, 1000, 1500))),
    }, 7, [f"(LF{k};{6 + k}:{k})" for k in range(6)] + ["(SY0;12:12)"]),
    "phase_3a": ("run_g0_t0.imec.ap", {
        "typeThis": "imec", "imProbeOpt": 3, "imSampRate": 30000, "imAiRangeMax": 0.6, "snsApLfSy": "6,0,1",
        "acqApLfSy": "6,6,1", "snsSaveChanSubset": "0:5,12",
        "~imroTbl": "(841108542,3,6)" + "".join(f"({k} 0 1 {gain} 250)" for k, gain in enumerate((500, 250, 50, 50, 3000, 125))),
    }, 7, ap_names()),
    "neuropixels_2_old": ("run_g0_t0.imec0.ap", {
        "typeThis": "imec", "imDatPrb_type": 21, "imDatPrb_pn": "NP2000", "imSampRate": 30000, "imAiRangeMax": 0.5,
        "imMaxInt": 8192, "acqApLfSy": "6,0,1", "snsApLfSy": "6,0,1", "snsSaveChanSubset": "all",
        "~imroTbl": "(21,6)" + "".join(f"({k} 1 0 {k})" for k in range(6)),
    }, 7, [f"(AP{k};{k}:{k})" for k in range(6)] + ["(SY0;6:6)"]),
    "nhp_long": ("run_g0_t0.imec0.ap", {
        "typeThis": "imec", "imDatPrb_type": 1030, "imDatPrb_pn": "NP1032", "imSampRate": 30000, "imAiRangeMax": 0.6,
        "imMaxInt": 512, "imChan0apGain": 500, "acqApLfSy": "6,6,1", "snsApLfSy": "6,0,1", "snsSaveChanSubset": "0:5,12",
        "~imroTbl": "(NP1032,6)" + "".join(f"({k} 0 0 {gain} 250 1)" for k, gain in enumerate((500, 250, 50, 50, 3000, 125))),
    }, 7, ap_names()),
    "nhp_short_by_its_part": ("run_g0_t0.imec0.ap", {
        "typeThis": "imec", "imDatPrb_type": 1015, "imDatPrb_pn": "NP1015", "imSampRate": 30000, "imAiRangeMax": 0.6,
        "imMaxInt": 512, "acqApLfSy": "6,6,1", "snsApLfSy": "6,0,1", "snsSaveChanSubset": "0:5,12",
        "~imroTbl": "(1015,6)" + "".join(f"({k} 0 0 {gain} 250 1)" for k, gain in enumerate((1000, 250, 50, 50, 3000, 125))),
    }, 7, ap_names()),
    "neuropixels_2b_without_gain": ("run_g0_t0.imec1.ap", {
        "typeThis": "imec", "imDatPrb_type": 2003, "imDatPrb_pn": "NP2004", "imSampRate": 30000, "imAiRangeMax": 0.62,
        "imMaxInt": 2048, "acqApLfSy": "6,0,1", "snsApLfSy": "6,0,1", "snsSaveChanSubset": "0:6",
        "~imroTbl": "(2003,6)" + "".join(f"({k} 1 0 {k})" for k in range(6)),
    }, 7, [f"(AP{k};{k}:{k})" for k in range(6)] + ["(SY0;6:6)"]),
    "nxt": ("run_g0_t0.imec1.ap", {
        "typeThis": "imec", "imDatPrb_type": 3010, "imDatPrb_pn": "NP3010", "imSampRate": 30000, "imAiRangeMax": 0.67,
        "imMaxInt": 2048, "imChan0apGain": 100, "acqApLfSy": "6,0,1", "snsApLfSy": "6,0,1", "snsSaveChanSubset": "0:6",
        "~imroTbl": "(NP3010,6)" + "".join(f"({k} 0 0 {k})" for k in range(6)),
    }, 7, [f"(AP{k};{k}:{k})" for k in range(6)] + ["(SY0;6:6)"]),
    "neuropixels_2": ("run_g0_t0.imec1.ap", {
        "typeThis": "imec", "imDatPrb_type": 2013, "imDatPrb_pn": "NP2013", "imSampRate": 29999.757983,
        "imAiRangeMax": 0.62, "imMaxInt": 2048, "imChan0apGain": 100, "acqApLfSy": "6,0,1", "snsApLfSy": "6,0,1",
        "snsSaveChanSubset": "0:6", "~imroTbl": "(2013,6)" + "".join(f"({k} 0 0 0 {k})" for k in range(6)),
    }, 7, [f"(AP{k};{k}:{k})" for k in range(6)] + ["(SY0;6:6)"]),
    "ni": ("run_g0_t0.nidq", {
        "typeThis": "nidq", "niSampRate": 25000.127, "niAiRangeMax": 5, "niAiRangeMin": -5, "niMaxInt": 32768,
        "niMNGain": 200, "niMAGain": 3, "acqMnMaXaDw": "2,1,2,1", "snsMnMaXaDw": "2,1,2,1", "snsSaveChanSubset": "all",
    }, 6, [f"({name};{k}:{k})" for k, name in enumerate(("MN0C0", "MN0C1", "MA0C0", "XA0", "XA1", "XD0"))]),
    "onebox": ("run_g0_t0.obx0.obx", {
        "typeThis": "obx", "obSampRate": 30303.5, "obAiRangeMax": 5, "obMaxInt": 32768, "acqXaDwSy": "3,1,1",
        "snsXaDwSy": "3,1,1", "snsSaveChanSubset": "all",
    }, 5, [f"({name};{k}:{k})" for k, name in enumerate(("XA0", "XA1", "XA2", "XD0", "SY0"))]),
}


def spikeglx(slepian, place, kind):
    path = write_spikeglx(place / kind, *PROBES[kind])
    raw = SpikeGLXRawIO(dirname=str(place / kind))
    samples, rate, names = read(raw)
    assert abs(np.abs(samples).max()) < 3e4
    # Neo calls a channel by its stream as well, and has digital words among the channels
    names = [name.split("#")[-1] for name in names]
    is_analog = [not name.startswith(("XD", "SY")) for name in names]
    samples, names = samples[:, is_analog], [name for name, keep in zip(names, is_analog) if keep]
    for number, given in enumerate((path, path.with_suffix(".meta"))):
        name = f"{kind}_{number}"
        recordings.assert_same(slepian, place, name, {"path": str(given)}, samples, rate, names)


def a_subset_of_a_probe_has_the_gains_of_its_channels(slepian, place):
    name, keys, _, _ = PROBES["neuropixels_1"]
    keys = {**keys, "snsSaveChanSubset": "1,4:5,12", "snsApLfSy": "3,0,1"}
    names = ["(first;1:0)", "(AP4;4:1)", "(AP5;5:2)", "(SY0;12:3)"]
    path = write_spikeglx(place / "subset", name, keys, 4, names)
    stored = np.fromfile(path, "<i2").reshape(-1, 4)[:, :3]
    samples = stored * (0.6 / 512 * (1 / np.array([250.0, 3000.0, 125.0])) * 1e6)
    recordings.assert_same(slepian, place, "subset", {"path": str(path)}, samples, 30000.39, ["first", "AP4", "AP5"])


def ultra_high_density_2_has_the_gains_of_its_head(slepian, place):
    """Neo looks for them in the entries of the table, which have none."""
    keys = {
        "typeThis": "imec", "imDatPrb_type": 1110, "imDatPrb_pn": "NP1110", "imSampRate": 30000, "imAiRangeMax": 0.6,
        "imMaxInt": 512, "acqApLfSy": "6,6,1", "snsApLfSy": "6,0,1", "snsSaveChanSubset": "0:5,12",
        "~imroTbl": "(NP1110,2,0,1000,250,1)" + "".join(f"({k} 0 0)" for k in range(24)),
    }
    path = write_spikeglx(place / "uhd2", "run_g0_t0.imec0.ap", keys, 7, ap_names())
    samples = np.fromfile(path, "<i2").reshape(-1, 7)[:, :6] * (0.6 / 512 * (1 / 1000) * 1e6)
    recordings.assert_same(slepian, place, "uhd2", {"path": str(path)}, samples, 30000, [f"AP{k}" for k in range(6)])


def info(slepian, path):
    """What `slepian info` prints, an error too."""
    try:
        return jobs.run([slepian, "info", path])
    except AssertionError as error:
        return str(error)


def every_part_of_the_probe_table_has_its_gain_and_its_bits(slepian, place):
    """ProbeTable, as probeinterface has it, names a gain for probes with one, a list for others, and bits."""
    table = Path(probeinterface.__file__).parent / "resources" / "neuropixels_probe_features.json"
    parts = json.loads(table.read_text())["neuropixels_probes"]
    assert len(parts) > 50
    folder = place / "parts"
    for part, features in parts.items():
        gain, max_int = features["ap_gain_list"], 2 ** (int(features["adc_bit_depth"]) - 1)
        keys = {"typeThis": "imec", "imDatPrb_pn": part, "imSampRate": 30000, "imAiRangeMax": 0.6, "snsApLfSy": "6,0,1"}
        if "," in gain:
            keys["imChan0apGain"] = 500
            head = f"({part},2,0,500,250,1)" if part == "NP1110" else f"({part},6)"
            entry = "({k} 0 0)" if part == "NP1110" else "({k} 0 0 500 250 1)"
        else:
            keys["imChan0apGain"] = gain
            head, entry = f"({part},6)", "({k} 0 0 {k})"
        keys["~imroTbl"] = head + "".join(entry.format(k=k) for k in range(6))
        path = write_spikeglx(folder, "x.ap", {**keys, "imMaxInt": max_int}, 7, [])
        found = info(slepian, path)
        assert "30000 Hz" in found and "imChan0apGain" not in found, (part, found)
        shutil.rmtree(folder)
        path = write_spikeglx(folder, "x.ap", keys, 7, [])
        found = info(slepian, path)
        is_said = f"imMaxInt={max_int}," in found or f"samples are scaled with {max_int}," in found
        assert is_said or max_int == 512 and "30000 Hz" in found, (part, found)
        shutil.rmtree(folder)


def a_file_of_another_size_is_refused(slepian, place):
    path = write_spikeglx(place / "cut", *PROBES["ni"])
    with open(path, "r+b") as file:
        file.truncate(1200)
    recordings.assert_refused(slepian, place, "cut", {"path": str(path)}, ["has 1200 bytes; expected fileSizeBytes"])
    given = {"path": str(path), "format": "binary", "dtype": "int16", "n_channels": 6, "samplerate": 25000.0}
    recordings.spectra(slepian, place, "as_binary", {"input": given, "freqanalysis": {}})


def write_openephys(folder, streams, gap=0):
    """A recording with these streams: name, sample rate, channels as (name, bit_volts, unit)."""
    recording = folder / "Record Node 101" / "experiment1" / "recording1"
    entries, events = [], []
    for name, rate, channels in streams:
        place = recording / "continuous" / name
        place.mkdir(parents=True)
        numbers(len(channels)).tofile(place / "continuous.dat")
        first = 1000 + np.arange(N_SAMPLES)
        first[N_SAMPLES // 3:] += gap
        np.save(place / "sample_numbers.npy", first)
        np.save(place / "timestamps.npy", first / rate)
        described = [
            {"channel_name": own, "bit_volts": bit_volts, "units": unit, "description": "", "identifier": "", "history": ""}
            for own, bit_volts, unit in channels
        ]
        common = {
            "folder_name": f"{name}/", "sample_rate": rate, "source_processor_name": "P", "source_processor_id": 100,
            "stream_name": name, "recorded_processor": "Record Node", "recorded_processor_id": 101,
        }
        entries.append({**common, "num_channels": len(channels), "channels": described})
        ttl = recording / "events" / name / "TTL"
        ttl.mkdir(parents=True)
        at = 1000 + np.array([50, 400, 450, 1900 + gap, 2000 + gap])
        np.save(ttl / "states.npy", np.array([1, -1, 2, 1, -1], "i2"))
        np.save(ttl / "sample_numbers.npy", at)
        np.save(ttl / "timestamps.npy", at / rate)
        np.save(ttl / "full_words.npy", np.zeros(5, "u8"))
        events.append({
            **common, "folder_name": f"{name}/TTL/", "channel_name": "TTL", "description": "", "identifier": "",
            "type": "int16", "initial_state": 0,
        })
    structure = {"GUI version": "0.6.6", "continuous": entries, "events": events, "spikes": []}
    (recording / "structure.oebin").write_text(json.dumps(structure, indent=4))
    return recording


AP = ("Neuropix-PXI-100.ProbeA-AP", 30000.0, [(f"AP{k}", 0.195 + k / 100, "uV") for k in range(4)])
LFP = ("Neuropix-PXI-100.ProbeA-LFP", 2500.0, [(f"LFP{k}", 4.6875, "") for k in range(3)] + [("LFP_SYNC", 1.0, "")])


def open_ephys_streams(slepian, place):
    recording = write_openephys(place / "streams", [AP, LFP])
    words = ["holds 2 streams", AP[0], LFP[0]]
    recordings.assert_refused(slepian, place, "streams_all", {"path": str(recording)}, words)
    raw = OpenEphysBinaryRawIO(dirname=str(place / "streams"))
    raw.parse_header()
    names = list(raw.header["signal_streams"]["name"])
    for stream in (AP, LFP):
        number = next(k for k, name in enumerate(names) if name.endswith(stream[0]))
        samples, rate, labels = read(OpenEphysBinaryRawIO(dirname=str(place / "streams")), number)
        assert rate == stream[1]
        for k, path in enumerate((recording, recording / "structure.oebin")):
            given = {"path": str(path), "dataset": stream[0]}
            recordings.assert_same(slepian, place, f"stream{number}_{k}", given, samples, rate, labels)
        given = {"path": str(recording / "continuous" / stream[0] / "continuous.dat")}
        recordings.assert_same(slepian, place, f"stream{number}_file", given, samples, rate, labels)


def open_ephys_gaps_and_markers(slepian, place):
    recording = write_openephys(place / "gap", [AP], gap=700)
    samples, rate, labels = read(OpenEphysBinaryRawIO(dirname=str(place / "gap")))
    rows = [[0, 1000, 0], [1000, N_SAMPLES, 0]]
    given = {"path": str(recording)}
    output = recordings.assert_same(slepian, place, "gaps", given, samples, rate, labels, rows)
    assert "samples are missing at 1 place" in output, output
    # line 1 goes on at the samples 50 and 1900, as the first and the fourth event, and off at 400 and 2000
    rows = [[50, 400, 0, 0], [1900, 2000, 0, 3]]
    define = {"events": "markers", "where": "line == 1 and on == 1"}
    recordings.assert_same(slepian, place, "ttl", given, samples, rate, labels, rows, define)


def qt(text):
    encoded = text.encode("utf-16-le")
    return struct.pack("<I", len(encoded)) + encoded


def write_intan(folder, version, channels, gap=0):
    """`channels`: native and custom name, type of signal, whether it is enabled."""
    folder.mkdir()
    header = struct.pack("<Ihh", 0xC6912702, *version) + struct.pack("<fhffffffhff", 20000, 1, *[1.0] * 6, 0, 1e3, 1e3)
    header += qt("a note") + qt("") + qt("") + struct.pack("<hh", 0, 0)
    if version >= (2, 0):
        header += qt("")
    header += struct.pack("<h", 1) + qt("Port A") + qt("A") + struct.pack("<hhh", 1, len(channels), len(channels))
    for k, (native, custom, kind, enabled) in enumerate(channels):
        header += qt(native) + qt(custom) + struct.pack("<hhhhhhhhhhff", k, k, kind, enabled, k, 0, 0, 0, 0, 0, 1.0, 1.0)
    (folder / "info.rhd").write_bytes(header)
    stored = numbers(sum(kind == 0 and enabled for _, _, kind, enabled in channels))
    stored.tofile(folder / "amplifier.dat")
    times = np.arange(-100, N_SAMPLES - 100, dtype="<i4")
    times[2000:] += gap
    times.tofile(folder / "time.dat")
    return stored


INTAN = [("A-000", "left", 0, 1), ("A-001", "A-001", 0, 1), ("A-002", "off", 0, 0), ("A-003", "rïght", 0, 1)]


def intan(slepian, place):
    for version in ((1, 5), (3, 2)):
        folder = place / f"intan{version[0]}"
        write_intan(folder, version, INTAN)
        samples, rate, labels = read(IntanRawIO(filename=str(folder / "info.rhd")))
        assert labels[0] in ("left", "A-000") and rate == 20000, labels
        labels = ["left", "A-001", "rïght"]
        for k, path in enumerate((folder, folder / "info.rhd", folder / "amplifier.dat")):
            recordings.assert_same(slepian, place, f"{folder.name}_{k}", {"path": str(path)}, samples, rate, labels)


def numbers_that_come_back_are_refused(slepian, place):
    recording = write_openephys(place / "back", [AP])
    path = recording / "continuous" / AP[0] / "sample_numbers.npy"
    for name, change in (("jump", slice(1000, 2000)), ("one", slice(1500, 1501))):
        numbers_found = 1000 + np.arange(N_SAMPLES)
        numbers_found[change] += 77
        np.save(path, numbers_found)
        recordings.assert_refused(slepian, place, f"back_{name}", {"path": str(recording)}, ["backwards at sample"])


def intan_gaps(slepian, place):
    stored = write_intan(place / "intan_gap", (3, 2), INTAN, gap=9)
    rows = [[0, 2000, 0], [2000, N_SAMPLES, 0]]
    labels = ["left", "A-001", "rïght"]
    given = {"path": str(place / "intan_gap")}
    recordings.assert_same(slepian, place, "intan_gaps", given, stored * 0.195, 20000, labels, rows)


def other_intan_files_are_refused(slepian, place):
    write_intan(place / "alone", (3, 2), INTAN)
    (place / "alone" / "amplifier.dat").unlink()
    given = {"path": str(place / "alone" / "info.rhd")}
    recordings.assert_refused(slepian, place, "alone_run", given, ["one file per signal type", "Python"])
    (place / "x.rhs").write_bytes(struct.pack("<I", 0xD69127AC))
    recordings.assert_refused(slepian, place, "rhs", {"path": str(place / "x.rhs")}, ["is an .rhs file"])


def checks(count, slepian, place):
    for kind in PROBES:
        count.check(f"SpikeGLX, {kind.replace('_', ' ')}", spikeglx, slepian, place, kind)
    for check in (
        a_subset_of_a_probe_has_the_gains_of_its_channels, ultra_high_density_2_has_the_gains_of_its_head,
        every_part_of_the_probe_table_has_its_gain_and_its_bits, a_file_of_another_size_is_refused, open_ephys_streams,
        open_ephys_gaps_and_markers, numbers_that_come_back_are_refused, intan, intan_gaps, other_intan_files_are_refused,
    ):
        count.check(check.__name__.replace("_", " "), check, slepian, place)


if __name__ == "__main__":
    recordings.main(checks)
