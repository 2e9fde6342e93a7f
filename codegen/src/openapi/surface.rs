//! What two descriptions of the API have in common, so that they can be held against each other.
//!
//! OpenAPI documents and schema files both become a [`Surface`]: operations, fields, limits and values, each with the
//! place it was read from. Names of types and prose are not compared, so they are only carried along.

use std::{fmt, rc::Rc};

use super::json::Json;
use crate::{
    diagnostic::Mark,
    model::{Format, Place, Span},
};

/// All operations and notifications of one description.
#[derive(Debug, Default)]
pub(super) struct Surface {
    pub(super) operations: Vec<Operation>,
    pub(super) notifications: Vec<Notification>,
    /// Gateways by name and main address; a schema's first is its default. Documents name none.
    pub(super) hosts: Vec<(String, String)>,
    objects: Vec<Object>,
    enums: Vec<Enumeration>,
}

/// Index of an object in its [`Surface`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct ObjectId(usize);

/// Index of an enumeration in its [`Surface`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct EnumId(usize);

impl Surface {
    pub(super) fn add_object(&mut self, object: Object) -> ObjectId {
        self.objects.push(object);
        ObjectId(self.objects.len() - 1)
    }

    pub(super) fn add_enum(&mut self, enumeration: Enumeration) -> EnumId {
        self.enums.push(enumeration);
        EnumId(self.enums.len() - 1)
    }

    pub(super) fn object(&self, id: ObjectId) -> &Object {
        &self.objects[id.0]
    }

    pub(super) fn object_mut(&mut self, id: ObjectId) -> &mut Object {
        &mut self.objects[id.0]
    }

    pub(super) fn enumeration(&self, id: EnumId) -> &Enumeration {
        &self.enums[id.0]
    }
}

/// Where something was read.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Origin {
    /// A line of a schema file, by its path below `schema/`.
    Schema(Rc<str>, Mark),
    /// A place in an OpenAPI document: file and JSON pointer.
    Document(Rc<str>, String),
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Schema(file, at) => write!(f, "schema/{file}:{}", at.line),
            Self::Document(file, pointer) => write!(f, "{file}#{pointer}"),
        }
    }
}

/// One operation.
#[derive(Debug)]
pub(super) struct Operation {
    pub(super) origin: Origin,
    /// The product's file in a schema, the document's `x-product` or file stem otherwise.
    pub(super) product: String,
    pub(super) name: String,
    pub(super) title: String,
    /// Upper case: `GET`.
    pub(super) method: String,
    pub(super) path: String,
    /// Main address of the gateway.
    pub(super) host: Option<String>,
    pub(super) roles: Vec<String>,
    pub(super) pages: Vec<String>,
    pub(super) lifecycle: Option<Lifecycle>,
    pub(super) deprecated: bool,
    /// `403 NO_AUTH` with its reason.
    pub(super) errors: Vec<(String, String)>,
    pub(super) fields: Vec<Field>,
    pub(super) has_body: bool,
    /// Name of the part that holds an uploaded file.
    pub(super) file: Option<String>,
    pub(super) response: Response,
}

impl Operation {
    /// `GET /v3/...`
    pub(super) fn route(&self) -> String {
        format!("{} {}", self.method, self.path)
    }
}

/// What the official page says about an operation's future.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Lifecycle {
    pub(super) status: String,
    pub(super) since: Option<String>,
    /// Routes or paths.
    pub(super) replaced_by: Vec<String>,
}

/// What comes back on success.
#[derive(Debug)]
pub(super) struct Response {
    pub(super) status: i64,
    pub(super) body: Body,
}

#[derive(Debug)]
pub(super) enum Body {
    Empty,
    Binary,
    Object(ObjectId),
}

/// One type of notification.
#[derive(Debug)]
pub(super) struct Notification {
    pub(super) origin: Origin,
    /// `event_type` on the wire.
    pub(super) event: String,
    pub(super) aliases: Vec<String>,
    pub(super) original_type: Vec<String>,
    /// The shapes the decrypted resource may have.
    pub(super) payloads: Vec<ObjectId>,
    /// Several shapes were put into one, so nothing is known of what must be there.
    pub(super) merged: bool,
}

/// An object: a named one, or one written in place.
#[derive(Debug)]
pub(super) struct Object {
    pub(super) origin: Origin,
    pub(super) name: Option<String>,
    pub(super) title: String,
    pub(super) fields: Vec<Field>,
}

/// A field.
#[derive(Clone, Debug)]
pub(super) struct Field {
    pub(super) origin: Origin,
    pub(super) name: String,
    pub(super) title: String,
    pub(super) place: Place,
    pub(super) presence: Presence,
    pub(super) shape: Shape,
    /// A sibling, and the values of it that make this field required.
    pub(super) required_when: Option<(String, Vec<String>)>,
    pub(super) example: Option<Json>,
    /// The client fills it in, which is why the caller need not.
    pub(super) computed: bool,
}

/// Whether a field must be there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Presence {
    Required,
    /// The page marks it so; whether the platform always sends it is not known.
    Expected,
    Optional,
}

/// The type of a value, with its limits.
#[derive(Clone, Debug)]
pub(super) enum Shape {
    Text(Text),
    Integer(Span),
    Decimal,
    Boolean,
    /// Any JSON.
    Any,
    Enum(EnumId),
    Object(ObjectId),
    List(Box<Self>, Span),
    /// JSON in a string; limits are those of the encoded text.
    Encoded(Box<Self>, Span),
}

/// A string.
#[derive(Clone, Debug, Default)]
pub(super) struct Text {
    pub(super) length: Span,
    pub(super) format: Option<Format>,
    pub(super) pattern: Option<String>,
    pub(super) encrypted: bool,
    pub(super) secret: bool,
}

/// An enumeration.
#[derive(Debug)]
pub(super) struct Enumeration {
    pub(super) origin: Origin,
    pub(super) name: Option<String>,
    pub(super) title: String,
    /// Wire values and their terms.
    pub(super) values: Vec<(String, String)>,
    pub(super) integer: bool,
}
