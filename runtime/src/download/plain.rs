//! From the chunks of a response to plain bytes: unpacked, counted, hashed, and at their end compared.

use std::time::Duration;

use aws_lc_rs::digest::{Context, SHA1_FOR_LEGACY_USE_ONLY, SHA256};
use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use tokio::time::timeout;

use super::{Algorithm, Expected, Intake, Progress, gunzip::Gunzip};
use crate::{
    digest::hex,
    error::{Error, FileError, FileFailure, TransportError, TransportFailure},
    exchange::announced_length,
    label::Label,
    transport::ResponseBody,
};

/// The plain bytes of a response.
pub(super) struct Plain {
    label: Label,
    status: StatusCode,
    body: Box<dyn ResponseBody>,
    idle: Duration,
    gunzip: Option<Gunzip>,
    checks: Vec<Check>,
    limit: u64,
    progress: Option<Progress>,
    announced: Option<u64>,
    received: u64,
    size: u64,
    ended: bool,
}

/// A digest on its way.
struct Check {
    expected: Expected,
    context: Context,
}

impl Plain {
    /// Refuses a response that says of itself that it is too large.
    pub(super) fn new(
        label: &Label,
        (status, headers): (StatusCode, &HeaderMap),
        body: Box<dyn ResponseBody>,
        intake: &Intake,
        limit: u64,
    ) -> Result<Self, Error> {
        let announced = announced_length(headers);
        let statement = statement_sha1(headers)
            .map(|hex| Expected { algorithm: Algorithm::Sha1, hex: hex.to_owned() });
        let plain = Self {
            label: label.clone(),
            status,
            body,
            idle: intake.idle,
            gunzip: intake.gzip.then(Gunzip::new),
            checks: intake.expected.iter().cloned().chain(statement).map(Check::new).collect(),
            limit,
            progress: intake.progress.clone(),
            announced,
            received: 0,
            size: 0,
            ended: false,
        };
        if !intake.gzip && announced.is_some_and(|length| length > limit) {
            return Err(plain.too_large());
        }
        Ok(plain)
    }

    /// How many there have been.
    pub(super) fn size(&self) -> u64 {
        self.size
    }

    /// The next ones. `None` says that they were all, and that they are as they should be.
    pub(super) async fn chunk(&mut self) -> Result<Option<Bytes>, Error> {
        loop {
            if let Some(plain) = self.unpacked()? {
                return self.count(plain).map(Some);
            }
            if self.ended {
                self.compare()?;
                return Ok(None);
            }
            match self.receive().await? {
                Some(chunk) => match &mut self.gunzip {
                    Some(gunzip) => gunzip.give(chunk),
                    None => return self.count(chunk).map(Some),
                },
                None => {
                    self.ended = true;
                    if let Some(plain) = self.finish()? {
                        return self.count(plain).map(Some);
                    }
                }
            }
        }
    }

    async fn receive(&mut self) -> Result<Option<Bytes>, Error> {
        let next = timeout(self.idle, self.body.chunk()).await;
        let failed = |error: TransportError| Error::from(error.after(self.status));
        let chunk = next
            .map_err(|_| failed(TransportError::new(&self.label, TransportFailure::Timeout)))?
            .map_err(|error| failed(TransportError::of(&self.label, error)))?;
        if let Some(chunk) = &chunk {
            self.received += chunk.len() as u64;
            if let Some(progress) = &self.progress {
                progress(self.received, self.announced);
            }
        }
        Ok(chunk)
    }

    fn unpacked(&mut self) -> Result<Option<Bytes>, Error> {
        let next = self.gunzip.as_mut().map_or(Ok(None), Gunzip::next);
        next.map_err(|source| self.failed(FileFailure::Gzip).because(source).into())
    }

    fn finish(&mut self) -> Result<Option<Bytes>, Error> {
        let last = self.gunzip.take().map_or(Ok(None), |mut gunzip| gunzip.finish());
        last.map_err(|source| self.failed(FileFailure::Gzip).because(source).into())
    }

    fn count(&mut self, plain: Bytes) -> Result<Bytes, Error> {
        self.size += plain.len() as u64;
        if self.size > self.limit {
            return Err(self.too_large());
        }
        self.checks.iter_mut().for_each(|check| check.context.update(&plain));
        Ok(plain)
    }

    fn compare(&mut self) -> Result<(), Error> {
        for Check { expected, context } in std::mem::take(&mut self.checks) {
            let actual = hex(context.finish().as_ref());
            if !expected.hex.eq_ignore_ascii_case(&actual) {
                let algorithm = expected.algorithm.name();
                let expected = expected.hex;
                return Err(self.failed(FileFailure::Hash { algorithm, expected, actual }).into());
            }
        }
        Ok(())
    }

    fn too_large(&self) -> Error {
        self.failed(FileFailure::TooLarge { limit: self.limit }).into()
    }

    pub(super) fn failed(&self, failure: FileFailure) -> FileError {
        FileError::new(&self.label, failure).after(self.status)
    }
}

impl Check {
    fn new(expected: Expected) -> Self {
        let algorithm = match expected.algorithm {
            Algorithm::Sha1 => &SHA1_FOR_LEGACY_USE_ONLY,
            Algorithm::Sha256 => &SHA256,
        };
        Self { expected, context: Context::new(algorithm) }
    }
}

/// The digest of a statement, which is signed in its place.
pub(super) fn statement_sha1(headers: &HeaderMap) -> Option<&str> {
    headers.get(crate::headers::STATEMENT_SHA1)?.to_str().ok()
}
