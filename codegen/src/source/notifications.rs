//! The files of notifications.

use super::{
    document::{At, PartDocument, ResourceDocument, named_type, pages},
    node::Node,
    section::Section,
    texts::{Said, TextsEntry, texts},
};
use crate::diagnostic::{Mark, Report};

/// `notifications/AREA.yaml`. Area and types are read as a resource, so that they are lowered and emitted like one.
#[derive(Debug)]
pub(crate) struct AreaDocument {
    pub(crate) area: ResourceDocument,
    pub(crate) events: Vec<EventEntry>,
}

/// One event type.
#[derive(Debug)]
pub(crate) struct EventEntry {
    pub(crate) event: At<String>,
    pub(crate) aliases: Vec<At<String>>,
    pub(crate) texts: TextsEntry,
    pub(crate) pages: Vec<At<String>>,
    pub(crate) original_types: Vec<At<String>>,
    pub(crate) payloads: Vec<PayloadEntry>,
}

/// One of the things that an event can carry.
#[derive(Debug)]
pub(crate) struct PayloadEntry {
    pub(crate) payload: At<String>,
    pub(crate) has: Vec<At<String>>,
    pub(crate) object: At<String>,
}

/// Reads the file of an area.
pub(super) fn area(file: &str, root: &Node, report: &mut Report<'_>) -> Option<AreaDocument> {
    let keys = ["area", "title", "doc", "events", "types"];
    let section = Section::open(file, root, "an area", &keys, report)?;
    let area = section.required_text("area", "write `area: NAME`, as the file is called", report);
    let texts = texts(&section, Said::Something, report);
    let events = section.list("events", report);
    if events.is_empty() {
        let help = "list them under `events`, or delete the file";
        report.push(file, section.at, "the area has no events", help);
    }
    let events = events.iter().filter_map(|node| event(file, node, report)).collect();
    let types = section.list("types", report);
    let types = types.iter().filter_map(|node| named_type(file, node, report)).collect();
    let part = PartDocument { file: file.to_owned(), texts, operations: Vec::new(), types };
    Some(AreaDocument { area: ResourceDocument { resource: area?, part }, events })
}

fn event(file: &str, node: &Node, report: &mut Report<'_>) -> Option<EventEntry> {
    let keys = [
        "event",
        "aliases",
        "title",
        "doc",
        "page",
        "original_type",
        "payload",
        "object",
        "payloads",
    ];
    let section = Section::open(file, node, "an event", &keys, report)?;
    let event = section.required_text("event", "write `event: REFUND.SUCCESS`, say", report);
    let aliases = section.texts("aliases", report);
    let texts = texts(&section, Said::Something, report);
    let pages = pages(&section, report);
    let original_types = section.texts("original_type", report);
    let payloads = payloads(&section, report);
    Some(EventEntry { event: event?, aliases, texts, pages, original_types, payloads })
}

/// One payload is written into the event itself, several into a list.
fn payloads(section: &Section<'_>, report: &mut Report<'_>) -> Vec<PayloadEntry> {
    if section.node("payloads").is_none() {
        return payload(section, report).into_iter().collect();
    }
    for key in ["payload", "object"] {
        if section.node(key).is_some() {
            report.push(
                section.file,
                section.key_at(key),
                format!("an event with `payloads` has no `{key}` of its own"),
                "move it into the list",
            );
        }
    }
    let nodes = section.list("payloads", report);
    if nodes.is_empty() {
        let help = "list them, or write `payload` and `object`";
        report.push(section.file, section.key_at("payloads"), "the event has no payloads", help);
    }
    let mut read = Vec::new();
    for node in nodes {
        let keys = ["payload", "has", "object"];
        if let Some(section) = Section::open(section.file, node, "a payload", &keys, report) {
            read.extend(payload(&section, report));
        }
    }
    read
}

fn payload(section: &Section<'_>, report: &mut Report<'_>) -> Option<PayloadEntry> {
    let help = "write `payload: VariantName`, as one would say it";
    let payload = section.required_text("payload", help, report);
    let has = section.texts("has", report);
    let object = section.required_text("object", "name its type: `object: Name`", report);
    Some(PayloadEntry { payload: payload?, has, object: object? })
}

/// Where a file starts.
pub(crate) const START: Mark = Mark { line: 1, column: 1 };
