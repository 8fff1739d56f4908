//! `slepian plot`: pictures show what is in a result where it is, and say what they cannot show.

use std::path::Path;

use resvg::tiny_skia::Pixmap;

use crate::support::{
    Folder, Number, Recording, Storage, is_under_another_program, seal_again, with_files,
};

/// The colour of the first line.
const FIRST_LINE: [u8; 3] = [0x1f, 0x77, 0xb4];
/// The colour of what has no number.
const GREY: [u8; 3] = [190, 190, 190];
/// Part of a picture's width that a peak may be beside its place: a few pixels.
const BESIDE: f64 = 0.02;

/// A result of `words` of `slepian synth` with these options.
fn result(words: &str, freqanalysis: &str) -> Folder {
    let folder = Folder::new();
    folder.synth(words);
    folder.study(&format!("[freqanalysis]\n{freqanalysis}"));
    folder.slepian(&["run", "study.toml", "-q"]).succeeds();
    folder
}

fn sine() -> Folder {
    result(
        "sine --freq 10 --noise 0.1 --trials 3 --channels 2 --seconds 2 --sample-rate 200 --seed 1",
        "foilim = [0, 20]\n",
    )
}

fn bursts(more: &str) -> Folder {
    result(
        "events --times -0.3,0.45 --freq 40 --offset -1 --trials 4 --channels 2 --seconds 2 --sample-rate 500",
        &format!("method = \"mtmconvol\"\nt_ftimwin = 0.2\ntoi = 0.8\nfoilim = [0, 80]\n{more}"),
    )
}

/// What is printed in place of a picture.
fn printed(folder: &Folder, flags: &[&str]) -> String {
    let plot = folder.slepian(&["plot", "spectra.spy"]).args(flags);
    let outcome = plot.succeeds();
    assert_eq!(outcome.stderr, "");
    outcome.stdout
}

fn drawn(folder: &Folder, name: &str, flags: &[&str]) {
    let plot = folder.slepian(&["plot", "spectra.spy", "-o", name]);
    let outcome = plot.args(flags).succeeds();
    assert_eq!((outcome.stdout.as_str(), outcome.stderr.as_str()), ("", ""));
}

fn refused(folder: &Folder, flags: &[&str], code: i32) -> String {
    folder.slepian(&["plot"]).args(flags).fails_with(code)
}

struct Pixels(Pixmap);

impl Pixels {
    fn of(path: &Path) -> Pixels {
        Pixels(Pixmap::load_png(path).unwrap())
    }

    fn at(&self, x: f64, y: f64) -> [u8; 3] {
        let pixel = self.0.pixel(x as u32, y as u32).unwrap();
        [pixel.red(), pixel.green(), pixel.blue()]
    }

    /// Where this colour is, from left to right.
    fn places(&self, colour: [u8; 3]) -> Vec<(u32, u32)> {
        let columns = (0..self.0.width()).flat_map(|x| (0..self.0.height()).map(move |y| (x, y)));
        columns
            .filter(|&(x, y)| self.at(x.into(), y.into()) == colour)
            .collect()
    }
}

/// Numbers of an attribute.
fn attribute<const N: usize>(of: &str, name: &str) -> [f64; N] {
    let value = of.split(&format!(" {name}=\"")).nth(1).unwrap();
    let value = value.split('"').next().unwrap();
    let numbers: Vec<f64> = value.split(' ').map(|x| x.parse().unwrap()).collect();
    numbers.try_into().unwrap()
}

/// x, y, width and height of the first map of an SVG, in pixels.
fn place_of_map(svg: &str) -> [f64; 4] {
    let [left, top, width, _] = attribute(svg, "viewBox");
    let [pixels] = attribute(svg, "width");
    let units = width / pixels;
    let image = svg.split("<image").nth(1).unwrap();
    let of = |name: &str, from: f64| (attribute::<1>(image, name)[0] - from) / units;
    [
        of("x", left),
        of("y", top),
        of("width", 0.0),
        of("height", 0.0),
    ]
}

/// An SVG, with its texts right between their tags.
fn read_svg(folder: &Folder, name: &str) -> String {
    let svg = std::fs::read_to_string(folder.path(name)).unwrap();
    svg.replace(">\n", ">").replace("\n<", "<")
}

#[test]
fn a_sine_has_its_peak_in_the_middle_of_a_picture_around_it() {
    let folder = sine();
    drawn(&folder, "sine.png", &["--channel", "0"]);
    let pixels = Pixels::of(&folder.path("sine.png"));
    assert_eq!((pixels.0.width(), pixels.0.height()), (1000, 700));
    let line = pixels.places(FIRST_LINE);
    let (first, last) = (line[0].0, line[line.len() - 1].0);
    let (peak, _) = line.iter().min_by_key(|place| place.1).unwrap();
    let at = f64::from(peak - first) / f64::from(last - first);
    assert!((at - 0.5).abs() < BESIDE, "{at}");
}

