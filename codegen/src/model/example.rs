//! Example values of whole requests and responses, put together from those of their fields.

use serde_json::{Map, Value};

use super::{Computed, Field, Format, ObjectId, Place, Presence, Product, Span, Type};

impl Product {
    /// An example of an object as it stands on the wire, but encrypted fields in plain text.
    #[must_use]
    pub fn example_object(&self, id: ObjectId) -> Map<String, Value> {
        Examples { product: self, open: Vec::new() }.object(id)
    }

    /// An example of the fields that travel in one place of a request, encrypted ones in plain text. Fields that the
    /// client computes from the file are left out.
    #[must_use]
    pub fn example_fields(&self, fields: &[Field], place: Place) -> Map<String, Value> {
        let fields = fields.iter().filter(|field| field.place == place);
        Examples { product: self, open: Vec::new() }.members(fields)
    }

    /// An example of a field; `None` where examples leave it out.
    #[must_use]
    pub fn example(&self, field: &Field) -> Option<Value> {
        Examples { product: self, open: Vec::new() }.field(field)
    }
}

/// Puts examples together.
struct Examples<'p> {
    product: &'p Product,
    /// The objects that the example is inside of: one that contains itself is shown once.
    open: Vec<ObjectId>,
}

impl Examples<'_> {
    fn object(&mut self, id: ObjectId) -> Map<String, Value> {
        self.open.push(id);
        let product = self.product;
        let members = self.members(product.object(id).fields.iter());
        self.open.pop();
        members
    }

    fn members<'f>(&mut self, fields: impl Iterator<Item = &'f Field>) -> Map<String, Value> {
        fields.filter_map(|field| Some((field.name.wire.clone(), self.field(field)?))).collect()
    }

    fn field(&mut self, field: &Field) -> Option<Value> {
        if let Some(computed) = &field.computed {
            return match computed {
                Computed::Constant(text) => Some(Value::from(text.as_str())),
                Computed::FileName | Computed::Digest(_) => None,
            };
        }
        if field.example.is_some() {
            return field.example.clone();
        }
        let shown = match (&field.presence, field.ty.leaf()) {
            (Presence::Required, _) => true,
            (_, ty @ Type::Object(_)) => field.deprecated.is_none() && !self.is_open(ty),
            (Presence::Expected, _) => true,
            _ => false,
        };
        shown.then(|| self.simplest(&field.ty))
    }

    fn is_open(&self, ty: &Type) -> bool {
        matches!(ty, Type::Object(id) if self.open.contains(id))
    }

    /// The simplest value a type allows.
    fn simplest(&mut self, ty: &Type) -> Value {
        match ty {
            Type::Text { length, format, .. } => {
                format.map_or_else(|| fill(*length), |format| format.sample().to_owned()).into()
            }
            Type::Integer(range) => at_least(*range, 1).into(),
            Type::Decimal => 1.into(),
            Type::Boolean => false.into(),
            Type::Object(id) => self.object(*id).into(),
            Type::Enum(id) => {
                let enumeration = self.product.enumeration(*id);
                let wire = enumeration.values.first().map_or("", |value| value.name.wire.as_str());
                if enumeration.integer {
                    wire.parse::<i64>().map_or(Value::Null, Value::from)
                } else {
                    wire.into()
                }
            }
            // In what is received even a required list may be empty, and so end a cycle.
            Type::List { item, .. } if self.is_open(item) => Value::Array(Vec::new()),
            Type::List { item, count } => {
                let items = usize::try_from(at_least(*count, 1)).unwrap_or(1);
                vec![self.simplest(item); items].into()
            }
            Type::Json { value, .. } => self.simplest(value).to_string().into(),
            Type::Any => Map::new().into(),
        }
    }
}

/// The least value of a range, or `usual` if that lies in it.
fn at_least(range: Span, usual: i64) -> i64 {
    let low = range.min.unwrap_or(usual).max(usual);
    range.max.map_or(low, |max| low.min(max))
}

fn fill(length: Span) -> String {
    "A".repeat(usize::try_from(at_least(length, 1)).unwrap_or(1))
}

impl Format {
    /// A value of this form.
    #[must_use]
    pub fn sample(self) -> &'static str {
        match self {
            Self::DateTime => "2026-01-31T12:00:00+08:00",
            Self::Date => "2026-01-31",
            Self::CompactDate => "20260131",
            Self::Url | Self::NotifyUrl => "https://www.example.com/notify",
            Self::Base64 => "QQ==",
        }
    }
}
