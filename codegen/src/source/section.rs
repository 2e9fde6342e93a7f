//! Takes a YAML mapping apart, key by key, and reports what is missing, misspelt or of the wrong kind.

use super::node::{Entry, Node, Value};
use crate::diagnostic::{Mark, Report};

/// A value and where it stands.
#[derive(Clone, Debug)]
pub(crate) struct At<T> {
    pub(crate) value: T,
    pub(crate) at: Mark,
}

/// A mapping that is being taken apart.
#[derive(Clone, Copy)]
pub(crate) struct Section<'n> {
    pub(crate) file: &'n str,
    /// Where the mapping starts: its first key.
    pub(crate) at: Mark,
    /// What it describes, for messages: `an operation`, `a field`, ...
    pub(crate) what: &'static str,
    entries: &'n [Entry],
}

impl<'n> Section<'n> {
    /// Opens a mapping that may have the keys `allowed`, each once.
    pub(crate) fn open(
        file: &'n str,
        node: &'n Node,
        what: &'static str,
        allowed: &[&str],
        report: &mut Report<'_>,
    ) -> Option<Self> {
        let Value::Map(entries) = &node.value else {
            let message = format!("expected {what}, found {}", node.kind());
            report.push(
                file,
                node.at,
                message,
                format!("it is written as keys: {}", allowed.join(", ")),
            );
            return None;
        };
        for (index, entry) in entries.iter().enumerate() {
            if !allowed.contains(&entry.key.as_str()) {
                let message = format!("{what} has no key `{}`", entry.key);
                report.push(file, entry.at, message, suggest(&entry.key, allowed));
            } else if entries[..index].iter().any(|earlier| earlier.key == entry.key) {
                report.push(
                    file,
                    entry.at,
                    format!("`{}` is given twice", entry.key),
                    "delete one of the two",
                );
            }
        }
        Some(Self { file, at: node.at, what, entries })
    }

    /// The node of `key`, if given.
    pub(crate) fn node(&self, key: &str) -> Option<&'n Node> {
        self.entry(key).map(|entry| &entry.node)
    }

    /// Where `key` stands, or the whole mapping if it is not given.
    pub(crate) fn key_at(&self, key: &str) -> Mark {
        self.entry(key).map_or(self.at, |entry| entry.at)
    }

    /// The text of `key`, if given.
    pub(crate) fn text(&self, key: &str, report: &mut Report<'_>) -> Option<At<String>> {
        let node = self.node(key)?;
        match &node.value {
            Value::Text(text) if !text.trim().is_empty() => {
                Some(At { value: text.trim_end().to_owned(), at: node.at })
            }
            Value::Text(_) | Value::Null => {
                report.push(
                    self.file,
                    node.at,
                    format!("`{key}` is empty"),
                    "write its text, or delete the key",
                );
                None
            }
            _ => {
                let message = format!("`{key}` must be text, found {}", node.kind());
                report.push(self.file, node.at, message, "put it in quotes");
                None
            }
        }
    }

    /// The text of `key`, which must be given.
    pub(crate) fn required_text(
        &self,
        key: &str,
        help: &str,
        report: &mut Report<'_>,
    ) -> Option<At<String>> {
        if self.entry(key).is_none() {
            report.push(self.file, self.at, format!("{} needs the key `{key}`", self.what), help);
        }
        self.text(key, report)
    }

    /// Whether `key` is `true`.
    pub(crate) fn flag(&self, key: &str, report: &mut Report<'_>) -> bool {
        match self.node(key).map(|node| (&node.value, node.at)) {
            None => false,
            Some((Value::Boolean(flag), _)) => *flag,
            Some((_, at)) => {
                report.push(
                    self.file,
                    at,
                    format!("`{key}` must be true or false"),
                    format!("write `{key}: true`"),
                );
                false
            }
        }
    }

    /// The items of the list `key`; none if it is not given.
    pub(crate) fn list(&self, key: &str, report: &mut Report<'_>) -> &'n [Node] {
        match self.node(key).map(|node| (&node.value, node)) {
            None => &[],
            Some((Value::List(items), _)) => items,
            Some((_, node)) => {
                let message = format!("`{key}` must be a list, found {}", node.kind());
                report.push(
                    self.file,
                    node.at,
                    message,
                    "write each item on a line that starts with `- `",
                );
                &[]
            }
        }
    }

    /// The texts of the list `key`.
    pub(crate) fn texts(&self, key: &str, report: &mut Report<'_>) -> Vec<At<String>> {
        let mut texts = Vec::new();
        for node in self.list(key, report) {
            if let Value::Text(text) = &node.value {
                texts.push(At { value: text.clone(), at: node.at });
            } else {
                let message = format!("`{key}` lists texts, found {}", node.kind());
                report.push(self.file, node.at, message, "put it in quotes");
            }
        }
        texts
    }

    /// The texts of `key`, which may also be a single one.
    pub(crate) fn text_or_texts(&self, key: &str, report: &mut Report<'_>) -> Vec<At<String>> {
        match self.node(key).map(|node| &node.value) {
            Some(Value::List(_)) => self.texts(key, report),
            _ => self.text(key, report).into_iter().collect(),
        }
    }

    fn entry(&self, key: &str) -> Option<&'n Entry> {
        self.entries.iter().find(|entry| entry.key == key)
    }
}

/// The allowed key nearest to `key`, or all of them.
fn suggest(key: &str, allowed: &[&str]) -> String {
    let near = allowed.iter().map(|known| (distance(key, known), *known)).min();
    match near {
        Some((edits, known)) if edits <= 2 => format!("did you mean `{known}`?"),
        _ => format!("its keys are: {}", allowed.join(", ")),
    }
}

/// Edit distance.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let above = row[j + 1];
            row[j + 1] = (diagonal + usize::from(x != *y)).min(above + 1).min(row[j] + 1);
            diagonal = above;
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn suggests_the_nearest_key_or_all() {
        assert_eq!(
            suggest("requried_when", &["required_when", "unit"]),
            "did you mean `required_when`?"
        );
        assert_eq!(suggest("nonsense", &["unit", "title"]), "its keys are: unit, title");
    }
}
