//! What a value looks like from outside: a shape that can be read without knowing its type.

use std::fmt;

use super::{AnyJson, Decimal, Padding, Rule, Secret, Sensitive, UploadFile};

/// A value of a request: something that can show its shape.
pub trait Value {
    /// The value as plain data, borrowed.
    fn shape(&self) -> Shape<'_>;
}

/// A value as plain data.
#[derive(Clone, Copy)]
#[non_exhaustive]
pub enum Shape<'a> {
    /// An optional value that is left out.
    Absent,
    /// A string.
    Text(&'a str),
    /// A string that travels encrypted.
    Sensitive(&'a str),
    /// A 64-bit integer.
    Integer(i64),
    /// A JSON number, kept as its digits.
    Number(&'a str),
    /// `true` or `false`.
    Boolean(bool),
    /// A list.
    List(&'a dyn List),
    /// An object.
    Object(&'a dyn Object),
    /// JSON of any form, as it is written.
    Json(&'a str),
}

/// A list of values.
pub trait List {
    /// Number of items.
    fn len(&self) -> usize;
    /// Whether there is none.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }
    /// The shape of the item at `index`; [`Shape::Absent`] beyond the end.
    fn item(&self, index: usize) -> Shape<'_>;
}

/// An object nested in a request.
pub trait Object {
    /// Its fields, in wire order.
    fn fields(&self) -> Vec<Field<'_>>;
}

/// A whole request: the fields of its path, query, headers and body.
pub trait Request: fmt::Debug + Send + Sync + 'static {
    /// All fields, each in its place, in wire order.
    fn fields(&self) -> Vec<Field<'_>>;

    /// The file, if the request is an upload.
    fn upload(&self) -> Option<&UploadFile> {
        None
    }

    /// How RSA pads its sensitive fields, which says how long they may be: as the operation's host has it.
    fn padding(&self) -> Padding {
        Padding::Oaep
    }
}

/// Where a field travels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Place {
    /// In the path.
    Path,
    /// In the query string.
    Query,
    /// As a header.
    Header,
    /// In the JSON body.
    Body,
    /// In the `meta` part of an upload.
    Meta,
    /// As a part of an upload of its own, as plain text.
    Form,
}

/// One field: name, value, rule.
#[derive(Clone, Copy)]
pub struct Field<'a> {
    /// Where it travels.
    pub place: Place,
    /// Name on the wire.
    pub name: &'static str,
    /// Its value.
    pub value: Shape<'a>,
    /// What the value must obey.
    pub rule: Rule,
}

/// A field of the path.
pub fn path<'a>(name: &'static str, value: &'a (impl Value + ?Sized), rule: Rule) -> Field<'a> {
    Field { place: Place::Path, name, value: value.shape(), rule }
}

/// A field of the query string.
pub fn query<'a>(name: &'static str, value: &'a (impl Value + ?Sized), rule: Rule) -> Field<'a> {
    Field { place: Place::Query, name, value: value.shape(), rule }
}

/// A header.
pub fn header<'a>(name: &'static str, value: &'a (impl Value + ?Sized), rule: Rule) -> Field<'a> {
    Field { place: Place::Header, name, value: value.shape(), rule }
}

/// A field of the JSON body, or of a nested object.
pub fn body<'a>(name: &'static str, value: &'a (impl Value + ?Sized), rule: Rule) -> Field<'a> {
    Field { place: Place::Body, name, value: value.shape(), rule }
}

/// A field of an upload's `meta` part.
pub fn meta<'a>(name: &'static str, value: &'a (impl Value + ?Sized), rule: Rule) -> Field<'a> {
    Field { place: Place::Meta, name, value: value.shape(), rule }
}

/// A further part of an upload.
pub fn form<'a>(name: &'static str, value: &'a (impl Value + ?Sized), rule: Rule) -> Field<'a> {
    Field { place: Place::Form, name, value: value.shape(), rule }
}

/// The fields of an object or request.
pub struct Fields<'a>(Vec<Field<'a>>);

impl<'a> Fields<'a> {
    /// The fields of a request.
    #[must_use]
    pub fn of_request(request: &'a dyn Request) -> Self {
        Self(request.fields())
    }

    /// The fields of an object.
    #[must_use]
    pub fn of_object(object: &'a dyn Object) -> Self {
        Self(object.fields())
    }

    /// All fields, in the order told.
    #[must_use]
    pub fn as_slice(&self) -> &[Field<'a>] {
        &self.0
    }

    /// The fields of one place, in the order told.
    pub fn at(&self, place: Place) -> impl Iterator<Item = &Field<'a>> {
        self.0.iter().filter(move |field| field.place == place)
    }

    /// Whether a value that travels encrypted is among them, at any depth.
    #[must_use]
    pub fn has_sensitive(&self) -> bool {
        self.0.iter().any(|field| is_sensitive(field.value))
    }
}

fn is_sensitive(shape: Shape<'_>) -> bool {
    match shape {
        Shape::Sensitive(_) => true,
        Shape::Object(object) => Fields::of_object(object).has_sensitive(),
        Shape::List(list) => (0..list.len()).any(|index| is_sensitive(list.item(index))),
        _ => false,
    }
}

/// Names, places and rules only: a value may be personal.
impl fmt::Debug for Field<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Field")
            .field("place", &self.place)
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Fields<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(&self.0).finish()
    }
}

impl fmt::Debug for Shape<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Absent => "Absent",
            Self::Text(_) => "Text",
            Self::Sensitive(_) => "Sensitive",
            Self::Integer(_) => "Integer",
            Self::Number(_) => "Number",
            Self::Boolean(_) => "Boolean",
            Self::List(_) => "List",
            Self::Object(_) => "Object",
            Self::Json(_) => "Json",
        })
    }
}

impl Value for str {
    fn shape(&self) -> Shape<'_> {
        Shape::Text(self)
    }
}

impl Value for String {
    fn shape(&self) -> Shape<'_> {
        Shape::Text(self)
    }
}

impl Value for Sensitive<String> {
    fn shape(&self) -> Shape<'_> {
        Shape::Sensitive(self.expose())
    }
}

impl Value for Secret<String> {
    fn shape(&self) -> Shape<'_> {
        Shape::Text(self.expose())
    }
}

impl Value for i64 {
    fn shape(&self) -> Shape<'_> {
        Shape::Integer(*self)
    }
}

impl Value for bool {
    fn shape(&self) -> Shape<'_> {
        Shape::Boolean(*self)
    }
}

impl Value for Decimal {
    fn shape(&self) -> Shape<'_> {
        Shape::Number(self.as_str())
    }
}

impl Value for AnyJson {
    fn shape(&self) -> Shape<'_> {
        match self.as_str() {
            "null" => Shape::Absent,
            json => Shape::Json(json),
        }
    }
}

impl<T: Value> Value for Option<T> {
    fn shape(&self) -> Shape<'_> {
        self.as_ref().map_or(Shape::Absent, Value::shape)
    }
}

impl<T: Value + ?Sized> Value for Box<T> {
    fn shape(&self) -> Shape<'_> {
        (**self).shape()
    }
}

impl<T: Value> Value for Vec<T> {
    fn shape(&self) -> Shape<'_> {
        Shape::List(self)
    }
}

impl<T: Value> List for Vec<T> {
    fn len(&self) -> usize {
        self.len()
    }

    fn item(&self, index: usize) -> Shape<'_> {
        self.get(index).map_or(Shape::Absent, Value::shape)
    }
}
