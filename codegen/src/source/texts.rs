//! `title` and `doc`, which nearly everything has.

use super::section::{At, Section};
use crate::diagnostic::Report;

/// `title` and `doc`.
#[derive(Debug, Default)]
pub(crate) struct TextsEntry {
    pub(crate) title: Option<At<String>>,
    pub(crate) doc: Option<At<String>>,
}

/// How much must be said of an item.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Said {
    /// `title`, `doc` or both.
    Something,
    /// Nothing need be: the wire name says it.
    Anything,
}

/// Reads `title` and `doc`.
pub(super) fn texts(section: &Section<'_>, said: Said, report: &mut Report<'_>) -> TextsEntry {
    let given = section.node("title").is_some() || section.node("doc").is_some();
    if said == Said::Something && !given {
        report.push(
            section.file,
            section.at,
            format!("{} needs a `title` or a `doc`", section.what),
            "give the Chinese term of the official page, or say in English what it is for",
        );
    }
    TextsEntry { title: section.text("title", report), doc: section.text("doc", report) }
}
