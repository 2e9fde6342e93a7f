//! JSON whose form no page tells.

use std::{fmt, str::FromStr};

use serde::{Serialize, de::DeserializeOwned};
use serde_json::value::RawValue;

use super::Decimal;

/// A JSON value of any form, kept as it is written: no digit of a number is lost, no key is moved.
///
/// `null` counts as left out. It is absent from `Debug`: it may be personal.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct AnyJson(String);

impl AnyJson {
    /// The JSON of a value of your own.
    ///
    /// # Errors
    /// The value has no JSON form, such as a map whose keys are no strings.
    pub fn new(value: &impl Serialize) -> Result<Self, NotJson> {
        serde_json::to_string(value).map(Self).map_err(NotJson::new)
    }

    /// A JSON object with these members, in their order.
    pub fn object<'k>(members: impl IntoIterator<Item = (&'k str, Self)>) -> Self {
        let members = members.into_iter().map(|(key, value)| format!("{}:{value}", quoted(key)));
        Self(format!("{{{}}}", members.collect::<Vec<_>>().join(",")))
    }

    /// A JSON list of these items.
    pub fn list(items: impl IntoIterator<Item = Self>) -> Self {
        Self(format!("[{}]", items.into_iter().map(|item| item.0).collect::<Vec<_>>().join(",")))
    }

    /// JSON's `null`.
    #[must_use]
    pub fn null() -> Self {
        Self("null".to_owned())
    }

    /// The JSON.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Reads it into a type of your own.
    ///
    /// # Errors
    /// It does not fit the type.
    pub fn read<T: DeserializeOwned>(&self) -> Result<T, NotJson> {
        serde_json::from_str(&self.0).map_err(NotJson::new)
    }

    pub(crate) fn from_raw(raw: &RawValue) -> Self {
        Self(raw.get().to_owned())
    }
}

impl fmt::Debug for AnyJson {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AnyJson({} bytes)", self.0.len())
    }
}

impl fmt::Display for AnyJson {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for AnyJson {
    type Err = NotJson;

    /// Takes JSON as it is written.
    fn from_str(json: &str) -> Result<Self, NotJson> {
        serde_json::from_str::<&RawValue>(json).map(Self::from_raw).map_err(NotJson::new)
    }
}

impl From<&str> for AnyJson {
    /// A JSON string of this text. JSON that is written already is read with `parse()`.
    fn from(text: &str) -> Self {
        Self(quoted(text))
    }
}

impl From<String> for AnyJson {
    /// A JSON string of this text. JSON that is written already is read with `parse()`.
    fn from(text: String) -> Self {
        Self(quoted(&text))
    }
}

impl From<i64> for AnyJson {
    fn from(number: i64) -> Self {
        Self(number.to_string())
    }
}

impl From<Decimal> for AnyJson {
    fn from(number: Decimal) -> Self {
        Self(number.to_string())
    }
}

impl From<bool> for AnyJson {
    fn from(flag: bool) -> Self {
        Self(flag.to_string())
    }
}

fn quoted(text: &str) -> String {
    // A string always has a JSON form.
    serde_json::to_string(text).unwrap_or_default()
}

/// A text is no JSON, a value has no JSON form, or JSON does not fit a type. It says where, never what stands there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotJson {
    line: usize,
    column: usize,
}

impl NotJson {
    #[expect(clippy::needless_pass_by_value, reason = "the shape map_err wants")]
    fn new(error: serde_json::Error) -> Self {
        Self { line: error.line(), column: error.column() }
    }
}

impl fmt::Display for NotJson {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            0 => f.write_str("the value has no JSON form, or does not fit the type"),
            line => write!(f, "no such JSON at line {line}, column {}", self.column),
        }
    }
}

impl std::error::Error for NotJson {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_is_kept_as_it_is_written() {
        for json in ["{\"b\": 1.10, \"a\":[]}", "null", "\"\\u4e2d\"", "12345678901234567890123"] {
            assert_eq!(json.parse::<AnyJson>().unwrap().as_str(), json);
        }
        for text in ["", "{", "a", "{} {}", "'a'"] {
            assert!(text.parse::<AnyJson>().is_err(), "{text:?}");
        }
    }

    #[test]
    fn json_is_made_from_its_parts_and_read_into_others() {
        let made = AnyJson::object([
            ("a\"b", AnyJson::list([1.into(), true.into(), AnyJson::null()])),
            ("text", "中\n".into()),
            ("rate", Decimal::new(150, 2).into()),
        ]);
        let json = r#"{"a\"b":[1,true,null],"text":"中\n","rate":1.50}"#;
        assert_eq!(made.as_str(), json);
        let value: serde_json::Value = made.read().unwrap();
        assert_eq!(AnyJson::new(&value).unwrap().read::<serde_json::Value>(), Ok(value));
        assert_eq!(made.read::<i64>().unwrap_err().to_string(), "no such JSON at line 1, column 0");
        assert!(!format!("{made:?}").contains("text"));
    }
}
