//! Notifications: their types are lowered like those of a product whose resources are the areas; on top come the events.

use std::collections::BTreeMap;

use super::{Scope, graph, names, operation, product, unique};
use crate::{
    diagnostic::Report,
    model::{Area, Event, Notifications, ObjectId, Payload, Product, Profile, Type},
    source::{
        document::{At, PartDocument, ProductDocument, ResourceDocument},
        notifications::{AreaDocument, EventEntry, PayloadEntry, START},
        texts::TextsEntry,
    },
};

/// The folder of the schema, which stands for the file of a product.
const FOLDER: &str = "notifications";

/// The names that the module of notifications has besides its types.
const TAKEN: [&str; 13] = [
    "Answer",
    "Claim",
    "Delivery",
    "Dispatch",
    "MemoryReplays",
    "Notification",
    "Opened",
    "ReplayStore",
    "Resource",
    "Unparsed",
    "VerifiedEvent",
    "WebhookError",
    "WebhookFailure",
];

/// Lowers all notifications.
pub(super) fn lower(areas: Vec<AreaDocument>, report: &mut Report<'_>) -> Notifications {
    let (areas, events): (Vec<ResourceDocument>, Vec<Vec<EventEntry>>) =
        areas.into_iter().map(|document| (document.area, document.events)).unzip();
    let document = as_product(areas);
    let mut scope = product::scope(&document, report);
    let mut types = Product {
        source: FOLDER.to_owned(),
        feature: "webhooks".to_owned(),
        module: "webhooks".to_owned(),
        handle: "Webhooks".to_owned(),
        texts: Default::default(),
        profile: Profile::Mainland,
        resources: Vec::new(),
        operations: Vec::new(),
        objects: Vec::new(),
        enums: Vec::new(),
    };
    product::types(&document, FOLDER, &mut types, &mut scope);
    check_taken(&document, &mut scope);
    let mut areas = Vec::new();
    for ((index, area), events) in (1..).zip(&document.resources).zip(&events) {
        scope.enter(index, &area.part);
        let lowered = events.iter().filter_map(|entry| event(entry, &mut scope)).collect();
        // A name that is none has been reported.
        if let Ok(name) = names::resource(&area.resource.value) {
            areas.push(Area { name, events: lowered });
        }
    }
    check_names(&document, &events, &mut scope);
    unique::check(&document, &types, &mut scope);
    if scope.report.is_empty() {
        let roots: Vec<ObjectId> = areas
            .iter()
            .flat_map(|area| &area.events)
            .flat_map(|event| event.payloads.iter().map(|payload| payload.object))
            .collect();
        graph::finish(&document, &mut types, &roots, &mut scope);
        check_dispatch(&document, &events, &areas, &types, &mut scope);
    }
    Notifications { types, areas }
}

fn as_product(resources: Vec<ResourceDocument>) -> ProductDocument {
    let head = PartDocument {
        file: FOLDER.to_owned(),
        texts: TextsEntry::default(),
        operations: Vec::new(),
        types: Vec::new(),
    };
    let product = At { value: "webhooks".to_owned(), at: START };
    ProductDocument { product, roles: Vec::new(), host: None, head, resources }
}

fn event(entry: &EventEntry, scope: &mut Scope<'_, '_>) -> Option<Event> {
    for spelling in std::iter::once(&entry.event).chain(&entry.aliases) {
        let plain =
            |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || matches!(c, '_' | '.');
        if !spelling.value.chars().all(plain) {
            scope.refuse(
                spelling.at,
                format!("`{}` is no event type", spelling.value),
                "write it as it stands on the wire, like `TRANSACTION.SUCCESS`",
            );
        }
    }
    let count = entry.payloads.len();
    let payloads: Option<Vec<Payload>> = entry
        .payloads
        .iter()
        .zip(1..)
        .map(|(it, number)| payload(it, number == count, scope))
        .collect();
    Some(Event {
        event_type: entry.event.value.clone(),
        aliases: texts(&entry.aliases),
        texts: scope.texts(&entry.texts),
        pages: operation::pages(&entry.pages, scope),
        original_types: texts(&entry.original_types),
        payloads: payloads?,
    })
}

