use super::writing::{How, Mat};
use super::*;
use crate::input::{Location, Sample, Samples, open};

const ALL: FieldFilter<'static> = FieldFilter {
    fields: &[],
    whole: &["everything", "a", "b", "event"],
};

const HOWS: [How; 4] = [
    How {
        compressed: false,
        big_endian: false,
    },
    How {
        compressed: false,
        big_endian: true,
    },
    How {
        compressed: true,
        big_endian: false,
    },
    How {
        compressed: true,
        big_endian: true,
    },
];

fn saved(bytes: &[u8]) -> (tempfile::TempDir, std::path::PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.mat");
    std::fs::write(&path, bytes).unwrap();
    (folder, path)
}

fn refusal(bytes: &[u8]) -> String {
    let (_folder, path) = saved(bytes);
    let found = MatFile::open(&path).and_then(|mut file| file.load("x", ALL));
    found.unwrap_err().one_line()
}

/// A struct of everything.
fn everything() -> Mat {
    let event = Mat::Structs(vec![
        ("type".into(), vec![Mat::text("go"), Mat::number(7.0)]),
        ("at".into(), vec![Mat::number(1.5), Mat::row(&[])]),
    ]);
    Mat::fields(&[
        ("skipped", Mat::row(&[0.0; 100])),
        ("a", Mat::Cells(vec![Mat::text("µV"), Mat::text("")])),
        ("handle", Mat::Opaque),
        ("b", Mat::Narrowed(vec![2, 50], (0..100).collect())),
        ("event", event),
    ])
}

#[test]
fn what_is_asked_for_is_read_and_all_else_passed_over() {
    for how in HOWS {
        let variables = [("other", Mat::text("no")), ("x", everything())];
        let (_folder, path) = saved(&how.file(&variables));
        let mut file = MatFile::open(&path).unwrap();
        assert_eq!(file.names(), ["other", "x"]);
        let fields = ["skipped", "a", "handle", "b", "event"];
        assert_eq!(file.fields("x").unwrap(), fields);
        assert_eq!(file.fields("other").unwrap(), [""; 0]);
        let Value::Structs(x) = file.load("x", ALL).unwrap() else {
            panic!("{how:?}")
        };
        assert_eq!((x.n, x.fields.len()), (1, 3));
        let texts = [Value::Text("µV".into()), Value::Text("".into())];
        assert_eq!(x.value("a"), Some(&Value::Cells(texts.to_vec())));
        let Some(Value::Structs(event)) = x.value("event") else {
            panic!("{how:?}")
        };
        assert_eq!(event.n, 2);
        let types = event.values("type").unwrap().iter().map(Value::text);
        assert!(types.eq([Some("go".into()), Some("7".into())]));
        assert_eq!(event.values("at").unwrap()[0].number(), Some(1.5));
        assert!(event.values("at").unwrap()[1].is_empty());
        let Some(Value::Numbers(b)) = x.value("b") else {
            panic!("{how:?}")
        };
        assert_eq!((&b.shape[..], b.is_double), (&[2, 50][..], true));
        assert_eq!(file.read(b, 98..100).unwrap(), [98.0, 99.0]);
        assert_eq!(file.read(b, 3..5).unwrap(), [3.0, 4.0]);
    }
}

#[test]
fn matrices_are_read_where_they_are_and_doubles_stay_doubles() {
    for how in HOWS {
        let first: Vec<f64> = (0..3 * 70_000).map(|i| f64::from(i) + 0.1).collect();
        let second: Vec<i16> = (0..3 * 40).map(|i| -i).collect();
        let matrices = Mat::Cells(vec![
            Mat::Doubles(vec![3, 70_000], first.clone()),
            Mat::Narrowed(vec![3, 40], second.clone()),
        ]);
        let (_folder, path) = saved(&how.file(&[("x", Mat::fields(&[("a", matrices)]))]));
        let mut file = MatFile::open(&path).unwrap();
        let Value::Structs(x) = file.load("x", ALL).unwrap() else {
            panic!("{how:?}")
        };
        let Some(Value::Cells(cells)) = x.value("a") else {
            panic!("{how:?}")
        };
        let matrices: Vec<&Numbers> = cells
            .iter()
            .map(|cell| match cell {
                Value::Numbers(numbers) => numbers,
                other => panic!("{other:?}"),
            })
            .collect();
        let location = Location {
            path,
            layout: file.samples(&matrices).unwrap(),
            calibration: None,
        };
        assert!(location.is_double() && location.layout.sample() == Sample::F64);
        let narrow = file.samples(&matrices[1..]).unwrap();
        assert_eq!(narrow.sample(), Sample::I16);
        let location_of_narrow = Location {
            layout: narrow,
            ..location.clone()
        };
        assert!(location_of_narrow.is_double());
        let want: Vec<f64> = first
            .into_iter()
            .chain(second.into_iter().map(f64::from))
            .collect();
        let mut reader = open(&location).unwrap();
        for (rows, columns) in [
            (69_990..70_030, &[0, 1, 2][..]),
            (5..9, &[2, 0]),
            (0..70_040, &[1]),
            (70_000..70_001, &[2]),
            (69_999..70_000, &[0]),
        ] {
            let mut found = vec![f64::NAN; (rows.end - rows.start) * columns.len()];
            let asked = rows.start as u64..rows.end as u64;
            reader
                .read(asked, columns, Samples::Double(&mut found))
                .unwrap();
            let places = rows.flat_map(|row| columns.iter().map(move |c| row * 3 + c));
            let wanted = places.map(|place| want[place]);
            assert!(wanted.eq(found.iter().copied()), "{how:?}");
        }
    }
}

