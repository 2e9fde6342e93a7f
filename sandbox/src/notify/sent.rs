//! A notification as tests see it.

use crate::store::NoticeRow;

/// A notification that followed from what a merchant or a user did.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Sent {
    /// The id that the receiver sees.
    pub id: String,
    /// `TRANSACTION.SUCCESS`, ...
    pub event_type: String,
    /// The address that the merchant gave.
    pub url: String,
    /// `pending`, `received`, `given_up`, or `refused` if it cannot be sent there.
    pub state: String,
    /// How often it was sent.
    pub attempts: usize,
    /// What was wrong the last time.
    pub complaint: Option<String>,
}

impl Sent {
    pub(crate) fn new(row: &NoticeRow) -> Self {
        let complaint = row.attempts.last().and_then(|attempt| attempt["complaint"].as_str());
        Self {
            id: row.notice.clone(),
            event_type: row.event_type.clone(),
            url: row.url.clone(),
            state: row.state.as_str().to_owned(),
            attempts: row.attempts.len(),
            complaint: complaint.map(str::to_owned),
        }
    }
}
