//! How a product's types reach each other: what is sent, what is received, what contains itself, what is never used.

use std::collections::BTreeSet;

use super::{Scope, lines};
use crate::{
    model::{Object, ObjectId, Presence, Product, Response, Type},
    source::document::{ProductDocument, TypeEntry},
};

/// Marks directions, boxes cycles, and reports types that nothing uses or nobody could build. `received` are objects that
/// come without having been asked for.
pub(super) fn finish<'d>(
    document: &'d ProductDocument,
    product: &mut Product,
    received: &[ObjectId],
    scope: &mut Scope<'d, '_>,
) {
    let mut used = BTreeSet::new();
    mark_directions(product, &mut used);
    for root in received {
        mark(product, &Type::Object(*root), Direction::Received, &mut used);
    }
    box_cycles(product);
    lines::check(document, product, scope);
    for (index, part) in document.parts().enumerate() {
        scope.enter(index, part);
        for entry in &part.types {
            let (name, object) = match entry {
                TypeEntry::Object(object) => (&object.name, true),
                TypeEntry::Enum(enumeration) => (&enumeration.name, false),
            };
            if !used.contains(&name.value) {
                scope.refuse(
                    name.at,
                    format!("nothing uses `{}`", name.value),
                    "delete it, or name it in a field",
                );
            } else if object && needs_itself(product, &name.value) {
                let message = format!(
                    "`{}` requires another of itself, so none can ever be built",
                    name.value
                );
                scope.refuse(name.at, message, "make the field that leads back `optional`");
            }
        }
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Direction {
    Sent,
    Received,
}

fn mark_directions(product: &mut Product, used: &mut BTreeSet<String>) {
    for index in 0..product.operations.len() {
        let operation = &product.operations[index];
        let types: Vec<Type> = operation.fields.iter().map(|field| field.ty.clone()).collect();
        let response = match operation.response {
            Response::Json { object, .. } => Some(Type::Object(object)),
            Response::Empty { .. } | Response::Binary { .. } => None,
        };
        for ty in types {
            mark(product, &ty, Direction::Sent, used);
        }
        if let Some(ty) = response {
            // The object of a response written in place is marked as received from birth.
            if let Type::Object(id) = ty {
                product.objects[id.0].received = false;
            }
            mark(product, &ty, Direction::Received, used);
        }
    }
}

fn mark(product: &mut Product, ty: &Type, direction: Direction, used: &mut BTreeSet<String>) {
    match ty {
        Type::Object(id) => {
            let object = &mut product.objects[id.0];
            let flag =
                if direction == Direction::Sent { &mut object.sent } else { &mut object.received };
            if !std::mem::replace(flag, true) {
                used.insert(object.name.clone());
                for ty in object.fields.iter().map(|field| field.ty.clone()).collect::<Vec<_>>() {
                    mark(product, &ty, direction, used);
                }
            }
        }
        Type::Enum(id) => {
            used.insert(product.enumeration(*id).name.clone());
        }
        Type::List { item, .. } => mark(product, item, direction, used),
        Type::Json { value, .. } => mark(product, value, direction, used),
        Type::Text { .. } | Type::Integer(_) | Type::Decimal | Type::Boolean | Type::Any => {}
    }
}

/// Puts the field that closes a cycle behind a pointer, in declaration order; a list is a pointer already.
fn box_cycles(product: &mut Product) {
    let mut done = BTreeSet::new();
    for index in 0..product.objects.len() {
        box_from(product, ObjectId(index), &mut Vec::new(), &mut done);
    }
}

fn box_from(
    product: &mut Product,
    id: ObjectId,
    path: &mut Vec<ObjectId>,
    done: &mut BTreeSet<ObjectId>,
) {
    if done.contains(&id) {
        return;
    }
    path.push(id);
    for index in 0..product.object(id).fields.len() {
        let field = &mut product.objects[id.0].fields[index];
        let next = match &field.ty {
            Type::Object(next) => *next,
            Type::Json { value, .. } => match **value {
                Type::Object(next) => next,
                _ => continue,
            },
            _ => continue,
        };
        if path.contains(&next) {
            field.boxed = true;
        } else {
            box_from(product, next, path, done);
        }
    }
    path.pop();
    done.insert(id);
}

/// Whether an object cannot be built without another of its own kind.
fn needs_itself(product: &Product, name: &str) -> bool {
    let Some(start) = product.objects.iter().position(|object| object.name == name) else {
        return false;
    };
    let mut open = vec![ObjectId(start)];
    let mut seen = BTreeSet::new();
    while let Some(id) = open.pop() {
        for next in required_objects(product.object(id)) {
            if next == ObjectId(start) {
                return true;
            }
            if seen.insert(next) {
                open.push(next);
            }
        }
    }
    false
}

/// Objects without which this one cannot be: those it requires, and those of lists it requires, for what is sent in
/// such a list must not be empty.
fn required_objects(object: &Object) -> impl Iterator<Item = ObjectId> {
    let required = object.fields.iter().filter(|field| field.presence == Presence::Required);
    required.filter_map(|field| match (&field.ty, field.ty.leaf()) {
        (Type::List { .. }, _) if !object.sent => None,
        (_, Type::Object(id)) => Some(*id),
        _ => None,
    })
}