#[test]
fn an_svg_says_what_it_shows() {
    let folder = sine();
    drawn(&folder, "sine.svg", &["--unit", "µV", "--size", "800x500"]);
    let svg = read_svg(&folder, "sine.svg");
    assert!(svg.starts_with("<svg ") && svg.ends_with("</svg>"));
    for text in [
        "width=\"800\" height=\"500\"",
        ">spectra: mtmfft, mean of 3 trials<",
        ">frequency (Hz)<",
        ">power (µV²)<",
        ">channel1<",
        ">channel2<",
        ">10<",
        "<polyline ",
    ] {
        assert!(svg.contains(text), "no {text} in {svg}");
    }
}

#[test]
fn without_a_terminal_a_picture_is_80_plain_columns() {
    let folder = sine();
    let text = printed(&folder, &["--channel", "channel1"]);
    assert!(!text.contains('\u{1b}'));
    assert!(
        text.lines().all(|line| line.chars().count() <= 80),
        "{text}"
    );
    let is_dot = |c: char| ('\u{2801}'..='\u{28ff}').contains(&c);
    let highest = text.lines().find(|line| line.contains(is_dot)).unwrap();
    let peak = highest.chars().position(is_dot).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    let axis = lines.iter().position(|line| line.contains('└')).unwrap();
    let labels: Vec<char> = lines[axis + 1].chars().collect();
    let at = labels
        .windows(2)
        .position(|pair| pair == ['1', '0'])
        .unwrap();
    assert!(peak.abs_diff(at) <= 1, "{text}");
    let both = printed(&folder, &[]);
    assert!(both.contains("a channel1   b channel2"), "{both}");
}

#[test]
fn bursts_are_bright_at_their_times_and_nowhere_else() {
    let folder = bursts("edges = \"nan\"\n");
    for name in ["map.png", "map.svg"] {
        drawn(&folder, name, &["--channel", "0"]);
    }
    let svg = read_svg(&folder, "map.svg");
    assert!(svg.contains(">power (unit²)<") && svg.contains(">time (s)<"));
    let [x, y, width, height] = place_of_map(&svg);
    let pixels = Pixels::of(&folder.path("map.png"));
    // windows are 0.04 s apart from -1 s on, the map reaches half of that beyond; frequencies are 5 Hz apart
    let n_times = 50.0;
    let column = |time: f64| x + width * ((time + 1.0) / 0.04 + 0.5) / n_times;
    let row = |hz: f64| y + height * (1.0 - (hz / 5.0 + 0.5) / 17.0);
    let is_bright = |time, hz| {
        let [red, green, _] = pixels.at(column(time), row(hz));
        u32::from(red) + u32::from(green) > 250
    };
    assert!(is_bright(-0.28, 40.0) && is_bright(0.44, 40.0));
    for (time, hz) in [(0.04, 40.0), (-0.28, 20.0), (0.44, 65.0), (0.8, 40.0)] {
        assert!(!is_bright(time, hz), "{time} s, {hz} Hz");
    }
    assert_eq!(pixels.at(column(-0.98), row(40.0)), GREY);
    let text = printed(&folder, &["--channel", "0"]);
    assert!(text.contains('█') && text.contains("· no number"), "{text}");
}

/// Spectra over 2 s from -1 s on of 4 trials and 2 channels at 5, 10, …, 40 Hz.
fn wavelets() -> Folder {
    let foi: Vec<f64> = (1..=8).map(|k| 5.0 * f64::from(k)).collect();
    result(
        "events --times 0 --freq 20 --offset -1 --noise 1 --trials 4 --channels 2 --seconds 2 --sample-rate 250",
        &format!("method = \"wavelet\"\nedges = \"trial\"\nfoi = {foi:?}\n"),
    )
}

/// Stores how far kernels reach, and when trials begin and end, in place of what the result says itself.
fn store_cone(folder: &Folder, numbers: &[(&str, Vec<f64>, &[usize])]) {
    let path = folder.path("spectra.spy/spectra.spectral");
    with_files(|| {
        let file = hdf5::File::open_rw(&path).unwrap();
        for name in ["cone_of_influence", "trial_span"] {
            if file.link_exists(name) {
                file.unlink(name).unwrap();
            }
        }
        for (name, numbers, shape) in numbers {
            let set = file.new_dataset::<f64>().shape(shape.to_vec());
            set.create(*name).unwrap().write_raw(numbers).unwrap();
        }
        file.close().unwrap();
    });
    seal_again(&path);
}

