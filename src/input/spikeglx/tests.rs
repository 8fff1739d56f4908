//! `.meta` files as SpikeGLX has written them for its probes, and files that only look like them.

mod files;

use std::path::Path;

use super::channels::Stream;
use super::meta::Meta;
use super::*;

/// A probe with two channels of each band and a word of synchronization; `more` comes last and replaces other lines.
fn probe(kind: &str, imro: &str, more: &str) -> String {
    format!(
        "typeThis=imec\nimSampRate=30000\nnSavedChans=5\nsnsApLfSy=2,2,1\nacqApLfSy=2,2,1\nimAiRangeMax=0.6\n\
         imDatPrb_type={kind}\n~imroTbl={imro}\n{more}\n"
    )
}

/// A table of gains for channels 0 and 1: AP 500 and 250, LF 125 and 50.
fn gains(head: &str) -> String {
    format!("({head},2)(0 0 0 500 125 1)(1 0 0 250 50 1)")
}

fn read(text: &str) -> Result<Stream> {
    Stream::read(&Meta::of(Path::new("x.meta"), text))
}

fn refused(text: &str) -> String {
    let error = read(text).err().expect("a refusal").one_line();
    assert!(error.contains("expected"), "{error}");
    assert!(
        error.contains(": use the .meta file") || error.contains("read") || error.contains("put"),
        "{error}"
    );
    error
}

/// Microvolts per number of the stored channels, from Vmax, Imax and their gains.
fn microvolts<const N: usize>(max_volts: f64, max_int: f64, gains: [f64; N]) -> Vec<f64> {
    gains
        .iter()
        .map(|gain| max_volts / max_int * (1.0 / gain) * 1e6)
        .chain([1.0])
        .collect()
}

#[test]
fn every_probe_with_selectable_gains_has_those_of_its_table() {
    let want = microvolts(0.6, 512.0, [500.0, 250.0, 125.0, 50.0]);
    for kind in [
        0, 1015, 1020, 1022, 1030, 1031, 1032, 1033, 1040, 1051, 1100, 1120, 1121, 1122, 1123,
        1200, 1300, 1400, 3000,
    ] {
        for (head, more) in [
            (kind.to_string(), "imMaxInt=512"),
            (
                kind.to_string(),
                "imMaxInt=512\nimChan0apGain=500\nimChan0lfGain=125",
            ),
            (kind.to_string(), ""),
        ] {
            let stream = read(&probe(&kind.to_string(), &gains(&head), more)).unwrap();
            assert_eq!(stream.gain, want, "{kind} {more}");
            assert_eq!(stream.notices, [""; 0]);
        }
    }
    // as the type may be the part
    let by_part = read(&probe("NP1015", &gains("NP1015"), "")).unwrap();
    assert_eq!((by_part.gain, by_part.notices.len()), (want.clone(), 0));
    // newer files have the part in the head of the table
    let more = "imMaxInt=512\nimDatPrb_pn=NP1032";
    assert_eq!(
        read(&probe("1030", &gains("NP1032"), more)).unwrap().gain,
        want
    );
}

#[test]
fn the_table_goes_before_the_gain_of_channel_0_and_a_difference_is_reported() {
    let more = "imChan0apGain=1000\nimChan0lfGain=125";
    let stream = read(&probe("0", &gains("0"), more)).unwrap();
    assert_eq!(
        stream.gain,
        microvolts(0.6, 512.0, [500.0, 250.0, 125.0, 50.0])
    );
    assert_eq!(
        stream.notices,
        ["imChan0apGain is 1000, but imroTbl has 500 for channel 0: the gains of imroTbl are used"]
    );
}

#[test]
fn phase_3a_has_its_gains_in_a_table_with_a_serial_number() {
    let text = probe(
        "0",
        "(841101571,3,2)(0 0 1 500 125)(1 0 1 250 50)",
        "imProbeOpt=3",
    );
    let text = text.replace("imDatPrb_type=0\n", "");
    assert_eq!(
        read(&text).unwrap().gain,
        microvolts(0.6, 512.0, [500.0, 250.0, 125.0, 50.0])
    );
}

#[test]
fn ultra_high_density_2_has_its_gains_in_the_head_of_the_table() {
    for head in ["1110", "NP1110"] {
        let imro = format!("({head},2,0,1000,250,1)(0 0 0)(1 0 0)");
        let stream = read(&probe("1110", &imro, "imMaxInt=512\nimChan0apGain=500")).unwrap();
        assert_eq!(
            stream.gain,
            microvolts(0.6, 512.0, [1000.0, 1000.0, 250.0, 250.0])
        );
        assert!(stream.notices[0].contains("imChan0apGain is 500, but imroTbl has 1000"));
    }
    let error = refused(&probe("1110", "(1110,2)(0 0 0)", "imMaxInt=512"));
    assert!(error.contains("imroTbl begins with (1110,2)"), "{error}");
}

