//! Between Rust values and the wire: one description of each type's fields, read by everything.
//!
//! A generated type says once what its fields are called, where their values are and which rules they obey
//! ([`Object`], [`Request`]). Validation ([`Violations`]) and encoding read that description, so a field cannot be sent
//! without having been checked, nor checked under another name. [`Decode`] is the way back.

mod any_json;
mod decimal;
mod decode;
pub(crate) mod encode;
mod notify_url;
mod open_enum;
mod rule;
mod sensitive;
mod upload;
mod validate;
mod value;

pub use crate::operation::Padding;
pub use any_json::{AnyJson, NotJson};
pub use decimal::Decimal;
#[cfg(any(feature = "webhooks", feature = "test-util"))]
pub(crate) use decode::Plain;
pub use decode::{Decode, Json, JsonObject, Mismatch, Path};
pub(crate) use decode::{Decrypt, decode};
pub use open_enum::Unrecognized;
pub use rule::{Format, Rule, optional, required};
pub use sensitive::{Secret, Sensitive};
pub use upload::UploadFile;
pub(crate) use upload::{Content, Progress};
pub(crate) use validate::validate_with;
pub use validate::{Requirement, Violation, Violations, validate};
pub use value::{
    Field, Fields, List, Object, Place, Request, Shape, Value, body, form, header, meta, path,
    query,
};
