//! What `trialinfo` may be.

use super::*;

fn of(trialinfo: Mat) -> Source {
    described(
        &[("data", raw_with(&[("trialinfo", Some(trialinfo))]))],
        None,
    )
    .unwrap()
}

/// Names and the numbers of both trials.
fn columns(source: &Source) -> Vec<(&str, [f64; 2])> {
    let recording = &source.recording;
    let names = recording.trialinfo.iter().enumerate();
    names
        .map(|(k, name)| {
            (
                name.as_str(),
                [0, 1].map(|trial: usize| recording.trials[trial].info[k]),
            )
        })
        .collect()
}

/// Names and the texts of both trials.
fn texts(source: &Source) -> Vec<(&str, [&str; 2])> {
    let recording = &source.recording;
    let names = recording.trial_labels.iter().enumerate();
    let texts = |k: usize| [0, 1].map(|trial: usize| recording.trials[trial].labels[k].as_str());
    names.map(|(k, name)| (name.as_str(), texts(k))).collect()
}

#[test]
fn a_text_that_no_label_holds_is_left_out_with_a_notice() {
    let long = "x".repeat(MAX_LABEL + 1);
    let source = of(Mat::fields(&[(
        "word",
        Mat::Cells(vec![Mat::text("a"), Mat::text(&long)]),
    )]));
    assert!(texts(&source).is_empty());
    assert!(source.notices[0].starts_with("trialinfo column word is left out"));
    let source = of(Mat::Cells(vec![Mat::text("a"), Mat::text(&long)]));
    assert!(source.notices[0].starts_with("a trialinfo column without a name is left out"));
}

#[test]
fn a_column_without_a_number_is_told() {
    let source = of(Mat::Doubles(
        vec![2, 2],
        vec![1.0, f64::NAN, f64::NAN, f64::NAN],
    ));
    assert_eq!(
        source.remarks,
        ["trialinfo column info2 has no value for any trial: it is NaN for all trials"]
    );
}

fn column(x: [f64; 2]) -> Mat {
    Mat::Doubles(vec![2, 1], x.to_vec())
}

#[test]
fn a_struct_of_columns_gives_columns_of_its_names() {
    let source = of(Mat::fields(&[
        ("cond", column([1.0, 2.0])),
        ("rt", Mat::row(&[0.3, f64::NAN])),
        ("code", Mat::Cells(vec![Mat::number(7.0), Mat::number(8.0)])),
        ("offset", column([5.0, 6.0])),
    ]));
    let found = columns(&source);
    assert_eq!(found[0], ("cond", [1.0, 2.0]));
    assert!(found[1].0 == "rt" && found[1].1[0] == 0.3 && found[1].1[1].is_nan());
    assert_eq!(found[2..], [("code", [7.0, 8.0]), ("info4", [5.0, 6.0])]);
    assert_eq!(source.notices, [""; 0]);
}

#[test]
fn structs_and_cells_of_which_each_is_a_trial_s_give_columns_as_well() {
    let structs = Mat::Structs(vec![
        ("cond".into(), vec![Mat::number(1.0), Mat::number(2.0)]),
        ("rt".into(), vec![Mat::number(0.5), Mat::row(&[])]),
        ("word".into(), vec![Mat::text("go"), Mat::text("stop")]),
    ]);
    let of_each =
        |cond: f64| Mat::fields(&[("cond", Mat::number(cond)), ("word", Mat::text("go"))]);
    let cells = Mat::Cells(vec![of_each(1.0), of_each(2.0)]);
    for (info, words) in [(structs, ["go", "stop"]), (cells, ["go", "go"])] {
        let source = of(info);
        assert_eq!(columns(&source)[0], ("cond", [1.0, 2.0]));
        assert_eq!(texts(&source), [("word", words)]);
        assert_eq!(source.notices, [""; 0]);
    }
    // a cell matrix, trials × columns
    let cells = Mat::Cells(vec![
        Mat::text("a"),
        Mat::text("b"),
        Mat::number(1.0),
        Mat::number(2.0),
    ]);
    let source = of(cells);
    assert_eq!(columns(&source), [("info1", [1.0, 2.0])]);
    assert_eq!(texts(&source), [("info1", ["a", "b"])]);
}

#[test]
fn texts_are_columns_with_a_value_for_every_trial() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.mat");
    let info = Mat::Structs(vec![(
        "word".into(),
        vec![Mat::text("go"), Mat::number(3.0)],
    )]);
    std::fs::write(
        &path,
        How::default().file(&[("x", Mat::fields(&[("trialinfo", info)]))]),
    )
    .unwrap();
    let mut file = MatFile::open(&path).unwrap();
    let Value::Structs(x) = file.load("x", WANTED).unwrap() else {
        panic!("a struct")
    };
    let info = trialinfo::read(&mut file, x.value("trialinfo"), 2)
        .unwrap()
        .unwrap();
    let column = TextColumn {
        name: "word".into(),
        values: vec!["go".into(), "3".into()],
    };
    assert_eq!(info.texts, [column]);
}

#[test]
fn what_is_not_read_is_named_with_what_to_do() {
    let source = of(Mat::Object("table".into()));
    assert!(columns(&source).is_empty());
    assert!(
        source.notices[0].contains("trialinfo is a table, an object that only MATLAB reads")
            && source.notices[0].contains("table2struct(data.trialinfo, 'ToScalar', true)"),
        "{:?}",
        source.notices
    );
    for (info, says) in [
        (Mat::Opaque, "trialinfo is an object and is left out"),
        (
            Mat::Object("categorical".into()),
            "trialinfo is a categorical array",
        ),
        (Mat::text("words"), "trialinfo is \"words\" and is left out"),
        (
            Mat::fields(&[
                ("cond", column([1.0, 2.0])),
                ("sizes", Mat::row(&[1.0, 2.0, 3.0])),
            ]),
            "trialinfo.sizes is 1 × 3 numbers and is left out",
        ),
        (
            Mat::fields(&[
                ("cond", column([1.0, 2.0])),
                ("t", Mat::Object("table".into())),
            ]),
            "trialinfo.t is a table",
        ),
        (
            Mat::fields(&[(
                "cond",
                Mat::Cells(vec![Mat::row(&[1.0, 2.0]), Mat::text("a")]),
            )]),
            "trialinfo.cond is 1 × 2 numbers and is left out",
        ),
    ] {
        let source = of(info);
        assert!(source.notices[0].contains(says), "{:?}", source.notices);
    }
    for info in [
        Mat::Doubles(vec![3, 2], vec![0.0; 6]),
        Mat::Cells(vec![Mat::number(1.0); 3]),
        Mat::Structs(vec![("a".into(), vec![Mat::number(1.0); 3])]),
    ] {
        let text = refused("trialinfo", Some(info));
        assert!(
            text.contains("data.trialinfo is") && text.contains("rmfield(data, 'trialinfo')"),
            "{text}"
        );
    }
}
