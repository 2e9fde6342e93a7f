//! Reads typed values out of verified JSON.
//!
//! Unknown keys are passed over and their order does not matter, so the platform may add to its responses. A value that
//! does not fit says where it stands and what was expected, never what it is.

use std::{borrow::Cow, fmt};

use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, Visitor},
};
use serde_json::value::RawValue;

use super::{AnyJson, Decimal, Secret, Sensitive, decimal::is_json_number};

/// A type that can be read from JSON.
pub trait Decode: Sized {
    /// Reads it.
    ///
    /// # Errors
    /// The place that does not fit the type.
    fn decode(json: Json<'_>) -> Result<Self, Mismatch>;

    /// What stands for a value that is not there; by default there is none.
    ///
    /// # Errors
    /// The value is required.
    fn absent(path: &Path<'_>) -> Result<Self, Mismatch> {
        Err(Mismatch::new(path, "a value"))
    }
}

/// Turns the wire form of an encrypted value into its plain text.
pub(crate) trait Decrypt {
    /// `None` if the value is ciphertext that the key does not open.
    fn decrypt(&self, wire: &str) -> Option<String>;
}

/// Takes every value for plain text.
#[cfg(any(feature = "webhooks", feature = "test-util", test))]
pub(crate) struct Plain;

#[cfg(any(feature = "webhooks", feature = "test-util", test))]
impl Decrypt for Plain {
    fn decrypt(&self, wire: &str) -> Option<String> {
        Some(wire.to_owned())
    }
}

/// Reads `T` from the bytes of a body.
pub(crate) fn decode<T: Decode>(body: &[u8], decrypt: &dyn Decrypt) -> Result<T, Mismatch> {
    let path = Path(Step::Root);
    match serde_json::from_slice::<&RawValue>(body) {
        Ok(raw) => T::decode(Json { raw, path: &path, decrypt }),
        Err(_) => Err(Mismatch::new(&path, "JSON")),
    }
}

/// Where in the document a value stands.
#[derive(Clone, Copy, Debug)]
pub struct Path<'a>(Step<'a>);

#[derive(Clone, Copy, Debug)]
enum Step<'a> {
    Root,
    Key(&'a Path<'a>, &'a str),
    Index(&'a Path<'a>, usize),
}

impl fmt::Display for Path<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Step::Root => Ok(()),
            Step::Key(Path(Step::Root), key) => f.write_str(key),
            Step::Key(parent, key) => write!(f, "{parent}.{key}"),
            Step::Index(parent, index) => write!(f, "{parent}[{index}]"),
        }
    }
}

/// A JSON value that is still text.
#[derive(Clone, Copy)]
pub struct Json<'a> {
    raw: &'a RawValue,
    path: &'a Path<'a>,
    decrypt: &'a dyn Decrypt,
}

impl<'a> Json<'a> {
    /// Opens an object.
    ///
    /// # Errors
    /// The value is no object.
    pub fn object(self) -> Result<JsonObject<'a>, Mismatch> {
        let Entries(entries) = self.parse("an object")?;
        Ok(JsonObject { entries, path: self.path, decrypt: self.decrypt })
    }

    /// The text of a string, such as an enumeration's value.
    ///
    /// # Errors
    /// The value is no string.
    pub fn text(self) -> Result<Cow<'a, str>, Mismatch> {
        self.parse("a string").map(|Text(text)| text)
    }

    /// The digits of a number, such as an integer enumeration's value.
    ///
    /// # Errors
    /// The value is no number.
    pub fn number(self) -> Result<&'a str, Mismatch> {
        let digits = self.raw.get();
        if is_json_number(digits) { Ok(digits) } else { Err(Mismatch::new(self.path, "a number")) }
    }

    fn parse<T: Deserialize<'a>>(self, expected: &'static str) -> Result<T, Mismatch> {
        serde_json::from_str(self.raw.get()).map_err(|_| Mismatch::new(self.path, expected))
    }
}

/// No value: it may be personal.
impl fmt::Debug for Json<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Json({})", self.path)
    }
}

