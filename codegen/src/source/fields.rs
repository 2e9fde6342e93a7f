//! Lists of fields.

use super::{
    node::{Node, Value},
    section::{At, Section},
    texts::{Said, TextsEntry, texts},
};
use crate::diagnostic::{Mark, Report};

/// One field.
#[derive(Debug)]
pub(crate) struct FieldEntry {
    /// Name, presence and type in one line: `remark optional string(200)`.
    pub(crate) field: At<String>,
    pub(crate) rust: Option<At<String>>,
    pub(crate) texts: TextsEntry,
    pub(crate) unit: Option<At<String>>,
    pub(crate) format: Option<At<String>>,
    pub(crate) pattern: Option<At<String>>,
    /// Where `encrypted: true` stands.
    pub(crate) encrypted: Option<Mark>,
    /// Where `secret: true` stands.
    pub(crate) secret: Option<Mark>,
    pub(crate) required_when: Option<Condition>,
    pub(crate) deprecated: Option<At<String>>,
    pub(crate) computed: Option<At<String>>,
    pub(crate) constant: Option<At<String>>,
    pub(crate) example: Option<Node>,
}

/// `required_when: {SIBLING: VALUE}` or `{SIBLING: [VALUE, ...]}`.
#[derive(Debug)]
pub(crate) struct Condition {
    pub(crate) field: At<String>,
    pub(crate) values: Vec<At<String>>,
}

/// Reads the fields under `key`.
pub(super) fn fields(section: &Section<'_>, key: &str, report: &mut Report<'_>) -> Vec<FieldEntry> {
    section.list(key, report).iter().filter_map(|node| field(section.file, node, report)).collect()
}

fn field(file: &str, node: &Node, report: &mut Report<'_>) -> Option<FieldEntry> {
    let keys = [
        "field",
        "rust",
        "title",
        "doc",
        "unit",
        "format",
        "pattern",
        "encrypted",
        "secret",
        "required_when",
        "deprecated",
        "computed",
        "constant",
        "example",
    ];
    let section = Section::open(file, node, "a field", &keys, report)?;
    let line = section.required_text("field", "write `field: NAME required string(32)`", report);
    let encrypted = section.flag("encrypted", report).then(|| section.key_at("encrypted"));
    let secret = section.flag("secret", report).then(|| section.key_at("secret"));
    Some(FieldEntry {
        rust: section.text("rust", report),
        texts: texts(&section, Said::Anything, report),
        unit: section.text("unit", report),
        format: section.text("format", report),
        pattern: section.text("pattern", report),
        encrypted,
        secret,
        required_when: section.node("required_when").and_then(|node| condition(file, node, report)),
        deprecated: section.text("deprecated", report),
        computed: section.text("computed", report),
        constant: section.text("constant", report),
        example: section.node("example").cloned(),
        field: line?,
    })
}

fn condition(file: &str, node: &Node, report: &mut Report<'_>) -> Option<Condition> {
    let Value::Map(entries) = &node.value else {
        return refuse_condition(file, node, report);
    };
    let [entry] = entries.as_slice() else {
        return refuse_condition(file, node, report);
    };
    let nodes = match &entry.node.value {
        Value::List(nodes) => nodes.as_slice(),
        _ => std::slice::from_ref(&entry.node),
    };
    let mut values = Vec::new();
    for node in nodes {
        let Value::Text(text) = &node.value else {
            return refuse_condition(file, node, report);
        };
        values.push(At { value: text.clone(), at: node.at });
    }
    Some(Condition { field: At { value: entry.key.clone(), at: entry.at }, values })
}

fn refuse_condition(file: &str, node: &Node, report: &mut Report<'_>) -> Option<Condition> {
    let help = "write `required_when: {type: ORGANIZATION}`, or a list of values";
    report.push(
        file,
        node.at,
        "`required_when` names one sibling field and the values of it that count",
        help,
    );
    None
}
