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
            let Some(next) = self.next(policy, attempts.made, &error) else { return Err(error) };
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

    /// `None` if this is the end.
    fn next(&self, policy: &RetryPolicy, made: u32, error: &Error) -> Option<Next> {
        if !error.is_retryable() || !policy.allows_after(made) {
            return None;
        }
        let pause = self.pause(policy, made, error);
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
                let own = if api.is_rate_limit() {
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

/// Whether another host may do better. A pace is the merchant's, whatever the host, and a probe is no failure of it.
fn is_of_the_host(error: &Error) -> bool {
    match error {
        Error::Transport(_) => true,
        Error::Api(error) => !error.is_rate_limit(),
        _ => false,
    }
}
