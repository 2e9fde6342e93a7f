//! A value that is replaced as a whole while others read it.

use std::sync::{Arc, PoisonError, RwLock};

/// Every reader sees either the old value or the new one, and keeps what it took for as long as it likes.
pub(crate) struct Current<T>(RwLock<Arc<T>>);

impl<T> Current<T> {
    pub(crate) fn new(value: T) -> Self {
        Self(RwLock::new(Arc::new(value)))
    }

    pub(crate) fn get(&self) -> Arc<T> {
        Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner))
    }

    pub(crate) fn set(&self, value: T) {
        self.update(|_| Some(value));
    }

    /// Puts what `next` makes of the present value in its place, if it makes anything. Nobody else replaces it meanwhile.
    pub(crate) fn update(&self, next: impl FnOnce(&T) -> Option<T>) {
        let mut current = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(value) = next(&current) {
            *current = Arc::new(value);
        }
    }
}
