//! Checks a request against its rules, before anything is signed.

use std::{collections::BTreeMap, fmt, sync::Mutex};

use regex_lite::Regex;

use super::{
    Field, Fields, Format, Place, Request, Rule, Shape,
    decimal::is_json_number,
    encode::{AsItIs, json_text},
    rule::JsonText,
};

/// Checks every field of `request`, at every depth. Sensitive fields may be as long as RSA with a 2048-bit key takes.
///
/// # Errors
/// All violations, in field order.
pub fn validate(request: &dyn Request) -> Result<(), Violations> {
    validate_with(request, Some(request.padding().max_plain_bytes()))
}

/// The same, with another limit for sensitive fields.
pub(crate) fn validate_with(
    request: &dyn Request,
    max_encrypted: Option<usize>,
) -> Result<(), Violations> {
    let mut found = Vec::new();
    for field in Fields::of_request(request).as_slice() {
        Checker { found: &mut found, path: field.name.to_owned(), max_encrypted }.field(field);
    }
    if found.is_empty() { Ok(()) } else { Err(Violations(found)) }
}

/// Walks one field; `path` says where it is.
struct Checker<'v> {
    found: &'v mut Vec<Violation>,
    path: String,
    /// The most bytes of a sensitive field.
    max_encrypted: Option<usize>,
}

impl Checker<'_> {
    fn field(&mut self, field: &Field<'_>) {
        if let Shape::Absent = field.value {
            if field.rule.required {
                self.report(missing(field.rule));
            }
            return;
        }
        if let Some(limits) = field.rule.json {
            self.json(field.value, limits);
        }
        self.value(field.value, field.rule, field.place);
    }

    /// The length of the string that JSON travels in.
    fn json(&mut self, value: Shape<'_>, JsonText { min_chars, max_chars }: JsonText) {
        if min_chars.is_none() && max_chars.is_none() {
            return;
        }
        let Ok(text) = json_text(value, &mut AsItIs);
        self.length(&text, min_chars, max_chars);
    }

    fn value(&mut self, value: Shape<'_>, rule: Rule, place: Place) {
        match value {
            Shape::Absent | Shape::Boolean(_) => {}
            Shape::Text(text) => self.text(text, rule, place),
            Shape::Sensitive(text) => {
                self.text(text, rule, place);
                if let Some(limit) = self.max_encrypted.filter(|limit| text.len() > *limit) {
                    self.report(Requirement::EncryptedLength { limit, actual: text.len() });
                }
            }
            Shape::Integer(number) => self.range(number, rule),
            Shape::Number(digits) if is_json_number(digits) => {}
            Shape::Number(_) => self.report(Requirement::Number),
            Shape::List(list) => {
                self.items(list.len(), rule);
                for index in 0..list.len() {
                    let item = Field { place, name: "", value: list.item(index), rule };
                    self.within(&format!("[{index}]"), &item);
                }
            }
            Shape::Json(json) => self.charset(json),
            Shape::Object(object) => {
                for field in Fields::of_object(object).as_slice() {
                    self.within(&format!(".{}", field.name), field);
                }
            }
        }
    }

    fn within(&mut self, step: &str, field: &Field<'_>) {
        let length = self.path.len();
        self.path.push_str(step);
        self.field(field);
        self.path.truncate(length);
    }

    fn text(&mut self, text: &str, rule: Rule, place: Place) {
        if text.is_empty() && (rule.required || place == Place::Path) {
            return self.report(missing(rule));
        }
        self.length(text, rule.min_chars, rule.max_chars);
        self.charset(text);
        if let Some(format) = rule.format.filter(|format| !format.accepts(text)) {
            self.report(Requirement::Format(format));
        }
        if let Some(pattern) = rule.pattern.filter(|pattern| !matches(pattern, text)) {
            self.report(Requirement::Pattern(pattern));
        }
    }

    fn length(&mut self, text: &str, min: Option<u32>, max: Option<u32>) {
        let actual = text.chars().count();
        if let Some(limit) = min.filter(|limit| actual < *limit as usize) {
            self.report(Requirement::MinLength { limit, actual });
        }
        if let Some(limit) = max.filter(|limit| actual > *limit as usize) {
            self.report(Requirement::MaxLength { limit, actual });
        }
    }

    fn charset(&mut self, text: &str) {
        if let Some(character) = text.chars().find(|c| c.len_utf8() > 3) {
            self.report(Requirement::Charset { character });
        }
    }

    fn range(&mut self, actual: i64, rule: Rule) {
        if rule.min.is_some_and(|min| actual < min) || rule.max.is_some_and(|max| actual > max) {
            self.report(Requirement::Range { min: rule.min, max: rule.max, actual });
        }
    }

    fn items(&mut self, actual: usize, rule: Rule) {
        let (min, max) = (rule.min_items, rule.max_items);
        if actual == 0 && rule.required && min.is_none() {
            self.report(missing(rule));
        } else if min.is_some_and(|min| actual < min as usize)
            || max.is_some_and(|max| actual > max as usize)
        {
            self.report(Requirement::ItemCount { min, max, actual });
        }
    }

    fn report(&mut self, requirement: Requirement) {
        self.found.push(Violation { path: self.path.clone(), requirement });
    }
}

const fn missing(rule: Rule) -> Requirement {
    match rule.because {
        Some(condition) => Requirement::RequiredWhen(condition),
        None => Requirement::Required,
    }
}

