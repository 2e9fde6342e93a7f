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
    /// The short term of the official documentation, in Chinese; may be empty.
    pub title: String,
    /// Our own description, in English; Markdown, safe for rustdoc; may be empty.
    pub doc: String,
}

/// A product: one schema file, or one and a folder of resources; one module, one cargo feature.
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
    /// The parts a large product is split into, sorted by name; most have none.
    pub resources: Vec<Resource>,
    /// Operations of all files, in schema order.
    pub operations: Vec<Operation>,
    /// Named objects of all files, in schema order.
    pub objects: Vec<Object>,
    /// Enumerations of all files, in schema order.
    pub enums: Vec<Enumeration>,
}

/// A part of a product with a schema file and a module of its own. Names are the product's all the same.
#[derive(Clone, Debug)]
pub struct Resource {
    /// Path of the schema file below `schema/`, e.g. `products/product-coupon/stock.yaml`.
    pub source: String,
    /// Kebab-case name and the module's.
    pub name: Name,
    /// Term and description.
    pub texts: Texts,
}

/// Index into [`Product::resources`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ResourceId(pub usize);

impl Texts {
    /// The shortest of what is said: the term, or else the description's first line.
    #[must_use]
    pub fn term(&self) -> &str {
        if self.title.is_empty() { self.summary().trim_end_matches('.') } else { &self.title }
    }

    /// The description's first line, or else the term.
    #[must_use]
    pub fn summary(&self) -> &str {
        self.doc.lines().next().unwrap_or(&self.title)
    }
}

impl Product {
    /// The object an id of this product points at.
    #[must_use]
    pub fn object(&self, id: ObjectId) -> &Object {
        &self.objects[id.0]
    }

    /// Path below `schema/` of the file that describes what lies in this part.
    #[must_use]
    pub fn source_of(&self, part: Option<ResourceId>) -> &str {
        part.map_or(&self.source, |id| &self.resources[id.0].source)
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
    /// The resource that declares it; `None` for the product's own file.
    pub resource: Option<ResourceId>,
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
    /// The official page says always, but nobody has checked that the platform keeps to it. Only in what is received.
    Expected,
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

impl Field {
    /// The field that a condition on this one names: of two with that wire name, the one that travels in the same place.
    #[must_use]
    pub fn sibling<'f>(&self, fields: &'f [Self], name: &str) -> Option<&'f Self> {
        let named = || fields.iter().filter(|field| field.name.wire == name);
        named().find(|field| field.place == self.place).or_else(|| named().next())
    }
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
        /// Type of the items; never a list, never JSON in a string.
        item: Box<Self>,
        /// Number of items.
        count: Span,
    },
    /// A value that travels as JSON in a string. Nothing in it travels encrypted.
    Json {
        /// Type of the value; never JSON in a string itself.
        value: Box<Self>,
        /// Length of the string in Unicode characters.
        length: Span,
    },
    /// Any JSON value.
    Any,
}

impl Type {
    /// What stands inside of lists and of JSON in a string: a scalar, an object, an enumeration.
    #[must_use]
    pub fn leaf(&self) -> &Self {
        match self {
            Self::List { item, .. } => item.leaf(),
            Self::Json { value, .. } => value.leaf(),
            ty => ty,
        }
    }

    /// The same, to change it.
    pub(crate) fn leaf_mut(&mut self) -> &mut Self {
        match self {
            Self::List { item, .. } => item.leaf_mut(),
            Self::Json { value, .. } => value.leaf_mut(),
            ty => ty,
        }
    }
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
    /// The same, and one that the platform can call: with a path, without a query, and not in a private network.
    NotifyUrl,
    /// Standard Base64 with padding.
    Base64,
}

/// An open enumeration: values the schema does not list are kept as they are.
#[derive(Clone, Debug)]
pub struct Enumeration {
    /// Rust type name, as the schema gives it.
    pub name: String,
    /// The resource that declares it; `None` for the product's own file.
    pub resource: Option<ResourceId>,
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