fn payload(entry: &PayloadEntry, last: bool, scope: &mut Scope<'_, '_>) -> Option<Payload> {
    let name = &entry.payload;
    let named = names::given_variant(&name.value, &name.value);
    let variant = scope.accept(name.at, named)?.rust;
    if variant == "Unparsed" {
        let help = "choose another name";
        scope.refuse(name.at, "`Unparsed` is what takes notifications without a type", help);
    }
    if last && !entry.has.is_empty() {
        scope.refuse(
            name.at,
            format!("`{variant}` is the last payload, so it takes all that is left"),
            "delete its `has`, or let another payload follow",
        );
    } else if !last && entry.has.is_empty() {
        scope.refuse(
            name.at,
            format!("`{variant}` would take all, so that those after it never come"),
            "add `has: [KEY]` with keys that only it has, or move it to the end",
        );
    }
    match scope.named(&entry.object.value, entry.object.at)? {
        Type::Object(object) => Some(Payload { variant, has: texts(&entry.has), object }),
        _ => {
            let message = format!("`{}` is no object", entry.object.value);
            scope.refuse(entry.object.at, message, "name an object");
            None
        }
    }
}

fn texts(list: &[At<String>]) -> Vec<String> {
    list.iter().map(|text| text.value.clone()).collect()
}

fn check_taken<'d>(document: &'d ProductDocument, scope: &mut Scope<'d, '_>) {
    for (index, part) in document.parts().enumerate() {
        scope.enter(index, part);
        for name in part.types.iter().map(|entry| entry.name()) {
            if TAKEN.contains(&name.value.as_str()) {
                scope.refuse(
                    name.at,
                    format!("`{}` already means something else beside notifications", name.value),
                    "say more exactly what it is",
                );
            }
        }
    }
}

/// Event types and variants must each be unique over all areas.
fn check_names<'d>(
    document: &'d ProductDocument,
    events: &[Vec<EventEntry>],
    scope: &mut Scope<'d, '_>,
) {
    let (mut types, mut variants) = (BTreeMap::new(), BTreeMap::new());
    for ((index, area), events) in (1..).zip(&document.resources).zip(events) {
        scope.enter(index, &area.part);
        for event in events {
            for name in std::iter::once(&event.event).chain(&event.aliases) {
                let help = "describe it once, with all its payloads";
                claim(&mut types, name, "event type", help, scope);
            }
            for payload in &event.payloads {
                let help = "rename one of the two, after what it tells";
                claim(&mut variants, &payload.payload, "payload", help, scope);
            }
        }
    }
}

fn claim<'e>(
    taken: &mut BTreeMap<&'e str, String>,
    name: &'e At<String>,
    kind: &str,
    help: &str,
    scope: &mut Scope<'_, '_>,
) {
    let place = format!("{}:{}", scope.file, name.at.line);
    if let Some(earlier) = taken.insert(&name.value, place) {
        scope.refuse(name.at, format!("`{}` is already the {kind} at {earlier}", name.value), help);
    }
}

/// Every payload must be taken for what it is: its example has the keys it is told by, and not those of another one that is
/// tried before it.
fn check_dispatch<'d>(
    document: &'d ProductDocument,
    entries: &[Vec<EventEntry>],
    areas: &[Area],
    types: &Product,
    scope: &mut Scope<'d, '_>,
) {
    for (((index, part), entries), area) in (1..).zip(&document.resources).zip(entries).zip(areas) {
        scope.enter(index, &part.part);
        for (entry, event) in entries.iter().zip(&area.events) {
            for (number, (payload, at)) in event.payloads.iter().zip(&entry.payloads).enumerate() {
                let example = types.example_object(payload.object);
                let has = |keys: &[String]| keys.iter().all(|key| example.contains_key(key));
                if let Some(key) = at.has.iter().find(|key| !example.contains_key(&key.value)) {
                    scope.refuse(
                        key.at,
                        format!("the example of `{}` has no `{}`", payload.variant, key.value),
                        "name a key of its type, and give that field an example",
                    );
                } else if let Some(earlier) =
                    event.payloads[..number].iter().find(|earlier| has(&earlier.has))
                {
                    scope.refuse(
                        at.payload.at,
                        format!(
                            "the example of `{}` would be taken for `{}`, whose keys it has",
                            payload.variant, earlier.variant
                        ),
                        "find keys that tell the two apart, or move this one before it",
                    );
                }
            }
        }
    }
}
