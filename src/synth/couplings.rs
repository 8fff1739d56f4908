//! Which channel drives which, and whether a network of second-order processes is stationary.

use ndarray::Array2;

use super::flags::refuse;
use crate::error::Result;

/// Couplings at most: what is far stronger than the channels themselves overflows single precision where they drive each other in
/// a row.
const STRONGEST: f64 = 100.0;
/// Coupled channels at most: the pole of 2 n × 2 n numbers takes seconds then.
const MAX_COUPLED: usize = 128;
/// Matrices are squared this often: a polynomial in 2⁴⁰ has no 2⁴⁰-th root but 1.
const SQUARINGS: i32 = 40;
/// What is left of the state before a trial: below single precision's rounding.
const FORGOTTEN: f64 = 1e-9;

/// One channel that drives another, a sample later.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Coupling {
    /// The channel that drives, from 0.
    pub from: usize,
    /// The channel that is driven.
    pub to: usize,
    /// What of a sample is added to the next one of the other.
    pub strength: f64,
}

/// The couplings of `--AdjMat`, whose entry (i, j) is the strength from channel i to j; rows end with a semicolon.
///
/// # Errors
/// Not as many rows and columns as channels, entries that are no numbers.
pub fn parse(text: &str, n_channels: usize) -> Result<Vec<Coupling>> {
    let rows: Vec<&str> = text.trim_end_matches(';').split(';').collect();
    if rows.len() != n_channels {
        return refuse(format!(
            "--AdjMat: {} rows, expected {n_channels}, one for each channel",
            rows.len()
        ));
    }
    let mut couplings = Vec::new();
    for (from, row) in rows.iter().enumerate() {
        let entries: Vec<&str> = row.split(',').map(str::trim).collect();
        if entries.len() != n_channels {
            return refuse(format!(
                "--AdjMat: row {} has {} entries, expected {n_channels}, one for each channel",
                from + 1,
                entries.len()
            ));
        }
        for (to, entry) in entries.iter().enumerate() {
            match entry.parse::<f64>() {
                Ok(strength) if strength.abs() <= STRONGEST => {
                    couplings.push(Coupling { from, to, strength })
                }
                _ => {
                    return refuse(format!(
                        "--AdjMat: {:?} in row {}: expected a number of at most {STRONGEST:e}, as 0.25",
                        crate::phrase::shorten(entry, 20),
                        from + 1
                    ));
                }
            }
        }
    }
    couplings.retain(|coupling| coupling.strength != 0.0);
    Ok(couplings)
}

/// The channels that drive others or are driven, in order.
pub fn coupled(couplings: &[Coupling]) -> Vec<usize> {
    let mut channels: Vec<usize> = couplings.iter().flat_map(|c| [c.from, c.to]).collect();
    channels.sort_unstable();
    channels.dedup();
    channels
}

/// How the state of a network decays.
#[derive(Clone, Copy, Debug)]
pub struct Decay {
    /// The largest modulus of a pole: stationary below 1.
    pub largest_pole: f64,
    /// Samples after which it does not matter how the network began; without end from 1 on.
    pub burn_in: usize,
}

