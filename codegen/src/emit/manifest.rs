//! Manifest and README of the generated crate.

use std::fmt::Write as _;

use crate::{model::Api, render::header};

/// `Cargo.toml`.
pub(super) fn manifest(api: &Api) -> String {
    let mut features = String::new();
    let webhooks = (!api.webhooks.areas.is_empty()).then_some("webhooks");
    let all = api.products.iter().map(|product| product.feature.as_str()).chain(webhooks);
    let names: Vec<String> = all.map(|feature| format!("\"{feature}\"")).collect();
    // Writing to a String cannot fail.
    let _ = writeln!(features, "full = [{}]", names.join(", "));
    for group in &api.features {
        let names: Vec<String> = group.products.iter().map(|name| format!("\"{name}\"")).collect();
        let _ = writeln!(features, "# {}\n{} = [{}]", group.doc, group.name, names.join(", "));
    }
    for product in &api.products {
        let _ = writeln!(features, "# {}\n{} = []", product.texts.term(), product.feature);
    }
    if webhooks.is_some() {
        features.push_str(WEBHOOKS);
    }
    format!(
        "# {header}
[package]
name = \"wechatpay-client\"
description = \"A typed client for WeChat Pay APIv3: requests validated before signing, responses verified before decoding\"
readme = \"README.md\"
categories = [\"api-bindings\", \"finance\"]
keywords = [\"wechat\", \"wechatpay\", \"payment\"]
version.workspace = true
edition.workspace = true
rust-version.workspace = true
license.workspace = true

[package.metadata.docs.rs]
all-features = true

[features]
default = [\"reqwest\"]
# Transport over reqwest with rustls.
reqwest = [\"wechatpay-runtime/reqwest\"]
# Also `HttpTransport::from_reqwest`; ties your program to this crate's version of reqwest.
reqwest-client = [\"wechatpay-runtime/reqwest-client\"]
# `MemoryTransport` and `TestPlatform`: tests without a network.
test-util = [\"wechatpay-runtime/test-util\"]
# The SM suite: SM2 keys and certificates, SM4-GCM.
shangmi = [\"wechatpay-runtime/shangmi\"]
# A call of every operation with the schema's example, for tests against a sandbox.
examples = []
{features}
[dependencies]
wechatpay-runtime = {{ workspace = true }}

# The documentation's examples are compiled.
[dev-dependencies]
wechatpay-client = {{ path = \".\", features = [\"full\"] }}

[lints]
workspace = true
",
        header = header("api.yaml"),
    )
}

/// The features of notifications.
const WEBHOOKS: &str = "\
# Notifications (回调通知), from plain `http` requests.
webhooks = [\"wechatpay-runtime/webhooks\"]
# The same as extractor and response of axum.
axum = [\"webhooks\", \"wechatpay-runtime/axum\"]
# The same as extractor and responder of actix-web.
actix-web = [\"webhooks\", \"wechatpay-runtime/actix-web\"]
";

/// `README.md`.
pub(super) fn readme(api: &Api) -> String {
    let mut text =
        format!("<!-- {} -->\n# wechatpay-client\n\n{}\n", header("api.yaml"), shown(&api.doc));
    text.push_str(
        "\nThis crate is generated. What every call shares lives in `wechatpay-runtime`.\n",
    );
    let _ = write!(text, "\n{}", purposes(api));
    text.push_str(
        "\nEach product is a feature of its own; [all operations by name](OPERATIONS.md).\n",
    );
    text.push_str("\n| Product | Feature | Method | Operations |\n|---|---|---|---|\n");
    for product in &api.products {
        let _ = writeln!(
            text,
            "| {} | `{}` | `{}.{}()` | {} |",
            product.texts.term(),
            product.feature,
            product.profile.module(),
            product.module,
            product.operations.len()
        );
    }
    if !api.webhooks.areas.is_empty() {
        let count = api.webhooks.events().count();
        let _ = writeln!(
            text,
            "| notifications (回调通知) | `webhooks`; `axum`, `actix-web` | `client.webhooks()` | {count} types |"
        );
    }
    text
}

/// The table of what a user may want. The project's README shows it too.
pub(super) fn purposes(api: &Api) -> String {
    let mut text = "| I want ... | feature |\n|---|---|\n".to_owned();
    for group in &api.features {
        let _ = writeln!(text, "| {} | `{}` |", group.doc, group.name);
    }
    if !api.webhooks.areas.is_empty() {
        text.push_str(
            "| to be told what happens (回调通知); in a framework, `axum` or `actix-web` instead | `webhooks` |\n",
        );
    }
    text.push_str("| everything | `full` |\n");
    text
}

/// Documentation outside of rustdoc: the lines that rustdoc hides in examples are left out.
fn shown(doc: &str) -> String {
    let mut inside = false;
    let mut lines = Vec::new();
    for line in doc.lines() {
        if line.starts_with("```") {
            inside = !inside;
        }
        if !inside || !line.starts_with("# ") {
            lines.push(line);
        }
    }
    lines.join("\n")
}
