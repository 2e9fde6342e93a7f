//! A received notification, and how it is handled: once, in time, and answered as the platform expects.

use std::{fmt, future::poll_fn, pin::pin, sync::Arc, task::Poll};

use tokio::time::Instant;

use super::{
    Answer, Claim, ReplayStore, VerifiedEvent, WebhookError, WebhookFailure, receive::observe,
};
use crate::background;

/// A notification that was verified, opened and parsed.
#[must_use = "a notification that is not answered comes again"]
pub struct Delivery<N> {
    event: VerifiedEvent,
    notification: N,
    deadline: Instant,
    replays: Option<Arc<dyn ReplayStore>>,
}

impl<N> Delivery<N> {
    pub(super) fn new(
        event: VerifiedEvent,
        notification: N,
        deadline: Instant,
        replays: Option<Arc<dyn ReplayStore>>,
    ) -> Self {
        Self { event, notification, deadline, replays }
    }

    /// The notification as it came, sealed.
    #[must_use]
    pub fn event(&self) -> &VerifiedEvent {
        &self.event
    }

    /// What it says.
    #[must_use]
    pub fn notification(&self) -> &N {
        &self.notification
    }

    /// Event and value, to be handled and answered without [`handle`](Self::handle).
    #[must_use]
    pub fn into_parts(self) -> (VerifiedEvent, N) {
        (self.event, self.notification)
    }

    /// Handles the notification and says what to answer.
    ///
    /// With a [`ReplayStore`], each notification is handled once: one that was handled already is answered with success,
    /// one that is being handled with a failure, so that it comes again should that fail. A handler that does not end
    /// within the [deadline](super::Webhooks::deadline) is dropped, and the answer is a failure; work that takes longer
    /// belongs into a queue, for which [`VerifiedEvent`] is made. What `handler` returns becomes the [`Answer`].
    pub async fn handle<R, F>(self, handler: impl FnOnce(VerifiedEvent, N) -> F) -> Answer
    where
        R: Into<Answer>,
        F: Future<Output = R>,
    {
        let Self { event, notification, deadline, replays } = self;
        let Some(replays) = replays else {
            return run(deadline, handler(event, notification)).await;
        };
        let (id, event_type) = (event.id().to_owned(), event.event_type().to_owned());
        let claimed = within(deadline, replays.claim(&id)).await;
        match claimed.unwrap_or_else(|| Err("it did not answer in time".into())) {
            Ok(Claim::New) => {}
            Ok(Claim::Done) => {
                observe("duplicate", Some(&event_type));
                return Answer::success();
            }
            Ok(Claim::Running) => {
                observe("duplicate", Some(&event_type));
                return Answer::failure("being handled, send it again");
            }
            Err(error) => {
                let error = WebhookError::new(WebhookFailure::Replays).because(Some(error));
                observe(error.outcome(), Some(&event_type));
                return error.answer();
            }
        }
        let answer = run(deadline, handler(event, notification)).await;
        // If this is not recorded in time, the notification was handled all the same, or the claim lapses.
        let settled = within(deadline, replays.settle(&id, answer.is_success())).await;
        if !matches!(settled, Some(Ok(()))) {
            observe("replay_store", Some(&event_type));
        }
        answer
    }
}

async fn run<R: Into<Answer>>(deadline: Instant, handler: impl Future<Output = R>) -> Answer {
    match within(deadline, handler).await {
        Some(result) => result.into(),
        None => {
            observe("late", None);
            Answer::failure("not handled in time, send it again")
        }
    }
}

/// What `future` gives, unless it takes longer. The time is kept on the client's own threads, so any executor will do;
/// if those cannot be started, it is not kept.
pub(super) async fn within<T>(deadline: Instant, future: impl Future<Output = T>) -> Option<T> {
    let Ok(timer) = background::spawn(async move { tokio::time::sleep_until(deadline).await })
    else {
        return Some(future.await);
    };
    let (mut future, mut timer) = (pin!(future), pin!(timer));
    poll_fn(|context| {
        if let Poll::Ready(value) = future.as_mut().poll(context) {
            return Poll::Ready(Some(value));
        }
        timer.as_mut().poll(context).map(|_| None)
    })
    .await
}

/// What it says may be personal.
impl<N> fmt::Debug for Delivery<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Delivery").field("event", &self.event).finish_non_exhaustive()
    }
}
