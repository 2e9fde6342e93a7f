//! One broken rule: where, which, and by how much.

use std::{fmt, net::Ipv4Addr};

use http::Uri;
use serde_json::{Value, json};
use wechatpay_codegen::model::Place;

/// What an address for notifications must be.
pub(super) const NOTIFY_URL: &str =
    "an absolute http or https address with a path, without a query, and not in a private network";

/// A rule that a request breaks.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Violation {
    /// The field, by wire names from the request downwards: `fapiao_card_information.items[3].goods_name`. Empty for
    /// the body as a whole.
    pub path: String,
    /// The same as a JSON pointer: `/fapiao_card_information/items/3/goods_name`.
    pub pointer: String,
    /// Where the field travels.
    pub place: Place,
    /// The rule it breaks.
    pub rule: Rule,
    /// What the rule asks for, e.g. `at most 8 characters`.
    pub limit: String,
    /// What was found, e.g. `9 characters`. Never the value of an encrypted field.
    pub actual: String,
    /// The value, shortened; `None` for encrypted, missing and unknown fields, and for lists and objects.
    pub value: Option<String>,
}

impl Violation {
    /// What is wrong, without saying where.
    #[must_use]
    pub fn issue(&self) -> String {
        format!("must be {}, is {}", self.limit, self.actual)
    }

    /// `body`, `query`, ...
    #[must_use]
    pub fn location(&self) -> &'static str {
        match self.place {
            Place::Path => "path",
            Place::Query => "query",
            Place::Header => "header",
            Place::Body => "body",
            Place::Meta => "meta",
            Place::Form => "form",
        }
    }

    /// Whether this is an address for notifications that is wrong for being on this machine, and for nothing else.
    pub(crate) fn is_local_address(&self) -> bool {
        let Some(url) = self.value.as_deref().and_then(|value| value.parse::<Uri>().ok()) else {
            return false;
        };
        let host = url.host().unwrap_or_default();
        self.rule == Rule::Format
            && self.limit == NOTIFY_URL
            && matches!(host, "localhost" | "[::1]")
                | host.parse::<Ipv4Addr>().is_ok_and(|address| address.is_loopback())
            && matches!(url.scheme_str(), Some("http" | "https"))
            && url.query().is_none()
            && url.path_and_query().is_some()
    }

    /// As it stands in an error's `violations`.
    pub(crate) fn to_json(&self) -> Value {
        json!({
            "path": self.path,
            "location": self.location(),
            "rule": self.rule.as_str(),
            "limit": self.limit,
            "actual": self.actual,
        })
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = if self.path.is_empty() { self.location() } else { &self.path };
        write!(f, "{path}: {}", self.issue())
    }
}

/// The rules a request can break.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Rule {
    /// Must be there and not be empty.
    Required,
    /// At least so many Unicode characters.
    MinLength,
    /// At most so many Unicode characters.
    MaxLength,
    /// A number within limits.
    Range,
    /// A list with a number of items within limits.
    ItemCount,
    /// Matches a regular expression.
    Pattern,
    /// Has a standard form, such as RFC 3339.
    Format,
    /// One of the values of an enumeration that is known in full.
    Enum,
    /// Has the JSON type of the schema.
    Type,
    /// Only fields of the schema.
    UnknownField,
    /// No characters of four bytes in UTF-8.
    Charset,
    /// No `null`: absent fields are left out.
    Null,
    /// No field twice.
    Duplicate,
    /// A text that the schema fixes.
    Constant,
    /// The digest of the file.
    Digest,
    /// Encrypted to the key that `Wechatpay-Serial` names.
    Encryption,
    /// Short enough to be encrypted.
    EncryptedLength,
    /// A body that can be read.
    Body,
    /// A multipart upload with the parts it must have.
    Multipart,
}

impl Rule {
    /// Short name: `max_length`, ...
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Required => "required",
            Self::MinLength => "min_length",
            Self::MaxLength => "max_length",
            Self::Range => "range",
            Self::ItemCount => "item_count",
            Self::Pattern => "pattern",
            Self::Format => "format",
            Self::Enum => "enum",
            Self::Type => "type",
            Self::UnknownField => "unknown_field",
            Self::Charset => "charset",
            Self::Null => "null",
            Self::Duplicate => "duplicate",
            Self::Constant => "constant",
            Self::Digest => "digest",
            Self::Encryption => "encryption",
            Self::EncryptedLength => "encrypted_length",
            Self::Body => "body",
            Self::Multipart => "multipart",
        }
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
