//! Documentation of generated items: our description, the Chinese term, the wire name, the rule, the official page.

use proc_macro2::TokenStream;
use quote::quote;

use super::part::Part;
use crate::{
    model::{EnumValue, Field, Operation, Presence, Product, Repeat, Response, Stage, Texts, Type},
    render,
};

/// Doc attributes, one per line.
pub(super) fn attributes(text: &str) -> TokenStream {
    let lines = text
        .trim_end()
        .lines()
        .map(|line| if line.is_empty() { String::new() } else { format!(" {line}") });
    quote! { #(#[doc = #lines])* }
}

/// A module's front page.
pub(super) fn part(part: Part<'_>) -> String {
    let mut text = said(part.texts());
    text.push('\n');
    if part.is_head() {
        for part in Part::all(part.product) {
            if !part.is_head() {
                text.push_str(&format!("\n## {}\n", heading(part.texts())));
            }
            text.push_str(&operations(part));
        }
    } else {
        text.push_str(&operations(part));
    }
    text
}

/// The table of a part's operations.
fn operations(part: Part<'_>) -> String {
    let mut text = String::new();
    for operation in part.operations() {
        if text.is_empty() {
            text.push_str("\n| Method | | Route |\n|---|---|---|\n");
        }
        text.push_str(&format!(
            "| [`{name}`]({handle}::{name}) | {title} | `{method} {path}` |\n",
            name = operation.name.rust,
            handle = part.product.handle,
            title = cell(operation.texts.term()),
            method = operation.method.as_str(),
            path = operation.path,
        ));
    }
    text
}

/// Description and term, as far as there are any.
fn said(texts: &Texts) -> String {
    match (texts.doc.as_str(), texts.title.as_str()) {
        ("", title) => title.to_owned(),
        (doc, "") => doc.to_owned(),
        (doc, title) => format!("{doc}\n\n**{title}**"),
    }
}

pub(super) fn heading(texts: &Texts) -> String {
    match (texts.doc.is_empty(), texts.title.is_empty()) {
        (false, false) => format!("{} ({})", texts.summary().trim_end_matches('.'), texts.title),
        _ => texts.term().to_owned(),
    }
}

/// A method.
pub(super) fn operation(product: &Product, operation: &Operation, example: &TokenStream) -> String {
    let (doc, title) = match (&operation.texts.doc, &operation.texts.title) {
        (doc, title) if doc.is_empty() => (format!("{title}."), String::new()),
        (doc, title) if title.is_empty() => (doc.clone(), String::new()),
        (doc, title) => (doc.clone(), format!("**{title}** · ")),
    };
    let mut text = format!(
        "{doc}\n\n{title}`{} {}` · for: {} · {}\n\n{}\n",
        operation.method.as_str(),
        operation.path,
        operation.roles.join(", ").replace('_', " "),
        pages(operation),
        repeat(&operation.repeat),
    );
    if let Some(line) = operation.lifecycle.as_ref().and_then(|it| availability(it.stage)) {
        text.push_str(&format!("\n{line}\n"));
    }
    text.push_str(&format!("\nReturns {}.\n", returns(product, &operation.response)));
    if !operation.errors.is_empty() {
        text.push_str("\n# Errors\n\nBesides what any call can meet ([`Error`](crate::Error)), the platform answers:\n");
        text.push_str("\n| Status | Code | Meaning |\n|---|---|---|\n");
        for error in &operation.errors {
            text.push_str(&format!(
                "| {} | `{}` | {} |\n",
                error.status,
                error.code,
                cell(&error.doc)
            ));
        }
    }
    text.push_str(&format!(
        "\n# Example\n\n```no_run\n# use wechatpay_client::{{{client}, Error, {}::*}};\n\
         # async fn example(client: {client}) -> Result<(), Error> {{\n{}\n# Ok(())\n# }}\n```\n",
        product.module,
        render::statements(example),
        client = product.profile.client(),
    ));
    text
}

fn pages(operation: &Operation) -> String {
    let Some(page) = &operation.page else { return "no official page is known".to_owned() };
    let mut text = format!("[official page]({page})");
    for (index, page) in operation.other_pages.iter().enumerate() {
        text.push_str(&format!(", [{}]({page})", index + 2));
    }
    text
}

/// What the platform says of who can call it; what is past is said by its deprecation.
fn availability(stage: Stage) -> Option<&'static str> {
    match stage {
        Stage::LimitedRollout => Some("Limited rollout: not everybody can call it yet."),
        Stage::RestrictedAccess => {
            Some("Restricted access: only those whom WeChat Pay has admitted can call it.")
        }
        Stage::Superseded | Stage::Offline => None,
    }
}

