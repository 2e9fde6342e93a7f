//! OpenAPI 3.1: facts come in, the schema goes out.
//!
//! ```text
//! documents --read--> Surface --compare--> differences --write--> schema texts
//! schema    --known-> Surface ----^
//! model::Api --export--> documents
//! ```

mod compare;
mod export;
mod import;
mod json;
mod known;
mod read;
mod surface;
mod treatment;
mod write;

pub use export::export;
pub use import::{Import, ImportError, import};
pub use read::Refusal;
pub use treatment::Treatments;
