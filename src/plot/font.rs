//! The font of pictures, which is in the program: clusters and containers have none. A part of DejaVu Sans (Latin, Greek,
//! Cyrillic, signs), whose licence stands beside it in `assets/`.

use std::sync::Once;

use plotters::style::{FontStyle, IntoFont, register_font};

/// The file.
pub static BYTES: &[u8] = include_bytes!("../../assets/DejaVuSans.ttf");
/// What an SVG asks for; where there is no DejaVu, another one that is as wide or narrower.
pub const FAMILY: &str = "DejaVu Sans, Verdana, sans-serif";
/// Sizes of fonts are heights of lines to plotters, so many of an em.
const LINE: f64 = 1.24;

/// What plotters calls the size of letters whose em is that large.
pub fn size_of(em: f64) -> f64 {
    LINE * em
}

/// Width of a text in letters of that size; rather too wide than too narrow.
pub fn width(text: &str, em: f64) -> f64 {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let registered = register_font(FAMILY, FontStyle::Normal, BYTES);
        assert!(registered.is_ok(), "the font in the program is a font");
    });
    // large letters, since widths are whole numbers
    const LARGE: f64 = 1000.0;
    let found = (FAMILY, size_of(LARGE)).into_font().box_size(text);
    let (width, _) = found.expect("the font is registered");
    f64::from(width) * em / LARGE
}

/// The text, without its middle where the room does not hold all of it: names differ at either end. A box stands in place of
/// what is no letter.
pub fn shortened(text: &str, em: f64, room: f64) -> String {
    let text = text.replace(is_no_letter, "\u{fffd}");
    if width(&text, em) <= room {
        return text;
    }
    let letters: Vec<char> = text.chars().collect();
    let width = |c: &char| width(c.encode_utf8(&mut [0; 4]), em);
    let (mut head, mut tail) = (0, 0);
    let mut left = room - width(&'…');
    // one of the beginning, one of the end
    while head + tail < letters.len() {
        let next = if head <= tail {
            head
        } else {
            letters.len() - 1 - tail
        };
        left -= width(&letters[next]);
        if left < 0.0 {
            break;
        }
        if head <= tail {
            head += 1;
        } else {
            tail += 1;
        }
    }
    let ends = [&letters[..head], &letters[letters.len() - tail..]];
    ends.map(|end| end.iter().collect::<String>()).join("…")
}

/// What no XML may have, wherever a name comes from.
fn is_no_letter(c: char) -> bool {
    c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_font_has_what_labels_are_made_of() {
        let faces = {
            let mut fonts = resvg::usvg::fontdb::Database::new();
            fonts.load_font_data(BYTES.to_vec());
            fonts
        };
        let id = faces.faces().next().unwrap().id;
        let family = faces.face(id).unwrap().families[0].0.clone();
        assert_eq!(FAMILY.split(", ").next(), Some(&*family));
        // a letter that is missing is as wide as the box that stands for it
        let missing = width("\u{10ffff}", 100.0);
        for c in "AZaz09 µμ²⁻⁹₀√–−×·…°παβÄöşЖ/()|%".chars() {
            assert!(width(&c.to_string(), 100.0) != missing, "{c}");
        }
        assert!(width("frequency (Hz)", 16.0) > 90.0);
    }

    #[test]
    fn long_texts_fit_their_room() {
        let text = shortened("a very long name of a channel", 10.0, 60.0);
        assert!(text.starts_with("a v") && text.ends_with("nel"), "{text}");
        assert!(width(&text, 10.0) <= 60.0, "{text}");
        assert_eq!(shortened("Cz", 10.0, 60.0), "Cz");
        assert_eq!(shortened("C\u{1b}z", 10.0, 60.0), "C\u{fffd}z");
    }
}