fn repeat(repeat: &Repeat) -> String {
    match repeat {
        Repeat::Read => "It only reads, so it can be repeated.".to_owned(),
        Repeat::Overwrite => {
            "It sets a state: the same request again leaves the same state.".to_owned()
        }
        Repeat::Number(field) => {
            format!("Safe to repeat with the same `{field}` and otherwise identical parameters.")
        }
        Repeat::IdempotencyKey => "Safe to repeat with the same `Idempotency-Key`.".to_owned(),
        Repeat::Never => {
            "Nothing makes a repetition safe: after an unknown outcome, query before calling again."
                .to_owned()
        }
    }
}

fn returns(product: &Product, response: &Response) -> String {
    match response {
        Response::Empty { status } => format!("nothing (status {status})"),
        Response::Json { status, object } => {
            format!("[`{}`] (status {status})", product.object(*object).name)
        }
        Response::Binary { status, signed } => format!(
            "the file's bytes (status {status}){}; [`Call::to_file`] saves them, [`Call::stream`] gives them piece by piece",
            if *signed { "" } else { ", which the platform does not sign" }
        ),
    }
}

/// A struct or enumeration with terms of its own.
pub(super) fn named(texts: &Texts, name: &str) -> String {
    match (texts.doc.as_str(), texts.title.as_str()) {
        ("", "") => name.to_owned(),
        ("", title) => format!("{title}."),
        (doc, "") => doc.to_owned(),
        (doc, title) => format!("{doc}\n\n**{title}**"),
    }
}

/// The table of a struct's fields, as the official page shows it.
pub(super) fn table<'f>(product: &Product, fields: impl IntoIterator<Item = &'f Field>) -> String {
    let mut text = String::new();
    for field in fields {
        if text.is_empty() {
            text.push_str("\n\n| Field | | Type | |\n|---|---|---|---|\n");
        }
        text.push_str(&format!(
            "| `{}` | {} | {} | {} |\n",
            field.name.wire,
            if field.deprecated.is_some() {
                "deprecated".to_owned()
            } else {
                presence(&field.presence)
            },
            notation(product, field),
            cell(&field.texts.title),
        ));
    }
    text
}

/// A field's type in the official notation; a named type is a link.
fn notation(product: &Product, field: &Field) -> String {
    match field.ty.leaf() {
        Type::Object(id) => format!("[`{}`]({})", field.notation, product.object(*id).name),
        Type::Enum(id) => format!("[`{}`]({})", field.notation, product.enumeration(*id).name),
        _ => format!("`{}`", field.notation),
    }
}

/// A field.
pub(super) fn field(product: &Product, field: &Field) -> String {
    let mut text = before_details(&field.texts);
    text.push_str(&format!(
        "`{}` · {} · {}",
        field.name.wire,
        presence(&field.presence),
        notation(product, field)
    ));
    if let Some(unit) = &field.unit {
        text.push_str(&format!(" · unit: {unit}"));
    }
    if matches!(field.ty, Type::Json { .. }) {
        text.push_str(" · travels as JSON in a string");
    }
    if let Type::Text { format, pattern, encrypted, secret, .. } = field.ty.leaf() {
        if let Some(format) = format {
            text.push_str(&format!(" · {}", format.word()));
        }
        if let Some(pattern) = pattern {
            text.push_str(&format!(" · matches `{pattern}`"));
        }
        if *encrypted {
            text.push_str(" · encrypted on the wire");
        }
        if *secret {
            text.push_str(" · a credential, shown nowhere");
        }
    }
    text
}

fn presence(presence: &Presence) -> String {
    match presence {
        Presence::Required => "required".to_owned(),
        Presence::Expected => "expected".to_owned(),
        Presence::Optional => "optional".to_owned(),
        Presence::RequiredWhen { .. } => {
            format!("optional; required when {}", condition_markdown(presence))
        }
    }
}

fn condition_markdown(presence: &Presence) -> String {
    let Presence::RequiredWhen { field, values } = presence else { return String::new() };
    let values: Vec<String> = values.iter().map(|value| format!("`{value}`")).collect();
    format!("`{field}` is {}", values.join(" or "))
}

/// A condition in plain words, for messages.
pub(super) fn condition(field: &str, values: &[String]) -> String {
    format!("{field} is {}", values.join(" or "))
}

/// A variant of an enumeration.
pub(super) fn value(value: &EnumValue) -> String {
    format!("{}`{}`", before_details(&value.texts), value.name.wire)
}

/// What is said of a field or value, up to where its details follow.
fn before_details(texts: &Texts) -> String {
    match (texts.doc.as_str(), texts.title.as_str()) {
        ("", "") => String::new(),
        ("", title) => format!("{title}.\n\n"),
        (doc, "") => format!("{doc}\n\n"),
        (doc, title) => format!("{doc}\n\n**{title}** · "),
    }
}

/// Text that fits a cell of a table.
pub(super) fn cell(text: &str) -> String {
    text.replace('\n', " ")
}
