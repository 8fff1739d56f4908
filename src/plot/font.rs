//! The font of pictures, which is in the program: clusters and containers have none. A part of DejaVu Sans (Latin, Greek,
//! Cyrillic, signs), whose licence stands beside it in `assets/`.

use std::sync::OnceLock;

use ttf_parser::{Face, GlyphId, OutlineBuilder};

static BYTES: &[u8] = include_bytes!("../../assets/DejaVuSans.ttf");

fn face() -> &'static Face<'static> {
    static FACE: OnceLock<Face<'static>> = OnceLock::new();
    FACE.get_or_init(|| Face::parse(BYTES, 0).expect("the font in the program is a font"))
}

fn glyph(c: char) -> GlyphId {
    // glyph 0 is the box that stands for what a font does not have
    face().glyph_index(c).unwrap_or_default()
}

fn advance(c: char) -> f64 {
    let advance = face().glyph_hor_advance(glyph(c)).unwrap_or(0);
    f64::from(advance) / f64::from(face().units_per_em())
}

/// Width of a text in pixels, in letters of `size` pixels.
pub fn width(text: &str, size: f64) -> f64 {
    text.chars().map(advance).sum::<f64>() * size
}

/// The text, or as much of its beginning as `room` pixels hold.
pub fn shortened(text: &str, size: f64, room: f64) -> String {
    if width(text, size) <= room {
        return text.to_owned();
    }
    let mut kept = String::new();
    let mut used = width("…", size);
    for c in text.chars() {
        used += advance(c) * size;
        if used > room {
            break;
        }
        kept.push(c);
    }
    kept + "…"
}

/// Draws the outlines of a text that begins at 0, letter by letter: `to` gets for each its place in ems, then its
/// outline in units of the font.
pub fn outline<B: OutlineBuilder>(
    text: &str,
    mut to: impl FnMut(f64) -> B,
    mut done: impl FnMut(B),
) {
    let mut at = 0.0;
    for c in text.chars() {
        let mut builder = to(at);
        face().outline_glyph(glyph(c), &mut builder);
        done(builder);
        at += advance(c);
    }
}

/// Units of an em.
pub fn units_per_em() -> f64 {
    f64::from(face().units_per_em())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_font_has_what_labels_are_made_of() {
        for c in "AZaz09 µμ²⁻⁹₀√–−×·…°παβÄöşЖ/()|%".chars() {
            assert!(face().glyph_index(c).is_some(), "{c}");
        }
        assert!(width("frequency (Hz)", 16.0) > 90.0);
    }

    #[test]
    fn long_texts_fit_their_room() {
        let text = shortened("a very long name of a channel", 10.0, 60.0);
        assert!(text.ends_with('…') && width(&text, 10.0) <= 60.0, "{text}");
        assert_eq!(shortened("Cz", 10.0, 60.0), "Cz");
    }
}