/// Three standard deviations of Morlet's wavelet, in s, at the frequencies of [`wavelets`].
fn reach_s() -> Vec<f64> {
    (1..=8)
        .map(|k| 3.0 * 0.968 / (5.0 * f64::from(k)))
        .collect()
}

const SPANS: [f64; 8] = [-1.0, 0.996, -1.0, 0.996, -1.0, 0.996, -0.5, 0.996];

#[test]
fn a_map_is_shaded_where_kernels_reach_out_of_the_trials() {
    let folder = wavelets();
    store_cone(&folder, &[]);
    let one_map = ["--channel", "0"];
    for name in ["plain.png", "plain.svg"] {
        drawn(&folder, name, &one_map);
    }
    let plain = read_svg(&folder, "plain.svg");
    assert!(!plain.contains("<polygon") && !plain.contains("shaded"));
    let text = printed(&folder, &one_map);
    assert!(!text.contains('╱') && !text.contains("shaded"), "{text}");
    store_cone(
        &folder,
        &[
            ("cone_of_influence", reach_s(), &[8]),
            ("trial_span", SPANS.to_vec(), &[4, 2]),
        ],
    );
    for name in ["shaded.png", "shaded.svg"] {
        drawn(&folder, name, &one_map);
    }
    let svg = read_svg(&folder, "shaded.svg");
    assert_eq!(svg.matches("<polygon opacity=\"0.45\"").count(), 2);
    assert!(svg.contains(">shaded: within 3 σ of the trials&apos; ends<"));
    let [before, after] = ["plain.png", "shaded.png"].map(|name| Pixels::of(&folder.path(name)));
    let [x, y, width, height] = place_of_map(&svg);
    let is_shaded = |time: f64, hz: f64| {
        let at = (
            x + width * (time + 1.0) / 2.0,
            y + height * (1.0 - (hz - 2.5) / 40.0),
        );
        before.at(at.0, at.1) != after.at(at.0, at.1)
    };
    // 0.58 s at 5 Hz and 0.07 s at 40 Hz, from the latest begin on
    for (time, hz) in [
        (-0.9, 40.0),
        (-0.47, 40.0),
        (0.03, 5.0),
        (0.5, 5.0),
        (0.96, 40.0),
    ] {
        assert!(is_shaded(time, hz), "{time} s, {hz} Hz");
    }
    for (time, hz) in [(-0.39, 40.0), (0.13, 5.0), (0.36, 5.0), (0.88, 40.0)] {
        assert!(!is_shaded(time, hz), "{time} s, {hz} Hz");
    }
    let text = printed(&folder, &one_map);
    assert!(text.contains("╱ ") && text.contains("; ╱ shaded"), "{text}");
    // every map has that of its own trial
    drawn(&folder, "several.svg", &["--trial", "0,3"]);
    let svg = read_svg(&folder, "several.svg");
    assert_eq!(svg.matches("<polygon ").count(), 2 * 2 * 2);
    assert!(svg.contains(">shaded: within 3 σ of the trial&apos;s ends<"));
    drawn(&folder, "band.svg", &["--band", "5-10", "--trial", "0-2"]);
    assert!(!read_svg(&folder, "band.svg").contains("shaded"));
}

#[test]
fn a_cone_that_is_no_cone_leaves_a_map_as_it_is() {
    let folder = wavelets();
    store_cone(&folder, &[]);
    drawn(&folder, "plain.svg", &[]);
    let plain = read_svg(&folder, "plain.svg");
    let with_first = |mut numbers: Vec<f64>, first: f64| {
        numbers[0] = first;
        numbers
    };
    let reach = ("cone_of_influence", reach_s(), &[8_usize][..]);
    let spans = ("trial_span", SPANS.to_vec(), &[4_usize, 2][..]);
    let wrong = [f64::NAN, f64::INFINITY, f64::MAX, -f64::MAX];
    let mut cases = vec![
        vec![reach.clone()],
        vec![spans.clone()],
        vec![("cone_of_influence", reach_s(), &[2, 4][..]), spans.clone()],
        vec![reach.clone(), ("trial_span", SPANS.to_vec(), &[2, 4][..])],
    ];
    for first in wrong {
        let hostile = with_first(reach_s(), first);
        cases.push(vec![("cone_of_influence", hostile, &[8]), spans.clone()]);
        let hostile = with_first(SPANS.to_vec(), first);
        cases.push(vec![reach.clone(), ("trial_span", hostile, &[4, 2])]);
    }
    for case in &cases {
        store_cone(&folder, case);
        drawn(&folder, "hostile.svg", &["--overwrite"]);
        assert!(read_svg(&folder, "hostile.svg") == plain, "{case:?}");
    }
}

