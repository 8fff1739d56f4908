//! Results of Syncopy itself, on one rank and on three; see `golden/README.md`.

use std::path::{Path, PathBuf};

use crate::support::{Folder, Spectra};

/// Frequencies are computed, not measured: they differ by rounding alone.
const FREQ_RTOL: f64 = 1e-9;
const FREQ_ATOL: f64 = 1e-12;

fn golden() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden")
}

/// Runs a case and compares everything that is stored with it.
fn assert_agrees(case: &str) {
    let case = golden().join(case);
    let text = std::fs::read_to_string(case.join("expected.toml")).unwrap();
    let expected: toml::Table = toml::from_str(&text).unwrap();
    let study = case.join("study.toml");
    let folder = Folder::new();
    for ranks in [None, Some(3)] {
        let run = folder.slepian(&["run", study.to_str().unwrap(), "--quiet", "--overwrite"]);
        let mut run = run.sets(&["output.path=spectra.spy"]);
        if let Some(ranks) = ranks {
            run = run.ranks(ranks);
        }
        run.succeeds();
        let spectra = Spectra::read(&folder.path("spectra.spy"));
        compare(&expected, &case, &spectra)
            .unwrap_or_else(|what| panic!("{}, ranks {ranks:?}: {what}", case.display()));
    }
}

fn numbers(value: &toml::Value) -> Vec<f64> {
    match value {
        toml::Value::Array(values) => values.iter().flat_map(numbers).collect(),
        toml::Value::Integer(number) => vec![*number as f64],
        other => vec![other.as_float().unwrap()],
    }
}

fn words(value: &toml::Value) -> Vec<&str> {
    value
        .as_array()
        .unwrap()
        .iter()
        .map(|word| word.as_str().unwrap())
        .collect()
}

fn compare(expected: &toml::Table, case: &Path, found: &Spectra) -> Result<(), String> {
    let differs = |what: &str, same: bool| {
        if same {
            Ok(())
        } else {
            Err(format!("{what} differs"))
        }
    };
    let is_complex = expected["dtype"].as_str() == Some("complex64");
    let shape: Vec<f64> = found.shape.iter().map(|&n| n as f64).collect();
    differs("shape", numbers(&expected["shape"]) == shape)?;
    differs(
        "type",
        (found.is_complex, found.is_double) == (is_complex, false),
    )?;
    differs("channel", words(&expected["channel"]) == found.channel)?;
    differs(
        "samplerate",
        numbers(&expected["samplerate"])[0] == found.info["samplerate"].as_f64().unwrap(),
    )?;
    let close = |a: &[f64], b: &[f64]| {
        a.len() == b.len()
            && a.iter()
                .zip(b)
                .all(|(a, b)| (a - b).abs() <= FREQ_ATOL + FREQ_RTOL * b.abs())
    };
    differs("freq", close(&found.freq_hz(), &numbers(&expected["freq"])))?;
    let trials = numbers(&expected["trialdefinition"]);
    differs("trialdefinition", close(&found.trialdefinition(), &trials))?;

    let name = if is_complex {
        "expected.c64"
    } else {
        "expected.f32"
    };
    let want: Vec<f64> = std::fs::read(case.join(name))
        .unwrap()
        .as_chunks::<4>()
        .0
        .iter()
        .map(|bytes| f64::from(f32::from_le_bytes(*bytes)))
        .collect();
    let found = found.numbers();
    differs("number of numbers", want.len() == found.len())?;
    let rtol = expected["rtol"].as_float().unwrap();
    let atol = expected["atol_relative_to_largest"].as_float().unwrap();
    let parts = if is_complex { 2 } else { 1 };
    let norm = |z: &[f64]| z.iter().map(|x| x * x).sum::<f64>().sqrt();
    let largest = want.chunks(parts).map(norm).fold(0.0, f64::max);
    for (at, (want, found)) in want.chunks(parts).zip(found.chunks(parts)).enumerate() {
        let difference: Vec<f64> = want.iter().zip(found).map(|(a, b)| a - b).collect();
        // NaN compares as outside of every tolerance; the cases have none
        let is_near = norm(&difference) <= rtol * norm(want) + atol * largest;
        if !is_near {
            return Err(format!("number {at} is {found:?}, Syncopy has {want:?}"));
        }
    }
    Ok(())
}

macro_rules! cases {
    ($($test:ident: $case:literal,)*) => {
        $(#[test] fn $test() { assert_agrees($case); })*

        #[test]
        fn every_case_in_the_folder_is_tested() {
            let mut there: Vec<String> = std::fs::read_dir(golden())
                .unwrap()
                .map(|entry| entry.unwrap().path())
                .filter(|path| path.join("study.toml").exists())
                .map(|path| path.file_name().unwrap().to_str().unwrap().to_owned())
                .collect();
            there.sort();
            let mut tested = vec![$($case),*];
            tested.sort();
            assert_eq!(there, tested);
        }
    };
}

cases! {
    several_tapers_agree_with_syncopy: "mtmfft_dpss",
    coefficients_of_every_taper_agree_with_syncopy: "mtmfft_dpss_fourier_keeptapers",
    averaged_coefficients_agree_with_syncopy: "mtmfft_avgtrials_fourier",
    one_window_over_unequal_trials_agrees_with_syncopy: "mtmfft_uneq",
    several_tapers_over_unequal_trials_agree_with_syncopy: "mtmfft_uneq_dpss",
    averages_over_unequal_trials_agree_with_syncopy: "mtmfft_uneq_avg",
    a_transposed_recording_agrees_with_syncopy: "mtmfft_transposed",
    a_selection_agrees_with_syncopy: "mtmfft_select",
    padding_agrees_with_syncopy: "mtmfft_pad_4s",
    no_detrending_agrees_with_syncopy: "mtmfft_polyNone",
    a_straight_line_removed_agrees_with_syncopy: "mtmfft_prime_pad3s_poly1",
    frequencies_asked_for_twice_agree_with_syncopy: "mtmfft_foi_dups",
    averaged_windows_agree_with_syncopy: "conv_avgtrials",
    odd_windows_that_overlap_much_agree_with_syncopy: "conv_ov90_odd",
    windows_without_their_line_agree_with_syncopy: "conv_poly1",
    windows_around_listed_samples_agree_with_syncopy: "conv_toi_dense",
    welch_agrees_with_syncopy: "welch_hann",
    welch_of_unequal_trials_agrees_with_syncopy: "welch_uneq",
    wavelets_in_steps_of_a_hertz_agree_with_syncopy: "wav_foilim",
    wavelets_of_automatic_scales_agree_with_syncopy: "wav_auto",
    pauls_wavelet_agrees_with_syncopy: "wav_paul4",
    rickers_wavelet_agrees_with_syncopy: "wav_ricker",
    superlets_of_automatic_scales_agree_with_syncopy: "slt_auto",
    peaks_of_models_agree_with_syncopy: "ff_fooof_peaks",
    models_with_knees_agree_with_syncopy: "ff_knee_opts",
    coefficients_of_superlets_agree_with_syncopy: "slt_mult_2_6_c5_fourier",
}
