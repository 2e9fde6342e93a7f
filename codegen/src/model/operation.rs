//! Operations: what is sent where, and what comes back.

use super::types::{Field, Name, ObjectId, ResourceId, Texts};

/// One operation of the API: one method of the client.
#[derive(Clone, Debug)]
pub struct Operation {
    /// Name, unique in its product (`punch`), and the method's identifier.
    pub name: Name,
    /// The resource it belongs to; `None` for the product's own file.
    pub resource: Option<ResourceId>,
    /// Name of the request type: `PunchRequest`.
    pub request: String,
    /// Name of the request's optional part: `PunchOptional`.
    pub optional: String,
    /// Term and description.
    pub texts: Texts,
    /// HTTP method.
    pub method: Method,
    /// Path template as the official page writes it: `/v3/taxi-invoice/drivers/{driver_license}`.
    pub path: String,
    /// The same in pieces.
    pub segments: Vec<Segment>,
    /// Index into [`super::Api::hosts`].
    pub host: usize,
    /// Who may call it: `merchant`, `partner`, ...
    pub roles: Vec<String>,
    /// Address of the official page, where one is known.
    pub page: Option<String>,
    /// Addresses of further official pages, such as the same for partners.
    pub other_pages: Vec<String>,
    /// Why it should no longer be used, and what to use instead; also said of what the platform has superseded or
    /// taken offline.
    pub deprecated: Option<String>,
    /// What the platform says of its availability, if anything.
    pub lifecycle: Option<Lifecycle>,
    /// All fields of the request, wherever they travel, in schema order.
    pub fields: Vec<Field>,
    /// A request body (JSON, or multipart when `upload` is given) exists even if every field of it is optional.
    pub has_body: bool,
    /// The request is a multipart upload; its `Meta` fields go into the `meta` part, its `Form` fields into parts of
    /// their own.
    pub upload: Option<Upload>,
    /// What comes back on success.
    pub response: Response,
    /// The operation's own error codes.
    pub errors: Vec<ErrorCode>,
    /// Whether, and by virtue of what, the call can be repeated.
    pub repeat: Repeat,
}

/// Whether, and to whom, the platform offers an operation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lifecycle {
    /// What it says.
    pub stage: Stage,
    /// The date of it, `2022-09-08`, if known.
    pub since: Option<String>,
    /// Method and path of what takes its place; operations of the same schema.
    pub replaced_by: Vec<(Method, String)>,
}

/// What the platform says of an operation's availability.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Another takes its place.
    Superseded,
    /// It is no longer served.
    Offline,
    /// Not everybody has it yet.
    LimitedRollout,
    /// Only who has been admitted may call it.
    RestrictedAccess,
}

impl Stage {
    /// All stages with the schema's words.
    pub const ALL: [(&'static str, Self); 4] = [
        ("superseded", Self::Superseded),
        ("offline", Self::Offline),
        ("limited-rollout", Self::LimitedRollout),
        ("restricted-access", Self::RestrictedAccess),
    ];

    /// Whether nobody should begin to use it.
    #[must_use]
    pub fn is_past(self) -> bool {
        matches!(self, Self::Superseded | Self::Offline)
    }

    /// The schema's word for it.
    #[must_use]
    pub fn word(self) -> &'static str {
        Self::ALL.iter().find(|(_, stage)| *stage == self).map_or("", |(word, _)| word)
    }
}

/// HTTP methods in use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[expect(missing_docs, reason = "the names are HTTP's own")]
pub enum Method {
    Get,
    Post,
    Put,
    Patch,
    Delete,
}

impl Method {
    /// All methods in use.
    pub const ALL: [Self; 5] = [Self::Get, Self::Post, Self::Put, Self::Patch, Self::Delete];

    /// As it stands in a request line.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }
}

/// A piece of a path template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Segment {
    /// Text that stands as it is, slashes included.
    Literal(String),
    /// The percent-encoded value of the path field with this wire name.
    Field(String),
}

/// Where a request field travels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
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
    /// As a further part of an upload, as plain text.
    Form,
}

/// A file sent as `multipart/form-data`.
#[derive(Clone, Debug)]
pub struct Upload {
    /// Name of the part that holds the file: `file`, as a rule.
    pub part: String,
    /// Term and description of the file.
    pub texts: Texts,
}

/// A part of an upload, or field of its `meta`, that the client fills in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Computed {
    /// The file's name.
    FileName,
    /// The file's digest in lower-case hex.
    Digest(Digest),
    /// Always this text.
    Constant(String),
}

/// Digest algorithms of uploads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Digest {
    /// SHA-256.
    Sha256,
    /// SM3, GB/T 32905-2016.
    Sm3,
}

/// What comes back on success.
#[derive(Clone, Debug)]
pub enum Response {
    /// No body.
    Empty {
        /// Expected status, e.g. 204.
        status: u16,
    },
    /// A JSON object.
    Json {
        /// Expected status, e.g. 200.
        status: u16,
        /// The object: one of the product's own.
        object: ObjectId,
    },
    /// The bytes of a file.
    Binary {
        /// Expected status, e.g. 200.
        status: u16,
        /// Whether the response carries a signature; most downloads do not.
        signed: bool,
    },
}

/// An error code the official page lists for the operation.
#[derive(Clone, Debug)]
pub struct ErrorCode {
    /// HTTP status.
    pub status: u16,
    /// The `code` of the body.
    pub code: String,
    /// Why it comes and what to do.
    pub doc: String,
}

/// What makes a call safe to repeat when its outcome is unknown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Repeat {
    /// It only reads.
    Read,
    /// It sets a state: the same request again leaves the same state.
    Overwrite,
    /// The platform recognises the merchant's own number in this field; all other parameters must stay the same.
    Number(String),
    /// The platform recognises the `Idempotency-Key` header.
    IdempotencyKey,
    /// Nothing: a repetition may act twice.
    Never,
}