/// A JSON object whose values are still text.
pub struct JsonObject<'a> {
    entries: Vec<(Cow<'a, str>, &'a RawValue)>,
    path: &'a Path<'a>,
    decrypt: &'a dyn Decrypt,
}

impl JsonObject<'_> {
    /// Reads the value of `key`. An `Option` is `None` where the key is missing or null.
    ///
    /// # Errors
    /// The value is required and missing, or does not fit.
    pub fn field<T: Decode>(&self, key: &str) -> Result<T, Mismatch> {
        let path = Path(Step::Key(self.path, key));
        let found = self.entries.iter().find(|(name, raw)| name == key && raw.get() != "null");
        match found {
            Some((_, raw)) => T::decode(Json { raw, path: &path, decrypt: self.decrypt }),
            None => T::absent(&path),
        }
    }

    /// Reads the value of `key`, which travels as JSON in a string. An empty string counts as missing.
    ///
    /// # Errors
    /// The value is required and missing, is no string of JSON, or does not fit.
    pub fn json_field<T: Decode>(&self, key: &str) -> Result<T, Mismatch> {
        let path = Path(Step::Key(self.path, key));
        let found = self.entries.iter().find(|(name, raw)| name == key && raw.get() != "null");
        let Some((_, raw)) = found else { return T::absent(&path) };
        let text = Json { raw, path: &path, decrypt: self.decrypt }.text()?;
        if text.trim().is_empty() {
            return T::absent(&path);
        }
        match serde_json::from_str::<&RawValue>(&text) {
            Ok(raw) if raw.get() == "null" => T::absent(&path),
            Ok(raw) => T::decode(Json { raw, path: &path, decrypt: self.decrypt }),
            Err(_) => Err(Mismatch::new(&path, "JSON in a string")),
        }
    }
}

#[cfg(feature = "webhooks")]
impl JsonObject<'_> {
    /// The keys whose value is not null.
    pub(crate) fn keys(&self) -> impl Iterator<Item = &str> {
        self.entries.iter().filter(|(_, raw)| raw.get() != "null").map(|(name, _)| name.as_ref())
    }
}

impl fmt::Debug for JsonObject<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "JsonObject({})", self.path)
    }
}

/// A value does not fit its type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mismatch {
    path: String,
    expected: &'static str,
}

impl Mismatch {
    fn new(path: &Path<'_>, expected: &'static str) -> Self {
        Self { path: path.to_string(), expected }
    }

    /// Where it stands, by wire names from the body downwards; empty for the body itself.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }
}

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = if self.path.is_empty() { "the body" } else { &self.path };
        write!(f, "{path}: expected {}", self.expected)
    }
}

impl std::error::Error for Mismatch {}

struct Entries<'a>(Vec<(Cow<'a, str>, &'a RawValue)>);

impl<'de: 'a, 'a> Deserialize<'de> for Entries<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct EntriesVisitor;
        impl<'de> Visitor<'de> for EntriesVisitor {
            type Value = Entries<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut entries = Vec::new();
                while let Some(Text(key)) = map.next_key()? {
                    entries.push((key, map.next_value()?));
                }
                Ok(Entries(entries))
            }
        }
        deserializer.deserialize_map(EntriesVisitor)
    }
}

/// A string, borrowed where it holds no escape.
struct Text<'a>(Cow<'a, str>);

impl<'de: 'a, 'a> Deserialize<'de> for Text<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct TextVisitor;
        impl<'de> Visitor<'de> for TextVisitor {
            type Value = Text<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string")
            }

            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
                Ok(Text(Cow::Borrowed(text)))
            }

            fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
                Ok(Text(Cow::Owned(text.to_owned())))
            }
        }
        deserializer.deserialize_str(TextVisitor)
    }
}

impl Decode for String {
    fn decode(json: Json<'_>) -> Result<Self, Mismatch> {
        json.parse("a string")
    }
}

