//! Request out, response in: one attempt of a call signs, sends, reads, verifies.
//!
//! Each attempt is signed anew, with a fresh nonce and time. How attempts follow on each other is told in `attempts`.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use http::{HeaderMap, StatusCode, header};
use tokio::time::{Instant, timeout_at};

use crate::{
    clock::unix_seconds,
    core::Shared,
    custody::Opened,
    error::{
        ApiError, BuildError, CryptoError, CryptoFailure, Error, FileError, TransportError,
        TransportFailure, TrustError, TrustFailure, VerificationError, VerificationFailure,
    },
    label::Label,
    merchant::Merchant,
    observe::AttemptSpan,
    prepare::{Answer, Draft, Prepared},
    reply::{self, Reply},
    sign::{Credentials, Message, in_time},
    target::{Address, Base},
    transport::{Fault, RequestBody, ResponseBody, SendError},
    verify::{Verified, Verifier, is_probe},
};

/// No call waits longer, whatever its time limit says: later moments may not be representable.
const LONGEST: Duration = Duration::from_secs(7 * 24 * 3600);

impl Draft {
    /// Makes the call, and opens what is encrypted in its response.
    pub(crate) async fn send(self: Box<Self>) -> Result<Answer, Error> {
        self.check()?;
        let deadline = self.deadline();
        let ready = timeout_at(deadline, self.core.trust_ready(self.gateway())).await;
        ready
            .unwrap_or_else(|_| Err(Arc::new(TrustFailure::Late)))
            .map_err(|failure| TrustError::new(&self.label, failure))?;
        let prepared = self.prepare()?;
        let mut exchange = self.exchange(&prepared, deadline, Witness::Store);
        let reply = exchange.run(self.retry()).await?;
        let decryptor = exchange.merchant.opener();
        let mut opened = Opened::new(decryptor, exchange.merchant.suite(), self.gateway().padding);
        let opening = opened.open((self.sealed)(&reply), decryptor);
        if timeout_at(deadline, opening).await.is_err() {
            opened.failed("the decryptor did not answer in time");
        }
        Ok(Answer { reply, opened })
    }

    /// Makes the call for a response that holds the certificate it is signed with: it is given back unverified, and
    /// so is an error of the platform.
    pub(crate) async fn send_unverified(&self) -> Result<Reply, Error> {
        let prepared = self.prepare()?;
        self.exchange(&prepared, self.deadline(), Witness::Itself).run(self.retry()).await
    }

    pub(crate) fn deadline(&self) -> Instant {
        deadline(self.timeout())
    }

    fn exchange<'c>(
        &'c self,
        prepared: &'c Prepared,
        deadline: Instant,
        witness: Witness,
    ) -> Exchange<'c> {
        let label = self.label.clone();
        Exchange {
            draft: self,
            shared: self.core.shared(),
            label: if prepared.recognisable { label } else { label.unrecognisable() },
            merchant: self.core.merchant(),
            prepared,
            deadline,
            witness,
        }
    }
}

/// When something that may take so long must be over.
pub(crate) fn deadline(limit: Duration) -> Instant {
    Instant::now() + limit.min(LONGEST)
}

type Verdict = Result<Verified, VerificationFailure>;

pub(crate) struct Exchange<'c> {
    pub(crate) draft: &'c Draft,
    pub(crate) shared: &'c Shared,
    pub(crate) label: Label,
    /// The call keeps it through all attempts, whether or not the client's is replaced meanwhile.
    merchant: Arc<Merchant>,
    pub(crate) prepared: &'c Prepared,
    /// When all attempts must be over.
    pub(crate) deadline: Instant,
    witness: Witness,
}

/// Who proves a response.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Witness {
    /// The trust store.
    Store,
    /// Certificates in the response itself. It is for `certificates` to verify it.
    Itself,
}

