//! Decimal numbers that keep their digits.

use std::{fmt, str::FromStr};

/// A JSON number kept as it is written: `0.10` stays `0.10`, and no digit is lost to binary fractions.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Decimal(String);

impl Decimal {
    /// `unscaled` with `scale` digits behind the point: `Decimal::new(150, 2)` is `1.50`.
    #[must_use]
    pub fn new(unscaled: i64, scale: usize) -> Self {
        let digits = format!("{:0>width$}", unscaled.unsigned_abs(), width = scale + 1);
        let (whole, fraction) = digits.split_at(digits.len() - scale);
        let sign = if unscaled < 0 { "-" } else { "" };
        let point = if scale > 0 { "." } else { "" };
        Self(format!("{sign}{whole}{point}{fraction}"))
    }

    /// The digits, as they stand on the wire.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The nearest binary fraction.
    #[must_use]
    pub fn to_f64(&self) -> f64 {
        // Every text this type holds is a JSON number, and Rust reads all of those.
        self.0.parse().unwrap_or(f64::NAN)
    }
}

/// The text is not a JSON number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct NotANumber;

impl fmt::Display for NotANumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not a JSON number; write digits like 0.10")
    }
}

impl std::error::Error for NotANumber {}

impl FromStr for Decimal {
    type Err = NotANumber;

    fn from_str(text: &str) -> Result<Self, NotANumber> {
        if is_json_number(text) { Ok(Self(text.to_owned())) } else { Err(NotANumber) }
    }
}

impl From<i64> for Decimal {
    fn from(value: i64) -> Self {
        Self(value.to_string())
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Whether `text` is a number by JSON's grammar.
pub(crate) fn is_json_number(text: &str) -> bool {
    text.starts_with(|c: char| c == '-' || c.is_ascii_digit())
        && serde_json::from_str::<&serde_json::value::RawValue>(text)
            .is_ok_and(|raw| raw.get() == text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_built_from_digits_and_scale() {
        let cases = [
            (150, 2, "1.50"),
            (-5, 3, "-0.005"),
            (7, 0, "7"),
            (i64::MIN, 1, "-922337203685477580.8"),
        ];
        for (unscaled, scale, text) in cases {
            assert_eq!(Decimal::new(unscaled, scale).as_str(), text);
            assert_eq!(Decimal::from_str(text), Ok(Decimal::new(unscaled, scale)));
        }
    }

    #[test]
    fn digits_are_kept_and_other_texts_refused() {
        for text in ["0.10", "-1", "12345678901234567890.123456789", "1e-3"] {
            assert_eq!(Decimal::from_str(text).unwrap().to_string(), text);
        }
        for text in ["", "1.", "01", "NaN", "true", "\"1\"", " 1", "1 "] {
            assert_eq!(Decimal::from_str(text), Err(NotANumber), "{text:?}");
        }
    }
}
