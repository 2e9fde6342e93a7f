//! An opened notification, and how it becomes a typed value.

use std::{cell::OnceCell, collections::BTreeSet, fmt, marker::PhantomData};

use zeroize::Zeroizing;

use super::VerifiedEvent;
use crate::{
    custody,
    wire::{self, Decode, Decrypt, Json, Mismatch},
};

/// A notification whose resource is open.
pub struct Opened<N> {
    event: VerifiedEvent,
    json: Zeroizing<Vec<u8>>,
    fields: custody::Opened,
    kind: PhantomData<fn() -> N>,
}

impl<N: Dispatch> Opened<N> {
    pub(super) fn new(
        event: VerifiedEvent,
        json: Zeroizing<Vec<u8>>,
        fields: custody::Opened,
    ) -> Self {
        Self { event, json, fields, kind: PhantomData }
    }

    /// The notification it was opened from.
    #[must_use]
    pub fn event(&self) -> &VerifiedEvent {
        &self.event
    }

    /// The resource in the platform's own words: JSON, to the byte.
    #[must_use]
    pub fn json(&self) -> &[u8] {
        &self.json
    }

    /// The resource as a typed value, chosen by the event type and the keys that are there. A type that is not known here,
    /// and a resource that does not fit its type, keep their JSON: nothing is lost.
    #[must_use]
    pub fn parse(&self) -> N {
        N::dispatch(&Resource::new(self.event.event_type(), &self.json, &self.fields))
    }
}

/// Type and size: what is in it may be personal.
impl<N> fmt::Debug for Opened<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Opened")
            .field("event", &self.event)
            .field("bytes", &self.json.len())
            .finish_non_exhaustive()
    }
}

/// For generated code: all notifications that have a type.
pub trait Dispatch: Sized + Send + 'static {
    /// Chooses the type and reads it.
    fn dispatch(resource: &Resource<'_>) -> Self;
}

/// For generated code: an opened resource, yet without a type.
pub struct Resource<'a> {
    event_type: &'a str,
    json: &'a [u8],
    decrypt: &'a dyn Decrypt,
    keys: OnceCell<BTreeSet<String>>,
}

impl<'a> Resource<'a> {
    pub(super) fn new(event_type: &'a str, json: &'a [u8], decrypt: &'a dyn Decrypt) -> Self {
        Self { event_type, json, decrypt, keys: OnceCell::new() }
    }

    /// The notification's type.
    #[must_use]
    pub fn event_type(&self) -> &str {
        self.event_type
    }

    /// Whether all these keys are there, and not null.
    #[must_use]
    pub fn has(&self, keys: &[&str]) -> bool {
        let found = self.keys.get_or_init(|| {
            // What is no object has no keys.
            wire::decode(self.json, self.decrypt)
                .map_or_else(|_| BTreeSet::new(), |Keys(keys)| keys)
        });
        keys.iter().all(|key| found.contains(*key))
    }

    /// Reads it as `T`; what does not fit is kept as it came.
    pub fn read<T: Decode, N>(
        &self,
        typed: impl FnOnce(Box<T>) -> N,
        kept: impl FnOnce(Unparsed) -> N,
    ) -> N {
        match wire::decode::<T>(self.json, self.decrypt) {
            Ok(value) => typed(Box::new(value)),
            Err(mismatch) => kept(Unparsed { mismatch: Some(mismatch), ..self.unknown() }),
        }
    }

    /// Keeps it as it came.
    #[must_use]
    pub fn unknown(&self) -> Unparsed {
        Unparsed {
            event_type: self.event_type.to_owned(),
            json: Zeroizing::new(self.json.to_vec()),
            mismatch: None,
        }
    }
}

impl fmt::Debug for Resource<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Resource").field("event_type", &self.event_type).finish_non_exhaustive()
    }
}

/// A genuine notification that has no type here, or does not fit the one it has. Its JSON is kept.
#[derive(Clone)]
pub struct Unparsed {
    event_type: String,
    json: Zeroizing<Vec<u8>>,
    mismatch: Option<Mismatch>,
}

impl Unparsed {
    /// The notification's type.
    #[must_use]
    pub fn event_type(&self) -> &str {
        &self.event_type
    }

    /// The resource in the platform's own words.
    #[must_use]
    pub fn json(&self) -> &[u8] {
        &self.json
    }

    /// Where it does not fit its type; `None` if its event type is not known here.
    #[must_use]
    pub fn mismatch(&self) -> Option<&Mismatch> {
        self.mismatch.as_ref()
    }
}

/// No value: it may be personal.
impl fmt::Debug for Unparsed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Unparsed")
            .field("event_type", &self.event_type)
            .field("bytes", &self.json.len())
            .field("mismatch", &self.mismatch)
            .finish_non_exhaustive()
    }
}

/// The keys of an object.
struct Keys(BTreeSet<String>);

impl Decode for Keys {
    fn decode(json: Json<'_>) -> Result<Self, Mismatch> {
        Ok(Self(json.object()?.keys().map(str::to_owned).collect()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn item_41_keys_count_if_they_are_there_and_not_null() {
        let sealed = custody::Sealed::default();
        let resource = Resource::new("X", br#"{"a":1,"b":null,"c":{"d":1}}"#, &sealed);
        assert!(resource.has(&[]) && resource.has(&["a", "c"]));
        for missing in ["b", "d", "e", ""] {
            assert!(!resource.has(&["a", missing]), "{missing}");
        }
        for no_object in ["", "[]", "null", "{", "\"a\""] {
            let resource = Resource::new("X", no_object.as_bytes(), &sealed);
            assert!(resource.has(&[]) && !resource.has(&["a"]), "{no_object}");
        }
    }
}
