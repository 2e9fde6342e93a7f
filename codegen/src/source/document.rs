//! The documents of a schema, one struct per kind of mapping, each value beside its place.

use super::{
    fields::{FieldEntry, fields},
    node::{Node, Value},
    section::Section,
    texts::{Said, TextsEntry, texts},
};
use crate::diagnostic::{Mark, Report};

pub(crate) use super::section::At;

/// `products/NAME.yaml`, and the resources of `products/NAME/`.
#[derive(Debug)]
pub(crate) struct ProductDocument {
    pub(crate) product: At<String>,
    pub(crate) roles: Vec<At<String>>,
    pub(crate) host: Option<At<String>>,
    /// The product's own file.
    pub(crate) head: PartDocument,
    /// Sorted by file.
    pub(crate) resources: Vec<ResourceDocument>,
}

impl ProductDocument {
    /// The product's own file, then its resources.
    pub(crate) fn parts(&self) -> impl Iterator<Item = &PartDocument> {
        std::iter::once(&self.head).chain(self.resources.iter().map(|resource| &resource.part))
    }
}

/// `products/NAME/RESOURCE.yaml`.
#[derive(Debug)]
pub(crate) struct ResourceDocument {
    pub(crate) resource: At<String>,
    pub(crate) part: PartDocument,
}

/// What any file of a product can hold.
#[derive(Debug)]
pub(crate) struct PartDocument {
    pub(crate) file: String,
    pub(crate) texts: TextsEntry,
    pub(crate) operations: Vec<OperationEntry>,
    pub(crate) types: Vec<TypeEntry>,
}