#[test]
fn what_is_no_file_of_matlab_is_refused() {
    for (bytes, says) in [
        (&b""[..], "does not begin as a file of MATLAB"),
        (&[0; 300][..], "does not begin as a file of MATLAB"),
        (&How::default().file(&[])[..], "holds no variable x"),
        (
            &[&How::default().file(&[])[..], &[0; 64]].concat()[..],
            "the element at byte 128 is of type 0; expected 14 or 15, a variable",
        ),
        (
            &[b"\x89HDF\r\n\x1a\n", &[0_u8; 50][..]].concat()[..],
            "open this file as HDF5",
        ),
    ] {
        let text = refusal(bytes);
        assert!(text.contains(says), "{text}");
    }
}

#[test]
fn files_that_are_cut_off_are_refused_wherever_that_is() {
    for how in HOWS {
        let whole = how.file(&[("x", everything())]);
        for length in (128..whole.len()).step_by(7) {
            let text = refusal(&whole[..length]);
            let is_clear = [
                "does not end before",
                "ends before byte",
                "is cut off",
                "holds no variable",
            ];
            assert!(
                is_clear.iter().any(|says| text.contains(says)),
                "{length}: {text}"
            );
        }
    }
}

#[test]
fn claims_that_no_file_can_keep_are_refused() {
    let little = How::default();
    let big = Mat::Doubles(vec![1 << 30, 1 << 30], vec![1.0]);
    let lies = Mat::Doubles(vec![5, 5], vec![1.0]);
    let axes = Mat::Doubles(vec![u32::MAX, 1], vec![]);
    let many = Mat::Doubles(vec![1; 33], vec![1.0]);
    for (value, says) in [
        (big, "bytes where its axes make"),
        (lies, "holds 8 bytes where its axes make 25 numbers of 8"),
        (axes, "has more elements than a file may hold"),
        (many, "does not have from 2 to 32 axes"),
        (
            Mat::Raw(vec![0; 16]),
            "does not begin with flags of 8 bytes",
        ),
    ] {
        let text = refusal(&little.file(&[("x", value)]));
        assert!(text.contains(says), "{text}");
    }
    // a cell array of 2⁶⁰ cells, and structs without fields
    let mut cells = little.file(&[("x", Mat::Cells(vec![]))]);
    let shape = cells.len() - 16;
    cells[shape - 8..shape].copy_from_slice(&[0, 0, 0, 64, 0, 0, 0, 64]);
    let text = refusal(&cells);
    assert!(text.contains("does not end before"), "{text}");
}

#[test]
fn structs_in_structs_without_end_are_no_danger() {
    let mut deep = Mat::number(1.0);
    for _ in 0..200 {
        deep = Mat::Cells(vec![deep]);
    }
    let (_folder, path) = saved(&How::default().file(&[("x", deep)]));
    let mut file = MatFile::open(&path).unwrap();
    file.load("x", ALL).unwrap();
}

#[test]
fn names_of_fields_count_among_the_values_also_of_structs_that_are_none() {
    let element = |kind: u32, bytes: &[u8]| {
        let head = [kind.to_le_bytes(), (bytes.len() as u32).to_le_bytes()].concat();
        [&head, bytes].concat()
    };
    let empty = [
        element(6, &[2, 0, 0, 0, 0, 0, 0, 0]),
        element(5, &[0; 8]),
        element(1, b""),
        // names of one byte each
        vec![5, 0, 4, 0, 1, 0, 0, 0],
        element(1, &vec![0; 1 << 20]),
    ];
    let empty = Mat::Raw(empty.concat());
    let file = |n: usize| {
        let cells = Mat::Cells(vec![empty.clone(); n]);
        How::default().file(&[("x", Mat::fields(&[("a", cells)]))])
    };
    let (_folder, path) = saved(&file(1));
    let mut one = MatFile::open(&path).unwrap();
    assert!(matches!(one.load("x", ALL), Ok(Value::Structs(_))));
    let text = refusal(&file(3));
    assert!(
        text.contains("holds more values than there may be; expected at most"),
        "{text}"
    );
}
