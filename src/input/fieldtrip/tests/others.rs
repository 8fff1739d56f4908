//! Structs within others, and other structures than raw data.

use super::*;

#[test]
fn raw_data_within_a_struct_are_named_by_the_refusal_and_read_by_that_name() {
    for how in [false, true].map(|compressed| How {
        compressed,
        big_endian: false,
    }) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.mat");
        let inner = Mat::fields(&[
            ("n", Mat::number(1.0)),
            ("data", raw_with(&[])),
            ("cfg", Mat::row(&[])),
        ]);
        let outer = Mat::fields(&[("deep", inner.clone()), ("other", Mat::text("x"))]);
        let of = |value: &Mat, dataset: Option<&str>| {
            std::fs::write(
                &path,
                how.file(&[("n", Mat::number(1.0)), ("s", value.clone())]),
            )
            .unwrap();
            let mut options = Options::of_path(Setting::default_of("input", "path", path.clone()));
            options.dataset =
                dataset.map(|name| Setting::default_of("input", "dataset", name.to_owned()));
            describe(&path, &options)
        };
        for (value, name) in [(&inner, "s.data"), (&outer, "s.deep.data")] {
            let text = of(value, None).unwrap_err().one_line();
            assert!(
                text.contains(&format!(
                    "within others, {name}; expected input.dataset = \"{name}\""
                )),
                "{text}"
            );
            let source = of(value, Some(name)).unwrap();
            assert_eq!(source.recording.trials.len(), 2);
            assert_eq!(source.recording.sample_rate_hz, 200.0);
        }
        let text = of(&inner, Some("s.data.trial")).unwrap_err().one_line();
        assert!(
            text.contains("s.data.trial is 2 cells; expected FieldTrip's raw data"),
            "{text}"
        );
        let text = of(&inner, Some("s.dta")).unwrap_err().one_line();
        assert!(text.contains("s.dta is 0 × 0 numbers; expected"), "{text}");
    }
}

#[test]
fn other_structures_are_refused_with_what_makes_raw_data_of_them() {
    let stack = Mat::Doubles(vec![2, 2, 3], vec![0.0; 12]);
    let text = refusal(&[("tl", raw_with(&[("trial", Some(stack.clone()))]))], None);
    assert!(
        text.contains("tl.trial is 2 × 2 × 3 numbers; expected cells")
            && text.contains("ft_checkdata(data, 'datatype', 'raw')"),
        "{text}"
    );
    for (field, says) in [("avg", "timelock data"), ("powspctrm", "frequency data")] {
        let other = Mat::fields(&[("label", Mat::Cells(vec![])), (field, stack.clone())]);
        let text = refusal(&[("x", other)], None);
        assert!(text.contains(&format!("x is {says}")), "{text}");
    }
    let text = refusal(
        &[
            ("all", Mat::Cells(vec![raw_with(&[]), raw_with(&[])])),
            ("fs", Mat::number(3.0)),
        ],
        None,
    );
    assert!(
        text.contains(
            "found all (2 cells), fs (3): in MATLAB, assign the recording (of cells one)"
        ),
        "{text}"
    );
    let twice = Mat::Structs(
        raw()
            .into_iter()
            .map(|(name, value)| (name.into(), vec![value.clone(), value]))
            .collect(),
    );
    let text = refusal(&[("data", twice)], None);
    assert!(
        text.contains("data is an array of 2 structs; expected one: save each by itself"),
        "{text}"
    );
    let text = refusal(&[], None);
    assert!(text.contains("holds no variables"), "{text}");
}

#[test]
fn labels_that_are_not_cells_of_characters_are_refused_with_what_makes_them() {
    for label in [Mat::text("Cz"), Mat::Object("string".into())] {
        let text = refused("label", Some(label));
        assert!(text.ends_with("data.label = cellstr(data.label)"), "{text}");
    }
    let text = refused("label", Some(Mat::Object("string".into())));
    assert!(
        text.contains("data.label is a string array; expected cells"),
        "{text}"
    );
    let text = refused("trial", Some(Mat::Doubles(vec![2, 3], vec![0.0; 6])));
    assert!(
        text.ends_with("of a single trial, data.trial = {data.trial} and data.time = {data.time}"),
        "{text}"
    );
    let named = described(
        &[(
            "data",
            raw_with(&[(
                "label",
                Some(Mat::Cells(vec![Mat::text(""), Mat::text("Cz")])),
            )]),
        )],
        None,
    );
    assert_eq!(named.unwrap().recording.channels[0].label, "channel1");
}
