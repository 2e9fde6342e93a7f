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

/// OpenAPI documents in JSON, by file name: `taxi-invoice.json`.
#[must_use]
pub fn export(api: &Api) -> BTreeMap<String, String> {
    let documents = api
        .products
        .iter()
        .map(|product| (format!("{}.json", product.feature), document(api, product)));
    let webhooks = (!api.webhooks.areas.is_empty())
        .then(|| ("webhooks.json".to_owned(), notification::document(&api.webhooks)));
    documents.chain(webhooks).map(|(file, json)| (file, text(&json))).collect()
}

fn document(api: &Api, product: &Product) -> Json {
    let host = product.operations.first().map_or(0, |operation| operation.host);
    let mut document = Json::map([
        ("openapi", "3.1.0".into()),
        ("info", info(&product.texts, &product.feature)),
        ("servers", servers(&api.hosts[host])),
        ("security", Json::List(vec![Json::map([("wechatpay", Json::List(Vec::new()))])])),
        ("paths", paths(api, product, host)),
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
fn paths(api: &Api, product: &Product, host: usize) -> Json {
    let mut seen = BTreeSet::new();
    let mut paths = Json::map::<&str>([]);
    for first in &product.operations {
        if !seen.insert(&first.path) {
            continue;
        }
        let same: Vec<&Operation> =
            product.operations.iter().filter(|operation| operation.path == first.path).collect();
        let mut item = Json::map::<&str>([]);
        for operation in same {
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
