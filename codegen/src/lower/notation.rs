//! The one-line notation of a field: `NAME required string(32)`, as the official pages print it.

use super::names::Refusal;
use crate::model::Span;

/// A field's line, taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Line {
    pub(crate) name: String,
    pub(crate) presence: Word,
    pub(crate) ty: Notation,
}

/// The word for a field's presence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Word {
    Required,
    Expected,
    Optional,
}

/// A type as written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Notation {
    Text(Span),
    Integer(Span),
    Decimal,
    Boolean,
    Named(String),
    List(Box<Self>, Span),
    Json(Box<Self>, Span),
    Any,
}

const HELP: &str = "write NAME, then `required` or `optional` (`expected` in a response), then a type: string(32), \
                    integer, integer(1..100), decimal, boolean, any, TypeName, array[TypeName], \
                    array(50)[string(32)], json[TYPE]";

/// Takes a line apart.
pub(crate) fn line(text: &str) -> Result<Line, Refusal> {
    let mut words = text.split_whitespace();
    let (Some(name), Some(presence), Some(ty), None) =
        (words.next(), words.next(), words.next(), words.next())
    else {
        return Err((format!("`{text}` is not a name, a presence and a type"), HELP.to_owned()));
    };
    let presence = match presence {
        "required" => Word::Required,
        "expected" => Word::Expected,
        "optional" => Word::Optional,
        "必填" => return Err(instead("必填", "required")),
        "选填" => return Err(instead("选填", "optional")),
        other => {
            return Err((
                format!("`{other}` is neither `required` nor `optional` nor `expected`"),
                HELP.to_owned(),
            ));
        }
    };
    Ok(Line { name: name.to_owned(), presence, ty: notation(ty)? })
}

fn instead(found: &str, wanted: &str) -> Refusal {
    (format!("presence is said in English: found `{found}`"), format!("write `{wanted}`"))
}

fn notation(text: &str) -> Result<Notation, Refusal> {
    let (word, rest) = text.split_at(text.find(['(', '[']).unwrap_or(text.len()));
    let (span, rest) = limits(text, rest)?;
    let no_limits = span == Span::default();
    match (word, rest) {
        ("string", "") => Ok(Notation::Text(not_negative(text, span)?)),
        ("integer", "") => Ok(Notation::Integer(span)),
        ("decimal", "") if no_limits => Ok(Notation::Decimal),
        ("boolean", "") if no_limits => Ok(Notation::Boolean),
        ("any", "") if no_limits => Ok(Notation::Any),
        ("array", rest) => match inner(text, rest)? {
            Notation::List(..) => Err((
                format!("`{text}` is an array of arrays"),
                "give the inner array a named object".to_owned(),
            )),
            Notation::Json(..) => Err((
                format!("`{text}` is an array of JSON texts"),
                "write `json[array[TYPE]]` if the whole array is one text".to_owned(),
            )),
            item => Ok(Notation::List(Box::new(item), not_negative(text, span)?)),
        },
        ("json", rest) => match inner(text, rest)? {
            Notation::Json(..) => Err((
                format!("`{text}` is JSON in JSON"),
                "write one `json[TYPE]`; a field of TYPE may be another".to_owned(),
            )),
            value => Ok(Notation::Json(Box::new(value), not_negative(text, span)?)),
        },
        ("int" | "int32" | "int64" | "uint64" | "long" | "number", _) => Err((
            format!("`{word}` is not a type of the schema"),
            "write `integer` for whole numbers, `decimal` for numbers with a fraction".to_owned(),
        )),
        ("bool", _) => {
            Err(("`bool` is not a type of the schema".to_owned(), "write `boolean`".to_owned()))
        }
        ("object", _) => Err((
            "`object` says nothing".to_owned(),
            "name the object and define it under `types`".to_owned(),
        )),
        (name, "") if no_limits && name.starts_with(|c: char| c.is_ascii_uppercase()) => {
            Ok(Notation::Named(name.to_owned()))
        }
        _ => Err((format!("`{text}` is not a type of the schema"), HELP.to_owned())),
    }
}

