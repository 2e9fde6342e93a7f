//! What is wrong with a value, by the model of the schema alone: no line of the client is asked.

use wechatpay_client::wire::{self, Requirement};
use wechatpay_codegen::model::{Enumeration, Field, Format, Place, Presence, Product, Span, Type};

use super::tree::{Items, Node, Nodes, Snapshot, Step, Tree};

/// A broken rule: the path of the value, and what it should be.
pub(super) type Broken = (String, Requirement);

/// What a field must obey, where it stands.
#[derive(Clone)]
pub(super) struct Demand<'m> {
    pub(super) product: &'m Product,
    pub(super) field: &'m Field,
    /// What is broken if the field is missing; `None` if it may be.
    pub(super) missing: Option<Requirement>,
    /// The most bytes that can be encrypted.
    pub(super) max_encrypted: usize,
}

/// A text that holds a field as JSON, and has limits of its own.
#[derive(Clone)]
pub(super) struct Enclosing<'m> {
    pub(super) path: String,
    /// How many of the steps to the field lead to it.
    pub(super) steps: usize,
    /// The type of what is in it.
    pub(super) ty: &'m Type,
    pub(super) length: Span,
}

impl Enclosing<'_> {
    /// What the text breaks in this request; `steps` lead to the field within.
    pub(super) fn broken_by(
        &self,
        product: &Product,
        request: &mut Snapshot,
        steps: &[Step],
    ) -> Vec<Broken> {
        let mut found = Vec::new();
        let text = json(product, self.ty, request.at(&steps[..self.steps]));
        lengths(&text, self.length, &mut |requirement| {
            found.push((self.path.clone(), requirement));
        });
        found
    }
}

impl Demand<'_> {
    /// All rules that `value` breaks, in no order.
    pub(super) fn broken_by(&self, path: &str, value: &Tree) -> Vec<Broken> {
        let mut found = Vec::new();
        self.value(&self.field.ty, path, value, &mut |path, requirement| {
            found.push((path.to_owned(), requirement));
        });
        found
    }

    /// Whether a text of the field, or of its items, breaks no rule.
    pub(super) fn text_is_fine(&self, text: &Tree) -> bool {
        let mut fine = true;
        self.value(self.field.ty.leaf(), "", text, &mut |_, _| fine = false);
        fine
    }

    /// The rules there are, by name as [`label`] has them.
    pub(super) fn rules(&self) -> Vec<&'static str> {
        let mut rules = Vec::from_iter(self.missing.as_ref().map(label));
        let mut ty = &self.field.ty;
        if let Type::Json { value, length } = ty {
            // No JSON is shorter than one character.
            let min = length.min.filter(|min| *min > 1);
            rules.extend(bounds(Span { min, ..*length }, "min_length", "max_length"));
            ty = value;
        }
        if let Type::List { item, count } = ty {
            rules.extend(bounds(*count, "min_items", "max_items"));
            ty = item;
        }
        match ty {
            Type::Text { length, format, pattern, encrypted, .. } => {
                // Of a field that must not be empty, an empty text breaks that rule and no other.
                let least = length.min.filter(|min| *min > 1 || self.missing.is_none());
                rules.extend(bounds(Span { min: least, ..*length }, "min_length", "max_length"));
                rules.extend(format.map(|_| "format"));
                rules.extend(pattern.as_ref().map(|_| "pattern"));
                rules.push("charset");
                rules.extend(encrypted.then_some("encrypted_length"));
            }
            Type::Integer(range) => rules.extend(bounds(*range, "min", "max")),
            Type::Decimal => rules.push("type"),
            Type::Enum(id) if self.product.enumeration(*id).integer => rules.push("type"),
            Type::Enum(_) | Type::Any => rules.push("charset"),
            Type::Boolean | Type::Object(_) | Type::List { .. } | Type::Json { .. } => {}
        }
        rules
    }

    fn value(
        &self,
        ty: &Type,
        path: &str,
        value: &Tree,
        report: &mut dyn FnMut(&str, Requirement),
    ) {
        match (ty, value) {
            (_, Tree::Absent) => {
                if let Some(missing) = self.missing.clone() {
                    report(path, missing);
                }
            }
            (Type::Json { value: ty, length }, value) => {
                let text = json(self.product, ty, value);
                lengths(&text, *length, &mut |requirement| report(path, requirement));
                self.value(ty, path, value, report);
            }
            (_, Tree::Json(text)) => charset(text, &mut |requirement| report(path, requirement)),
            (Type::List { item, count }, Tree::List(items)) => {
                let actual = items.0.len();
                if actual == 0 && self.missing.is_some() && count.min.is_none() {
                    report(path, self.missing.clone().unwrap());
                } else if !count.contains(i64::try_from(actual).unwrap()) {
                    let (min, max) = (count.min.map(narrow), count.max.map(narrow));
                    report(path, Requirement::ItemCount { min, max, actual });
                }
                for (index, value) in items.0.iter().enumerate() {
                    self.value(item, &format!("{path}[{index}]"), value, report);
                }
            }
            (Type::Integer(range), Tree::Integer(actual)) if !range.contains(*actual) => {
                let Span { min, max } = *range;
                report(path, Requirement::Range { min, max, actual: *actual });
            }
            (_, Tree::Number(digits)) if digits.parse::<f64>().is_err() => {
                report(path, Requirement::Number);
            }
            (ty, Tree::Text(text) | Tree::Sensitive(text)) => {
                self.text(ty, text, &mut |requirement| report(path, requirement));
            }
            _ => {}
        }
    }

    fn text(&self, ty: &Type, text: &str, report: &mut dyn FnMut(Requirement)) {
        if text.is_empty()
            && let Some(missing) = self.missing.clone()
        {
            return report(missing);
        }
        charset(text, report);
        let Type::Text { length, format, pattern, encrypted, .. } = ty else { return };
        lengths(text, *length, report);
        if let Some(format) = format.filter(|format| !format.accepts(text)) {
            report(Requirement::Format(spoken(format)));
        }
        if let Some(pattern) = pattern.as_ref().filter(|pattern| !matches(pattern, text)) {
            report(Requirement::Pattern(kept(pattern)));
        }
        if *encrypted && text.len() > self.max_encrypted {
            let (limit, actual) = (self.max_encrypted, text.len());
            report(Requirement::EncryptedLength { limit, actual });
        }
    }
}