/// A probe with one band, which has no gains in its table.
fn one_band(kind: &str, more: &str) -> String {
    let text = probe(kind, &format!("({kind},2)(0 1 0 700)(1 1 0 800)"), more);
    text.replace(
        "snsApLfSy=2,2,1\nacqApLfSy=2,2,1",
        "snsApLfSy=2,0,1\nacqApLfSy=2,0,1",
    )
    .replace("nSavedChans=5", "nSavedChans=3")
}

#[test]
fn probes_with_one_gain_have_it_without_a_key_where_older_files_lack_the_key() {
    for (kind, max_int, gain) in [
        ("21", 8192.0, 80.0),
        ("24", 8192.0, 80.0),
        ("2003", 2048.0, 100.0),
        ("2004", 2048.0, 100.0),
        ("2013", 2048.0, 100.0),
        ("2014", 2048.0, 100.0),
    ] {
        let max = format!("imMaxInt={max_int}");
        for more in [max.clone(), format!("{max}\nimChan0apGain={gain}")] {
            let stream = read(&one_band(kind, &more)).unwrap();
            assert_eq!(
                stream.gain,
                microvolts(0.6, max_int, [gain, gain]),
                "{kind} {more}"
            );
            assert_eq!(stream.notices, [""; 0]);
        }
        let stream = read(&one_band(kind, &format!("{max}\nimChan0apGain=50"))).unwrap();
        assert_eq!(
            stream.gain,
            microvolts(0.6, max_int, [50.0, 50.0]),
            "{kind}"
        );
        let notice = format!(
            "imChan0apGain is 50, which is used, but a probe of type {kind} has the gain {gain}"
        );
        assert_eq!(stream.notices, [notice]);
    }
}

#[test]
fn later_probes_need_the_key_with_their_gain() {
    for kind in [
        "2005", "2006", "2020", "2021", "2022", "3010", "3011", "3020", "3021", "3022",
    ] {
        let stream = read(&one_band(kind, "imMaxInt=2048\nimChan0apGain=100")).unwrap();
        assert_eq!(
            stream.gain,
            microvolts(0.6, 2048.0, [100.0, 100.0]),
            "{kind}"
        );
        let error = refused(&one_band(kind, "imMaxInt=2048"));
        assert!(
            error.contains("imChan0apGain is missing") && error.contains(kind),
            "{error}"
        );
        assert!(error.contains("add the line imChan0apGain=100"), "{error}");
    }
}

#[test]
fn the_largest_number_is_only_guessed_where_older_files_lack_it() {
    for kind in ["21", "24"] {
        let stream = read(&one_band(kind, "")).unwrap();
        assert_eq!(stream.gain, microvolts(0.6, 8192.0, [80.0, 80.0]));
        assert!(
            stream.notices[0].contains("imMaxInt is missing"),
            "{:?}",
            stream.notices
        );
    }
    for kind in ["2003", "2004", "2013", "2014", "2020", "3010"] {
        let error = refused(&one_band(kind, "imChan0apGain=100"));
        assert!(
            error.contains("imMaxInt is missing") && error.contains(kind),
            "{error}"
        );
        assert!(error.contains("add the line imMaxInt=2048"), "{error}");
    }
    for bad in ["0", "-1", "nan", "x", ""] {
        let error = refused(&one_band(
            "2014",
            &format!("imChan0apGain=100\nimMaxInt={bad}"),
        ));
        assert!(error.contains("imMaxInt is "), "{error}");
    }
}

#[test]
fn lf_channels_that_catgt_makes_of_the_only_band_have_its_gain() {
    let text = one_band("2013", "imMaxInt=2048\nsnsSaveChanSubset=0:2")
        .replace("snsApLfSy=2,0,1", "snsApLfSy=0,2,1");
    let stream = read(&text).unwrap();
    assert_eq!(stream.gain, microvolts(0.6, 2048.0, [100.0, 100.0]));
    let labels: Vec<&str> = stream
        .channels
        .iter()
        .map(|channel| &*channel.label)
        .collect();
    assert_eq!(labels, ["LF0", "LF1"]);
}

#[test]
fn a_list_of_saved_channels_names_each_once() {
    let of = |subset: &str| probe("0", &gains("0"), &format!("snsSaveChanSubset={subset}"));
    read(&of("0:4")).unwrap();
    for subset in ["0,0,2,3,4", "0:1,2:3,3"] {
        let error = refused(&of(subset));
        assert!(
            error.contains("twice; expected every channel once"),
            "{error}"
        );
    }
}

