//! Answers made from the model: with every field, with the least, and with one value of one's choice.

use serde_json::{Map, Value, json};
use wechatpay_codegen::model::{Field, ObjectId, Presence, Product, Type};

/// A field of an answer, at some depth.
pub(super) struct Site<'m> {
    /// The object it belongs to.
    pub(super) object: ObjectId,
    pub(super) field: &'m Field,
    /// As errors call it.
    pub(super) path: String,
    /// The number of the field in each object from the outermost on. Of lists it is the first item.
    pub(super) way: Vec<usize>,
}

/// Makes answers of a product.
#[derive(Clone, Copy)]
pub(super) struct Maker<'m> {
    pub(super) product: &'m Product,
}

impl<'m> Maker<'m> {
    /// Every field of an object, at every depth. An object inside of itself is not entered again.
    pub(super) fn sites(self, object: ObjectId) -> Vec<Site<'m>> {
        let mut sites = Vec::new();
        self.note(object, "", &[], &mut vec![object], &mut sites);
        sites
    }

    fn note(
        self,
        object: ObjectId,
        prefix: &str,
        way: &[usize],
        open: &mut Vec<ObjectId>,
        sites: &mut Vec<Site<'m>>,
    ) {
        for (index, field) in self.product.object(object).fields.iter().enumerate() {
            let (path, way) = (format!("{prefix}{}", field.name.wire), [way, &[index]].concat());
            if let Type::Object(within) = field.ty.leaf()
                && !open.contains(within)
            {
                open.push(*within);
                let item = if is_list(&field.ty) { "[0]" } else { "" };
                self.note(*within, &format!("{path}{item}."), &way, open, sites);
                open.pop();
            }
            sites.push(Site { object, field, path, way });
        }
    }

    /// An object with everything in it.
    pub(super) fn most(self, object: ObjectId) -> Value {
        self.full(object, &mut vec![object])
    }

    fn full(self, object: ObjectId, open: &mut Vec<ObjectId>) -> Value {
        let mut members = Map::new();
        for field in &self.product.object(object).fields {
            let is_open = matches!(field.ty.leaf(), Type::Object(within) if open.contains(within));
            if !is_open {
                members.insert(field.name.wire.clone(), self.full_value(&field.ty, open));
            } else if field.presence == Presence::Required {
                members.insert(field.name.wire.clone(), self.least_value(&field.ty));
            }
        }
        members.into()
    }

    fn full_value(self, ty: &Type, open: &mut Vec<ObjectId>) -> Value {
        match ty {
            Type::Object(within) => {
                open.push(*within);
                let value = self.full(*within, open);
                open.pop();
                value
            }
            Type::List { item, .. } => vec![self.full_value(item, open); 2].into(),
            Type::Json { value, .. } => self.full_value(value, open).to_string().into(),
            ty => self.least_value(ty),
        }
    }

    /// An object with nothing but what must be there.
    pub(super) fn least(self, object: ObjectId) -> Value {
        self.members(object, |_| None)
    }

    /// The same with `value` for the field at the end of `way`, `None` to leave it out, and with what leads there.
    pub(super) fn with(self, object: ObjectId, way: &[usize], value: Option<&Value>) -> Value {
        let Some((first, rest)) = way.split_first() else { panic!("a way has a step") };
        self.members(object, |index| {
            (index == *first).then(|| {
                let ty = &self.product.object(object).fields[index].ty;
                if rest.is_empty() { value.cloned() } else { Some(self.leading(ty, rest, value)) }
            })
        })
    }

    /// A value of `ty` that leads to the field at the end of `way`.
    fn leading(self, ty: &Type, way: &[usize], value: Option<&Value>) -> Value {
        match ty {
            Type::Object(object) => self.with(*object, way, value),
            Type::List { item, .. } => json!([self.leading(item, way, value)]),
            Type::Json { value: ty, .. } => self.leading(ty, way, value).to_string().into(),
            ty => panic!("{ty:?} has no fields"),
        }
    }

    /// An object of what `chosen` says of a field, by its number, and otherwise of what must be there.
    fn members(self, object: ObjectId, chosen: impl Fn(usize) -> Option<Option<Value>>) -> Value {
        let fields = self.product.object(object).fields.iter().enumerate();
        let members = fields.filter_map(|(index, field)| {
            let value = chosen(index).unwrap_or_else(|| {
                let is_required = field.presence == Presence::Required;
                is_required.then(|| self.least_value(&field.ty))
            });
            Some((field.name.wire.clone(), value?))
        });
        Value::Object(members.collect())
    }

    fn least_value(self, ty: &Type) -> Value {
        match ty {
            Type::Text { .. } => "文".into(),
            Type::Integer(_) => 1.into(),
            Type::Decimal => 0.25.into(),
            Type::Boolean => false.into(),
            Type::Enum(id) => {
                let enumeration = self.product.enumeration(*id);
                let first = enumeration.values.first().map_or("1", |value| &value.name.wire);
                if enumeration.integer {
                    first.parse::<i64>().unwrap().into()
                } else {
                    first.into()
                }
            }
            Type::Object(object) => self.least(*object),
            Type::List { .. } => json!([]),
            Type::Json { value, .. } => self.least_value(value).to_string().into(),
            Type::Any => json!({}),
        }
    }
}

fn is_list(ty: &Type) -> bool {
    match ty {
        Type::List { .. } => true,
        Type::Json { value, .. } => is_list(value),
        _ => false,
    }
}
