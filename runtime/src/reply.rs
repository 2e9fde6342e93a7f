//! Responses that passed verification, and what they can be read as.

use std::{fmt, sync::Arc};

use bytes::Bytes;
use http::{HeaderMap, StatusCode, header::CONTENT_TYPE};
use serde::de::DeserializeOwned;

use crate::{
    attempts::Attempts,
    error::{DecodeError, Error, Misfit},
    label::Label,
    wire::{self, Decode, Decrypt},
};

/// A response: status, headers and the bytes of its body. Cloning it copies nothing.
#[derive(Clone)]
pub struct Reply {
    inner: Arc<Inner>,
    attempts: Attempts,
}

struct Inner {
    label: Label,
    status: StatusCode,
    headers: HeaderMap,
    body: Bytes,
    authenticated: bool,
}

impl Reply {
    pub(crate) fn new(
        label: Label,
        status: StatusCode,
        headers: HeaderMap,
        body: Bytes,
        authenticated: bool,
    ) -> Self {
        let inner = Arc::new(Inner { label, status, headers, body, authenticated });
        Self { inner, attempts: Attempts::default() }
    }

    /// It came with the last of these attempts.
    pub(crate) fn tried(mut self, attempts: Attempts) -> Self {
        self.attempts = attempts;
        self
    }

    /// The HTTP status.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.inner.status
    }

    /// The `Request-ID`, by which WeChat Pay's support finds the call.
    #[must_use]
    pub fn request_id(&self) -> Option<&str> {
        request_id(&self.inner.headers)
    }

    /// All headers.
    #[must_use]
    pub fn headers(&self) -> &HeaderMap {
        &self.inner.headers
    }

    /// The body, exactly as it came: these are the bytes that were verified. Of a file that was to be unpacked it is
    /// what was in it, of one that was saved or streamed it is empty.
    #[must_use]
    pub fn body(&self) -> &Bytes {
        &self.inner.body
    }

    /// Whether the response was signed. Only some downloads and some errors of the gateway are not.
    #[must_use]
    pub fn is_authenticated(&self) -> bool {
        self.inner.authenticated
    }

    /// Reads the body as JSON into a type of your own.
    ///
    /// # Errors
    /// [`Error::Decode`]: the call succeeded, but the body does not fit.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, Error> {
        serde_json::from_slice(self.body()).map_err(|error| {
            let misfit = Misfit::Json { line: error.line(), column: error.column() };
            DecodeError::new(self.clone(), misfit).into()
        })
    }

    /// How many attempts it took, see [`RetryPolicy`](crate::RetryPolicy).
    #[must_use]
    pub fn attempts(&self) -> u32 {
        self.attempts.made
    }

    pub(crate) fn history(&self) -> Attempts {
        self.attempts
    }

    /// The same response, whose signature has been verified by now.
    pub(crate) fn into_authenticated(self) -> Self {
        let Inner { label, status, headers, body, .. } = &*self.inner;
        let authenticated = Self::new(label.clone(), *status, headers.clone(), body.clone(), true);
        authenticated.tried(self.attempts)
    }

    pub(crate) fn label(&self) -> &Label {
        &self.inner.label
    }
}

pub(crate) fn request_id(headers: &HeaderMap) -> Option<&str> {
    headers.get("request-id")?.to_str().ok()
}

impl fmt::Debug for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reply")
            .field("status", &self.status().as_u16())
            .field("request_id", &self.request_id())
            .field("bytes", &self.body().len())
            .field("authenticated", &self.is_authenticated())
            .finish_non_exhaustive()
    }
}

/// A value and the response it was read from, as [`Call::with_meta`](crate::Call::with_meta) gives it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct WithMeta<T> {
    /// The value.
    pub value: T,
    /// The response: status, headers, verified bytes.
    pub reply: Reply,
}

/// The bytes of a file.
#[derive(Clone)]
#[non_exhaustive]
pub struct Binary {
    /// The content.
    pub bytes: Bytes,
    /// What the response's `Content-Type` says of it.
    pub content_type: Option<String>,
}

impl fmt::Debug for Binary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Binary")
            .field("bytes", &self.bytes.len())
            .field("content_type", &self.content_type)
            .finish()
    }
}

/// What a response can be read as: any type of the schema, `()` where there is nothing to read, [`Binary`] and
/// [`Reply`]. The set is closed.
pub trait FromReply: sealed::Read {}

impl<T: sealed::Read> FromReply for T {}

/// How to read a response; `accept` is what the request asks for.
pub(crate) mod sealed {
    use super::{Decrypt, Misfit, Reply};

    #[expect(
        private_interfaces,
        reason = "the trait is sealed: nobody outside calls or implements it"
    )]
    pub trait Read: Sized + 'static {
        const ACCEPT: &'static str = "application/json";
        /// Whether it is a file, which may be large, unsigned or taken piece by piece.
        const IS_FILE: bool = false;

        fn read(reply: &Reply, decrypt: &dyn Decrypt) -> Result<Self, Misfit>;
    }
}

#[expect(private_interfaces, reason = "the trait is sealed")]
impl<T: Decode + 'static> sealed::Read for T {
    fn read(reply: &Reply, decrypt: &dyn Decrypt) -> Result<Self, Misfit> {
        wire::decode(reply.body(), decrypt).map_err(Misfit::Value)
    }
}

/// A body that nobody asked for is passed over.
#[expect(private_interfaces, reason = "the trait is sealed")]
impl sealed::Read for () {
    fn read(_: &Reply, _: &dyn Decrypt) -> Result<Self, Misfit> {
        Ok(())
    }
}

#[expect(private_interfaces, reason = "the trait is sealed")]
impl sealed::Read for Reply {
    fn read(reply: &Reply, _: &dyn Decrypt) -> Result<Self, Misfit> {
        Ok(reply.clone())
    }
}

#[expect(private_interfaces, reason = "the trait is sealed")]
impl sealed::Read for Binary {
    const ACCEPT: &'static str = "*/*";
    const IS_FILE: bool = true;

    fn read(reply: &Reply, _: &dyn Decrypt) -> Result<Self, Misfit> {
        let content_type = reply.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
        Ok(Self { bytes: reply.body().clone(), content_type: content_type.map(str::to_owned) })
    }
}
