//! The page that lists every operation and notification by name.

use std::fmt::Write as _;

use super::docs::cell;
use crate::{
    model::{Api, Notifications, Operation, Product},
    render::header,
};

/// `OPERATIONS.md`.
pub(super) fn catalogue(api: &Api) -> String {
    let count: usize = api.products.iter().map(|product| product.operations.len()).sum();
    let mut text = format!(
        "<!-- {} -->\n# Operations\n\nAll {count} operations of {} products: look for a path, a Chinese term or a name. \
         Names in ~~strikethrough~~ are deprecated.\n",
        header("api.yaml"),
        api.products.len()
    );
    for product in &api.products {
        list(product, &mut text);
    }
    if !api.webhooks.areas.is_empty() {
        notifications(&api.webhooks, &mut text);
    }
    text
}

fn list(product: &Product, text: &mut String) {
    // Writing to a String cannot fail.
    let _ = write!(
        text,
        "\n## {}\n\n`{}.{}()`, feature `{}`\n\n| Method | HTTP | Path | |\n|---|---|---|---|\n",
        cell(product.texts.term()),
        product.profile.module(),
        product.module,
        product.feature
    );
    for operation in &product.operations {
        let _ = writeln!(
            text,
            "| {} | {} | `{}` | {} |",
            name(operation),
            operation.method.as_str(),
            operation.path,
            cell(operation.texts.term())
        );
    }
}

fn name(operation: &Operation) -> String {
    let name = &operation.name.rust;
    if operation.deprecated.is_some() { format!("~~`{name}`~~") } else { format!("`{name}`") }
}

fn notifications(notifications: &Notifications, text: &mut String) {
    let _ = writeln!(
        text,
        "\n# Notifications\n\nFeature `webhooks`; variants of `Notification` and what they hold."
    );
    for (area, resource) in notifications.areas.iter().zip(&notifications.types.resources) {
        let term = resource.texts.term();
        let _ = write!(
            text,
            "\n## {}\n\n| Event | Variant | Type | |\n|---|---|---|---|\n",
            cell(term)
        );
        for event in &area.events {
            for payload in &event.payloads {
                let _ = writeln!(
                    text,
                    "| `{}` | `{}` | `{}` | {} |",
                    event.event_type,
                    payload.variant,
                    notifications.types.object(payload.object).name,
                    cell(event.texts.term())
                );
            }
        }
    }
}
