//! What the platform says of an operation's availability, and what takes the place of those it gave up.

use std::collections::BTreeMap;

use super::{Scope, names};
use crate::{
    diagnostic::Report,
    model::{Format, Lifecycle, Method, Product, Stage},
    source::document::{At, OperationEntry, ProductDocument},
};

/// Lowers `lifecycle`, `since` and `replaced_by`; whether the replacement exists is seen when all products are there.
pub(super) fn lower(entry: &OperationEntry, scope: &mut Scope<'_, '_>) -> Option<Lifecycle> {
    let Some(word) = &entry.lifecycle else {
        if let Some(extra) = entry.since.as_ref().or_else(|| entry.replaced_by.first()) {
            scope.refuse(
                extra.at,
                "`since` and `replaced_by` belong to a `lifecycle`",
                "add `lifecycle: superseded` or `offline`, or delete them",
            );
        }
        return None;
    };
    let Some((_, stage)) = Stage::ALL.iter().find(|(known, _)| *known == word.value) else {
        let known: Vec<&str> = Stage::ALL.iter().map(|(word, _)| *word).collect();
        let message = format!("there is no lifecycle `{}`", word.value);
        scope.refuse(word.at, message, format!("write one of: {}", known.join(", ")));
        return None;
    };
    if let Some(since) = entry.since.as_ref().filter(|since| !Format::Date.accepts(&since.value)) {
        scope.refuse(since.at, format!("`{}` is no date", since.value), "write it like 2022-09-08");
    }
    match entry.replaced_by.first() {
        None if *stage == Stage::Superseded => scope.refuse(
            word.at,
            "it is not said what supersedes it",
            "add `replaced_by: METHOD /path`, or write `offline`",
        ),
        Some(given) if !stage.is_past() => scope.refuse(
            given.at,
            format!("what is `{}` is not replaced", word.value),
            "delete `replaced_by`, or write `superseded`",
        ),
        _ => {}
    }
    let replaced_by = entry.replaced_by.iter().filter_map(|given| route(&given.value)).collect();
    let since = entry.since.as_ref().map(|since| since.value.clone());
    Some(Lifecycle { stage: *stage, since, replaced_by })
}

/// `POST /v3/global/refunds`, taken apart.
fn route(text: &str) -> Option<(Method, String)> {
    let (word, path) = text.split_once(' ')?;
    let method = Method::ALL.into_iter().find(|method| method.as_str() == word)?;
    Some((method, path.to_owned()))
}

/// Finds the replacements among all products, and says in `deprecated` how each is called.
pub(super) fn resolve(
    documents: &[ProductDocument],
    products: &mut [Product],
    report: &mut Report<'_>,
) {
    let calls = calls(documents);
    for document in documents {
        let mut product = products.iter_mut().find(|it| it.feature == document.product.value);
        for part in document.parts() {
            for entry in part.operations.iter().filter(|entry| entry.lifecycle.is_some()) {
                let instead: Vec<&str> = entry
                    .replaced_by
                    .iter()
                    .filter_map(|given| replacement(entry, given, &calls, &part.file, report))
                    .collect();
                let operations = product.iter_mut().flat_map(|product| &mut product.operations);
                for operation in operations.filter(|it| it.name.wire == entry.name.value) {
                    if let Some(lifecycle) = &operation.lifecycle
                        && lifecycle.stage.is_past()
                    {
                        operation.deprecated.get_or_insert_with(|| note(lifecycle, &instead));
                    }
                }
            }
        }
    }
}

/// How each route is called: `client.refund().create()`.
fn calls(documents: &[ProductDocument]) -> BTreeMap<(Method, String), String> {
    let mut calls = BTreeMap::new();
    for document in documents {
        let Ok((module, _)) = names::product(&document.product.value) else { continue };
        for entry in document.parts().flat_map(|part| &part.operations) {
            let Ok(name) = names::operation(&entry.name.value) else { continue };
            for (method, path) in &entry.routes {
                let route = format!("{} {}", method.to_uppercase(), path.value);
                let call = format!("client.{module}().{}()", name.rust);
                calls.extend(self::route(&route).map(|route| (route, call)));
            }
        }
    }
    calls
}

fn replacement<'c>(
    entry: &OperationEntry,
    given: &At<String>,
    calls: &'c BTreeMap<(Method, String), String>,
    file: &str,
    report: &mut Report<'_>,
) -> Option<&'c str> {
    let Some((method, path)) = route(&given.value) else {
        let message = format!("`{}` is not a method and a path", given.value);
        report.push(file, given.at, message, "write it like `POST /v3/global/refunds`");
        return None;
    };
    let is_itself = |(word, own): &(&str, At<String>)| {
        word.eq_ignore_ascii_case(method.as_str()) && own.value == path
    };
    if entry.routes.iter().any(is_itself) {
        let message = "an operation cannot take its own place";
        report.push(file, given.at, message, "name the one that is to be used instead");
        return None;
    }
    let call = calls.get(&(method, path.clone()));
    if call.is_none() {
        let message = format!("the schema has no operation {} {path}", method.as_str());
        report.push(
            file,
            given.at,
            message,
            "write the path as its operation does, fields included",
        );
    }
    call.map(String::as_str)
}

fn note(lifecycle: &Lifecycle, instead: &[&str]) -> String {
    let mut note = lifecycle.stage.word().to_owned();
    if let Some(since) = &lifecycle.since {
        note.push_str(&format!(" since {since}"));
    }
    if !instead.is_empty() {
        let calls: Vec<String> = instead.iter().map(|call| format!("`{call}`")).collect();
        note.push_str(&format!("; use {}", calls.join(" or ")));
    }
    note
}