impl Exchange<'_> {
    /// The host of an attempt, counted from 0: the first, the second, and so on in turn.
    pub(crate) fn host(&self, number: usize) -> Result<&Base, Error> {
        let base = self.prepared.bases.iter().cycle().nth(number);
        Ok(base.ok_or_else(|| BuildError::new(&self.label, "there is no host to send it to"))?)
    }

    /// A request with a signature of its own.
    pub(crate) async fn request(&self, base: &Base) -> Result<http::Request<RequestBody>, Error> {
        let address = base
            .address(&self.prepared.target)
            .map_err(|problem| BuildError::new(&self.label, problem))?;
        let signed = in_time(self.deadline, self.sign(address)).await;
        let signed = signed.map_err(|failure| CryptoError::new(&self.label, failure))?;
        let body =
            self.prepared.body.open().await.map_err(|(failure, source)| {
                FileError::new(&self.label, failure).because(source)
            })?;
        Ok(signed.map(|()| body))
    }

    /// Sends `request` and reads its response, whose head must be there by `head_limit`.
    pub(crate) async fn carry(
        &self,
        request: http::Request<RequestBody>,
        head_limit: Instant,
        span: &AttemptSpan,
    ) -> Result<Reply, Error> {
        let fault = request.body().fault();
        let sent = timeout_at(head_limit, self.shared.transport.send(request)).await;
        let sent = sent.map_err(|_| self.timed_out())?;
        let (parts, mut body) = sent.map_err(|error| self.failed(error, &fault))?.into_parts();
        span.response(parts.status, &parts.headers);
        if let Some(intake) = self.draft.intake.as_ref().filter(|_| parts.status.is_success()) {
            return self.receive(parts, body, intake, span).await;
        }
        let body = self
            .read(&parts.headers, &mut *body)
            .await
            .map_err(|error| error.after(parts.status))?;
        match self.witness {
            Witness::Store => self.judge(parts.status, parts.headers, body, span).await,
            // What is in it could not be believed anyway, and another attempt may bring what can.
            Witness::Itself if is_probe(&parts.headers) => {
                let id = reply::request_id(&parts.headers);
                let failure = VerificationFailure::Probe;
                Err(VerificationError::new(&self.label, failure, parts.status, id).into())
            }
            Witness::Itself => self.reply(parts.status, parts.headers, body, false),
        }
    }

    /// Puts the signature on; the address is both what is signed and what is sent.
    async fn sign(&self, address: Address) -> Result<http::Request<()>, CryptoFailure> {
        let Shared { scheme, clock, nonce, .. } = self.shared;
        let credentials = Credentials {
            scheme: *scheme,
            caller: self.merchant.mchid(),
            serial: self.merchant.serial(),
            signer: self.merchant.signer(),
        };
        let message = Message {
            method: &self.prepared.method,
            target: address.target(),
            timestamp: unix_seconds(clock.now()),
            nonce: &nonce.nonce().map_err(CryptoFailure::Nonce)?,
            body: &self.prepared.signed,
        };
        let authorization = credentials.authorize(&message).await?;
        let mut request = http::Request::new(());
        *request.method_mut() = self.prepared.method.clone();
        *request.uri_mut() = address.into_uri();
        *request.headers_mut() = self.prepared.headers.clone();
        request.headers_mut().insert(header::AUTHORIZATION, authorization);
        Ok(request)
    }

    /// Reads the whole body, up to the limit.
    pub(crate) async fn read(
        &self,
        headers: &HeaderMap,
        body: &mut dyn ResponseBody,
    ) -> Result<Bytes, TransportError> {
        let limit = self.shared.max_response_bytes;
        let too_large = || TransportError::new(&self.label, TransportFailure::TooLarge { limit });
        if announced_length(headers).is_some_and(|length| length > limit as u64) {
            return Err(too_large());
        }
        let mut bytes = Vec::new();
        loop {
            let next = timeout_at(self.deadline, body.chunk()).await;
            let next = next.map_err(|_| self.timed_out())?;
            let Some(chunk) = next.map_err(|error| TransportError::of(&self.label, error))? else {
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
    async fn judge(
        &self,
        status: StatusCode,
        headers: HeaderMap,
        body: Bytes,
        span: &AttemptSpan,
    ) -> Result<Reply, Error> {
        let authenticated = self.authenticate(status, &headers, &body, span).await?;
        self.reply(status, headers, body, authenticated)
    }

    /// Whether it is signed; an error if it should be and is not, or not rightly.
    pub(crate) async fn authenticate(
        &self,
        status: StatusCode,
        headers: &HeaderMap,
        body: &Bytes,
        span: &AttemptSpan,
    ) -> Result<bool, Error> {
        let (verdict, cause) = self.verify(headers, body).await;
        let may_be_unsigned = self.prepared.may_be_unsigned || !status.is_success();
        let authenticated = match verdict {
            Ok(Verified::Signed) => {
                span.verified(headers);
                Ok(true)
            }
            Ok(Verified::Unsigned) if may_be_unsigned => Ok(false),
            Ok(Verified::Unsigned) => Err(VerificationFailure::Unsigned),
            Err(failure) => Err(failure),
        };
        authenticated.map_err(|failure| {
            let error =
                VerificationError::new(&self.label, failure, status, reply::request_id(headers));
            match cause {
                Some(cause) => error.because(cause).into(),
                None => error.into(),
            }
        })
    }

    pub(crate) fn reply(
        &self,
        status: StatusCode,
        headers: HeaderMap,
        body: Bytes,
        authenticated: bool,
    ) -> Result<Reply, Error> {
        let reply = Reply::new(self.label.clone(), status, headers, body, authenticated);
        if status.is_success() { Ok(reply) } else { Err(ApiError::new(reply).into()) }
    }

    /// A response may name a certificate that is newer than the trust store; it is then held until the store knows it.
    /// The second value says why it still does not.
    async fn verify(
        &self,
        headers: &HeaderMap,
        body: &Bytes,
    ) -> (Verdict, Option<Arc<TrustFailure>>) {
        let check = || {
            let trust = self.shared.trust.store();
            let now = unix_seconds(self.shared.clock.now());
            Verifier { trust: &trust, scheme: self.shared.scheme, now }.check(headers, body)
        };
        let serial = match check() {
            Err(VerificationFailure::UnknownSerial { serial, .. }) => serial,
            verdict => return (verdict, None),
        };
        let learnt = self.draft.core.trust_learn(self.draft.gateway(), &serial);
        let learnt = timeout_at(self.deadline, learnt)
            .await
            .unwrap_or_else(|_| Err(Arc::new(TrustFailure::Late)));
        (check(), learnt.err())
    }

    fn timed_out(&self) -> TransportError {
        TransportError::new(&self.label, TransportFailure::Timeout)
    }

    /// A file that cannot be read ends the request, too; then it is to blame, not the connection.
    fn failed(&self, error: SendError, fault: &Fault) -> Error {
        match fault.get() {
            Some(failure) => {
                FileError::new(&self.label, failure.clone()).because(error.source).into()
            }
            None => TransportError::of(&self.label, error).into(),
        }
    }
}

pub(crate) fn announced_length(headers: &HeaderMap) -> Option<u64> {
    headers.get(header::CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_time_limit_overflows_and_one_of_days_is_kept() {
        let (hour, start) = (Duration::from_secs(3600), Instant::now());
        assert!(deadline(6 * 24 * hour) >= start + 6 * 24 * hour);
        assert!(deadline(Duration::MAX) <= Instant::now() + 8 * 24 * hour);
    }
}