#[test]
fn rows_of_nan_at_both_ends_move_neither_scales_nor_peaks() {
    let folder = bursts("edges = \"nan\"\n");
    let bar = |flags: &[&str]| {
        let text = printed(&folder, flags);
        assert!(!text.contains("NaN") && !text.contains("inf"), "{text}");
        text
    };
    assert!(bar(&["--channel", "0", "--db"]).contains("· no number"));
    bar(&["--band", "35-45", "--db"]);
    drawn(
        &folder,
        "band.svg",
        &["--band", "35-45", "--channel", "0", "--db"],
    );
    let svg = read_svg(&folder, "band.svg");
    assert!(!svg.contains("NaN") && !svg.contains("inf"));
    let info = folder.slepian(&["info", "spectra.spy"]).succeeds().stdout;
    assert!(
        info.contains("channel1: 40 Hz") && info.contains("channel2: 40 Hz"),
        "{info}"
    );
}

#[test]
fn a_band_over_time_is_a_line_of_each_channel() {
    let folder = bursts("");
    drawn(&folder, "band.svg", &["--band", "35-45"]);
    let svg = read_svg(&folder, "band.svg");
    for text in [">time (s)<", "mean of 4 trials, 35 to 45 Hz<", ">channel2<"] {
        assert!(svg.contains(text), "no {text} in {svg}");
    }
    // dashes at time 0: the lines, the legend and the frame are few
    assert!(svg.matches("<polyline ").count() > 20, "{svg}");
    let folder = sine();
    let text = printed(&folder, &["--band", "8-12", "--trial", "0,2"]);
    assert!(text.contains("a trial 0   b trial 2"), "{text}");
}

#[test]
fn many_channels_are_a_map_with_some_of_their_names() {
    let folder = result(
        "harmonics --trials 2 --channels 300 --samples 200 --sample-rate 200 --seed 1",
        "",
    );
    drawn(&folder, "map.svg", &[]);
    let svg = read_svg(&folder, "map.svg");
    let n_names = svg.matches(">channel").count();
    assert!((10..60).contains(&n_names), "{n_names}");
    assert!(svg.contains(">channel<") && svg.contains("<image "));
}

#[test]
fn every_kind_of_result_has_a_picture() {
    for (freqanalysis, flags) in [
        (
            "output = \"fourier\"\nkeeptapers = true\ntapsmofrq = 2\n",
            &[][..],
        ),
        ("output = \"fourier\"\n", &["--db", "--average"]),
        ("output = \"real\"\n", &[]),
        ("output = \"angle\"\n", &["--trial", "1", "--map"]),
        ("keeptrials = false\n", &["--db"]),
        ("foi = [10]\n", &[]),
        ("foi = [10]\n", &["--map"]),
        ("foi = [10]\n", &["--band", "9-11"]),
        ("output = \"fooof_peaks\"\nfoilim = [2, 60]\n", &[]),
        (
            "method = \"welch\"\nt_ftimwin = 0.5\ntoi = 0.5\nscaling = \"density\"\n",
            &["--db"],
        ),
        ("method = \"wavelet\"\n", &["--freq", "5-50"]),
        (
            "method = \"wavelet\"\nfoi = [10]\noutput = \"angle\"\n",
            &["--trial", "0-1"],
        ),
        (
            "method = \"superlet\"\norder_max = 3\nfoi = [30, 15]\n",
            &["--db"],
        ),
        (
            "method = \"mtmconvol\"\nt_ftimwin = 0.2\ntoi = [0.5]\n",
            &["--channel", "1"],
        ),
    ] {
        let words = "harmonics --trials 2 --channels 3 --seconds 1 --sample-rate 200 --seed 1";
        let folder = result(words, freqanalysis);
        let text = printed(&folder, flags);
        assert!(text.lines().count() > 20, "{freqanalysis}{flags:?}\n{text}");
        for name in ["picture.png", "picture.svg"] {
            drawn(&folder, name, flags);
        }
        Pixels::of(&folder.path("picture.png"));
    }
}

