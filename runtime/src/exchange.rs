//! Request out, response in: one attempt of a call signs, sends, reads, verifies.
//!
//! Each attempt is signed anew, with a fresh nonce and time. How attempts follow on each other is told in `attempts`.

use bytes::Bytes;
use http::{HeaderMap, StatusCode, header};
use tokio::time::{Instant, timeout_at};

use crate::{
    clock::unix_seconds,
    core::Shared,
    error::{
        ApiError, BuildError, CryptoError, CryptoFailure, Error, TransportError, TransportFailure,
        VerificationError, VerificationFailure,
    },
    label::Label,
    observe::AttemptSpan,
    prepare::{Draft, Prepared},
    reply::{self, Reply},
    sign::{Message, Signer},
    target::{Address, Base},
    transport::{ResponseBody, SendError, SendErrorKind},
    verify::{Verified, Verifier},
};

/// No call waits longer, whatever its time limit says: later moments may not be representable.
const LONGEST: std::time::Duration = std::time::Duration::from_secs(7 * 24 * 3600);

impl Draft {
    /// Makes the call.
    pub(crate) async fn send(self: Box<Self>) -> Result<Reply, Error> {
        let prepared = self.prepare()?;
        let label = if prepared.recognisable {
            self.label.clone()
        } else {
            self.label.clone().unrecognisable()
        };
        let exchange = Exchange {
            shared: self.core.shared(),
            label: &label,
            deadline: Instant::now() + prepared.timeout.min(LONGEST),
            prepared: &prepared,
        };
        exchange.run(self.options.retry.as_ref().unwrap_or(&exchange.shared.retry)).await
    }
}

pub(crate) struct Exchange<'c> {
    pub(crate) shared: &'c Shared,
    pub(crate) label: &'c Label,
    pub(crate) prepared: &'c Prepared,
    /// When all attempts must be over.
    pub(crate) deadline: Instant,
}

impl Exchange<'_> {
    /// The host of an attempt, counted from 0: the first, the second, and so on in turn.
    pub(crate) fn host(&self, number: usize) -> Result<&Base, Error> {
        let base = self.prepared.bases.iter().cycle().nth(number);
        Ok(base.ok_or_else(|| BuildError::new(self.label, "there is no host to send it to"))?)
    }

    /// A request with a signature of its own.
    pub(crate) fn request(&self, base: &Base) -> Result<http::Request<Bytes>, Error> {
        let address = base
            .address(&self.prepared.target)
            .map_err(|problem| BuildError::new(self.label, problem))?;
        Ok(self.sign(address).map_err(|failure| CryptoError::new(self.label, failure))?)
    }

    /// Sends `request` and reads its response, whose head must be there by `head_limit`.
    pub(crate) async fn carry(
        &self,
        request: http::Request<Bytes>,
        head_limit: Instant,
        span: &AttemptSpan,
    ) -> Result<Reply, Error> {
        let sent = timeout_at(head_limit, self.shared.transport.send(request)).await;
        let response = sent.map_err(|_| self.timed_out())?.map_err(|error| self.failed(error))?;
        let (parts, mut body) = response.into_parts();
        span.response(parts.status, &parts.headers);
        let body = self
            .read(&parts.headers, &mut *body)
            .await
            .map_err(|error| error.after(parts.status))?;
        self.judge(parts.status, parts.headers, body, span)
    }

    /// Puts the signature on; the address is both what is signed and what is sent.
    fn sign(&self, address: Address) -> Result<http::Request<Bytes>, CryptoFailure> {
        let Shared { merchant, scheme, clock, nonce, .. } = self.shared;
        let signer = Signer {
            scheme: *scheme,
            caller: merchant.mchid(),
            serial: merchant.serial(),
            key: merchant.key(),
        };
        let authorization = signer.authorize(&Message {
            method: &self.prepared.method,
            target: address.target(),
            timestamp: unix_seconds(clock.now()),
            nonce: &nonce.nonce().map_err(CryptoFailure::Nonce)?,
            body: &self.prepared.signed,
        })?;
        let mut request = http::Request::new(self.prepared.body.clone());
        *request.method_mut() = self.prepared.method.clone();
        *request.uri_mut() = address.into_uri();
        *request.headers_mut() = self.prepared.headers.clone();
        request.headers_mut().insert(header::AUTHORIZATION, authorization);
        Ok(request)
    }

    /// Reads the whole body, up to the limit.
    async fn read(
        &self,
        headers: &HeaderMap,
        body: &mut dyn ResponseBody,
    ) -> Result<Bytes, TransportError> {
        let limit = self.shared.max_response_bytes;
        let too_large = || TransportError::new(self.label, TransportFailure::TooLarge { limit });
        if announced_length(headers).is_some_and(|length| length > limit) {
            return Err(too_large());
        }
        let mut bytes = Vec::new();
        loop {
            let next = timeout_at(self.deadline, body.chunk()).await;
            let Some(chunk) =
                next.map_err(|_| self.timed_out())?.map_err(|error| self.failed(error))?
            else {
                return Ok(bytes.into());
            };
            if chunk.len() > limit - bytes.len() {
                return Err(too_large());
            }
            bytes.extend_from_slice(&chunk);
        }
    }

    /// A success must be signed, unless the schema says that this one is not. An error may come unsigned from a
    /// gateway. Whatever is signed must be signed rightly.
    fn judge(
        &self,
        status: StatusCode,
        headers: HeaderMap,
        body: Bytes,
        span: &AttemptSpan,
    ) -> Result<Reply, Error> {
        let trust = self.shared.trust.current();
        let now = unix_seconds(self.shared.clock.now());
        let verdict =
            Verifier { trust: &trust, scheme: self.shared.scheme, now }.check(&headers, &body);
        let may_be_unsigned = self.prepared.may_be_unsigned || !status.is_success();
        let authenticated = match verdict {
            Ok(Verified::Signed) => {
                span.verified(&headers);
                Ok(true)
            }
            Ok(Verified::Unsigned) if may_be_unsigned => Ok(false),
            Ok(Verified::Unsigned) => Err(VerificationFailure::Unsigned),
            Err(failure) => Err(failure),
        };
        let authenticated = authenticated.map_err(|failure| {
            VerificationError::new(self.label, failure, status, reply::request_id(&headers))
        })?;
        let reply = Reply::new(self.label.clone(), status, headers, body, authenticated);
        if status.is_success() { Ok(reply) } else { Err(ApiError::new(reply).into()) }
    }

    fn timed_out(&self) -> TransportError {
        TransportError::new(self.label, TransportFailure::Timeout)
    }

    fn failed(&self, error: SendError) -> TransportError {
        let failure = match error.kind {
            SendErrorKind::NotConnected => TransportFailure::Connect,
            SendErrorKind::TimedOut => TransportFailure::Timeout,
            SendErrorKind::Interrupted => TransportFailure::Interrupted,
        };
        TransportError::new(self.label, failure).because(error.source)
    }
}

fn announced_length(headers: &HeaderMap) -> Option<usize> {
    headers.get(header::CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}
