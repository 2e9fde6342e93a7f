//! The API as plain data: what every later stage, and the sandbox, reads.
//!
//! A value of these types is complete and consistent: every reference points at an item that exists, every Rust name
//! is a valid identifier beside its wire name, every example fits its rules. Nothing here can fail; whatever could is
//! refused by the `lower` stage.

mod example;
mod format;
mod host;
mod notification;
mod notify_url;
mod operation;
mod types;

pub use host::{Host, Padding, Profile};
pub use notification::{Area, Event, Notifications, Payload};
pub use operation::{
    Computed, Digest, ErrorCode, Lifecycle, Method, Operation, Place, Repeat, Response, Segment,
    Stage, Upload,
};
pub use types::{
    EnumId, EnumValue, Enumeration, Field, Format, Name, Object, ObjectId, Presence, Product,
    Resource, ResourceId, Span, Texts, Type,
};

/// The whole API.
#[derive(Clone, Debug)]
pub struct Api {
    /// Front page text of the generated crate.
    pub doc: String,
    /// The gateways an operation can live on; the first is the default.
    pub hosts: Vec<Host>,
    /// Cargo features that stand for several products, in schema order.
    pub features: Vec<FeatureGroup>,
    /// One module and one cargo feature each, sorted by name.
    pub products: Vec<Product>,
    /// What the platform tells by calling the merchant.
    pub webhooks: Notifications,
}

impl Api {
    /// Every operation beside its product, in the order of products and their schema.
    pub fn operations(&self) -> impl Iterator<Item = (&Product, &Operation)> {
        let of = |product| move |operation| (product, operation);
        self.products.iter().flat_map(move |product| product.operations.iter().map(of(product)))
    }
}

/// A cargo feature that stands for the products of one purpose.
#[derive(Clone, Debug)]
pub struct FeatureGroup {
    /// Kebab-case name.
    pub name: String,
    /// What it is for: one line that follows "I want".
    pub doc: String,
    /// The features of its products.
    pub products: Vec<String>,
}
