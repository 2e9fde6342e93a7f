//! A verified notification, still sealed: what may be stored and queued.

use std::{collections::BTreeMap, fmt};

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

use crate::{
    cipher::EncryptedResource,
    headers::{NONCE, SERIAL, SIGNATURE, SIGNATURE_TYPE, TIMESTAMP},
    wire::{self, Decode, Json, Mismatch, Plain},
};

/// A notification whose signature was verified. Its resource is still sealed.
///
/// It can be stored and queued: it serialises to its raw body and its signature, both text. Whoever reads one back need
/// not believe the store: the signature is checked again before the resource is opened, only its age is not. So an event
/// that somebody else put into the queue is refused. Whoever does not keep the platform's key as long as the events may
/// say [`trusted`](Self::trusted).
#[derive(Clone)]
pub struct VerifiedEvent {
    proof: Proof,
    body: Bytes,
    envelope: Envelope,
    /// False if it was read back from somewhere.
    proven: bool,
}

/// What proves an event: the signature headers, by name.
#[derive(Clone, Default)]
pub(super) struct Proof(BTreeMap<&'static str, String>);

/// The headers that make a proof, and their keys in a stored event.
const PROOF: [(&str, &str); 5] = [
    (TIMESTAMP, "timestamp"),
    (NONCE, "nonce"),
    (SIGNATURE, "signature"),
    (SERIAL, "serial"),
    (SIGNATURE_TYPE, "signature_type"),
];

/// The key of the raw body in a stored event.
const BODY: &str = "body";

#[derive(Clone)]
struct Envelope {
    id: String,
    event_type: String,
    create_time: Option<String>,
    resource_type: Option<String>,
    summary: Option<String>,
    resource: Sealed,
}

#[derive(Clone)]
struct Sealed {
    algorithm: String,
    ciphertext: String,
    nonce: String,
    associated_data: Option<String>,
    original_type: Option<String>,
}

impl VerifiedEvent {
    /// Reads the envelope of a body that `proof` was verified for.
    pub(super) fn read(proof: Proof, body: Bytes) -> Result<Self, Mismatch> {
        let envelope = wire::decode(&body, &Plain)?;
        Ok(Self { proof, body, envelope, proven: true })
    }

    /// Takes the word of where it was stored for it: its signature is not checked again. For a store that nobody else
    /// writes to, where events outlive the platform's keys.
    #[must_use]
    pub fn trusted(mut self) -> Self {
        self.proven = true;
        self
    }

    /// The notification's id. The same notification may come more than once, also at the same time; its id tells.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.envelope.id
    }

    /// The notification's type: `TRANSACTION.SUCCESS`.
    #[must_use]
    pub fn event_type(&self) -> &str {
        &self.envelope.event_type
    }

    /// When it was made, RFC 3339.
    #[must_use]
    pub fn create_time(&self) -> Option<&str> {
        self.envelope.create_time.as_deref()
    }

    /// What is in it: `encrypt-resource`.
    #[must_use]
    pub fn resource_type(&self) -> Option<&str> {
        self.envelope.resource_type.as_deref()
    }

    /// The platform's words for it.
    #[must_use]
    pub fn summary(&self) -> Option<&str> {
        self.envelope.summary.as_deref()
    }

    /// What the resource is: `transaction`, `refund`.
    #[must_use]
    pub fn original_type(&self) -> Option<&str> {
        self.envelope.resource.original_type.as_deref()
    }

    /// Serial of the key that signed it.
    #[must_use]
    pub fn serial(&self) -> &str {
        self.proof.0.get(SERIAL).map_or("", String::as_str)
    }

    /// The raw body, to the byte.
    #[must_use]
    pub fn body(&self) -> &Bytes {
        &self.body
    }

    pub(super) fn algorithm(&self) -> &str {
        &self.envelope.resource.algorithm
    }

    pub(super) fn sealed(&self) -> EncryptedResource<'_> {
        let resource = &self.envelope.resource;
        EncryptedResource {
            ciphertext: &resource.ciphertext,
            nonce: &resource.nonce,
            associated_data: resource.associated_data.as_deref().unwrap_or_default(),
        }
    }

    pub(super) fn is_proven(&self) -> bool {
        self.proven
    }

    pub(super) fn proof(&self) -> &Proof {
        &self.proof
    }
}

impl Proof {
    /// The proof in headers that were verified.
    pub(super) fn of(headers: &HeaderMap) -> Self {
        let texts = PROOF
            .into_iter()
            .filter_map(|(name, _)| Some((name, headers.get(name)?.to_str().ok()?.to_owned())));
        Self(texts.collect())
    }

    /// As headers, to be verified again. What cannot stand in a header is left out, and then missed.
    pub(super) fn headers(&self) -> HeaderMap {
        let pairs = self.0.iter().filter_map(|(name, value)| {
            Some((HeaderName::try_from(*name).ok()?, HeaderValue::try_from(value).ok()?))
        });
        pairs.collect()
    }

    /// The second for which it was signed; 0 if it is none.
    pub(super) fn timestamp(&self) -> u64 {
        self.0.get(TIMESTAMP).and_then(|text| text.parse().ok()).unwrap_or(0)
    }
}

impl Decode for Envelope {
    fn decode(json: Json<'_>) -> Result<Self, Mismatch> {
        let object = json.object()?;
        Ok(Self {
            id: object.field("id")?,
            event_type: object.field("event_type")?,
            create_time: object.field("create_time")?,
            resource_type: object.field("resource_type")?,
            summary: object.field("summary")?,
            resource: object.field("resource")?,
        })
    }
}

impl Decode for Sealed {
    fn decode(json: Json<'_>) -> Result<Self, Mismatch> {
        let object = json.object()?;
        Ok(Self {
            algorithm: object.field("algorithm")?,
            ciphertext: object.field("ciphertext")?,
            nonce: object.field("nonce")?,
            associated_data: object.field("associated_data")?,
            original_type: object.field("original_type")?,
        })
    }
}

impl Serialize for VerifiedEvent {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        // A body that was read as JSON is UTF-8.
        let body = String::from_utf8_lossy(&self.body);
        let proof = PROOF
            .into_iter()
            .filter_map(|(header, key)| Some((key, self.proof.0.get(header)?.as_str())));
        serializer.collect_map(proof.chain([(BODY, body.as_ref())]))
    }
}

impl<'de> Deserialize<'de> for VerifiedEvent {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut texts = BTreeMap::<String, String>::deserialize(deserializer)?;
        let body = texts.remove(BODY).ok_or_else(|| D::Error::missing_field(BODY))?;
        let proof = PROOF
            .into_iter()
            .filter_map(|(header, key)| Some((header, texts.remove(key)?)))
            .collect();
        let event = Self::read(Proof(proof), body.into()).map_err(D::Error::custom)?;
        Ok(Self { proven: false, ..event })
    }
}

/// What is sealed, and who signed it, is not shown.
impl fmt::Debug for VerifiedEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VerifiedEvent")
            .field("id", &self.id())
            .field("event_type", &self.event_type())
            .field("original_type", &self.original_type())
            .field("serial", &self.serial())
            .finish_non_exhaustive()
    }
}
