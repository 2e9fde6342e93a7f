//! A transport without a network, for tests of programs that use the client.

use std::fmt;

use bytes::Bytes;

use super::{BoxFuture, RequestBody, ResponseBody, SendError, Transport, TransportResponse};

/// Answers requests with a closure, in memory. Responses must be signed like real ones, which
/// [`TestPlatform`](crate::TestPlatform) does; its documentation has an example. For whole conversations with every
/// check of the platform, take the sandbox instead.
pub struct MemoryTransport<F>(F);

impl<F> MemoryTransport<F>
where
    F: Fn(http::Request<Bytes>) -> Result<http::Response<Bytes>, SendError> + Send + Sync + 'static,
{
    /// A transport whose answers `answer` makes, or whose failures.
    pub fn new(answer: F) -> Self {
        Self(answer)
    }
}

impl<F> Transport for MemoryTransport<F>
where
    F: Fn(http::Request<Bytes>) -> Result<http::Response<Bytes>, SendError> + Send + Sync + 'static,
{
    fn send(
        &self,
        request: http::Request<RequestBody>,
    ) -> BoxFuture<'_, Result<TransportResponse, SendError>> {
        Box::pin(async {
            let (parts, body) = request.into_parts();
            let request = http::Request::from_parts(parts, body.into_bytes().await?);
            let answer = (self.0)(request)?;
            Ok(answer.map(|body| Box::new(body) as Box<dyn ResponseBody>))
        })
    }
}

impl<F> fmt::Debug for MemoryTransport<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryTransport").finish_non_exhaustive()
    }
}
