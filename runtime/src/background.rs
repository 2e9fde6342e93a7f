//! The threads on which calls run.
//!
//! Every call runs on one Tokio runtime of the process's own, started by the first call. So a call works under any
//! executor or none; a blocking call cannot deadlock the executor it blocks; and a pooled connection never depends on a
//! runtime that has ended, or that is blocked by the very call which waits for it.

use std::{
    cell::Cell,
    io,
    pin::Pin,
    sync::{Mutex, PoisonError, mpsc},
    task::{Context, Poll},
    thread,
};

use tokio::{
    runtime::{Builder, Handle},
    task::JoinHandle,
};

use crate::{
    error::{Error, TransportError, TransportFailure},
    label::Label,
};

/// Enough to keep slow signatures of one call from holding up the others.
const MAX_THREADS: usize = 4;

thread_local! {
    /// Set on the threads of the runtime.
    static INSIDE: Cell<bool> = const { Cell::new(false) };
}

/// Why a future gave no result.
#[derive(Debug)]
pub(crate) enum Lost {
    /// The threads could not be started.
    Unavailable(io::Error),
    /// One of the threads would wait for itself.
    Inside,
    /// It panicked.
    Panicked,
}

impl Lost {
    /// What the caller of this operation learns.
    pub(crate) fn error(self, label: &Label) -> Error {
        let error = |failure| TransportError::new(label, failure);
        match self {
            Self::Unavailable(source) => error(TransportFailure::Background).because(source),
            Self::Inside => error(TransportFailure::Background).because(
                "`blocking()` was called by a transport, signer, clock or the like; use `.await` there",
            ),
            Self::Panicked => error(TransportFailure::Interrupted)
                .because("the transport, signer, clock or the like panicked"),
        }
        .into()
    }
}

/// A future on its way. Dropping it ends the work.
pub(crate) struct Task<T>(JoinHandle<T>);

/// Starts `future`.
pub(crate) fn spawn<T: Send + 'static>(
    future: impl Future<Output = T> + Send + 'static,
) -> Result<Task<T>, Lost> {
    Ok(Task(handle()?.spawn(future)))
}

/// Runs `future` to its end while the calling thread waits.
pub(crate) fn wait<T: Send + 'static>(
    future: impl Future<Output = T> + Send + 'static,
) -> Result<T, Lost> {
    if INSIDE.get() {
        return Err(Lost::Inside);
    }
    let (sender, receiver) = mpsc::sync_channel(1);
    handle()?.spawn(async move {
        // The channel has room for the one result, and its receiver waits below.
        let _ = sender.send(future.await);
    });
    receiver.recv().map_err(|_| Lost::Panicked)
}

/// A failure to start is not kept: the next call tries again.
fn handle() -> Result<Handle, Lost> {
    static HANDLE: Mutex<Option<Handle>> = Mutex::new(None);
    let mut handle = HANDLE.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(handle) = &*handle {
        return Ok(handle.clone());
    }
    let threads = thread::available_parallelism().map_or(1, usize::from).min(MAX_THREADS);
    let runtime = Builder::new_multi_thread()
        .worker_threads(threads)
        .thread_name("wechatpay")
        .on_thread_start(|| INSIDE.set(true))
        .enable_all()
        .build()
        .map_err(Lost::Unavailable)?;
    let started = handle.insert(runtime.handle().clone()).clone();
    // It lives as long as the process.
    std::mem::forget(runtime);
    Ok(started)
}

impl<T> Future for Task<T> {
    type Output = Result<T, Lost>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        Pin::new(&mut self.0).poll(context).map(|result| result.map_err(|_| Lost::Panicked))
    }
}

impl<T> Drop for Task<T> {
    fn drop(&mut self) {
        self.0.abort();
    }
}
