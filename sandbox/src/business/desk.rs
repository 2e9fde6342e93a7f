//! What a handler works with: the books, the clock, and a tray for notifications.

use serde_json::{Map, Value};

use super::{Ids, Outcomes};
use crate::{refusal::Refusal, store::Books};

/// Where one request, or one act of a user, is worked on.
pub(crate) struct Desk<'a> {
    pub(crate) books: &'a Books<'a>,
    /// Unix seconds.
    pub(crate) now: i64,
    /// The merchant that signed.
    pub(crate) merchant: &'a str,
    /// Where the sandbox is reached, for addresses it gives: `http://127.0.0.1:8080`.
    pub(crate) origin: &'a str,
    pub(crate) ids: Ids,
    pub(crate) outcomes: Outcomes,
    /// What is to be told by notification, once the work is kept.
    pub(crate) tidings: Vec<Tidings>,
}

/// Something that is to be told by notification.
#[derive(Debug)]
pub(crate) struct Tidings {
    /// The entry it tells of.
    pub(crate) about: i64,
    pub(crate) event_type: &'static str,
    /// Which of the event's payloads, by its name in the schema.
    pub(crate) payload: &'static str,
    /// `original_type` where the schema does not know the event.
    pub(crate) original_type: &'static str,
    pub(crate) url: String,
    pub(crate) told: Map<String, Value>,
}

impl Desk<'_> {
    /// The request must name the merchant that signed it.
    pub(crate) fn check_merchant(&self, field: &str, named: &str) -> Result<(), Refusal> {
        if named.is_empty() || named == self.merchant {
            return Ok(());
        }
        let message = format!("{field} is {named}, but the request is signed by {}", self.merchant);
        Err(Refusal::new(400, "PARAM_ERROR", message).at(field))
    }

    /// Whose numbers the request's numbers are: the merchant's, or those of a merchant it acts for.
    pub(crate) fn scope(&self, sub_mchid: &str) -> String {
        scope(self.merchant, sub_mchid)
    }
}

/// Numbers are unique per merchant, and per merchant that a service provider acts for.
pub(super) fn scope(mchid: &str, sub_mchid: &str) -> String {
    if sub_mchid.is_empty() { mchid.to_owned() } else { format!("{mchid}/{sub_mchid}") }
}
