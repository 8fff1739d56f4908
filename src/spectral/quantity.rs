//! What is stored of a Fourier coefficient: `output` in Syncopy's words.

use num_complex::Complex;

use super::Real;
use super::element::Element;
use crate::setting::{Refusal, Section, Setting};

/// What is stored of a coefficient z.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quantity {
    /// |z|², in the square of the recording's unit.
    Pow,
    /// |z|
    Abs,
    /// z itself.
    Fourier,
    /// Re z
    Real,
    /// Im z
    Imag,
    /// arg z, from −π to π.
    Angle,
    /// |Re z|
    Absreal,
    /// |Im z|
    Absimag,
}

/// Syncopy's words; `fourier` and `complex` are the same.
pub const WORDS: &[(&str, Quantity)] = &[
    ("pow", Quantity::Pow),
    ("abs", Quantity::Abs),
    ("fourier", Quantity::Fourier),
    ("complex", Quantity::Fourier),
    ("real", Quantity::Real),
    ("imag", Quantity::Imag),
    ("angle", Quantity::Angle),
    ("absreal", Quantity::Absreal),
    ("absimag", Quantity::Absimag),
];

impl Quantity {
    /// Reads `output`.
    ///
    /// # Errors
    /// None of the words.
    pub fn from_section(section: &Section) -> Result<Setting<Quantity>, Refusal> {
        let words: Vec<&'static str> = WORDS.iter().map(|(word, _)| *word).collect();
        let Some(word) = section.word("output", &words)? else {
            return Ok(Setting::default_of("freqanalysis", "output", Quantity::Pow));
        };
        let of_word = |word| WORDS.iter().find(|(known, _)| *known == word);
        Ok(word.map(|word| of_word(word).expect("a known word").1))
    }

    /// The first of Syncopy's words for it.
    pub fn word(self) -> &'static str {
        let mut words = WORDS.iter();
        let found = words.find(|(_, quantity)| *quantity == self);
        found.expect("every quantity has a word").0
    }

    /// Whether it changes when a coefficient is turned.
    pub fn has_phase(self) -> bool {
        !matches!(self, Quantity::Pow | Quantity::Abs)
    }

    /// Real or complex.
    pub fn element(self) -> Element {
        match self {
            Quantity::Fourier => Element::Complex,
            _ => Element::Real,
        }
    }

    /// Converts the coefficients of neighbouring channels, given as real and imaginary parts; complex ones go to pairs of
    /// places, real ones to single ones.
    #[inline(always)]
    pub fn store_all<T: Real>(self, re: &[T], im: &[T], to: &mut [T]) {
        let z = re.iter().zip(im);
        if self == Quantity::Fourier {
            for ((re, im), place) in z.zip(to.chunks_exact_mut(2)) {
                place.copy_from_slice(&[*re, *im]);
            }
            return;
        }
        for ((re, im), place) in z.zip(to.chunks_exact_mut(1)) {
            self.store(Complex::new(*re, *im), place);
        }
    }

    /// Converts a coefficient; a complex one fills both places of `to`, a real one the first.
    pub fn store<T: Real>(self, z: Complex<T>, to: &mut [T]) {
        to[0] = match self {
            Quantity::Pow => z.norm_sqr(),
            Quantity::Abs => T::magnitude(z.re, z.im),
            Quantity::Angle => T::angle(z.re, z.im),
            Quantity::Real | Quantity::Fourier => z.re,
            Quantity::Imag => z.im,
            Quantity::Absreal => num_traits::Float::abs(z.re),
            Quantity::Absimag => num_traits::Float::abs(z.im),
        };
        if self == Quantity::Fourier {
            to[1] = z.im;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_gives_what_it_says() {
        let z = Complex::new(-3.0_f64, 4.0);
        let got: Vec<f64> = WORDS
            .iter()
            .map(|(_, quantity)| {
                let mut place = [0.0; 2];
                quantity.store(z, &mut place);
                place[0]
            })
            .collect();
        let angle = std::f64::consts::PI - (4.0_f64 / 3.0).atan();
        assert_eq!(got[..6], [25.0, 5.0, -3.0, -3.0, -3.0, 4.0]);
        assert!((got[6] - angle).abs() < 1e-15, "{} is not {angle}", got[6]);
        assert_eq!(got[7..], [3.0, 4.0]);
    }

    #[test]
    fn magnitudes_are_there_where_squares_are_not() {
        for size in [1e-30_f32, 1.0, 1e30] {
            let mut place = [0.0_f32];
            Quantity::Abs.store(Complex::new(3.0 * size, -4.0 * size), &mut place);
            assert!((place[0] / size - 5.0).abs() < 1e-6, "{size}");
        }
        for size in [1e-200_f64, 1.0, 1e200] {
            let mut place = [0.0];
            Quantity::Abs.store(Complex::new(3.0 * size, -4.0 * size), &mut place);
            assert!((place[0] / size - 5.0).abs() < 1e-15, "{size}");
        }
    }
}
