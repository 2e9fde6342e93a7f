//! Text that is put between the lines of a file.

use std::collections::BTreeMap;

use crate::{
    model::Place,
    openapi::{compare::List, surface::Origin},
};

/// What is to be inserted, by file.
pub(super) struct Insertions<'s> {
    sources: &'s BTreeMap<String, String>,
    /// By file and number of the line after which it goes: how far it is indented, and the text.
    planned: BTreeMap<String, BTreeMap<usize, Vec<(usize, String)>>>,
    operations: BTreeMap<String, (String, Vec<String>)>,
    types: BTreeMap<String, Vec<String>>,
}

impl<'s> Insertions<'s> {
    pub(super) fn new(sources: &'s BTreeMap<String, String>) -> Self {
        Self {
            sources,
            planned: BTreeMap::new(),
            operations: BTreeMap::new(),
            types: BTreeMap::new(),
        }
    }

    /// Puts a value at the end of an enumeration. `false` if its list cannot be found.
    pub(super) fn value(&mut self, at: &Origin, text: &str) -> bool {
        self.at_end(at, "values", text)
    }

    /// Puts a field after another, or at the end of its list. `false` if there is no place for it.
    pub(super) fn field(&mut self, list: &List, after: Option<&Origin>, text: &str) -> bool {
        if let Some(Origin::Schema(file, at)) = after {
            let Some(lines) = self.lines(file) else { return false };
            let Some((start, indent)) = item(&lines, at.line) else { return false };
            self.plan(file, end(&lines, start, indent), text, indent);
            return true;
        }
        match list {
            List::Object(at) => self.at_end(at, "fields", text),
            List::Request(at, place) => self.new_list(at, *place, text),
            List::ByHand(_) => false,
        }
    }

    pub(super) fn operation(&mut self, file: &str, head: &str, text: &str) {
        let entry =
            self.operations.entry(file.to_owned()).or_insert_with(|| (head.to_owned(), Vec::new()));
        entry.1.push(indented(text, 2));
    }

    pub(super) fn types(&mut self, file: &str, text: &str) {
        self.types.entry(file.to_owned()).or_default().push(indented(text, 2));
    }

    /// The files with everything in its place.
    pub(super) fn apply(self) -> BTreeMap<String, String> {
        let mut files: BTreeMap<String, String> = BTreeMap::new();
        for (file, planned) in &self.planned {
            let text = self.sources.get(file).map_or("", String::as_str);
            let mut out = String::new();
            for (index, line) in text.lines().enumerate() {
                out.push_str(line);
                out.push('\n');
                let mut here = planned.get(&(index + 1)).cloned().unwrap_or_default();
                // What lies deeper belongs to what stands above; a key that comes anew ends that.
                here.sort_by_key(|(indent, _)| std::cmp::Reverse(*indent));
                out.extend(here.into_iter().map(|(_, text)| text));
            }
            files.insert(file.clone(), out);
        }
        let of_source = |file: &String| self.sources.get(file).cloned();
        for (file, (head, operations)) in &self.operations {
            let text =
                files.remove(file).or_else(|| of_source(file)).unwrap_or_else(|| head.clone());
            files.insert(file.clone(), listed(&text, "operations", &operations.join("\n")));
        }
        for (file, types) in &self.types {
            let text = files.remove(file).or_else(|| of_source(file)).unwrap_or_default();
            files.insert(file.clone(), listed(&text, "types", &types.join("\n")));
        }
        files
    }

    fn at_end(&mut self, at: &Origin, key: &str, text: &str) -> bool {
        let Origin::Schema(file, at) = at else { return false };
        let Some(lines) = self.lines(file) else { return false };
        let Some((start, indent)) = item(&lines, at.line) else { return false };
        let close = end(&lines, start, indent);
        let key = format!("{}{key}:", " ".repeat(indent + 2));
        let Some(list) = (start..=close).find(|line| lines[line - 1].trim_end() == key) else {
            return false;
        };
        let Some(dash) = lines.get(list).and_then(|line| line.find("- ")) else { return false };
        self.plan(file, end(&lines, list, indent + 2).min(close), text, dash);
        true
    }

