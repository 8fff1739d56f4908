//! Tapers: what a trial is multiplied with before the Fourier transform.
//!
//! Either one window chosen by name (`Window`), or several Slepian tapers that share a bandwidth (`dpss`). All are float64,
//! symmetric about their centre, and have the same bits on every machine: transcendental functions come from `libm`.

mod chebyshev;
mod dpss;
mod kaiser;
mod prolate;
mod window_error;
mod window_formulas;
mod window_parameters;
mod windows;

pub use dpss::{dpss, dpss_halves, unfolded};
pub use prolate::Parity;
pub use window_error::WindowError;
pub use window_parameters::{Legal, NAMES, Parameter, Value, parameters};
pub use windows::Window;
