//! What the schema says of an operation, as data.

use http::Method;

/// One operation of the API. Generated code holds one static value of it per method.
#[derive(Debug)]
#[non_exhaustive]
pub struct Operation {
    /// Product and method, as the client spells them: `taxi_invoice.punch`.
    pub name: &'static str,
    /// HTTP method.
    pub method: Method,
    /// Path template: `/v3/taxi-invoice/drivers/{driver_license}`.
    pub path: &'static str,
    /// The gateway it lives on.
    pub host: &'static Host,
    /// What makes it safe to repeat.
    pub repeat: Repeat,
    /// A JSON body is sent even if no field of it is given.
    pub has_body: bool,
    /// The part of an upload that holds the file; `file`, as a rule.
    pub file_part: &'static str,
    /// Whether a success carries a signature. Only some downloads do not.
    pub signed: bool,
    /// Address of the official page.
    pub page: &'static str,
}

impl Operation {
    /// An operation without a body, with a signed response, that must not be repeated.
    #[must_use]
    pub const fn new(
        name: &'static str,
        method: Method,
        path: &'static str,
        host: &'static Host,
    ) -> Self {
        Self {
            name,
            method,
            path,
            host,
            repeat: Repeat::Never,
            has_body: false,
            file_part: "file",
            signed: true,
            page: "",
        }
    }

    /// Says what makes it safe to repeat.
    #[must_use]
    pub const fn repeat(mut self, repeat: Repeat) -> Self {
        self.repeat = repeat;
        self
    }

    /// A JSON body is always sent.
    #[must_use]
    pub const fn with_body(mut self) -> Self {
        self.has_body = true;
        self
    }

    /// The file of an upload is the part of this name.
    #[must_use]
    pub const fn file_part(mut self, name: &'static str) -> Self {
        self.file_part = name;
        self
    }

    /// A success carries no signature.
    #[must_use]
    pub const fn unsigned(mut self) -> Self {
        self.signed = false;
        self
    }

    /// Address of the official page.
    #[must_use]
    pub const fn page(mut self, page: &'static str) -> Self {
        self.page = page;
        self
    }
}

/// A gateway.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Host {
    /// Main address: `https://api.mch.weixin.qq.com`.
    pub main: &'static str,
    /// Backup address, where there is one.
    pub backup: Option<&'static str>,
    /// Path of its platform certificates.
    pub certificates: &'static str,
    /// How RSA pads sensitive fields that go there and come from there.
    pub padding: Padding,
}

impl Host {
    /// A gateway with its main and backup address, neither ending in a slash.
    #[must_use]
    pub const fn new(main: &'static str, backup: Option<&'static str>) -> Self {
        Self { main, backup, certificates: "/v3/certificates", padding: Padding::Oaep }
    }

    /// Path of its platform certificates, where it is not `/v3/certificates`.
    #[must_use]
    pub const fn certificates(mut self, path: &'static str) -> Self {
        self.certificates = path;
        self
    }

    /// How RSA pads sensitive fields, where it is not OAEP.
    #[must_use]
    pub const fn padding(mut self, padding: Padding) -> Self {
        self.padding = padding;
        self
    }
}

/// How RSA pads a sensitive field.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Padding {
    /// OAEP with SHA-1 and MGF1 with SHA-1: 214 bytes of plain text with a 2048-bit key.
    #[default]
    Oaep,
    /// PKCS#1 v1.5: 245 bytes of plain text with a 2048-bit key.
    Pkcs1,
}

impl Padding {
    /// The bytes of plain text that a 2048-bit key takes.
    pub(crate) const fn max_plain_bytes(self) -> usize {
        match self {
            Self::Oaep => 214,
            Self::Pkcs1 => 245,
        }
    }
}

/// What makes a call safe to repeat when its outcome is unknown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Repeat {
    /// It only reads.
    Read,
    /// It sets a state: the same request again leaves the same state.
    Overwrite,
    /// The platform recognises the merchant's own number in this field; all other parameters must stay the same.
    Number(&'static str),
    /// The platform recognises the `Idempotency-Key` header.
    IdempotencyKey,
    /// Nothing: a repetition may act twice.
    Never,
}

impl Repeat {
    /// Whether the same request may be sent again.
    #[must_use]
    pub const fn is_safe(self) -> bool {
        !matches!(self, Self::Never)
    }
}
