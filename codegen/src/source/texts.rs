//! `title` and `doc`, which nearly everything has.

use super::section::{At, Section};
use crate::diagnostic::Report;

/// `title` and `doc`.
#[derive(Debug, Default)]
pub(crate) struct TextsEntry {
    pub(crate) title: Option<At<String>>,
    pub(crate) doc: Option<At<String>>,
}

/// Whether an English description is demanded.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Doc {
    Required,
    Optional,
}

/// Reads `title` and `doc`.
pub(super) fn texts(section: &Section<'_>, doc: Doc, report: &mut Report<'_>) -> TextsEntry {
    let title =
        section.required_text("title", "give the Chinese term of the official page", report);
    let doc = match doc {
        Doc::Required => section.required_text("doc", "say in English what it is for", report),
        Doc::Optional => section.text("doc", report),
    };
    TextsEntry { title, doc }
}