/// The type in brackets.
fn inner(text: &str, rest: &str) -> Result<Notation, Refusal> {
    let inner = rest.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    notation(inner.ok_or_else(|| {
        (
            format!("`{text}` does not say what it is of"),
            "write `array[TYPE]` or `json[TYPE]`".to_owned(),
        )
    })?)
}

/// Reads `(32)`, `(6..32)`, `(6..)` or `(..32)` at the start of `rest`; gives it and what follows.
fn limits<'t>(text: &str, rest: &'t str) -> Result<(Span, &'t str), Refusal> {
    let Some(inner) = rest.strip_prefix('(') else { return Ok((Span::default(), rest)) };
    let wrong = || {
        (
            format!("the limits of `{text}` cannot be read"),
            "write (32), (6..32), (6..) or (..32)".to_owned(),
        )
    };
    let (inner, rest) = inner.split_once(')').ok_or_else(wrong)?;
    let bound = |digits: &str| match digits {
        "" => Ok(None),
        digits => digits.parse::<i64>().map(Some).map_err(|_| wrong()),
    };
    let span = match inner.split_once("..") {
        Some((min, max)) => Span { min: bound(min)?, max: bound(max)? },
        None => Span { min: None, max: bound(inner)? },
    };
    match span {
        Span { min: None, max: None } => Err(wrong()),
        Span { min: Some(min), max: Some(max) } if min > max => Err((
            format!("`{text}` allows nothing: {min} is above {max}"),
            "swap the limits".to_owned(),
        )),
        span => Ok((span, rest)),
    }
}

fn not_negative(text: &str, span: Span) -> Result<Span, Refusal> {
    let bad =
        |bound: Option<i64>| bound.is_some_and(|bound| bound < 0 || bound > i64::from(u32::MAX));
    if bad(span.min) || bad(span.max) || span.max == Some(0) {
        return Err((
            format!("`{text}` has an impossible size"),
            "sizes go from 1 to 4294967295".to_owned(),
        ));
    }
    Ok(span)
}

impl Notation {
    /// The notation again, in its canonical form.
    pub(crate) fn text(&self) -> String {
        match self {
            Self::Text(span) => format!("string{}", span_text(*span)),
            Self::Integer(span) => format!("integer{}", span_text(*span)),
            Self::Decimal => "decimal".to_owned(),
            Self::Boolean => "boolean".to_owned(),
            Self::Named(name) => name.clone(),
            Self::List(item, span) => format!("array{}[{}]", span_text(*span), item.text()),
            Self::Json(value, span) => format!("json{}[{}]", span_text(*span), value.text()),
            Self::Any => "any".to_owned(),
        }
    }
}

pub(crate) fn span_text(span: Span) -> String {
    match (span.min, span.max) {
        (None, None) => String::new(),
        (None, Some(max)) => format!("({max})"),
        (Some(min), None) => format!("({min}..)"),
        (Some(min), Some(max)) => format!("({min}..{max})"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_it_writes() {
        for ty in [
            "string",
            "string(32)",
            "string(6..32)",
            "integer",
            "integer(-1..100)",
            "integer(1..)",
            "decimal",
            "boolean",
            "FapiaoItem",
            "array[FapiaoItem]",
            "array(1..50)[string(32)]",
            "json[array[string]]",
            "json(1..1024)[array(1..2)[Photo]]",
            "json[any]",
            "any",
            "array[any]",
        ] {
            assert_eq!(notation(ty).map(|notation| notation.text()), Ok(ty.to_owned()));
        }
    }

    #[test]
    fn refuses_everything_else() {
        for ty in [
            "",
            "int64",
            "number",
            "bool",
            "object",
            "string()",
            "string(a)",
            "string(9..1)",
            "string(-1)",
            "string(0)",
            "string(3",
            "array",
            "array[array[string]]",
            "array[string",
            "json",
            "json[json[any]]",
            "array[json[any]]",
            "any(3)",
            "fapiao",
            "decimal(3)",
            "string(3)x",
        ] {
            assert!(notation(ty).is_err(), "{ty}");
        }
        for text in [
            "name",
            "name required",
            "name required string extra",
            "name 必填 string",
            "name maybe string",
        ] {
            assert!(line(text).is_err(), "{text}");
        }
    }
}
