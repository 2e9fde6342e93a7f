//! Platform certificates from the platform itself: `GET /v3/certificates`.
//!
//! The response is signed with one of the certificates inside it. So each is opened first, with the APIv3 key, which
//! proves that it was sealed by someone who knows that key; it is examined; and then the response is verified, with one of
//! them or with a key that was there before. A certificate can only add a serial, never another key to a known one. The
//! outcome is a new trust store as a whole, or a reason why there is none.

use std::time::SystemTime;

use http::{Method, StatusCode};

use crate::{
    certificate::Certificate,
    cipher::{ApiV3Key, EncryptedResource},
    clock::unix_seconds,
    core::Core,
    custody::Sealed,
    error::{ApiError, Error, TrustFailure, VerificationFailure},
    label::Label,
    merchant::Merchant,
    operation::Host,
    options::Options,
    prepare::{Content, Draft},
    reply::Reply,
    serial,
    sign::Scheme,
    trust::{TrustStore, is_merchants},
    verify::{Verified, Verifier},
    wire::{self, Decode, Json, Mismatch},
};

/// Downloads the certificates and gives the store that follows `store`.
pub(crate) async fn download(
    core: &Core,
    gateway: &'static Host,
    store: &TrustStore,
) -> Result<TrustStore, TrustFailure> {
    let answer = ask(core, gateway).send_unverified().await;
    let shared = core.shared();
    let Some(key) = core.api_v3_key() else {
        return Err(TrustFailure::Refused("there is no APIv3 key to open them with".to_owned()));
    };
    let (merchant, now) = (core.merchant(), shared.clock.now());
    let examiner = Examiner { store, key, merchant: &merchant, scheme: shared.scheme, now };
    match answer {
        Ok(reply) => examiner.examine(&reply),
        Err(Error::Api(error)) => Err(examiner.refusal(error)),
        Err(error) => Err(TrustFailure::Unavailable(error)),
    }
}

fn ask(core: &Core, host: &'static Host) -> Draft {
    Draft {
        core: core.clone(),
        label: Label::untyped(Method::GET, host.certificates),
        content: Content::Untyped {
            host,
            method: Method::GET,
            path: host.certificates.to_owned(),
            query: core.shared().scheme.suite().certificates_query(),
            body: None,
        },
        accept: "application/json",
        options: Options::default(),
        sealed: |_| Vec::new(),
        intake: None,
    }
}

/// What an answer is held against.
struct Examiner<'a> {
    store: &'a TrustStore,
    key: &'a ApiV3Key,
    merchant: &'a Merchant,
    scheme: Scheme,
    now: SystemTime,
}

