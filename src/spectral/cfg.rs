//! Values as Syncopy's `cfg` holds them, where an integer may not be written 3.0.

use serde_json::{Value as Json, json};

use super::tapers::Value;

/// A number.
pub fn plain(number: f64) -> Json {
    // 2^53: above it a float no longer holds every whole number
    if number.fract() == 0.0 && number.abs() <= 9_007_199_254_740_992.0 {
        json!(number as i64)
    } else {
        json!(number)
    }
}

/// A list of them.
pub fn plain_list(numbers: &[f64]) -> Json {
    numbers.iter().copied().map(plain).collect()
}

/// A parameter of a window.
pub fn option(value: &Value) -> Json {
    match value {
        Value::Number(number) => plain(*number),
        Value::Flag(flag) => json!(flag),
        Value::List(list) => plain_list(list),
    }
}