#[test]
fn unknown_types_are_refused_by_name() {
    for (kind, more) in [
        ("9999", ""),
        ("1", ""),
        ("-3", ""),
        ("x", ""),
        ("4294967296", ""),
    ] {
        let error = refused(&probe(kind, &gains(kind), more));
        assert!(
            error.contains(&format!("imDatPrb_type is {kind}; expected")),
            "{error}"
        );
        assert!(error.contains("input.format = \"binary\""), "{error}");
    }
    let bare = probe("0", &gains("0"), "").replace("imDatPrb_type=0\n", "");
    assert_eq!(
        read(&bare).unwrap().gain[0],
        0.6 / 512.0 * (1.0 / 500.0) * 1e6
    );
    let error = refused(&bare.replace("(0,2)", "(NP4000,2)"));
    assert!(error.contains("the head of ~imroTbl is NP4000"), "{error}");
    let error = refused(&bare.replace("~imroTbl", "other"));
    assert!(
        error.contains("does not name the probe; expected imDatPrb_type"),
        "{error}"
    );
}

#[test]
fn a_probe_without_a_type_is_the_one_of_its_part() {
    let text = one_band("2013", "imMaxInt=2048\nimDatPrb_pn=NP2014");
    let text = text.replace("imDatPrb_type=2013\n", "");
    assert_eq!(
        read(&text).unwrap().gain,
        microvolts(0.6, 2048.0, [100.0, 100.0])
    );
    // the electrodes of its table are not taken for gains
    let text = text.replace("imDatPrb_pn=NP2014", "");
    assert_eq!(
        read(&text).unwrap().gain,
        microvolts(0.6, 2048.0, [100.0, 100.0])
    );
}

#[test]
fn a_table_or_a_part_of_another_probe_is_refused() {
    let error = refused(&probe("0", "(2013,2)(0 0 0 500 1)(1 0 0 250 2)", ""));
    assert!(
        error.contains("imDatPrb_type is 0, but the head of ~imroTbl is 2013"),
        "{error}"
    );
    let error = refused(&one_band("21", "imMaxInt=8192\nimDatPrb_pn=NP2003"));
    assert!(
        error.contains("imDatPrb_type is 21, but imDatPrb_pn is NP2003"),
        "{error}"
    );
    for (kind, part) in [
        ("2003", "NP2005"),
        ("2013", "NP2014"),
        ("21", "PRB2_1_2_0640_0"),
        ("21", "?"),
    ] {
        read(&one_band(
            kind,
            &format!("imMaxInt=2048\nimDatPrb_pn={part}"),
        ))
        .unwrap();
    }
}

#[test]
fn tables_of_other_forms_are_refused() {
    for (table, what) in [
        ("(0,2)(0 0 0 500)(1 0 0 250)", "imroTbl has (0 0 0 500)"),
        (
            "(0,2)(0 0 0 500 125 1 9)",
            "imroTbl has (0 0 0 500 125 1 9)",
        ),
        ("(0,2)(0,0,0,500,125,1)", "imroTbl has (0,0,0,500,125,1)"),
        ("(0,2)()", "imroTbl has ()"),
        ("(0,2)(0 0 0 500 125 1)", "no gain of channel 1 in imroTbl"),
        (
            "(0,2)(0 0 0 0 125 1)(1 0 0 250 50 1)",
            "the gain of channel 0 in imroTbl is 0;",
        ),
        (
            "(0,2)(0 0 0 x 125 1)(1 0 0 250 50 1)",
            "the gain of channel 0 in imroTbl is no number;",
        ),
        (
            "(0,2)(0 0 0 inf 125 1)(1 0 0 250 50 1)",
            "the gain of channel 0 in imroTbl is inf;",
        ),
        (
            "(0,2)(0 0 0 500 125 1)(0 0 0 250 50 1)",
            "imroTbl has channel 0 twice",
        ),
        ("(0,2)(0 0 0 500 125 1", "no gain of channel 0 in imroTbl"),
        ("", "no gain of channel 0 in imroTbl"),
    ] {
        let error = refused(&probe("0", table, ""));
        assert!(error.contains(what), "{table}: {error}");
    }
    let turned = "(0,2)(1 0 0 250 50 1)(0 0 0 500 125 1)";
    let stream = read(&probe("0", turned, "")).unwrap();
    assert_eq!(
        stream.gain,
        microvolts(0.6, 512.0, [500.0, 250.0, 125.0, 50.0])
    );
}

#[test]
fn lists_without_their_tilde_are_refused() {
    let text = probe("0", &gains("0"), "snsChanMap=(2,2,1)(AP0;0:0)");
    let error = refused(&text);
    assert!(error.contains("has snsChanMap without the ~"), "{error}");
    let error = refused(&text.replace('~', ""));
    assert!(
        error.contains("expected ~imroTbl and ~snsChanMap"),
        "{error}"
    );
    let ni =
        "snsMnMaXaDw=1,0,0,0\nnSavedChans=1\nniAiRangeMax=5\nniMNGain=2\nsnsChanMap=(1)(a;0:0)";
    assert!(refused(ni).contains("~snsChanMap"));
    read(&ni.replace("snsChanMap", "~snsChanMap")).unwrap();
}
