//! When the samples of a series were taken: a begin and a rate, or a time for every sample.

use crate::input::NOT_RECORDED;
use crate::phrase::shorten;

/// Characters that are shown of a name.
const MAX_SHOWN: usize = 200;

/// The time axis of a series.
#[derive(Clone, Debug, PartialEq)]
pub struct Times {
    /// In Hz.
    pub sample_rate_hz: f64,
    /// In ascending order, the first from row 0 on.
    pub pieces: Vec<Piece>,
    /// What the user should know about it.
    pub notices: Vec<String>,
}

/// A part of the time axis with a constant rate.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Piece {
    /// Its first row.
    pub row: u64,
    /// The time of that row, in seconds of the session.
    pub time_s: f64,
    /// Whether time is missing before it; else only the rate changes.
    pub is_after_gap: bool,
}

impl Times {
    /// A constant rate without gaps.
    pub fn regular(start_s: f64, sample_rate_hz: f64) -> Times {
        let all = Piece {
            row: 0,
            time_s: start_s,
            is_after_gap: true,
        };
        Times {
            sample_rate_hz,
            pieces: vec![all],
            notices: Vec::new(),
        }
    }

    /// The piece of a time of the session, and its row, not rounded; `None` in a gap.
    fn place(&self, time_s: f64) -> Option<(usize, f64)> {
        // times are rounded to some digits
        let half_s = 0.5 / self.sample_rate_hz;
        let after = self
            .pieces
            .partition_point(|piece| piece.time_s <= time_s + half_s);
        let k = after.saturating_sub(1);
        let row = self.row_in(k, time_s);
        let next = self.pieces.get(k + 1);
        let is_in_gap =
            next.is_some_and(|next| next.is_after_gap && row.round() >= next.row as f64);
        (!is_in_gap).then_some((k, row))
    }

    fn row_in(&self, piece: usize, time_s: f64) -> f64 {
        let piece = self.pieces[piece];
        piece.row as f64 + (time_s - piece.time_s) * self.sample_rate_hz
    }

    /// The rows from `start_s` to `stop_s`, not rounded, as if no time were missing after the stretch that the first lies
    /// in; [`NOT_RECORDED`] if it lies in a gap.
    pub fn span(&self, start_s: f64, stop_s: f64) -> (f64, f64) {
        let Some((first, row)) = self.place(start_s) else {
            return (NOT_RECORDED, NOT_RECORDED);
        };
        let later = self.pieces[first + 1..].iter();
        let n_passed = later
            .take_while(|piece| !piece.is_after_gap && piece.time_s <= stop_s)
            .count();
        (row, self.row_in(first + n_passed, stop_s))
    }
}

/// What reads a series without its times, for messages.
pub fn without_times(series: &str) -> String {
    let series = shorten(series, MAX_SHOWN);
    format!(
        "; input.format = \"hdf5\" with input.dataset = \"{series}/data\" and input.samplerate reads the samples without \
         their times"
    )
}
