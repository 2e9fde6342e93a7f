//! Faults for one operation, in a sentence.

use crate::{Error, Fault, fault::Arming, gateway::Gateway};

/// The calls of one operation: `sandbox.on("pay.prepay_jsapi")`.
#[must_use = "say which fault"]
#[derive(Clone, Copy)]
pub struct On<'s> {
    gateway: &'s Gateway,
    operation: &'s str,
}

/// A fault that is armed as soon as it is said how often it comes.
#[must_use = "it is armed by `once` or `times`"]
pub struct Aimed<'s> {
    on: On<'s>,
    fault: Fault,
    skip: usize,
}

impl<'s> On<'s> {
    pub(crate) fn new(gateway: &'s Gateway, operation: &'s str) -> Self {
        Self { gateway, operation }
    }

    /// They meet with this fault.
    pub fn fault(self, fault: Fault) -> Aimed<'s> {
        Aimed { on: self, fault, skip: 0 }
    }
}

impl Aimed<'_> {
    /// Only after so many calls of the operation.
    pub fn after(mut self, calls: usize) -> Self {
        self.skip = calls;
        self
    }

    /// Once.
    ///
    /// # Errors
    /// When no operation has the name.
    pub fn once(self) -> Result<(), Error> {
        self.times(1)
    }

    /// So many times. Faults that wait already come first.
    ///
    /// # Errors
    /// When no operation has the name.
    pub fn times(self, times: usize) -> Result<(), Error> {
        let On { gateway, operation } = self.on;
        if !gateway.routes().knows(operation) {
            return Err(Error::UnknownOperation(operation.to_owned()));
        }
        let arming = Arming::new(self.fault, Some(operation.to_owned()));
        gateway.faults().arm(Arming { times, skip: self.skip, ..arming });
        Ok(())
    }
}

impl std::fmt::Debug for On<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("On").field("operation", &self.operation).finish_non_exhaustive()
    }
}

impl std::fmt::Debug for Aimed<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Aimed")
            .field("on", &self.on)
            .field("fault", &self.fault)
            .finish_non_exhaustive()
    }
}
