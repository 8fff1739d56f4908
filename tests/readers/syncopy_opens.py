"""Opens recordings and spectra with the real Syncopy and compares with its own results. Usage: syncopy_opens.py SLEPIAN"""
import atexit
import os
import shutil
import sys
import tempfile
import warnings

# Syncopy reads these at import; it would fill ~/.spy and walk through it
home = tempfile.mkdtemp(prefix="slepian-syncopy-")
atexit.register(shutil.rmtree, home, ignore_errors=True)
for variable, folder in (
    ("SPYDIR", "spy"), ("SPYTMPDIR", "spy/tmp_storage"), ("SPYLOGDIR", "spy/logs"),
    ("MPLCONFIGDIR", "matplotlib"), ("DASK_CONFIG", "dask"),
):
    os.environ[variable] = os.path.join(home, folder)
    os.makedirs(os.environ[variable], exist_ok=True)
os.environ.update(SPYSILENTSTARTUP="1", SPYLOGLEVEL="ERROR", SPYPARLOGLEVEL="ERROR", MPLBACKEND="agg")

import h5py
import numpy as np

with warnings.catch_warnings(record=True):  # its dependencies announce what they will be called
    import syncopy as spy

import jobs

# Syncopy multiplies and sums in float32: about 1e-6 of the maximum (Syncopy against itself with other FFTs: 4e-7)
RTOL = 2e-5
ATOL_OF_MAX = 2e-6
# fits end where the squares change by less than 1e-5
OF_FITS = 5e-3

sys.excepthook = sys.__excepthook__  # Syncopy's shows five abbreviated lines


def assert_close(got, wanted, study):
    rtol, atol_of_max = (OF_FITS, OF_FITS) if study == "model" else (RTOL, ATOL_OF_MAX)
    assert got.shape == wanted.shape, f"shape {got.shape}, Syncopy {wanted.shape}"
    assert got.dtype == wanted.dtype, f"dtype {got.dtype}, Syncopy {wanted.dtype}"
    excess = np.abs(got - wanted) / (rtol * np.abs(wanted) + atol_of_max * np.abs(wanted).max())
    assert excess.max() <= 1, f"{excess.max():.3g} × the tolerance"


def of_syncopy(recording, study):
    return spy.freqanalysis(spy.load(str(recording)), parallel=False, **jobs.STUDIES[study])


def recording_opens(recording):
    # no checksum=True: `slepian synth` stores none, and Syncopy cannot say so
    loaded = spy.load(str(recording))
    assert type(loaded) is spy.AnalogData and loaded.dimord == ["time", "channel"], (type(loaded), loaded.dimord)
    assert len(loaded.trials) == jobs.N_TRIALS and loaded.samplerate == jobs.SAMPLE_RATE_HZ
    assert loaded.data.shape == (jobs.N_TRIALS * jobs.N_SAMPLES, jobs.N_CHANNELS), loaded.data.shape


def checksum_verifies(_recording, container, _study):
    spy.load(str(container), checksum=True)


def labels_match_syncopy(recording, container, study):
    ours, theirs = spy.load(str(container)), of_syncopy(recording, study)
    assert type(ours) is spy.SpectralData, type(ours)
    assert ours.dimord == theirs.dimord, ours.dimord
    assert list(ours.channel) == list(theirs.channel), ours.channel
    assert len(ours.taper) == len(theirs.taper), ours.taper
    assert ours.samplerate == theirs.samplerate, ours.samplerate
    np.testing.assert_allclose(ours.freq, theirs.freq, rtol=1e-9, atol=1e-12)
    np.testing.assert_array_equal(ours.trialdefinition, theirs.trialdefinition)


def values_match_syncopy(recording, container, study):
    # both kept: an object's file is closed with it
    ours, theirs = spy.load(str(container)), of_syncopy(recording, study)
    assert_close(ours.data[()], theirs.data[()], study)


def selection_works(_recording, container, study):
    ours = spy.load(str(container))
    label = ours.channel[-1]
    chosen = spy.selectdata(ours, channel=[label], frequency=[10, 20])
    freqs = [hz for hz in jobs.SHAPES[study][3] if 10 <= hz <= 20]
    assert list(chosen.channel) == [label] and list(chosen.freq) == freqs, (chosen.channel, chosen.freq)


def stored_cfg_replays(recording, container, study):
    ours = spy.load(str(container))
    assert "freqanalysis" in ours.cfg, f"cfg holds {list(ours.cfg)}"
    again = spy.freqanalysis(spy.load(str(recording)), cfg=ours.cfg)
    assert_close(ours.data[()], again.data[()], study)


def converted_has_the_samples(slepian, recording, ranks):
    # both kept: an object's file is closed with it
    whole, part = spy.load(str(recording)), spy.load(str(jobs.converted(slepian, recording, ranks)))
    assert type(part) is spy.AnalogData and list(part.channel) == ["channel4", "channel2"], part.channel
    assert part.samplerate == whole.samplerate, part.samplerate
    np.testing.assert_array_equal(part.trialdefinition, whole.trialdefinition)
    np.testing.assert_array_equal(part.data[()], whole.data[()][:, [3, 1]])


def recording_checks(count, slepian, recording):
    # results hold it in a group, which Syncopy must not trip over
    with h5py.File(jobs.data_file(recording), "r+") as file:
        file.create_dataset("trial_label/condition", data=jobs.CONDITIONS, dtype=h5py.string_dtype())
    count.check("recording: shape and labels", recording_opens, recording)
    for ranks in jobs.RANKS:
        name = f"slepian convert on {ranks} rank{'s' if ranks > 1 else ''}: samples"
        count.check(name, converted_has_the_samples, slepian, recording, ranks)


def spectra_checks(count, name, study, recording, container):
    for check in (checksum_verifies, labels_match_syncopy, values_match_syncopy, selection_works, stored_cfg_replays):
        count.check(f"{name}: {check.__name__.replace('_', ' ')}", check, recording, container, study)


if __name__ == "__main__":
    jobs.main(spectra_checks, recording_checks)
