//! For tests: how a resource would be read, with nothing verified or opened.

use super::{Dispatch, Resource, Webhooks};
use crate::wire::Plain;

impl<N: Dispatch> Webhooks<N> {
    /// Reads `json` as the resource of a notification of this type would be read. Fields that travel encrypted are taken
    /// as plain text. Only with the feature `test-util`.
    pub fn read(&self, event_type: &str, json: impl AsRef<[u8]>) -> N {
        N::dispatch(&Resource::new(event_type, json.as_ref(), &Plain))
    }
}
