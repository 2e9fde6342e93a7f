//! Imports facts: what an OpenAPI document says against what the schema says.

use std::{collections::BTreeMap, fmt};

use super::{
    compare::{self, Difference},
    known,
    read::{self, Refusal},
    surface::Origin,
    treatment::Treatments,
    write,
};
use crate::{Diagnostics, diagnostic::Report, source};

/// What an import found, and what it would write.
#[derive(Clone, Debug)]
pub struct Import {
    /// Each thing that documents and schema do not agree on, one line each: `file:line: field: schema says X, facts
    /// say Y (document#pointer)`.
    pub differences: Vec<String>,
    /// What a person has to decide of these: `differences` that no import adds by itself.
    pub undecided: usize,
    /// Differences a person has settled in the schema, with a comment `# unlike OpenAPI: WHY` on the line or above it.
    pub settled: Vec<String>,
    /// What stands in the schema and not in the documents.
    pub only_in_schema: Vec<String>,
    /// What was done with facts that are not copied as they are.
    pub treatments: Treatments,
    /// Schema files with what is missing added, by their path below `schema/`; only those that change.
    pub files: BTreeMap<String, String>,
    /// Operations and notifications that the documents hold.
    pub read: usize,
}

/// Why nothing could be imported.
#[derive(Debug)]
pub enum ImportError {
    /// Documents that cannot be read, or say what the schema cannot express.
    Documents(Vec<Refusal>),
    /// A schema that cannot be read.
    Schema(Diagnostics),
}

impl fmt::Display for ImportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Documents(refusals) => {
                for refusal in refusals {
                    writeln!(f, "{refusal}\n")?;
                }
                write!(f, "{} things cannot be imported; nothing was written", refusals.len())
            }
            Self::Schema(diagnostics) => write!(f, "{diagnostics}"),
        }
    }
}

impl std::error::Error for ImportError {}

/// Holds documents (texts by name) against a schema (texts by path below `schema/`). New operations go to the file
/// that describes their neighbours, or to `product`.
///
/// The schema need not be complete: drafts of an earlier import may still lack their names.
///
/// # Errors
/// Documents that say what the schema cannot express, or a schema that cannot be read. All of it at once.
pub fn import(
    schema: &BTreeMap<String, String>,
    documents: &BTreeMap<String, String>,
    product: Option<&str>,
) -> Result<Import, ImportError> {
    let mut report = Report::new(schema);
    let parsed = source::parse(schema, &mut report);
    let known = known::known(&parsed, &mut report);
    if !report.is_empty() {
        return Err(ImportError::Schema(report.into_diagnostics()));
    }
    let mut treatments = Treatments::default();
    let facts = read::read(documents, &mut treatments).map_err(ImportError::Documents)?;
    let mut findings = compare::compare(&facts, &known);
    let (settled, open): (Vec<_>, Vec<_>) = findings
        .differences
        .into_iter()
        .partition(|difference| difference.origin().is_some_and(|at| is_settled(schema, at)));
    findings.differences = open;
    let written = write::write(schema, &facts, &known, &findings.differences, product);
    Ok(Import {
        differences: findings.differences.iter().map(Difference::to_string).collect(),
        undecided: findings.differences.len() - written.added,
        settled: settled.iter().map(Difference::to_string).collect(),
        only_in_schema: findings.only_in_schema.into_iter().collect(),
        treatments,
        files: written.files,
        read: facts.operations.len() + facts.notifications.len(),
    })
}

/// What a comment starts with that keeps the schema as it is.
const SETTLED: &str = "# unlike OpenAPI: ";

/// Whether a comment on the line, or in the comments right above it, says why the schema differs.
fn is_settled(schema: &BTreeMap<String, String>, at: &Origin) -> bool {
    let Origin::Schema(file, mark) = at else { return false };
    let text = schema.get(&**file).map_or("", String::as_str);
    let lines: Vec<&str> = text.lines().take(mark.line).collect();
    let Some((line, above)) = lines.split_last() else { return false };
    let comments = above.iter().rev().take_while(|line| line.trim_start().starts_with('#'));
    line.contains(SETTLED) || comments.into_iter().any(|line| line.contains(SETTLED))
}