/// One operation.
#[derive(Debug)]
pub(crate) struct OperationEntry {
    pub(crate) name: At<String>,
    /// The method keys given, each with its path.
    pub(crate) routes: Vec<(&'static str, At<String>)>,
    pub(crate) texts: TextsEntry,
    pub(crate) pages: Vec<At<String>>,
    pub(crate) roles: Vec<At<String>>,
    pub(crate) host: Option<At<String>>,
    pub(crate) repeat: Option<At<String>>,
    pub(crate) deprecated: Option<At<String>>,
    pub(crate) lifecycle: Option<At<String>>,
    pub(crate) since: Option<At<String>>,
    pub(crate) replaced_by: Vec<At<String>>,
    pub(crate) path: Vec<FieldEntry>,
    pub(crate) query: Vec<FieldEntry>,
    pub(crate) header: Vec<FieldEntry>,
    /// `None` when there is no `body` key at all.
    pub(crate) body: Option<(Mark, Vec<FieldEntry>)>,
    pub(crate) upload: Option<UploadEntry>,
    pub(crate) response: Option<ResponseEntry>,
    pub(crate) errors: Vec<ErrorEntry>,
}

/// The file of an upload and its `meta` part.
#[derive(Debug)]
pub(crate) struct UploadEntry {
    pub(crate) at: Mark,
    pub(crate) texts: TextsEntry,
    /// Name of the part that holds the file.
    pub(crate) file: Option<At<String>>,
    pub(crate) meta: Vec<FieldEntry>,
    pub(crate) form: Vec<FieldEntry>,
}

/// What comes back.
#[derive(Debug)]
pub(crate) struct ResponseEntry {
    pub(crate) at: Mark,
    pub(crate) status: Option<At<i64>>,
    pub(crate) fields: Option<(Mark, Vec<FieldEntry>)>,
    pub(crate) object: Option<At<String>>,
    pub(crate) binary: bool,
    /// Where `unsigned: true` stands.
    pub(crate) unsigned: Option<Mark>,
}

/// One error code: `403 NO_AUTH`.
#[derive(Debug)]
pub(crate) struct ErrorEntry {
    pub(crate) error: At<String>,
    pub(crate) doc: At<String>,
}

/// A named type.
#[derive(Debug)]
pub(crate) enum TypeEntry {
    Object(ObjectEntry),
    Enum(EnumEntry),
}

impl TypeEntry {
    pub(crate) fn name(&self) -> &At<String> {
        match self {
            Self::Object(object) => &object.name,
            Self::Enum(enumeration) => &enumeration.name,
        }
    }
}

/// A named object.
#[derive(Debug)]
pub(crate) struct ObjectEntry {
    pub(crate) name: At<String>,
    pub(crate) texts: TextsEntry,
    pub(crate) fields: Vec<FieldEntry>,
}

/// A named enumeration.
#[derive(Debug)]
pub(crate) struct EnumEntry {
    pub(crate) name: At<String>,
    pub(crate) texts: TextsEntry,
    pub(crate) partial: bool,
    pub(crate) integer: bool,
    pub(crate) values: Vec<ValueEntry>,
}

/// One value of an enumeration.
#[derive(Debug)]
pub(crate) struct ValueEntry {
    pub(crate) value: At<String>,
    pub(crate) rust: Option<At<String>>,
    pub(crate) texts: TextsEntry,
    pub(crate) deprecated: Option<At<String>>,
}

/// Reads a product's file.
pub(crate) fn product(file: &str, root: &Node, report: &mut Report<'_>) -> Option<ProductDocument> {
    let keys = ["product", "title", "doc", "roles", "host", "operations", "types"];
    let section = Section::open(file, root, "a product", &keys, report)?;
    let product =
        section.required_text("product", "write `product: NAME`, as the file is called", report);
    let roles = section.texts("roles", report);
    let host = section.text("host", report);
    let head = part(file, &section, report);
    Some(ProductDocument { product: product?, roles, host, head, resources: Vec::new() })
}

/// Reads the file of a resource.
pub(crate) fn resource(
    file: &str,
    root: &Node,
    report: &mut Report<'_>,
) -> Option<ResourceDocument> {
    let keys = ["resource", "title", "doc", "operations", "types"];
    let section = Section::open(file, root, "a resource", &keys, report)?;
    let resource =
        section.required_text("resource", "write `resource: NAME`, as the file is called", report);
    let part = part(file, &section, report);
    Some(ResourceDocument { resource: resource?, part })
}

fn part(file: &str, section: &Section<'_>, report: &mut Report<'_>) -> PartDocument {
    let texts = texts(section, Said::Something, report);
    let operations = section
        .list("operations", report)
        .iter()
        .filter_map(|node| operation(file, node, report))
        .collect();
    let types = section
        .list("types", report)
        .iter()
        .filter_map(|node| named_type(file, node, report))
        .collect();
    PartDocument { file: file.to_owned(), texts, operations, types }
}

const METHODS: [&str; 5] = ["get", "post", "put", "patch", "delete"];

fn operation(file: &str, node: &Node, report: &mut Report<'_>) -> Option<OperationEntry> {
    let keys = [
        "operation",
        "get",
        "post",
        "put",
        "patch",
        "delete",
        "title",
        "doc",
        "page",
        "roles",
        "host",
        "repeat",
        "deprecated",
        "lifecycle",
        "since",
        "replaced_by",
        "path",
        "query",
        "header",
        "body",
        "upload",
        "response",
        "errors",
    ];
    let section = Section::open(file, node, "an operation", &keys, report)?;
    let name = section.required_text("operation", "write `operation: verb_noun`", report);
    let routes = METHODS
        .iter()
        .filter_map(|method| Some((*method, section.text(method, report)?)))
        .collect();
    let upload = section.node("upload").and_then(|node| upload(file, node, report));
    let response = match section.node("response") {
        Some(node) => response(file, node, report),
        None => {
            report.push(
                file,
                section.at,
                "an operation needs the key `response`",
                "write `response:` and `status: 204`, say",
            );
            None
        }
    };
    Some(OperationEntry {
        routes,
        texts: texts(&section, Said::Something, report),
        pages: pages(&section, report),
        roles: section.texts("roles", report),
        host: section.text("host", report),
        repeat: section.text("repeat", report),
        deprecated: section.text("deprecated", report),
        lifecycle: section.text("lifecycle", report),
        since: section.text("since", report),
        replaced_by: section.text_or_texts("replaced_by", report),
        path: fields(&section, "path", report),
        query: fields(&section, "query", report),
        header: fields(&section, "header", report),
        body: section
            .node("body")
            .map(|_| (section.key_at("body"), fields(&section, "body", report))),
        upload,
        response,
        errors: section
            .list("errors", report)
            .iter()
            .filter_map(|node| error(file, node, report))
            .collect(),
        name: name?,
    })
}

pub(super) fn pages(section: &Section<'_>, report: &mut Report<'_>) -> Vec<At<String>> {
    if section.node("page").is_none() {
        let _ = section.required_text(
            "page",
            "give the address of the official page, or `none` if none is known",
            report,
        );
    }
    section.text_or_texts("page", report)
}

fn upload(file: &str, node: &Node, report: &mut Report<'_>) -> Option<UploadEntry> {
    let keys = ["title", "doc", "file", "meta", "form"];
    let section = Section::open(file, node, "an upload", &keys, report)?;
    Some(UploadEntry {
        at: section.at,
        texts: texts(&section, Said::Anything, report),
        file: section.text("file", report),
        meta: fields(&section, "meta", report),
        form: fields(&section, "form", report),
    })
}

fn response(file: &str, node: &Node, report: &mut Report<'_>) -> Option<ResponseEntry> {
    let keys = ["status", "fields", "object", "binary", "unsigned"];
    let section = Section::open(file, node, "a response", &keys, report)?;
    let status = match section.node("status") {
        Some(Node { value: Value::Integer(status), at }) => Some(At { value: *status, at: *at }),
        _ => {
            report.push(
                file,
                section.key_at("status"),
                "a response needs its `status`, a number",
                "write `status: 200`",
            );
            None
        }
    };
    Some(ResponseEntry {
        at: section.at,
        status,
        fields: section
            .node("fields")
            .map(|_| (section.key_at("fields"), fields(&section, "fields", report))),
        object: section.text("object", report),
        binary: section.flag("binary", report),
        unsigned: section.flag("unsigned", report).then(|| section.key_at("unsigned")),
    })
}

fn error(file: &str, node: &Node, report: &mut Report<'_>) -> Option<ErrorEntry> {
    let section = Section::open(file, node, "an error", &["error", "doc"], report)?;
    let error = section.required_text("error", "write `error: STATUS CODE`", report);
    let doc = section.required_text("doc", "say why it comes and what to do", report);
    Some(ErrorEntry { error: error?, doc: doc? })
}

pub(super) fn named_type(file: &str, node: &Node, report: &mut Report<'_>) -> Option<TypeEntry> {
    let is_enum = matches!(&node.value, Value::Map(entries) if entries.iter().any(|entry| entry.key == "enum"));
    if is_enum { enumeration(file, node, report) } else { object(file, node, report) }
}

fn object(file: &str, node: &Node, report: &mut Report<'_>) -> Option<TypeEntry> {
    let section =
        Section::open(file, node, "an object", &["object", "title", "doc", "fields"], report)?;
    let name = section.required_text("object", "write `object: Name`, or `enum: Name`", report);
    let texts = texts(&section, Said::Something, report);
    let fields = fields(&section, "fields", report);
    Some(TypeEntry::Object(ObjectEntry { name: name?, texts, fields }))
}

fn enumeration(file: &str, node: &Node, report: &mut Report<'_>) -> Option<TypeEntry> {
    let keys = ["enum", "title", "doc", "partial", "integer", "values"];
    let section = Section::open(file, node, "an enumeration", &keys, report)?;
    let name = section.text("enum", report);
    let texts = texts(&section, Said::Something, report);
    let partial = section.flag("partial", report);
    let integer = section.flag("integer", report);
    let values = section
        .list("values", report)
        .iter()
        .filter_map(|node| value(file, node, report))
        .collect();
    Some(TypeEntry::Enum(EnumEntry { name: name?, texts, partial, integer, values }))
}

fn value(file: &str, node: &Node, report: &mut Report<'_>) -> Option<ValueEntry> {
    let keys = ["value", "rust", "title", "doc", "deprecated"];
    let section = Section::open(file, node, "a value", &keys, report)?;
    let value =
        section.required_text("value", "write `value: WIRE_VALUE`, a number in quotes", report);
    let rust = section.text("rust", report);
    let texts = texts(&section, Said::Anything, report);
    let deprecated = section.text("deprecated", report);
    Some(ValueEntry { value: value?, rust, texts, deprecated })
}