    /// A list of its own before the response, for an operation that has none in that place.
    fn new_list(&mut self, at: &Origin, place: Place, text: &str) -> bool {
        let Origin::Schema(file, at) = at else { return false };
        let Some(lines) = self.lines(file) else { return false };
        let Some((start, indent)) = item(&lines, at.line) else { return false };
        let key = match place {
            Place::Query => "query",
            Place::Header => "header",
            Place::Body => "body",
            _ => return false,
        };
        let inner = " ".repeat(indent + 2);
        let close = end(&lines, start, indent);
        let find = |wanted: &str| {
            (start..=close).find(|line| lines[line - 1].starts_with(&format!("{inner}{wanted}")))
        };
        // `body: []` would have to be rewritten.
        if find(&format!("{key}:")).is_some() {
            return false;
        }
        let Some(response) = find("response:") else { return false };
        let heading = format!("{inner}{key}:\n");
        let planned = self.planned.entry(file.to_string()).or_default();
        let planned = planned.entry(response - 1).or_default();
        let fields = indented(text, indent + 4);
        // The first field brings the list, the others follow it.
        match planned.iter_mut().find(|(_, text)| text.starts_with(&heading)) {
            Some((_, text)) => text.push_str(&fields),
            None => planned.push((indent + 2, format!("{heading}{fields}"))),
        }
        true
    }

    fn plan(&mut self, file: &str, after: usize, text: &str, indent: usize) {
        let lines = self.planned.entry(file.to_owned()).or_default();
        lines.entry(after).or_default().push((indent, indented(text, indent)));
    }

    fn lines(&self, file: &str) -> Option<Vec<&'s str>> {
        Some(self.sources.get(file)?.lines().collect())
    }
}

/// The line on which the list item around a line starts, and how far its dash is indented. Lines count from 1.
fn item(lines: &[&str], line: usize) -> Option<(usize, usize)> {
    let indent = |text: &str| text.len() - text.trim_start().len();
    let inner = lines.get(line.checked_sub(1)?)?;
    let own = match inner.trim_start().strip_prefix("- ") {
        Some(_) => return Some((line, indent(inner))),
        None => indent(inner),
    };
    (1..line).rev().find_map(|line| {
        let text = lines[line - 1];
        let is_item = text.trim_start().starts_with("- ") && indent(text) + 2 == own;
        is_item.then(|| (line, indent(text)))
    })
}

/// The last line of what starts on a line and is indented deeper than `indent`, blank lines and comments after it left
/// out.
fn end(lines: &[&str], start: usize, indent: usize) -> usize {
    let mut last = start;
    for (index, line) in lines.iter().enumerate().skip(start) {
        let text = line.trim_start();
        if text.is_empty() {
            continue;
        }
        let depth = line.len() - text.len();
        if depth <= indent && !text.starts_with('#') {
            break;
        }
        if depth > indent {
            last = index + 1;
        }
    }
    last
}

/// A text with items at the end of one of its top-level lists, which it need not have.
fn listed(text: &str, key: &str, items: &str) -> String {
    let lines: Vec<&str> = text.lines().collect();
    let heading = format!("{key}:");
    let Some(start) = lines.iter().position(|line| line.trim_end() == heading) else {
        let before =
            lines.iter().position(|line| key == "operations" && line.trim_end() == "types:");
        let (above, below) = lines.split_at(before.unwrap_or(lines.len()));
        let above = above.join("\n");
        let below =
            if below.is_empty() { String::new() } else { format!("\n{}\n", below.join("\n")) };
        return format!("{}\n\n{heading}\n{items}{below}", above.trim_end());
    };
    let last = end(&lines, start + 1, 0);
    let (above, below) = lines.split_at(last);
    let gap = if key == "operations" { "\n\n" } else { "\n" };
    let below = if below.is_empty() { String::new() } else { format!("{}\n", below.join("\n")) };
    format!("{}{gap}{items}{below}", above.join("\n"))
}

fn indented(text: &str, by: usize) -> String {
    let indent = " ".repeat(by);
    text.lines()
        .map(|line| if line.is_empty() { "\n".to_owned() } else { format!("{indent}{line}\n") })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "\
operations:
  - operation: a
    body:
      - field: x required string
        doc: |
          Text.

          More.

      # A comment.
      - field: y optional string
    response:
      status: 204

types:
  - object: T
    fields:
      - field: z required string
";

    #[test]
    fn finds_items_and_their_ends() {
        let lines: Vec<&str> = FILE.lines().collect();
        assert_eq!(item(&lines, 4), Some((4, 6)));
        assert_eq!(item(&lines, 5), Some((4, 6)));
        assert_eq!(end(&lines, 4, 6), 8);
        assert_eq!(end(&lines, 2, 2), 13);
        assert_eq!(item(&lines, 99), None);
    }

    #[test]
    fn a_list_grows_at_its_end_and_nothing_else_changes() {
        let grown = listed(FILE, "operations", "  - operation: b\n");
        assert!(grown.contains("      status: 204\n\n  - operation: b\n\ntypes:\n"), "{grown}");
        let grown = listed("product: x\n", "types", "  - object: T\n");
        assert_eq!(grown, "product: x\n\ntypes:\n  - object: T\n");
    }
}
