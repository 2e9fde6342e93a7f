//! Work that is the same for many things, shared out.

use std::{
    sync::{Mutex, PoisonError},
    thread,
};

/// What comes of each item, worked on by all cores; in no order.
pub(crate) fn on_all_cores<T: Send, R: Send>(
    items: impl IntoIterator<Item = T, IntoIter: Send>,
    each: impl Fn(T) -> R + Sync,
) -> Vec<R> {
    let (queue, results) = (Mutex::new(items.into_iter()), Mutex::new(Vec::new()));
    let next = || queue.lock().unwrap_or_else(PoisonError::into_inner).next();
    let work = || {
        while let Some(item) = next() {
            let result = each(item);
            results.lock().unwrap().push(result);
        }
    };
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(2, usize::from) {
            scope.spawn(work);
        }
    });
    results.into_inner().unwrap()
}
