//! HDF5 files of other programs: their spectra are those of the same samples in a container.

use hdf5::types::VarLenUnicode;
use ndarray::{Array1, Array2};

use crate::support::{Folder, Number, Recording, Spectra, Storage, with_files};

const N_ROWS: usize = 1200;
const N_CHANNELS: usize = 3;
const CONVERSION: f64 = 1.95e-7;

fn numbers() -> Array2<i16> {
    let number = |(row, column)| {
        (crate::support::Random::new((row * 7 + column) as u64).below(4000)) as i16 - 2000
    };
    Array2::from_shape_fn((N_ROWS, N_CHANNELS), number)
}

/// The samples in volts, and the trials of the table.
fn container(folder: &Folder) {
    let recording = Recording {
        samples: numbers().map(|&number| f64::from(number) * CONVERSION),
        trials: vec![
            vec![0.0, 500.0, 0.0, 0.0, 0.25],
            vec![600.0, 1100.0, 0.0, 1.0, 0.5],
        ],
        sample_rate_hz: 500.0,
    };
    // computed in double precision, rounded once
    recording.write(&folder.path("recording.spy"), Storage::plain(Number::F32));
}

fn text(of: &hdf5::Location, name: &str, value: &str) {
    let value: VarLenUnicode = value.parse().unwrap();
    let attribute = of.new_attr::<VarLenUnicode>().create(name).unwrap();
    attribute.write_scalar(&value).unwrap();
}

fn write_nwb(folder: &Folder, name: &str) {
    let file = hdf5::File::create(folder.path(name)).unwrap();
    text(&file, "nwb_version", "2.7.0");
    let series = file.create_group("acquisition/raw").unwrap();
    text(&series, "neurodata_type", "ElectricalSeries");
    let set = series.new_dataset_builder().chunk((100, 2)).deflate(1);
    let set = set.with_data(&numbers()).create("data").unwrap();
    text(&set, "unit", "volts");
    let conversion = set.new_attr::<f64>().create("conversion").unwrap();
    conversion.write_scalar(&CONVERSION).unwrap();
    let start = series.new_dataset::<f64>().create("starting_time").unwrap();
    start.write_scalar(&10.0).unwrap();
    let rate = start.new_attr::<f64>().create("rate").unwrap();
    rate.write_scalar(&500.0).unwrap();
    let trials = file.create_group("intervals/trials").unwrap();
    for (name, values) in [
        ("start_time", [10.0, 11.2, 12.0]),
        ("stop_time", [11.0, 12.2, 13.0]),
        ("score", [0.25, 0.5, 0.75]),
    ] {
        let values = Array1::from(values.to_vec());
        trials
            .new_dataset_builder()
            .with_data(&values)
            .create(name)
            .unwrap();
    }
    file.close().unwrap();
}

/// The spectra of `input`, with these settings.
fn spectra(folder: &Folder, input: &str, sets: &[&str], ranks: usize) -> Spectra {
    let input = format!("input.path={input}");
    let sets = [&[&*input], sets].concat();
    let run = folder.slepian(&["run", "study.toml", "--quiet", "--overwrite"]);
    run.sets(&sets).ranks(ranks).succeeds();
    Spectra::read(&folder.path("spectra.spy"))
}

#[test]
fn an_nwb_file_gives_the_spectra_of_its_volts_on_any_number_of_ranks() {
    let folder = Folder::new();
    folder.study("[freqanalysis]\ntapsmofrq = 4\n");
    container(&folder);
    with_files(|| {
        write_nwb(&folder, "x.nwb");
        write_nwb(&folder, "x.h5");
    });
    let want = spectra(&folder, "recording.spy", &[], 1);
    for (input, ranks) in [("x.nwb", 1), ("x.h5", 1), ("x.nwb", 3)] {
        spectra(&folder, input, &[], ranks).assert_same_as(&want, input);
    }
    let named = ["input.dataset=/acquisition/raw"];
    spectra(&folder, "x.nwb", &named, 1).assert_same_as(&want, "by its path");
    // the third trial goes past the end
    let run = folder.slepian(&["run", "study.toml", "--overwrite"]);
    let output = run.sets(&["input.path=x.nwb"]).succeeds();
    let said = format!("{}{}", output.stdout, output.stderr);
    assert!(
        said.contains("1 trial of intervals/trials left out"),
        "{said}"
    );
}

