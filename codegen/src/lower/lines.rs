//! What can be said of a field only when it is known which way it travels and what its type holds.

use std::collections::BTreeSet;

use super::Scope;
use crate::{
    model::{Computed, Field, Object, ObjectId, Operation, Place, Presence, Product, Type},
    source::{
        document::{OperationEntry, ProductDocument, TypeEntry},
        fields::FieldEntry,
    },
};

/// Checks every field of a product beside its line. The two agree in number and order: nothing has been refused so far.
pub(super) fn check<'d>(
    document: &'d ProductDocument,
    product: &Product,
    scope: &mut Scope<'d, '_>,
) {
    let mut objects = product.objects.iter();
    for (index, part) in document.parts().enumerate() {
        scope.enter(index, part);
        for entry in &part.types {
            if let (TypeEntry::Object(entry), Some(object)) = (entry, next(entry, &mut objects)) {
                check_fields(entry.fields.iter(), &object.fields, object.sent, product, scope);
            }
        }
    }
    let mut operations = product.operations.iter();
    for (index, part) in document.parts().enumerate() {
        scope.enter(index, part);
        for (entry, operation) in part.operations.iter().zip(&mut operations) {
            check_fields(requested(entry), &operation.fields, true, product, scope);
            check_upload(entry, operation, scope);
            let fields = entry.response.as_ref().and_then(|response| response.fields.as_ref());
            if let Some((_, entries)) = fields {
                let object = objects.next();
                let fields = object.map_or(&[][..], |object| &object.fields);
                check_fields(entries.iter(), fields, false, product, scope);
            }
        }
    }
}

fn next<'p>(
    entry: &TypeEntry,
    objects: &mut impl Iterator<Item = &'p Object>,
) -> Option<&'p Object> {
    match entry {
        TypeEntry::Object(_) => objects.next(),
        TypeEntry::Enum(_) => None,
    }
}

/// The lines of a request, in the order of its fields.
fn requested(entry: &OperationEntry) -> impl Iterator<Item = &FieldEntry> {
    let body = entry.body.iter().flat_map(|(_, fields)| fields);
    let upload = entry.upload.iter().flat_map(|upload| upload.meta.iter().chain(&upload.form));
    entry.path.iter().chain(&entry.query).chain(&entry.header).chain(body).chain(upload)
}

fn check_fields<'e>(
    entries: impl Iterator<Item = &'e FieldEntry>,
    fields: &[Field],
    sent: bool,
    product: &Product,
    scope: &mut Scope<'_, '_>,
) {
    for (entry, field) in entries.zip(fields) {
        if sent && field.presence == Presence::Expected {
            scope.refuse(
                entry.field.at,
                format!("`{}` is sent, so it is not for the platform to leave out", field.name.wire),
                "write `required` or `optional`; give the response an object of its own if they differ",
            );
        }
        if let Type::Json { value, .. } = &field.ty
            && holds_encrypted(value, product, &mut BTreeSet::new())
        {
            scope.refuse(
                entry.field.at,
                "nothing inside of JSON in a string can be encrypted: its length would be known too late",
                "write `string` and leave the text to the caller",
            );
        }
    }
}

fn holds_encrypted(ty: &Type, product: &Product, seen: &mut BTreeSet<ObjectId>) -> bool {
    match ty.leaf() {
        Type::Text { encrypted, .. } => *encrypted,
        Type::Object(id) if seen.insert(*id) => {
            let fields = &product.object(*id).fields;
            fields.iter().any(|field| holds_encrypted(&field.ty, product, seen))
        }
        _ => false,
    }
}

/// A file without a digest in its `meta` could be swapped on the way, for the signature covers `meta` alone.
fn check_upload(entry: &OperationEntry, operation: &Operation, scope: &mut Scope<'_, '_>) {
    let Some(upload) = &entry.upload else { return };
    let mut meta = operation.fields.iter().filter(|field| field.place == Place::Meta).peekable();
    if meta.peek().is_some()
        && !meta.any(|field| matches!(field.computed, Some(Computed::Digest(_))))
    {
        scope.refuse(
            upload.at,
            "the upload's `meta` has no digest of the file",
            "add a field with `computed: sha256` (or `sm3`)",
        );
    }
}
