//! Notifications: what the platform tells by calling the merchant.

use super::{Name, ObjectId, Product, Texts};

/// All notifications, by area.
#[derive(Clone, Debug)]
pub struct Notifications {
    /// Their types, as those of a product without operations. Each area is one of its resources, in the same order.
    pub types: Product,
    /// One schema file each, sorted by file.
    pub areas: Vec<Area>,
}

impl Notifications {
    /// All events, in the order of areas and files.
    pub fn events(&self) -> impl Iterator<Item = &Event> {
        self.areas.iter().flat_map(|area| &area.events)
    }

    /// The event of this type, in whichever spelling.
    #[must_use]
    pub fn event(&self, event_type: &str) -> Option<&Event> {
        self.events().find(|event| event.spellings().any(|known| known == event_type))
    }
}

/// A part of the notifications.
#[derive(Clone, Debug)]
pub struct Area {
    /// Name of the file, and of the module.
    pub name: Name,
    /// Its events, in schema order.
    pub events: Vec<Event>,
}

/// A kind of notification.
#[derive(Clone, Debug)]
pub struct Event {
    /// `event_type` on the wire.
    pub event_type: String,
    /// Other spellings of it.
    pub aliases: Vec<String>,
    /// Term and description.
    pub texts: Texts,
    /// Addresses of the official pages, the main one first.
    pub pages: Vec<String>,
    /// What `resource.original_type` says, if that is known.
    pub original_types: Vec<String>,
    /// What it can carry, in the order in which that is tried; only the last one takes all that is left.
    pub payloads: Vec<Payload>,
}

impl Event {
    /// The event's type in all its spellings.
    pub fn spellings(&self) -> impl Iterator<Item = &str> {
        std::iter::once(&self.event_type).chain(&self.aliases).map(String::as_str)
    }
}

/// What a notification carries.
#[derive(Clone, Debug)]
pub struct Payload {
    /// Name of the variant.
    pub variant: String,
    /// The keys by which it is told from the event's other payloads. Empty on the last.
    pub has: Vec<String>,
    /// Its type, one of [`Notifications::types`].
    pub object: ObjectId,
}