#[test]
fn trials_around_the_rows_of_the_table_are_those_that_the_condition_holds_for() {
    let folder = Folder::new();
    folder.study("[freqanalysis]\n\n[definetrial]\nevents = \"markers\"\n");
    with_files(|| write_nwb(&folder, "x.nwb"));
    let found = spectra(
        &folder,
        "x.nwb",
        &["definetrial.where=score > 0.3 and score < 0.7"],
        1,
    );
    assert_eq!(found.shape[0], 1);
}

#[test]
fn any_data_set_is_read_with_what_the_config_says_of_it() {
    let folder = Folder::new();
    folder.study("[freqanalysis]\ntapsmofrq = 4\n");
    let recording = Recording {
        trials: (0..3)
            .map(|k| vec![400.0 * f64::from(k), 400.0 * f64::from(k + 1), 0.0])
            .collect(),
        samples: numbers().map(|&number| f64::from(number) * CONVERSION),
        sample_rate_hz: 500.0,
    };
    recording.write(&folder.path("recording.spy"), Storage::plain(Number::F32));
    let want = spectra(&folder, "recording.spy", &[], 1);
    let stacked = numbers()
        .into_shape_with_order((3, 400, N_CHANNELS))
        .unwrap();
    let across = stacked
        .clone()
        .permuted_axes([0, 2, 1])
        .as_standard_layout()
        .into_owned();
    with_files(|| {
        let file = hdf5::File::create(folder.path("x.hdf5")).unwrap();
        for (name, data) in [("stacked", &stacked), ("a/across", &across)] {
            let group = file.create_group(&format!("of_{name}")).unwrap();
            group
                .new_dataset_builder()
                .with_data(data)
                .create("data")
                .unwrap();
        }
        file.close().unwrap();
    });
    for (dataset, dimord) in [
        ("of_stacked/data", "[\"trial\", \"time\", \"channel\"]"),
        ("/of_a/across/data", "[\"trial\", \"channel\", \"time\"]"),
    ] {
        let sets = [
            &format!("input.dataset={dataset}"),
            &format!("input.dimord={dimord}"),
            "input.samplerate=500",
            "input.scale=1.95e-7",
        ];
        spectra(&folder, "x.hdf5", &sets, 2).assert_same_as(&want, dataset);
    }
    let error = folder.slepian(&["run", "study.toml", "--overwrite"]);
    let error = error
        .sets(&[
            "input.path=x.hdf5",
            "input.samplerate=500",
            "input.dimord=[\"trial\", \"time\", \"channel\"]",
        ])
        .fails_with(1);
    assert!(
        error.contains("holds 2 data sets; expected input.dataset to name one of them"),
        "{error}"
    );
    let error = folder.slepian(&["run", "study.toml", "--overwrite"]);
    let error = error.sets(&["input.path=x.hdf5"]).fails_with(2);
    assert!(error.contains("expected input.samplerate"), "{error}");
}

#[test]
fn a_folder_of_zarr_is_refused_as_such() {
    let folder = Folder::new();
    folder.study("[freqanalysis]\n");
    folder.write("x.nwb.zarr/.zgroup", "{}");
    let run = folder.slepian(&["run", "study.toml"]);
    let error = run.sets(&["input.path=x.nwb.zarr"]).fails_with(2);
    assert!(
        error.contains("this is an NWB file in Zarr, which Slepian does not read; expected"),
        "{error}"
    );
}