#[test]
fn what_has_no_number_or_no_decibels_is_said() {
    let folder = Folder::new();
    let mut recording = Recording::of_noise(200, 2).with_trials(&[&[0.0, 200.0, 0.0]]);
    recording.samples.column_mut(0).fill(f64::NAN);
    recording.samples.column_mut(1).fill(3.0);
    recording.write(&folder.path("recording.spy"), Storage::plain(Number::F32));
    folder.study("");
    folder.slepian(&["run", "study.toml", "-q"]).succeeds();
    let error = refused(&folder, &["spectra.spy", "--channel", "0"], 1);
    assert!(error.contains("every number chosen is NaN"), "{error}");
    let error = refused(&folder, &["spectra.spy", "--channel", "1", "--db"], 1);
    assert!(error.contains("every number chosen is 0"), "{error}");
    printed(&folder, &["--channel", "1"]);
    printed(&folder, &[]);
    folder.study("[freqanalysis]\noutput = \"real\"\n");
    let run = folder.slepian(&["run", "study.toml", "-q", "--overwrite"]);
    run.succeeds();
    let error = refused(&folder, &["spectra.spy", "--db"], 2);
    assert!(
        error.contains("the real part, of which there are no decibels"),
        "{error}"
    );
}

#[test]
fn what_cannot_be_drawn_or_written_is_refused_in_one_line() {
    let folder = sine();
    folder.write("there.png", "mine");
    let spectra = "spectra.spy";
    for (flags, code, want) in [
        (&["recording.spy"][..], 1, "slepian run computes one"),
        (&["nothing.spy"], 1, "no such file or folder"),
        (&[spectra, "-o", "there.png"], 2, "--overwrite replaces it"),
        (&[spectra, "-o", "a.pdf"], 2, "ends in .png or .svg"),
        (
            &[spectra, "-o", "nowhere/a.png"],
            2,
            "there is no folder nowhere",
        ),
        (
            &[spectra, "-o", "a.png", "--size", "1x1"],
            2,
            "from 320 to 4000",
        ),
        (
            &[spectra, "--channel", "chanel2"],
            2,
            "did you mean channel2?",
        ),
        (&[spectra, "--trial", "3"], 2, "3 trials, from 0 to 2"),
        (&[spectra, "--trial", "x"], 2, "as 0,3,5-8"),
        (&[spectra, "--band", "12"], 2, "as 8-12"),
        (&[spectra, "--freq", "50-90"], 2, "no frequency lies there"),
    ] {
        let error = refused(&folder, flags, code);
        assert!(error.contains(want), "{flags:?}: {error}");
    }
    assert_eq!(std::fs::read(folder.path("there.png")).unwrap(), b"mine");
    drawn(&folder, "there.png", &["--overwrite"]);
    Pixels::of(&folder.path("there.png"));
    let content = folder.content();
    let left = content
        .keys()
        .find(|path| path.to_string_lossy().contains(".part"));
    assert_eq!(left, None);
    std::fs::rename(
        folder.path("spectra.spy/spectra.spectral"),
        folder.path("spectra.spy/spectra.spectral.part"),
    )
    .unwrap();
    std::fs::remove_file(folder.path("spectra.spy/spectra.spectral.info")).unwrap();
    let error = refused(&folder, &[spectra], 1);
    assert!(error.contains("slepian run --resume goes on"), "{error}");
}

#[test]
fn a_picture_takes_memory_of_its_own_size_and_not_of_the_results() {
    // other programs take memory of their own
    if is_under_another_program() {
        return;
    }
    let folder = result(
        "white_noise --trials 4 --channels 8 --seconds 30 --sample-rate 500",
        "method = \"wavelet\"\nfoilim = [10, 60]\n",
    );
    let bytes = std::fs::metadata(folder.path("spectra.spy/spectra.spectral"))
        .unwrap()
        .len();
    assert!(bytes > 90 << 20, "{bytes}");
    let limited = folder.slepian(&["plot", "spectra.spy", "-o", "map.png"]);
    // of address space, of which libraries take the most
    let limited = limited.through(&["bash", "-c", "ulimit -v 400000; exec \"$@\"", "bash"]);
    limited.succeeds();
}

#[test]
fn a_result_that_knows_its_unit_shows_it_and_takes_no_other() {
    let folder = Folder::new();
    folder.synth("sine --freq 10 --trials 2 --channels 1 --samples 500 --sample-rate 500");
    folder.study("");
    let run = folder.slepian(&["run", "study.toml"]);
    run.sets(&["input.unit=uV"]).succeeds();
    let shown = folder.slepian(&["plot", "spectra.spy"]).succeeds().stdout;
    assert!(shown.contains("power (µV²)"), "{shown}");
    let other = folder.slepian(&["plot", "spectra.spy", "--unit", "nV"]);
    let error = other.fails_with(2);
    assert!(error.contains("this result is in µV^2"), "{error}");
}
