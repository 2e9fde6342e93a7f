//! The attempts of one call: which host is asked, when, and when to give up.
//!
//! Takes an [`Exchange`], which makes one attempt, and gives the first response that counts, or the error of the last
//! attempt. Every error and response tells how many there were; an error also remembers whether an earlier attempt may
//! have been acted upon, so that an unknown outcome is not hidden behind a later refusal to connect.

use std::time::Duration;

use tokio::time::{Instant, timeout_at};

use crate::{
    error::{Error, TransportFailure},
    exchange::Exchange,
    observe::AttemptSpan,
    reply::Reply,
    retry::{self, RetryPolicy},
};

/// An attempt that has less time than this is not begun: it would most likely turn a failure that is known into an
/// outcome that is not.
const SHORTEST_ATTEMPT: Duration = Duration::from_millis(200);

/// How often a call was tried.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Attempts {
    /// Those that were begun, connections that did not come about included.
    pub(crate) made: u32,
    /// Whether the platform may have acted upon one before the last.
    pub(crate) in_doubt: bool,
}

/// What follows on a failed attempt.
struct Next {
    pause: Duration,
    other_host: bool,
}

impl Exchange<'_> {
    /// Tries until there is a result, or no further attempt is allowed or possible.
    pub(crate) async fn run(&mut self, policy: &RetryPolicy) -> Result<Reply, Error> {
        self.rest(policy).await;
        let mut attempts = Attempts::default();
        let mut host = 0;
        let mut last = None;
        loop {
            let base = self.host(host)?;
            // If it cannot even be signed again, or not in time, what the last attempt says of the outcome is worth more.
            let request = match (self.request(base).await, last) {
                (Ok(request), None) => request,
                (Ok(request), Some(_)) if self.has_time_after(Duration::ZERO) => request,
                (Err(error), None) => return Err(error),
                (_, Some(last)) => return Err(last),
            };
            attempts.made += 1;
            let span = AttemptSpan::start(attempts.made, base.as_str());
            let limit = self.head_limit(policy, attempts.made);
            let error = match span.run(self.carry(request, limit, &span)).await {
                Ok(reply) => return Ok(reply.tried(attempts)),
                Err(error) => error.tried(attempts),
            };
            attempts.in_doubt = error.may_have_acted();
            if self.draft.intake.is_some() && broke_off(&error) {
                // The call's time ends with the head of a file, so that of the next attempt begins anew.
                self.deadline = self.draft.deadline();
            }
            let pause = self.pause(policy, attempts.made, &error);
            if let Some(operation) = self.paced(policy).filter(|_| is_pace(&error)) {
                self.shared.paces.refused(operation, pause);
            }
            let Some(next) = self.next(policy, attempts.made, &error, pause) else {
                return Err(error);
            };
            if timeout_at(self.deadline, self.shared.sleep.sleep(next.pause)).await.is_err() {
                return Err(error);
            }
            host += usize::from(next.other_host);
            last = Some(error);
        }
    }

    /// When the response must have begun. If the call may be repeated after a timeout, half of what is left is kept for
    /// that; a response that has begun may take all of it.
    fn head_limit(&self, policy: &RetryPolicy, made: u32) -> Instant {
        let now = Instant::now();
        let half = self.deadline.saturating_duration_since(now) / 2;
        let may_follow = self.label.repeat().is_safe() && policy.allows_after(made);
        if may_follow && half >= SHORTEST_ATTEMPT { now + half } else { self.deadline }
    }

    /// Waits while the operation rests because another call of it was refused its pace. A call that would lose more than
    /// half of its time by that goes at once: the platform's own word is worth more than a guess that it would refuse.
    async fn rest(&self, policy: &RetryPolicy) {
        let Some(operation) = self.paced(policy) else { return };
        let rest = self.shared.paces.rest(operation);
        if rest.is_zero() {
            return;
        }
        // Drawn apart, so that not all who wait come at the same moment.
        let wait = rest + policy.pause(1, retry::random());
        if wait <= self.deadline.saturating_duration_since(Instant::now()) / 2 {
            // The wait of a `Sleep` that takes longer ends with the call.
            let _ = timeout_at(self.deadline, self.shared.sleep.sleep(wait)).await;
        }
    }

    /// Whose pace this call shares; `None` if it is to be tried once, come what may.
    fn paced(&self, policy: &RetryPolicy) -> Option<&'static str> {
        self.label.paced().filter(|_| policy.allows_after(1))
    }

    /// `None` if this is the end.
    fn next(
        &self,
        policy: &RetryPolicy,
        made: u32,
        error: &Error,
        pause: Duration,
    ) -> Option<Next> {
        if !error.is_retryable() || !policy.allows_after(made) {
            return None;
        }
        let next = Next { pause, other_host: is_of_the_host(error) };
        self.has_time_after(pause).then_some(next)
    }

    /// Whether another attempt can begin after `pause`.
    fn has_time_after(&self, pause: Duration) -> bool {
        let left = self.deadline.saturating_duration_since(Instant::now());
        pause.checked_add(SHORTEST_ATTEMPT).is_some_and(|needed| needed <= left)
    }

    fn pause(&self, policy: &RetryPolicy, made: u32, error: &Error) -> Duration {
        let hosts = u32::try_from(self.prepared.bases.len()).unwrap_or(u32::MAX);
        match error {
            // Another host was not asked yet.
            _ if is_unsent(error) && made < hosts => Duration::ZERO,
            Error::Api(api) => {
                let own = if is_pace(error) {
                    policy.slow_pause(made, retry::random())
                } else {
                    policy.pause(made, retry::random())
                };
                let asked = retry::retry_after(api.reply().headers(), self.shared.clock.now());
                own.max(asked.unwrap_or_default())
            }
            _ => policy.pause(made, retry::random()),
        }
    }
}

/// Whether a success had begun.
fn broke_off(error: &Error) -> bool {
    matches!(error, Error::Transport(error) if error.status().is_some_and(|status| status.is_success()))
}

fn is_unsent(error: &Error) -> bool {
    matches!(error, Error::Transport(error) if error.failure() == TransportFailure::Connect)
}

/// Whether the platform refused the pace.
fn is_pace(error: &Error) -> bool {
    matches!(error, Error::Api(error) if error.is_rate_limit())
}

/// Whether another host may do better. A pace is the merchant's, whatever the host, and a probe is no failure of it.
fn is_of_the_host(error: &Error) -> bool {
    match error {
        Error::Transport(_) => true,
        Error::Api(_) => !is_pace(error),
        _ => false,
    }
}
