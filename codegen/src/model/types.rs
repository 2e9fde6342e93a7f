//! Products, objects, fields and enumerations.

use serde_json::Value;

use super::{
    host::Profile,
    operation::{Computed, Operation, Place},
};

/// A name on the wire and its spelling in Rust.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Name {
    /// As WeChat Pay writes it (or, for products and operations, as the schema does).
    pub wire: String,
    /// A valid Rust identifier.
    pub rust: String,
}

/// What is said about an item: its Chinese term and an English description.
#[derive(Clone, Debug, Default)]
pub struct Texts {
    /// The short term of the official documentation, in Chinese.
    pub title: String,
    /// Our own description, in English; Markdown, safe for rustdoc.
    pub doc: String,
}

/// A product: one schema file, one module, one cargo feature.
#[derive(Clone, Debug)]
pub struct Product {
    /// Path of the schema file below `schema/`, e.g. `products/taxi-invoice.yaml`.
    pub source: String,
    /// Kebab-case name: the cargo feature.
    pub feature: String,
    /// Snake-case name: the module and the accessor on the client.
    pub module: String,
    /// Pascal-case name: the type with the methods.
    pub handle: String,
    /// Term and description.
    pub texts: Texts,
    /// The client that reaches it: that of all its operations' gateways.
    pub profile: Profile,
    /// Operations, in schema order.
    pub operations: Vec<Operation>,
    /// Named objects, in schema order.
    pub objects: Vec<Object>,
    /// Enumerations, in schema order.
    pub enums: Vec<Enumeration>,
}

impl Product {
    /// The object an id of this product points at.
    #[must_use]
    pub fn object(&self, id: ObjectId) -> &Object {
        &self.objects[id.0]
    }

    /// The enumeration an id of this product points at.
    #[must_use]
    pub fn enumeration(&self, id: EnumId) -> &Enumeration {
        &self.enums[id.0]
    }
}

/// Index into [`Product::objects`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ObjectId(pub usize);

/// Index into [`Product::enums`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct EnumId(pub usize);

/// A named object.
#[derive(Clone, Debug)]
pub struct Object {
    /// Rust type name, as the schema gives it.
    pub name: String,
    /// Term and description.
    pub texts: Texts,
    /// Fields, in schema order.
    pub fields: Vec<Field>,
    /// Sent inside a request.
    pub sent: bool,
    /// Received inside a response.
    pub received: bool,
}

/// A field of an object, a request or a response.
#[derive(Clone, Debug)]
pub struct Field {
    /// Wire name and Rust name.
    pub name: Name,
    /// Term and description.
    pub texts: Texts,
    /// Where it travels; `Body` for all fields of objects and responses.
    pub place: Place,
    /// Whether it must be there.
    pub presence: Presence,
    /// Its type, with the limits that belong to it.
    pub ty: Type,
    /// The rule in the notation of the official pages, e.g. `string(32)`.
    pub notation: String,
    /// Unit of a number: fen, seconds, ...
    pub unit: Option<String>,
    /// Why it should no longer be used.
    pub deprecated: Option<String>,
    /// Filled in by the client, not by the caller (parts of an upload's `meta`).
    pub computed: Option<Computed>,
    /// A value that fits the rules, in plain text where the field is encrypted. Absent on an optional field that
    /// examples leave out, and on objects, whose example is that of their fields.
    pub example: Option<Value>,
    /// The value is put behind a pointer, because its type contains itself.
    pub boxed: bool,
}

/// Whether a field must be there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Presence {
    /// Always.
    Required,
    /// It may be left out.
    Optional,
    /// It may be left out unless a sibling field has one of the given wire values.
    RequiredWhen {
        /// The sibling's wire name (a text or enumeration field).
        field: String,
        /// Any of these values of it makes this field required.
        values: Vec<String>,
    },
}

/// Lowest and highest allowed value; `None` is no limit on that side.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Span {
    /// Lowest allowed, inclusive.
    pub min: Option<i64>,
    /// Highest allowed, inclusive.
    pub max: Option<i64>,
}

impl Span {
    /// Whether a value lies within.
    #[must_use]
    pub fn contains(self, value: i64) -> bool {
        self.min.is_none_or(|min| value >= min) && self.max.is_none_or(|max| value <= max)
    }
}

/// The type of a field's value.
#[derive(Clone, Debug, PartialEq)]
pub enum Type {
    /// A string.
    Text {
        /// Length in Unicode characters.
        length: Span,
        /// A standard form it must have.
        format: Option<Format>,
        /// A regular expression it must match (anchored as written).
        pattern: Option<String>,
        /// It travels encrypted: to WeChat Pay's key in requests, to the merchant's certificate in responses.
        encrypted: bool,
        /// It is a credential: it travels as it is, but is shown nowhere.
        secret: bool,
    },
    /// A 64-bit integer.
    Integer(Span),
    /// A decimal number that keeps its digits.
    Decimal,
    /// `true` or `false`.
    Boolean,
    /// A named object of the same product.
    Object(ObjectId),
    /// An open enumeration of the same product.
    Enum(EnumId),
    /// A list.
    List {
        /// Type of the items; never a list.
        item: Box<Self>,
        /// Number of items.
        count: Span,
    },
}

/// Standard forms of a string.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// RFC 3339 date and time with an offset: `2020-07-01T12:00:00+08:00`.
    DateTime,
    /// RFC 3339 date: `2020-07-01`.
    Date,
    /// Date without separators: `20200701`.
    CompactDate,
    /// Absolute `http` or `https` address.
    Url,
    /// Standard Base64 with padding.
    Base64,
}

/// An open enumeration: values the schema does not list are kept as they are.
#[derive(Clone, Debug)]
pub struct Enumeration {
    /// Rust type name, as the schema gives it.
    pub name: String,
    /// Term and description.
    pub texts: Texts,
    /// The values known, in schema order.
    pub values: Vec<EnumValue>,
    /// The official page's list is not known in full, so an unlisted value is no mistake.
    pub partial: bool,
    /// Values are integers on the wire.
    pub integer: bool,
}

/// One value of an enumeration.
#[derive(Clone, Debug)]
pub struct EnumValue {
    /// Wire value and variant name.
    pub name: Name,
    /// Term and description.
    pub texts: Texts,
    /// Why it should no longer be used.
    pub deprecated: Option<String>,
}
