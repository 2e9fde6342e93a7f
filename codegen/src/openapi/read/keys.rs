//! Keys of OpenAPI that are not copied, and what is said about each.

use super::{Reader, spot::Spot};

/// Keys that are left out wherever they stand, and why.
const LEFT_OUT: [(&str, &str); 29] = [
    ("$schema", "`$schema` is not used"),
    ("default", "`default` is not used: what is left out is not sent"),
    ("description", "`description` is not copied: the schema says it in its own words"),
    ("encoding", "`encoding` is not used: a `meta` part is always JSON"),
    ("explode", "`style` and `explode` are not used: lists of a query are joined by commas"),
    ("externalDocs", "`externalDocs` is not used: `x-docs` names the pages"),
    ("headers", "headers of responses are not used"),
    ("jsonSchemaDialect", "`jsonSchemaDialect` is not used"),
    ("security", "`security` is not used: every call is signed"),
    ("style", "`style` and `explode` are not used: lists of a query are joined by commas"),
    ("tags", "`tags` are not used: the schema has its own products"),
    ("x-associated-data", "`x-associated-data` is not used: the notification carries it"),
    ("x-docs-reference", "`x-docs-reference` is not used"),
    ("x-encrypted-with", "`x-encrypted-with` is not used: the direction says whose key it is"),
    ("x-event-types", "`x-event-types` is not used: an event has one type"),
    ("x-key", "`x-key` is not used"),
    ("x-last-updated", "`x-last-updated` is not used"),
    ("x-limit-conflict", "`x-limit-conflict` is not used: the limit given is the laxest"),
    ("x-limit-of", "`x-limit-of` is not used: limits of encrypted fields are those of the text"),
    ("x-nullable", "`x-nullable` is not used: what may be null may be left out"),
    ("x-payload", "`x-payload` is not used: payloads are the decrypted resource"),
    ("x-required-undeclared", "required names without a property are not used"),
    ("x-resource-type", "`x-resource-type` is not used"),
    ("x-source", "`x-source` is not used"),
    ("x-source-pattern", "`x-source-pattern` is not used"),
    ("x-source-type", "`x-source-type` is not used"),
    ("x-synthesized", "`x-synthesized` is not used"),
    ("x-url-from-response", "`x-url-from-response` is not used: such a URL is called as it came"),
    ("x-variants", "`x-variants` is not used: the schema names the shapes"),
];

/// Keys that an export writes for its readers and that say nothing an import compares.
const OWN: [&str; 8] = [
    "x-deprecated",
    "x-enum-deprecated",
    "x-enum-varnames",
    "x-open",
    "x-partial",
    "x-repeat",
    "x-rust-name",
    "x-unit",
];

impl Reader<'_> {
    /// Accounts for every key of an object: those in `used` are read by the caller, others are told.
    pub(super) fn keys(&mut self, spot: &Spot<'_>, used: &[&str]) {
        for (key, at) in spot.entries() {
            if used.contains(&key) || OWN.contains(&key) {
                continue;
            }
            match LEFT_OUT.iter().find(|(known, _)| *known == key) {
                Some((_, rule)) => self.treat(*rule, &at),
                None => self.treat(format!("`{key}` means nothing to the schema: not used"), &at),
            }
        }
    }
}
