//! The schema as OpenAPI 3.1, one document per product.
//!
//! Whatever OpenAPI has no word for stands in keys that start with `x-`, the same that an import reads: importing an
//! export finds nothing to change.

mod notification;
mod operation;
mod schema;

use std::collections::{BTreeMap, BTreeSet};

use super::json::Json;
use crate::model::{Api, Host, Operation, Product, Texts};

/// OpenAPI documents in JSON, by file name: `taxi-invoice.json`, and `NAME-2.json` where one document cannot hold all
/// paths of a product.
#[must_use]
pub fn export(api: &Api) -> BTreeMap<String, String> {
    let documents = api.products.iter().flat_map(|product| {
        sheets(product).into_iter().enumerate().map(move |(index, operations)| {
            let number = if index == 0 { String::new() } else { format!("-{}", index + 1) };
            (format!("{}{number}.json", product.feature), document(api, product, &operations))
        })
    });
    let webhooks = (!api.webhooks.areas.is_empty())
        .then(|| ("webhooks.json".to_owned(), notification::document(&api.webhooks)));
    documents.chain(webhooks).map(|(file, json)| (file, text(&json))).collect()
}

/// A product's operations by document: OpenAPI takes two paths that differ in nothing but the name of a parameter for
/// one, so the second of them goes to another document.
fn sheets(product: &Product) -> Vec<Vec<&Operation>> {
    let mut sheets: Vec<Vec<&Operation>> = vec![Vec::new()];
    for operation in &product.operations {
        let clashes = |other: &&Operation| {
            other.path != operation.path && shape(&other.path) == shape(&operation.path)
        };
        match sheets.iter_mut().find(|sheet| !sheet.iter().any(clashes)) {
            Some(sheet) => sheet.push(operation),
            None => sheets.push(vec![operation]),
        }
    }
    sheets
}

/// A path with its parameters unnamed.
fn shape(path: &str) -> String {
    let steps = path.split('/').map(|step| if step.starts_with('{') { "{}" } else { step });
    steps.collect::<Vec<_>>().join("/")
}

fn document(api: &Api, product: &Product, operations: &[&Operation]) -> Json {
    let host = operations.first().map_or(0, |operation| operation.host);
    let mut document = Json::map([
        ("openapi", "3.1.0".into()),
        ("info", info(&product.texts, &product.feature)),
        ("servers", servers(&api.hosts[host])),
        ("security", Json::List(vec![Json::map([("wechatpay", Json::List(Vec::new()))])])),
        ("paths", paths(api, product, operations, host)),
    ]);
    let mut components = Json::map::<&str>([]);
    components.put("schemas", schema::components(product));
    components.put("securitySchemes", Json::map([("wechatpay", security())]));
    document.put("components", components);
    document
}

fn info(texts: &Texts, name: &str) -> Json {
    let mut info = Json::map([
        ("title", Json::from(plain(texts.term()))),
        ("version", env!("CARGO_PKG_VERSION").into()),
    ]);
    describe(&mut info, texts);
    info.put("x-product", name);
    info
}

fn security() -> Json {
    Json::map([
        ("type", "http".into()),
        ("scheme", "WECHATPAY2-SHA256-RSA2048".into()),
        ("description", Json::from("A signature over method, target, time, nonce and body.")),
    ])
}

fn servers(host: &Host) -> Json {
    let addresses = [Some(&host.main), host.backup.as_ref()];
    let server = |address: &String| Json::map([("url", Json::from(address.as_str()))]);
    Json::List(addresses.into_iter().flatten().map(server).collect())
}

/// Operations by path, in the order in which the paths first come.
fn paths(api: &Api, product: &Product, operations: &[&Operation], host: usize) -> Json {
    let mut seen = BTreeSet::new();
    let mut paths = Json::map::<&str>([]);
    for first in operations {
        if !seen.insert(&first.path) {
            continue;
        }
        let mut item = Json::map::<&str>([]);
        for operation in operations.iter().filter(|operation| operation.path == first.path) {
            let mut described = operation::operation(product, operation);
            if operation.host != host {
                described.put("servers", servers(&api.hosts[operation.host]));
            }
            item.put(operation.method.as_str().to_lowercase(), described);
        }
        paths.put(first.path.as_str(), item);
    }
    paths
}

/// Adds the description, if there is one.
fn describe(json: &mut Json, texts: &Texts) {
    if !texts.doc.is_empty() {
        json.put("description", plain(&texts.doc));
    }
}

/// Prose as the schema has it: the model's is escaped for rustdoc.
fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        let escapes = c == '\\' && chars.peek().is_some_and(|next| "<>[]|".contains(*next));
        if !escapes {
            out.push(c);
        } else if let Some(next) = chars.next() {
            out.push(next);
        }
    }
    out
}

fn text(json: &Json) -> String {
    // Writing into memory cannot fail, and every key is a text.
    let mut text = serde_json::to_string_pretty(json).unwrap_or_default();
    text.push('\n');
    text
}
