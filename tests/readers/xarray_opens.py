"""Opens spectra with xarray: named axes, labels to select by, the right frequencies. Usage: xarray_opens.py SLEPIAN"""
import warnings

import h5py
import numpy as np
import xarray

import jobs


def opened(container):
    with warnings.catch_warnings():
        # h5netcdf remarks that complex numbers are HDF5, not netCDF4
        warnings.simplefilter("ignore")
        return xarray.open_dataset(jobs.data_file(container), engine="h5netcdf")


def axes_are_named(container, study):
    with opened(container) as spectra:
        data = spectra["data"]
        rows, n_rows, n_tapers, freqs = jobs.SHAPES[study]
        assert data.dims == (rows, "taper", "freq", "channel"), data.dims
        assert data.shape == (n_rows, n_tapers, len(freqs), jobs.N_CHANNELS), data.shape
        assert data.dtype == (np.complex64 if study == "tapers" else np.float32), data.dtype


def frequencies_are_the_bins(container, study):
    with opened(container) as spectra:
        # trials of 1 s: bins of 1 Hz; foilim includes both ends
        np.testing.assert_allclose(spectra["freq"].values, jobs.SHAPES[study][3], rtol=1e-12)
        assert spectra["data"].sel(freq=10.2, method="nearest").freq == 10


def rows_have_trials_and_times(container, study):
    rows, n_rows, _, _ = jobs.SHAPES[study]
    with opened(container) as spectra:
        data = spectra["data"]
        n_trials = 1 if study in jobs.AVERAGES else jobs.N_TRIALS
        np.testing.assert_array_equal(data["trial"].values, np.repeat(np.arange(n_trials), n_rows // n_trials))
        if rows == "time":
            step = n_rows // n_trials
            times = np.arange(step) / step * jobs.N_SAMPLES / jobs.SAMPLE_RATE_HZ
            np.testing.assert_allclose(data["time"].values, np.tile(times, n_trials), atol=1e-12)
            assert data["time"].attrs["units"] == "s", data["time"].attrs


def channels_are_selected_by_label(container, _study):
    labels = jobs.info(container)["channel"]
    with opened(container) as spectra:
        assert [str(label) for label in spectra["channel"].values] == labels, spectra["channel"].values
        for index, label in enumerate(labels):
            by_label = spectra["data"].sel(channel=label)
            np.testing.assert_array_equal(by_label.values, spectra["data"].values[..., index])


def values_match_the_file(container, _study):
    with h5py.File(jobs.data_file(container), "r") as file:
        stored = file["data"][()]
    with opened(container) as spectra:
        np.testing.assert_array_equal(spectra["data"].values, stored)
    assert np.isfinite(stored).all() and np.abs(stored).min() > 0


def averages_say_of_how_many_trials(container, study):
    rows, n_rows, _, freqs = jobs.SHAPES[study]
    with opened(container) as spectra:
        assert ("n" in spectra) == (study in jobs.AVERAGES), list(spectra)
        if "n" in spectra:
            assert spectra["n"].dims == (rows, "freq", "channel"), spectra["n"].dims
            assert spectra["n"].shape == (n_rows, len(freqs), jobs.N_CHANNELS), spectra["n"].shape
            assert (spectra["n"].values == jobs.N_TRIALS).all(), spectra["n"].values


def wavelets_say_how_far_they_reach(container, study):
    with opened(container) as spectra:
        assert ("cone_of_influence" in spectra) == (study == "wavelets"), list(spectra)
        if study == "wavelets":
            cone = spectra["cone_of_influence"]
            assert cone.dims == ("freq",) and cone.attrs["units"] == "s", cone
            # the scale of Morlet's wavelet of width 6
            sigma = (6 + np.sqrt(38)) / (4 * np.pi * spectra["freq"].values)
            np.testing.assert_allclose(cone.values, 3 * sigma, rtol=1e-9)
            span = np.tile([0, (jobs.N_SAMPLES - 1) / jobs.SAMPLE_RATE_HZ], (jobs.N_TRIALS, 1))
            np.testing.assert_allclose(spectra["trial_span"].values, span, atol=1e-12)


def text_of_trials_is_shown(container, study):
    path = jobs.data_file(container)
    with h5py.File(path, "r") as file:
        assert ("trial_label" in file) == (study not in jobs.AVERAGES), list(file)
    if study not in jobs.AVERAGES:
        with xarray.open_dataset(path, engine="h5netcdf", group="trial_label") as labels:
            assert labels["condition"].values.tolist() == jobs.CONDITIONS, labels["condition"].values


def recording_checks(count, _slepian, recording):
    def text_is_added():
        with h5py.File(jobs.data_file(recording), "r+") as file:
            file.create_dataset("trial_label/condition", data=jobs.CONDITIONS, dtype=h5py.string_dtype())

    count.check("recording: text of trials is added", text_is_added)


def spectra_checks(count, name, study, _recording, container):
    for check in (
        axes_are_named, frequencies_are_the_bins, rows_have_trials_and_times, channels_are_selected_by_label,
        values_match_the_file, averages_say_of_how_many_trials, wavelets_say_how_far_they_reach,
        text_of_trials_is_shown,
    ):
        count.check(f"{name}: {check.__name__.replace('_', ' ')}", check, container, study)


if __name__ == "__main__":
    jobs.main(spectra_checks, recording_checks)
