//! How much of the API the schema describes, and how closely.

use std::{fmt, ops::AddAssign};

use serde_json::{Value, json};

use crate::model::{Api, Field, Presence, Product, Span, Type};

/// Counts of a whole API.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Coverage {
    /// By product, in the order of their names.
    pub products: Vec<(String, Counts)>,
    /// All of them together.
    pub total: Counts,
}

/// What is described. A field counts once, where it is declared, however many types and operations lead to it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Operations.
    pub operations: usize,
    /// Types of notifications.
    pub notifications: usize,
    /// Fields of requests, responses and named objects.
    pub fields: usize,
    /// Of these, fields the official page marks required.
    pub required: usize,
    /// Fields with a limit, a pattern or a form.
    pub limited: usize,
    /// Fields that travel encrypted or are credentials.
    pub sensitive: usize,
    /// Fields with an example.
    pub examples: usize,
}

/// Counts what a model holds.
#[must_use]
pub fn coverage(api: &Api) -> Coverage {
    let mut products: Vec<(String, Counts)> =
        api.products.iter().map(|product| (product.feature.clone(), counts(product))).collect();
    let mut total = Counts::default();
    for (_, counts) in &products {
        total += *counts;
    }
    let webhooks = counts(&api.webhooks.types);
    let notifications = Counts { notifications: api.webhooks.events().count(), ..webhooks };
    total += notifications;
    if notifications.notifications > 0 {
        products.push(("webhooks".to_owned(), notifications));
    }
    Coverage { products, total }
}

fn counts(product: &Product) -> Counts {
    let requests = product.operations.iter().flat_map(|operation| &operation.fields);
    let objects = product.objects.iter().flat_map(|object| &object.fields);
    let mut counts = Counts { operations: product.operations.len(), ..Counts::default() };
    for field in requests.chain(objects) {
        counts.fields += 1;
        let required = matches!(field.presence, Presence::Required | Presence::Expected);
        counts.required += usize::from(required);
        counts.limited += usize::from(is_limited(&field.ty));
        counts.sensitive += usize::from(is_sensitive(field));
        counts.examples += usize::from(field.example.is_some());
    }
    counts
}

fn is_limited(ty: &Type) -> bool {
    let given = |span: &Span| *span != Span::default();
    match ty {
        Type::Text { length, format, pattern, .. } => {
            given(length) || format.is_some() || pattern.is_some()
        }
        Type::Integer(span) => given(span),
        Type::List { item, count } => given(count) || is_limited(item),
        Type::Json { value, length } => given(length) || is_limited(value),
        Type::Decimal | Type::Boolean | Type::Object(_) | Type::Enum(_) | Type::Any => false,
    }
}

fn is_sensitive(field: &Field) -> bool {
    matches!(field.ty.leaf(), Type::Text { encrypted: true, .. } | Type::Text { secret: true, .. })
}

impl AddAssign for Counts {
    fn add_assign(&mut self, other: Self) {
        self.operations += other.operations;
        self.notifications += other.notifications;
        self.fields += other.fields;
        self.required += other.required;
        self.limited += other.limited;
        self.sensitive += other.sensitive;
        self.examples += other.examples;
    }
}

impl Coverage {
    /// The total in a sentence, as the README has it.
    #[must_use]
    pub fn sentence(&self) -> String {
        let Counts { operations, notifications, fields, required, limited, sensitive, examples } =
            self.total;
        let products =
            match self.products.iter().filter(|(_, counts)| counts.operations > 0).count() {
                1 => "1 product".to_owned(),
                several => format!("{several} products"),
            };
        format!(
            "{operations} operations of {products}, {notifications} notifications; {fields} fields, of which {required} required, {limited} with \
             limits, {sensitive} sensitive, {examples} with an example"
        )
    }
}

impl Coverage {
    /// The same as JSON: `{"products": {NAME: COUNTS}, "total": COUNTS}`.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let products = self.products.iter().map(|(name, counts)| (name.clone(), counts.to_json()));
        json!({ "products": Value::Object(products.collect()), "total": self.total.to_json() })
    }
}

impl Counts {
    fn to_json(self) -> Value {
        let Self { operations, notifications, fields, required, limited, sensitive, examples } =
            self;
        json!({
            "operations": operations,
            "notifications": notifications,
            "fields": fields,
            "required": required,
            "limits": limited,
            "sensitive": sensitive,
            "examples": examples,
        })
    }
}

/// A table, one line per product.
impl fmt::Display for Coverage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = self.products.iter().map(|(name, _)| name.len()).max().unwrap_or(0).max(7);
        writeln!(
            f,
            "{:width$} operations notifications  fields required  limits sensitive examples",
            "product"
        )?;
        let total = ("total".to_owned(), self.total);
        for (name, counts) in self.products.iter().chain([&total]) {
            let Counts {
                operations,
                notifications,
                fields,
                required,
                limited,
                sensitive,
                examples,
            } = counts;
            writeln!(
                f,
                "{name:width$} {operations:10} {notifications:13} {fields:7} {required:8} {limited:7} {sensitive:9} {examples:8}"
            )?;
        }
        write!(f, "\n{}", self.sentence())
    }
}
