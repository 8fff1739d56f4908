//! A drawn picture as SVG. Text stays text, in the reader's own sans-serif font where there is no DejaVu; maps are PNG
//! inside, since cells side by side show seams.

use std::fmt::Write;

use super::colours::{Colour, INK, PAPER};
use super::png;
use super::shapes::{Anchor, Drawing, Shape};

/// The text of the file.
pub fn svg(drawing: &Drawing) -> String {
    let mut to = String::new();
    let (width, height) = (drawing.width, drawing.height);
    push(
        &mut to,
        format_args!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\" \
         font-family=\"DejaVu Sans, Verdana, sans-serif\">\n\
         <rect width=\"100%\" height=\"100%\" fill=\"{}\"/>\n",
            hex(PAPER)
        ),
    );
    for shape in &drawing.shapes {
        push_shape(&mut to, shape);
    }
    to.push_str("</svg>\n");
    to
}

fn push(to: &mut String, text: std::fmt::Arguments) {
    to.write_fmt(text).expect("a String takes any text");
}

fn push_shape(to: &mut String, shape: &Shape) {
    match shape {
        Shape::Line {
            points,
            colour,
            width,
            is_dashed,
        } => {
            to.push_str("<polyline points=\"");
            for (x, y) in points {
                push(to, format_args!("{x:.2},{y:.2} "));
            }
            let dashes = match is_dashed {
                true => format!(" stroke-dasharray=\"{} {}\"", 4.0 * width, 3.0 * width),
                false => String::new(),
            };
            push(
                to,
                format_args!(
                    "\" fill=\"none\" stroke=\"{}\" stroke-width=\"{width:.2}\" stroke-linejoin=\"round\"{dashes}/>\n",
                    hex(*colour)
                ),
            );
        }
        Shape::Dot {
            centre: (x, y),
            radius,
            colour,
        } => push(
            to,
            format_args!(
                "<circle cx=\"{x:.2}\" cy=\"{y:.2}\" r=\"{radius:.2}\" fill=\"{}\"/>\n",
                hex(*colour)
            ),
        ),
        Shape::Pixels {
            place,
            columns,
            pixels,
        } => push(
            to,
            format_args!(
                "<image x=\"{:.2}\" y=\"{:.2}\" width=\"{:.2}\" height=\"{:.2}\" preserveAspectRatio=\"none\" \
             href=\"data:image/png;base64,{}\"/>\n",
                place.x,
                place.y,
                place.width,
                place.height,
                base64(&png::of_pixels(*columns, pixels))
            ),
        ),
        Shape::Text {
            at: (x, y),
            text,
            size,
            anchor,
            is_upright,
        } => {
            let anchor = match anchor {
                Anchor::Start => "start",
                Anchor::Middle => "middle",
                Anchor::End => "end",
            };
            let turn = match is_upright {
                true => format!(" transform=\"rotate(-90 {x:.2} {y:.2})\""),
                false => String::new(),
            };
            push(
                to,
                format_args!(
                    "<text x=\"{x:.2}\" y=\"{y:.2}\" font-size=\"{size:.2}\" text-anchor=\"{anchor}\" fill=\"{}\"{turn}>{}</text>\n",
                    hex(INK),
                    escaped(text)
                ),
            );
        }
    }
}

fn hex([red, green, blue]: Colour) -> String {
    format!("#{red:02x}{green:02x}{blue:02x}")
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

/// RFC 4648, section 4.
fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for three in bytes.chunks(3) {
        let byte = |i: usize| u32::from(three.get(i).copied().unwrap_or(0));
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for digit in 0..4 {
            match digit <= three.len() {
                true => text.push(DIGITS[(bits >> (18 - 6 * digit) & 63) as usize] as char),
                false => text.push('='),
            }
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_written_as_the_standard_says() {
        // RFC 4648, section 10
        let all = ["", "f", "fo", "foo", "foob", "fooba", "foobar"];
        let want = [
            "", "Zg==", "Zm8=", "Zm9v", "Zm9vYg==", "Zm9vYmE=", "Zm9vYmFy",
        ];
        assert_eq!(all.map(|text| base64(text.as_bytes())), want);
    }

    #[test]
    fn names_cannot_end_their_element() {
        let drawing = Drawing {
            width: 10,
            height: 10,
            shapes: vec![Shape::Text {
                at: (1.0, 2.0),
                text: "a<b>&amp;".into(),
                size: 14.0,
                anchor: Anchor::Middle,
                is_upright: false,
            }],
        };
        assert!(svg(&drawing).contains(">a&lt;b&gt;&amp;amp;</text>"));
    }
}
