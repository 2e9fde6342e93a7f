//! The platform certificate changes in stages, as the real one does: a new one is announced, then signs, then the old one
//! is retired.

use std::{
    mem,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use crate::{KeyError, Keys, refusal::Refusal};

/// The keys of the platform over time; each set differs from the one before in its platform certificate alone.
pub(crate) struct Rotation(Mutex<Stages>);

struct Stages {
    /// Those that signed before and are still listed, oldest first.
    older: Vec<Arc<Keys>>,
    signing: Arc<Keys>,
    /// Those that are listed and do not sign yet, oldest first.
    announced: Vec<Arc<Keys>>,
}

impl Rotation {
    pub(crate) fn new(keys: Keys) -> Self {
        let stages = Stages { older: Vec::new(), signing: Arc::new(keys), announced: Vec::new() };
        Self(Mutex::new(stages))
    }

    /// All whose certificates can be fetched, and fields be encrypted to, oldest first.
    pub(crate) fn listed(&self) -> Vec<Arc<Keys>> {
        let stages = self.lock();
        let signing = std::iter::once(&stages.signing);
        stages.older.iter().chain(signing).chain(&stages.announced).map(Arc::clone).collect()
    }

    /// Those that sign.
    pub(crate) fn signing(&self) -> Arc<Keys> {
        Arc::clone(&self.lock().signing)
    }

    /// Lists a new certificate, and gives its serial number. It takes a moment: an RSA key is generated.
    pub(crate) fn announce(&self) -> Result<String, KeyError> {
        let keys = self.signing().rotated()?;
        let serial = keys.plat_serial().to_owned();
        self.lock().announced.push(Arc::new(keys));
        Ok(serial)
    }

    /// Lets the newest certificate sign, and gives its serial number.
    pub(crate) fn switch(&self) -> Result<String, Refusal> {
        let mut stages = self.lock();
        let missing = || conflict("no certificate is announced; announce one first");
        let newest = stages.announced.pop().ok_or_else(missing)?;
        let serial = newest.plat_serial().to_owned();
        let before = mem::replace(&mut stages.signing, newest);
        let skipped = mem::take(&mut stages.announced);
        stages.older.push(before);
        stages.older.extend(skipped);
        Ok(serial)
    }

    /// Lists the older certificates no more, and gives their serial numbers.
    pub(crate) fn retire(&self) -> Result<Vec<String>, Refusal> {
        let older = mem::take(&mut self.lock().older);
        if older.is_empty() {
            return Err(conflict(
                "no older certificate is listed; announce one and switch to it first",
            ));
        }
        Ok(older.iter().map(|keys| keys.plat_serial().to_owned()).collect())
    }

    fn lock(&self) -> MutexGuard<'_, Stages> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn conflict(message: &str) -> Refusal {
    Refusal::new(409, "CONFLICT", message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_certificate_is_announced_then_signs_then_the_old_one_goes() {
        let keys = Keys::throwaway().unwrap();
        let first = keys.plat_serial().to_owned();
        let rotation = Rotation::new(keys);
        let listed = || -> Vec<String> {
            rotation.listed().iter().map(|keys| keys.plat_serial().to_owned()).collect()
        };
        assert!(rotation.switch().is_err() && rotation.retire().is_err());
        let second = rotation.announce().unwrap();
        assert_eq!(listed(), [first.as_str(), second.as_str()]);
        assert_eq!(rotation.signing().plat_serial(), first);
        assert_eq!(rotation.switch().unwrap(), second);
        assert_eq!((rotation.signing().plat_serial(), listed().len()), (second.as_str(), 2));
        assert_eq!(rotation.retire().unwrap(), [first]);
        assert_eq!(listed(), [second]);
        assert!(rotation.switch().is_err() && rotation.retire().is_err());
    }
}
