//! YAML as a tree of nodes that know where they stand.
//!
//! `serde_yaml` reads the values, but tells no positions; `saphyr-parser` tells where each node starts. Both walk the
//! document in the same order, so the positions are dealt out to the values one after the other.

use std::{collections::BTreeMap, fmt, vec};

use saphyr_parser::{Event, Parser};
use serde::{
    Deserialize, Deserializer,
    de::{EnumAccess, MapAccess, SeqAccess, Visitor},
};

use crate::diagnostic::{Diagnostics, Mark, Report};

/// A YAML value and where it starts.
#[derive(Clone, Debug)]
pub struct Node {
    /// Where it starts.
    pub at: Mark,
    /// The value.
    pub value: Value,
}

/// A YAML value.
#[derive(Clone, Debug)]
pub enum Value {
    /// Nothing.
    Null,
    /// `true` or `false`.
    Boolean(bool),
    /// A whole number.
    Integer(i64),
    /// Another number.
    Float(f64),
    /// Text.
    Text(String),
    /// A list.
    List(Vec<Node>),
    /// Keys in file order, duplicates included.
    Map(Vec<Entry>),
}

/// A key, where it stands, and its value.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The key.
    pub key: String,
    /// Where it starts.
    pub at: Mark,
    /// Its value.
    pub node: Node,
}

impl Node {
    /// What kind of value it is, in words.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self.value {
            Value::Null => "nothing",
            Value::Boolean(_) => "true or false",
            Value::Integer(_) | Value::Float(_) => "a number",
            Value::Text(_) => "text",
            Value::List(_) => "a list",
            Value::Map(_) => "keys with values",
        }
    }
}

/// Parses one file that is no schema, for whoever writes YAML beside it.
///
/// # Errors
/// A mistake in its YAML.
pub fn read(file: &str, text: &str) -> Result<Node, Diagnostics> {
    let sources = BTreeMap::from([(file.to_owned(), text.to_owned())]);
    let mut report = Report::new(&sources);
    parse(file, text, &mut report).ok_or_else(|| report.into_diagnostics())
}

/// Parses one file; a mistake in its YAML is reported.
pub(crate) fn parse(file: &str, text: &str, report: &mut Report<'_>) -> Option<Node> {
    let start = Mark { line: 1, column: 1 };
    let bare: Bare = match serde_yaml::from_str(text) {
        Ok(bare) => bare,
        Err(error) => {
            let at = error
                .location()
                .map_or(start, |l| Mark { line: l.line().max(1), column: l.column().max(1) });
            report.push(
                file,
                at,
                format!("this is not valid YAML: {error}"),
                "mend the indentation or quoting here",
            );
            return None;
        }
    };
    match marks(text) {
        Ok(marks) => {
            let mut marks = marks.into_iter();
            let node = place(bare, &mut marks);
            if node.is_none() || marks.next().is_some() {
                report.push(
                    file,
                    start,
                    "the positions of this file's nodes cannot be told",
                    "write plain block YAML",
                );
                return None;
            }
            node
        }
        Err((at, what)) => {
            report.push(file, at, what, "write plain block YAML");
            None
        }
    }
}

/// Where each node starts, keys included, in document order.
fn marks(text: &str) -> Result<Vec<Mark>, (Mark, String)> {
    let mut marks = Vec::new();
    for event in Parser::new_from_str(text) {
        let (event, span) = event.map_err(|error| {
            (
                Mark { line: error.marker().line().max(1), column: error.marker().col() + 1 },
                error.info().to_owned(),
            )
        })?;
        let at = Mark { line: span.start.line().max(1), column: span.start.col() + 1 };
        match event {
            Event::Scalar(..) | Event::SequenceStart(..) | Event::MappingStart(..) => {
                marks.push(at)
            }
            Event::Alias(_) => {
                return Err((at, "aliases are not part of the schema format".to_owned()));
            }
            _ => {}
        }
    }
    Ok(marks)
}

fn place(bare: Bare, marks: &mut vec::IntoIter<Mark>) -> Option<Node> {
    let at = marks.next()?;
    let value = match bare {
        Bare::Null => Value::Null,
        Bare::Boolean(flag) => Value::Boolean(flag),
        Bare::Integer(number) => Value::Integer(number),
        Bare::Float(number) => Value::Float(number),
        Bare::Text(text) => Value::Text(text),
        Bare::List(items) => Value::List(
            items.into_iter().map(|item| place(item, marks)).collect::<Option<Vec<_>>>()?,
        ),
        Bare::Map(entries) => Value::Map(
            entries
                .into_iter()
                .map(|(key, value)| {
                    Some(Entry { key, at: marks.next()?, node: place(value, marks)? })
                })
                .collect::<Option<Vec<_>>>()?,
        ),
    };
    Some(Node { at, value })
}

/// A YAML value without positions, as serde sees it; unlike `serde_yaml::Value` it keeps duplicate keys.
enum Bare {
    Null,
    Boolean(bool),
    Integer(i64),
    Float(f64),
    Text(String),
    List(Vec<Self>),
    Map(Vec<(String, Self)>),
}

impl<'de> Deserialize<'de> for Bare {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(BareVisitor)
    }
}

struct BareVisitor;

impl<'de> Visitor<'de> for BareVisitor {
    type Value = Bare;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a YAML value")
    }

    fn visit_unit<E>(self) -> Result<Bare, E> {
        Ok(Bare::Null)
    }

    fn visit_bool<E>(self, flag: bool) -> Result<Bare, E> {
        Ok(Bare::Boolean(flag))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Bare, E> {
        Ok(Bare::Integer(number))
    }

    fn visit_u64<E: serde::de::Error>(self, number: u64) -> Result<Bare, E> {
        self.visit_u128(number.into())
    }

    fn visit_u128<E: serde::de::Error>(self, number: u128) -> Result<Bare, E> {
        i64::try_from(number).map(Bare::Integer).map_err(|_| E::custom("this number is too large"))
    }

    fn visit_enum<A: EnumAccess<'de>>(self, _: A) -> Result<Bare, A::Error> {
        Err(serde::de::Error::custom("tags are not part of the schema format"))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Bare, E> {
        Ok(Bare::Float(number))
    }

    fn visit_str<E>(self, text: &str) -> Result<Bare, E> {
        Ok(Bare::Text(text.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Bare, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element()? {
            list.push(item);
        }
        Ok(Bare::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Bare, A::Error> {
        let mut map = Vec::new();
        while let Some(entry) = entries.next_entry()? {
            map.push(entry);
        }
        Ok(Bare::Map(map))
    }
}
