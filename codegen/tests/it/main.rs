//! The generator's tests on whole schemas, in one binary.

mod cards_page;
mod diagnostics;
mod golden;
mod project;