/// What is broken if the field is missing, where its siblings have these values.
pub(super) fn missing(
    field: &Field,
    siblings: &[Field],
    value_of: impl Fn(&Field) -> Option<String>,
) -> Option<Requirement> {
    match &field.presence {
        _ if field.place == Place::Path => Some(Requirement::Required),
        Presence::Required => Some(Requirement::Required),
        Presence::RequiredWhen { field: name, values } => {
            let given = value_of(field.sibling(siblings, name)?)?;
            let because = format!("{name} is {}", values.join(" or "));
            values.contains(&given).then(|| Requirement::RequiredWhen(kept(&because)))
        }
        Presence::Expected | Presence::Optional => None,
    }
}

/// The rule's name; of a range, the end that is passed.
pub(super) fn label(requirement: &Requirement) -> &'static str {
    match requirement {
        Requirement::Required => "required",
        Requirement::RequiredWhen(_) => "required_when",
        Requirement::Range { min: Some(min), actual, .. } if actual < min => "min",
        Requirement::Range { .. } => "max",
        Requirement::ItemCount { min: Some(min), actual, .. } if *actual < *min as usize => {
            "min_items"
        }
        Requirement::ItemCount { .. } => "max_items",
        other => other.name(),
    }
}

/// An enumeration's first value, as it stands on the wire.
pub(super) fn first_value(enumeration: &Enumeration) -> String {
    enumeration.values.first().map_or_else(String::new, |value| value.name.wire.clone())
}

fn bounds(span: Span, min: &'static str, max: &'static str) -> impl Iterator<Item = &'static str> {
    let least = span.min.filter(|least| *least != 0);
    least.map(|_| min).into_iter().chain(span.max.map(|_| max))
}

fn lengths(text: &str, length: Span, report: &mut dyn FnMut(Requirement)) {
    let actual = text.chars().count();
    let chars = i64::try_from(actual).unwrap();
    if let Some(limit) = length.min.filter(|min| chars < *min).map(narrow) {
        report(Requirement::MinLength { limit, actual });
    }
    if let Some(limit) = length.max.filter(|max| chars > *max).map(narrow) {
        report(Requirement::MaxLength { limit, actual });
    }
}

fn charset(text: &str, report: &mut dyn FnMut(Requirement)) {
    if let Some(character) = text.chars().find(|character| *character > '\u{FFFF}') {
        report(Requirement::Charset { character });
    }
}

fn narrow(limit: i64) -> u32 {
    u32::try_from(limit).unwrap()
}

/// The JSON of a value, before anything is encrypted.
fn json(product: &Product, ty: &Type, value: &Tree) -> String {
    match (ty, value) {
        (Type::Json { value: ty, .. }, value) => quoted(&json(product, ty, value)),
        (Type::List { item, .. }, Tree::List(Items(items))) => {
            let items: Vec<_> = items.iter().map(|value| json(product, item, value)).collect();
            format!("[{}]", items.join(","))
        }
        (Type::Object(id), Tree::Object(Nodes(nodes))) => {
            let fields = &product.object(*id).fields;
            let member = |node: &Node| {
                let field = fields.iter().find(|field| field.name.wire == node.name).unwrap();
                format!("{}:{}", quoted(node.name), json(product, &field.ty, &node.value))
            };
            let given = nodes.iter().filter(|node| !node.value.is_absent());
            format!("{{{}}}", given.map(member).collect::<Vec<_>>().join(","))
        }
        (_, Tree::Json(json)) => json.clone(),
        (_, Tree::Integer(number)) => number.to_string(),
        (_, Tree::Number(digits)) if digits.parse::<f64>().is_ok() => digits.clone(),
        (_, Tree::Boolean(flag)) => flag.to_string(),
        (_, Tree::Text(text) | Tree::Sensitive(text) | Tree::Number(text)) => quoted(text),
        (ty, value) => panic!("{value:?} is no {ty:?}"),
    }
}

fn quoted(text: &str) -> String {
    serde_json::to_string(text).unwrap()
}

fn spoken(format: Format) -> wire::Format {
    match format {
        Format::DateTime => wire::Format::DateTime,
        Format::Date => wire::Format::Date,
        Format::CompactDate => wire::Format::CompactDate,
        Format::Url => wire::Format::Url,
        Format::NotifyUrl => wire::Format::NotifyUrl,
        Format::Base64 => wire::Format::Base64,
    }
}

fn matches(pattern: &str, text: &str) -> bool {
    super::kept::regex(pattern).is_match(text)
}

fn kept(text: &str) -> &'static str {
    super::kept::text(text)
}