impl Examiner<'_> {
    fn examine(&self, reply: &Reply) -> Result<TrustStore, TrustFailure> {
        let certificates = self.open(reply).map_err(TrustFailure::Refused)?;
        let next = self.store.with_downloaded(certificates, self.now);
        match self.verify(&next, reply) {
            Ok(Verified::Signed) => Ok(next),
            Ok(Verified::Unsigned) => Err(unproven(&VerificationFailure::Unsigned)),
            Err(failure) => Err(unproven(&failure)),
        }
    }

    fn verify(&self, trust: &TrustStore, reply: &Reply) -> Result<Verified, VerificationFailure> {
        let verifier = Verifier { trust, scheme: self.scheme, now: unix_seconds(self.now) };
        verifier.check(reply.headers(), reply.body())
    }

    /// Why the platform gives none. A client without keys cannot verify that; it is told all the same, as not
    /// authenticated, for nothing is believed on the strength of it.
    fn refusal(&self, error: ApiError) -> TrustFailure {
        let error = match self.verify(self.store, error.reply()) {
            Ok(Verified::Signed) => ApiError::new(error.reply().clone().into_authenticated()),
            Ok(Verified::Unsigned) | Err(VerificationFailure::UnknownSerial { .. }) => error,
            Err(failure) => return unproven(&failure),
        };
        match (error.status(), error.code()) {
            (StatusCode::NOT_FOUND, Some("RESOURCE_NOT_EXISTS"))
            | (StatusCode::INTERNAL_SERVER_ERROR, Some("SYSTEM_ERROR")) => {
                TrustFailure::NoCertificates(error)
            }
            _ => TrustFailure::Unavailable(error.into()),
        }
    }

    /// All certificates that are valid now. One that is not as it should be spoils them all.
    fn open(&self, reply: &Reply) -> Result<Vec<Certificate>, String> {
        let Listing(entries) = wire::decode(reply.body(), &Sealed::default())
            .map_err(|mismatch| format!("the answer does not fit: {mismatch}"))?;
        let mut valid = Vec::new();
        let sealing = self.scheme.suite().sealing();
        let mut problem = format!("the answer holds none that is sealed with {sealing}");
        for entry in entries.iter().filter(|entry| entry.sealed.algorithm == sealing) {
            let name = crate::error::one_line(&entry.serial, 64);
            let certificate = self.open_one(entry).map_err(|why| format!("{name} {why}"))?;
            match self.out_of_time(&certificate) {
                Some(why) => problem = format!("{name} {why}; check the machine's time"),
                None => valid.push(certificate),
            }
        }
        if valid.is_empty() { Err(problem) } else { Ok(valid) }
    }

    fn open_one(&self, entry: &Entry) -> Result<Certificate, String> {
        let resource = EncryptedResource {
            ciphertext: &entry.sealed.ciphertext,
            nonce: &entry.sealed.nonce,
            associated_data: &entry.sealed.associated_data,
        };
        let suite = self.scheme.suite();
        let opened = self.key.open(suite, &resource);
        let plain = opened.map_err(|error| format!("is sealed: {error}"))?;
        let text = std::str::from_utf8(&plain).map_err(|_| "is no PEM".to_owned())?;
        let certificate =
            Certificate::from_pem(text).map_err(|error| format!("is unusable: {error}"))?;
        if !serial::same(certificate.serial(), &entry.serial) {
            return Err(format!("has another serial inside, {}", certificate.serial()));
        }
        if certificate.public_key().suite() != suite {
            let (found, wanted) = (certificate.public_key().suite().key(), suite.key());
            return Err(format!("holds {found}, where {wanted} was asked for"));
        }
        if is_merchants(&certificate, self.merchant) {
            return Err("is a merchant's own certificate, not the platform's".to_owned());
        }
        match self.store.find(certificate.serial()) {
            Some(known) if known.key != *certificate.public_key() => {
                Err("has another key than the certificate of this serial that is known".to_owned())
            }
            _ => Ok(certificate),
        }
    }

    fn out_of_time(&self, certificate: &Certificate) -> Option<&'static str> {
        if self.now < certificate.not_before() {
            return Some("is not valid yet");
        }
        (certificate.not_after() < self.now).then_some("has expired")
    }
}

fn unproven(failure: &VerificationFailure) -> TrustFailure {
    TrustFailure::Refused(format!("the answer is not verified: {failure}"))
}

/// The response's `data`.
struct Listing(Vec<Entry>);

struct Entry {
    serial: String,
    sealed: Envelope,
}

struct Envelope {
    algorithm: String,
    nonce: String,
    associated_data: String,
    ciphertext: String,
}

impl Decode for Listing {
    fn decode(json: Json<'_>) -> Result<Self, Mismatch> {
        Ok(Self(json.object()?.field("data")?))
    }
}

impl Decode for Entry {
    fn decode(json: Json<'_>) -> Result<Self, Mismatch> {
        let entry = json.object()?;
        Ok(Self { serial: entry.field("serial_no")?, sealed: entry.field("encrypt_certificate")? })
    }
}

impl Decode for Envelope {
    fn decode(json: Json<'_>) -> Result<Self, Mismatch> {
        let object = json.object()?;
        Ok(Self {
            algorithm: object.field("algorithm")?,
            nonce: object.field("nonce")?,
            associated_data: object.field::<Option<_>>("associated_data")?.unwrap_or_default(),
            ciphertext: object.field("ciphertext")?,
        })
    }
}
