//! What is wrong with a schema: where, what, and how to mend it. All of it at once.

use std::{collections::BTreeMap, fmt};

/// A place in a schema file; both numbers start at 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Mark {
    /// Line.
    pub line: usize,
    /// Column, in characters.
    pub column: usize,
}

/// One mistake.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// File below `schema/`.
    pub file: String,
    /// Where in it.
    pub at: Mark,
    /// What is wrong.
    pub message: String,
    /// How to mend it.
    pub help: String,
    /// The line it stands on.
    excerpt: String,
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { file, at, message, help, excerpt } = self;
        let gutter = " ".repeat(at.line.to_string().len());
        let caret: String = excerpt.chars().take(at.column - 1).map(caret_padding).collect();
        writeln!(f, "error: {message}")?;
        writeln!(f, "{gutter}--> {file}:{}:{}", at.line, at.column)?;
        writeln!(f, "{gutter} |")?;
        writeln!(f, "{} | {excerpt}", at.line)?;
        writeln!(f, "{gutter} | {caret}^")?;
        writeln!(f, "{gutter} = help: {help}")
    }
}

/// Terminals show a Chinese character two columns wide; the caret must follow.
fn caret_padding(c: char) -> &'static str {
    if ('\u{1100}'..'\u{fffe}').contains(&c) { "  " } else { " " }
}

/// All mistakes found, sorted by place. Never empty when returned as an error.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Diagnostics(Vec<Diagnostic>);

impl Diagnostics {
    /// The mistakes, by file and place.
    #[must_use]
    pub fn as_slice(&self) -> &[Diagnostic] {
        &self.0
    }

    /// The same with the folder's name before each file's, so that a terminal can open them.
    #[must_use]
    pub fn below(mut self, folder: &str) -> Self {
        for diagnostic in &mut self.0 {
            diagnostic.file = format!("{folder}/{}", diagnostic.file);
        }
        self
    }
}

impl fmt::Display for Diagnostics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for diagnostic in &self.0 {
            writeln!(f, "{diagnostic}")?;
        }
        match self.0.len() {
            1 => write!(f, "1 mistake in the schema; nothing was written"),
            n => write!(f, "{n} mistakes in the schema; nothing was written"),
        }
    }
}

impl std::error::Error for Diagnostics {}

/// Collects mistakes, so that one does not hide the next.
#[derive(Debug)]
pub(crate) struct Report<'s> {
    sources: &'s BTreeMap<String, String>,
    found: Vec<Diagnostic>,
}

impl<'s> Report<'s> {
    pub(crate) fn new(sources: &'s BTreeMap<String, String>) -> Self {
        Self { sources, found: Vec::new() }
    }

    pub(crate) fn push(
        &mut self,
        file: &str,
        at: Mark,
        message: impl Into<String>,
        help: impl Into<String>,
    ) {
        let text = self.sources.get(file).map_or("", String::as_str);
        let excerpt = text.lines().nth(at.line - 1).unwrap_or("").to_owned();
        self.found.push(Diagnostic {
            file: file.to_owned(),
            at,
            message: message.into(),
            help: help.into(),
            excerpt,
        });
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.found.is_empty()
    }

    pub(crate) fn into_diagnostics(mut self) -> Diagnostics {
        self.found.sort_by(|a, b| (&a.file, a.at, &a.message).cmp(&(&b.file, b.at, &b.message)));
        self.found.dedup();
        Diagnostics(self.found)
    }
}
