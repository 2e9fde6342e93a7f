//! For tests: what a call would send, and how it would read an answer, with nothing sent.

use bytes::Bytes;
use http::{HeaderMap, StatusCode};

use super::Call;
use crate::{
    error::{DecodeError, Error},
    prepare::Content,
    reply::Reply,
    wire::{Plain, Request},
};

impl<T> Call<T> {
    /// The request of an operation of the schema; `None` for an untyped call. Only with the feature `test-util`.
    #[must_use]
    pub fn request(&self) -> Option<&dyn Request> {
        match &self.draft.content {
            Content::Typed { request, .. } => Some(&**request),
            Content::Untyped { .. } | Content::Url { .. } => None,
        }
    }

    /// The same call of the same operation, with another request: one that breaks a rule, say. Only with the feature
    /// `test-util`.
    ///
    /// An untyped call fails when it is made.
    pub fn with_request(mut self, other: impl Request) -> Self {
        match &mut self.draft.content {
            Content::Typed { request, .. } => {
                *request = Box::new(other);
                self
            }
            Content::Untyped { .. } | Content::Url { .. } => {
                self.with_problem("an untyped call has no request to replace")
            }
        }
    }

    /// Reads `body` as this call would read an answer with it. Fields that travel encrypted are taken as plain text.
    /// Only with the feature `test-util`.
    ///
    /// # Errors
    /// [`Error::Decode`]: the body does not fit.
    pub fn read(&self, body: impl Into<Bytes>) -> Result<T, Error> {
        let label = self.draft.label.clone();
        let reply = Reply::new(label, StatusCode::OK, HeaderMap::new(), body.into(), true);
        (self.read)(&reply, &Plain).map_err(|misfit| DecodeError::new(reply, misfit).into())
    }
}