/// Patterns are few and come from the schema, so each is compiled once and kept.
fn matches(pattern: &'static str, text: &str) -> bool {
    static COMPILED: Mutex<BTreeMap<&'static str, Option<Regex>>> = Mutex::new(BTreeMap::new());
    let mut compiled = COMPILED.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    // The generator refuses a pattern that does not compile; one that slipped through must not refuse valid input.
    compiled
        .entry(pattern)
        .or_insert_with(|| Regex::new(pattern).ok())
        .as_ref()
        .is_none_or(|regex| regex.is_match(text))
}

/// Everything that is wrong with a request. Never empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violations(Vec<Violation>);

impl Violations {
    /// The violations, in field order.
    pub fn iter(&self) -> std::slice::Iter<'_, Violation> {
        self.0.iter()
    }

    /// The violations, in field order.
    #[must_use]
    pub fn as_slice(&self) -> &[Violation] {
        &self.0
    }
}

impl<'a> IntoIterator for &'a Violations {
    type Item = &'a Violation;
    type IntoIter = std::slice::Iter<'a, Violation>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl fmt::Display for Violations {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, violation) in self.0.iter().enumerate() {
            if index > 0 {
                f.write_str("; ")?;
            }
            violation.fmt(f)?;
        }
        Ok(())
    }
}

impl std::error::Error for Violations {}

/// One broken rule: where, which, and by how much. It never holds the value itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    path: String,
    requirement: Requirement,
}

impl Violation {
    /// The field, by wire names from the request downwards: `fapiao_card_information.items[3].goods_name`.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The rule it breaks.
    #[must_use]
    pub fn requirement(&self) -> &Requirement {
        &self.requirement
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.path, self.requirement)
    }
}

/// A rule that a value breaks, with its limit and the value's actual size.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Requirement {
    /// Must be there and not be empty.
    Required,
    /// Must be there and not be empty, because of the condition.
    RequiredWhen(&'static str),
    /// Too few Unicode characters.
    #[expect(missing_docs, reason = "a limit and what was found")]
    MinLength { limit: u32, actual: usize },
    /// Too many Unicode characters.
    #[expect(missing_docs, reason = "a limit and what was found")]
    MaxLength { limit: u32, actual: usize },
    /// A number out of range.
    #[expect(missing_docs, reason = "limits and what was found")]
    Range { min: Option<i64>, max: Option<i64>, actual: i64 },
    /// Too few or too many items.
    #[expect(missing_docs, reason = "limits and what was found")]
    ItemCount { min: Option<u32>, max: Option<u32>, actual: usize },
    /// Not of the standard form.
    Format(Format),
    /// Does not match the regular expression.
    Pattern(&'static str),
    /// Holds a character that takes four bytes in UTF-8, such as an emoji; the platform refuses those.
    #[expect(missing_docs, reason = "the first such character")]
    Charset { character: char },
    /// Not a JSON number.
    Number,
    /// More bytes than can be encrypted: 214, on the overseas gateway 245.
    #[expect(missing_docs, reason = "a limit and what was found")]
    EncryptedLength { limit: usize, actual: usize },
}

impl Requirement {
    /// Short name of the rule, for metrics and tests: `required`, `max_length`, ...
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Required | Self::RequiredWhen(_) => "required",
            Self::MinLength { .. } => "min_length",
            Self::MaxLength { .. } => "max_length",
            Self::Range { .. } => "range",
            Self::ItemCount { .. } => "item_count",
            Self::Format(_) => "format",
            Self::Pattern(_) => "pattern",
            Self::Charset { .. } => "charset",
            Self::Number => "type",
            Self::EncryptedLength { .. } => "encrypted_length",
        }
    }
}

impl fmt::Display for Requirement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Required => f.write_str("is required and must not be empty"),
            Self::RequiredWhen(condition) => write!(f, "is required when {condition}"),
            Self::MinLength { limit, actual } => {
                write!(f, "has {actual} characters, needs at least {limit}")
            }
            Self::MaxLength { limit, actual } => {
                write!(f, "has {actual} characters, may have at most {limit}")
            }
            Self::Range { min, max, actual } => {
                write!(f, "is {actual}, must be ")?;
                write_limits(f, *min, *max)
            }
            Self::ItemCount { min, max, actual } => {
                write!(f, "has {actual} items, must have ")?;
                write_limits(f, *min, *max)
            }
            Self::Format(format) => write!(f, "must be {}", format.describe()),
            Self::Pattern(pattern) => write!(f, "must match {pattern}"),
            Self::Charset { character } => write!(
                f,
                "holds U+{:X}; WeChat Pay refuses characters of four bytes in UTF-8, such as emoji",
                *character as u32
            ),
            Self::Number => f.write_str("must be a JSON number"),
            Self::EncryptedLength { limit, actual } => {
                write!(f, "has {actual} bytes, encryption takes at most {limit}")
            }
        }
    }
}

fn write_limits<T: fmt::Display>(
    f: &mut fmt::Formatter<'_>,
    min: Option<T>,
    max: Option<T>,
) -> fmt::Result {
    match (min, max) {
        (Some(min), Some(max)) => write!(f, "{min} to {max}"),
        (Some(min), None) => write!(f, "at least {min}"),
        (None, Some(max)) => write!(f, "at most {max}"),
        (None, None) => f.write_str("anything"),
    }
}