/// The decay of `x(t) = (α₁ + Aᵀ) x(t−1) + α₂ x(t−2) + ε`.
///
/// The powers of the companion matrix B: its largest eigenvalue by Gelfand's formula, `‖Bᵏ‖^(1/k)`, k a power of two. Where
/// many channels drive each other in a row, powers grow before they fall, however small the eigenvalues are.
/// Source: Lütkepohl (2005), New Introduction to Multiple Time Series Analysis, section 2.1.
///
/// # Errors
/// More coupled channels than can be looked at.
pub fn decay([alpha1, alpha2]: [f64; 2], couplings: &[Coupling]) -> Result<Decay> {
    let channels = coupled(couplings);
    if channels.len() > MAX_COUPLED {
        return refuse(format!(
            "--AdjMat: {} coupled channels, expected at most {MAX_COUPLED}",
            channels.len()
        ));
    }
    // a channel without couplings has the poles of a single one
    let n = channels.len() + 1;
    let place = |channel| 1 + channels.binary_search(&channel).expect("it is coupled");
    let mut power = Array2::<f64>::zeros((2 * n, 2 * n));
    for c in 0..n {
        power[(c, c)] = alpha1;
        power[(c, n + c)] = alpha2;
        power[(n + c, c)] = 1.0;
    }
    for coupling in couplings {
        power[(place(coupling.to), place(coupling.from))] += coupling.strength;
    }
    let mut burn_in = None;
    let mut log = 0.0;
    for exponent in 0..SQUARINGS {
        let k = f64::powi(2.0, exponent);
        // any norm will do; this one is finite where the numbers are
        let norm = power.iter().fold(0.0_f64, |most, x| most.max(x.abs()));
        log += norm.ln() / k;
        if log * k < FORGOTTEN.ln() {
            burn_in = burn_in.or(Some(1 << exponent));
        }
        if norm == 0.0 {
            break;
        }
        power /= norm;
        power = power.dot(&power);
    }
    Ok(Decay {
        largest_pole: log.exp(),
        burn_in: burn_in.unwrap_or(usize::MAX),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What 40 squarings and roundings leave.
    const ROUNDING: f64 = 1e-9;

    fn pole(alphas: [f64; 2], couplings: &[Coupling]) -> f64 {
        decay(alphas, couplings).unwrap().largest_pole
    }

    #[test]
    fn complex_poles_have_the_modulus_of_the_root_of_alpha_2() {
        assert!((pole([0.55, -0.8], &[]) - 0.8_f64.sqrt()).abs() < ROUNDING);
        assert!((pole([0.0, -1.21], &[]) - 1.1).abs() < ROUNDING);
    }

    #[test]
    fn the_pole_of_the_first_order_is_alpha() {
        for alpha in [0.0, 0.3, 0.99, 1.0] {
            assert!(
                (pole([alpha, 0.0], &[]) - alpha).abs() < ROUNDING,
                "{alpha}"
            );
        }
    }

    #[test]
    fn one_direction_moves_no_pole_and_a_loop_does() {
        let there = Coupling {
            from: 5,
            to: 2,
            strength: 0.3,
        };
        let back = Coupling {
            from: 2,
            to: 5,
            strength: 0.3,
        };
        assert!((pole([0.5, 0.0], &[there]) - 0.5).abs() < ROUNDING);
        assert!((pole([0.5, 0.0], &[there, back]) - 0.8).abs() < ROUNDING);
    }

    #[test]
    fn a_long_row_of_channels_takes_longer_to_forget_than_one() {
        let burn_in = |couplings: &[Coupling]| decay([0.9, 0.0], couplings).unwrap().burn_in;
        // 0.9^197 is below 1e-9
        assert_eq!(burn_in(&[]), 256);
        let row: Vec<Coupling> = (0..9)
            .map(|from| Coupling {
                from,
                to: from + 1,
                strength: 1.0,
            })
            .collect();
        assert_eq!(burn_in(&row), 1024);
    }

    #[test]
    fn a_network_without_memory_has_no_poles() {
        let decay = decay([0.0, 0.0], &[]).unwrap();
        assert_eq!((decay.largest_pole, decay.burn_in), (0.0, 2));
    }

    #[test]
    fn an_adjacency_matrix_names_the_drivers_in_its_rows() {
        let expected = [Coupling {
            from: 1,
            to: 0,
            strength: 0.25,
        }];
        assert_eq!(parse("0,0;0.25,0", 2).unwrap(), expected);
        assert_eq!(parse(" 0, 0; 0.25, 0;", 2).unwrap(), expected);
        for wrong in [
            "0,0",
            "0,0;0",
            "0,0;x,0",
            "0,0;inf,0",
            "",
            "0,0;0,0;0,0",
            "0,0;,",
        ] {
            assert!(parse(wrong, 2).is_err(), "{wrong}");
        }
    }
}
