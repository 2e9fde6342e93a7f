//! The file a new operation goes to.

use crate::openapi::surface::{Operation, Origin, Surface};

/// The file of the product that was asked for, or of the operations whose paths begin alike.
///
/// `/v3/` alone is no likeness: one further step must be the same, and no other file may have as much in common.
pub(super) fn file(
    operation: &Operation,
    schema: &Surface,
    product: Option<&str>,
) -> Option<String> {
    if let Some(product) = product {
        return Some(format!("products/{product}.yaml"));
    }
    let common = |known: &Operation| {
        let steps = operation.path.split('/').zip(known.path.split('/'));
        steps.take_while(|(a, b)| a == b && !a.starts_with('{')).count()
    };
    // The empty step before the first slash counts.
    let best = schema.operations.iter().map(common).max().filter(|best| *best > 2)?;
    let mut files: Vec<&str> = schema
        .operations
        .iter()
        .filter(|known| common(known) == best)
        .filter_map(|known| match &known.origin {
            Origin::Schema(file, _) => Some(&**file),
            Origin::Document(..) => None,
        })
        .collect();
    files.dedup();
    files.sort_unstable();
    files.dedup();
    match files.as_slice() {
        [file] => Some((*file).to_owned()),
        _ => None,
    }
}