impl Decode for i64 {
    fn decode(json: Json<'_>) -> Result<Self, Mismatch> {
        json.parse("a 64-bit integer")
    }
}

impl Decode for bool {
    fn decode(json: Json<'_>) -> Result<Self, Mismatch> {
        json.parse("true or false")
    }
}

impl Decode for Decimal {
    fn decode(json: Json<'_>) -> Result<Self, Mismatch> {
        json.number()?.parse().map_err(|_| Mismatch::new(json.path, "a number"))
    }
}

impl Decode for AnyJson {
    fn decode(json: Json<'_>) -> Result<Self, Mismatch> {
        Ok(Self::from_raw(json.raw))
    }
}

impl Decode for Secret<String> {
    fn decode(json: Json<'_>) -> Result<Self, Mismatch> {
        json.parse("a string").map(Self::new)
    }
}

impl Decode for Sensitive<String> {
    fn decode(json: Json<'_>) -> Result<Self, Mismatch> {
        let wire = zeroize::Zeroizing::new(json.parse::<String>("a string")?);
        json.decrypt
            .decrypt(&wire)
            .map(Self::new)
            .ok_or_else(|| Mismatch::new(json.path, "ciphertext for the merchant's certificate"))
    }
}

impl<T: Decode> Decode for Option<T> {
    fn decode(json: Json<'_>) -> Result<Self, Mismatch> {
        T::decode(json).map(Some)
    }

    fn absent(_: &Path<'_>) -> Result<Self, Mismatch> {
        Ok(None)
    }
}

impl<T: Decode> Decode for Box<T> {
    fn decode(json: Json<'_>) -> Result<Self, Mismatch> {
        T::decode(json).map(Self::new)
    }
}

impl<T: Decode> Decode for Vec<T> {
    fn decode(json: Json<'_>) -> Result<Self, Mismatch> {
        let items: Vec<&RawValue> = json.parse("a list")?;
        items
            .into_iter()
            .enumerate()
            .map(|(index, raw)| {
                T::decode(Json {
                    raw,
                    path: &Path(Step::Index(json.path, index)),
                    decrypt: json.decrypt,
                })
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, PartialEq)]
    struct Sample {
        days: Option<Vec<String>>,
        raw: Option<AnyJson>,
        inner: Vec<Vec<i64>>,
    }
    impl Decode for Sample {
        fn decode(json: Json<'_>) -> Result<Self, Mismatch> {
            let object = json.object()?;
            Ok(Self {
                days: object.json_field("days")?,
                raw: object.json_field("raw")?,
                inner: object.json_field("inner")?,
            })
        }
    }

    fn read(json: &str) -> Result<Sample, String> {
        decode(json.as_bytes(), &Plain).map_err(|mismatch| mismatch.to_string())
    }

    #[test]
    fn json_in_a_string_is_read_with_the_path_of_what_is_in_it() {
        let json =
            r#"{"days":"[\"1970-01-01\",\"长期\"]","raw":"{\"a\": 1.10}","inner":"[[1],[]]"}"#;
        let sample = read(json).unwrap();
        assert_eq!(sample.days.unwrap(), ["1970-01-01", "长期"]);
        assert_eq!(sample.raw.unwrap().as_str(), "{\"a\": 1.10}");
        assert_eq!(sample.inner, [vec![1], vec![]]);
        // Nothing, null and an empty text say the same.
        for days in ["null", "\"\"", "\" \"", "\"null\""] {
            let sample = read(&format!(r#"{{"days":{days},"inner":"[]"}}"#)).unwrap();
            assert_eq!((sample.days, sample.raw), (None, None), "{days}");
        }
        for (inner, expected) in [
            (r#""[[1],[\"x\"]]""#, "inner[1][0]: expected a 64-bit integer"),
            (r#""[[1]""#, "inner: expected JSON in a string"),
            ("[[1]]", "inner: expected a string"),
            (r#""""#, "inner: expected a value"),
        ] {
            assert_eq!(read(&format!(r#"{{"inner":{inner}}}"#)).unwrap_err(), expected);
        }
    }
}
