//! OpenAPI documents become a [`Surface`].
//!
//! Whatever stands in a document is copied, treated by a rule that is told, or refused with its place.

mod keys;
mod object;
mod operation;
mod request;
mod schema;
mod spot;
mod webhook;

pub(super) use request::computed;

use std::{collections::BTreeMap, fmt, rc::Rc};

use super::{
    json::Json,
    surface::{EnumId, ObjectId, Origin, Surface},
    treatment::Treatments,
};
use spot::Spot;

/// Something an import cannot express, or a document that is none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// File and JSON pointer: `refund.json#/paths/~1v3~1refund/get`.
    pub place: String,
    /// What cannot be expressed.
    pub message: String,
    /// What to do about it.
    pub help: String,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "error: {}\n --> {}\n  = help: {}", self.message, self.place, self.help)
    }
}

/// Reads documents, given as texts by name.
pub(super) fn read(
    documents: &BTreeMap<String, String>,
    treatments: &mut Treatments,
) -> Result<Surface, Vec<Refusal>> {
    let mut surface = Surface::default();
    let mut refusals = Vec::new();
    for (file, text) in documents {
        match serde_json::from_str::<Json>(text) {
            Ok(root) => {
                let mut reader = Reader {
                    file: file.as_str().into(),
                    root: &root,
                    surface: &mut surface,
                    treatments,
                    refusals: &mut refusals,
                    objects: BTreeMap::new(),
                    enums: BTreeMap::new(),
                    open: Vec::new(),
                };
                reader.document();
            }
            Err(error) => refusals.push(Refusal {
                place: format!("{file}:{}:{}", error.line(), error.column()),
                message: format!("this is no JSON document: {error}"),
                help: "give OpenAPI 3.1 documents in JSON".to_owned(),
            }),
        }
    }
    if refusals.is_empty() { Ok(surface) } else { Err(refusals) }
}

/// Reads one document.
struct Reader<'d> {
    file: Rc<str>,
    root: &'d Json,
    surface: &'d mut Surface,
    treatments: &'d mut Treatments,
    refusals: &'d mut Vec<Refusal>,
    /// What has been read already, by pointer: a component is read once, and may contain itself.
    objects: BTreeMap<String, ObjectId>,
    enums: BTreeMap<String, EnumId>,
    /// Pointers of the references that are being followed.
    open: Vec<String>,
}

impl<'d> Reader<'d> {
    fn document(&mut self) {
        let root = Spot::root(self.root);
        let version = root.get("openapi").and_then(|spot| spot.json.text()).unwrap_or_default();
        if !version.starts_with("3.1.") {
            let message = format!("`{version}` is not a version of OpenAPI that is read");
            return self.refuse(
                &root.at("openapi"),
                message,
                "convert the document to OpenAPI 3.1",
            );
        }
        let used = ["openapi", "info", "servers", "paths", "webhooks", "components"];
        self.keys(&root, &used);
        if let Some(paths) = root.get("paths") {
            self.paths(&paths, &root);
        }
        if let Some(webhooks) = root.get("webhooks") {
            self.webhooks(&webhooks);
        }
    }

    fn origin(&self, spot: &Spot<'_>) -> Origin {
        Origin::Document(Rc::clone(&self.file), spot.pointer.clone())
    }

    fn treat(&mut self, rule: impl Into<String>, spot: &Spot<'_>) {
        self.treatments.add(rule, format!("{}#{}", self.file, spot.pointer));
    }

    fn refuse(&mut self, spot: &Spot<'_>, message: impl Into<String>, help: impl Into<String>) {
        self.refusals.push(Refusal {
            place: format!("{}#{}", self.file, spot.pointer),
            message: message.into(),
            help: help.into(),
        });
    }

    /// Follows a reference, if the spot is one. `None` after refusing one that leads nowhere.
    fn follow(&mut self, spot: &Spot<'d>) -> Option<Spot<'d>> {
        let mut spot = spot.clone();
        // A chain longer than this goes round in a circle.
        for _ in 0..16 {
            let Some(reference) = spot.get("$ref") else { return Some(spot) };
            let target = reference.json.text().and_then(|text| text.strip_prefix('#'));
            match target.and_then(|pointer| Spot::resolve(self.root, pointer)) {
                Some(found) => spot = found,
                None => {
                    self.refuse(
                        &reference,
                        "this reference leads nowhere in this document",
                        "references are `#/components/...`: put what they name into the document",
                    );
                    return None;
                }
            }
        }
        self.refuse(&spot, "this reference leads back to itself", "name what is meant");
        None
    }
}

/// The text of a key, or nothing.
fn text(spot: &Spot<'_>, key: &str) -> String {
    spot.json.get(key).and_then(Json::text).unwrap_or_default().to_owned()
}

/// The texts of a key: a list of them, or a single one.
fn texts(spot: &Spot<'_>, key: &str) -> Vec<String> {
    match spot.json.get(key) {
        Some(Json::Text(text)) => vec![text.clone()],
        Some(list) => list.items().iter().filter_map(Json::text).map(ToOwned::to_owned).collect(),
        None => Vec::new(),
    }
}
