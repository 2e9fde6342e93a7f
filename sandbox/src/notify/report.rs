//! What a receiver made of a notification.

use serde_json::Value;

/// What became of a notification.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    attempts: Vec<Attempt>,
}

/// One time that a notification was sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    outcome: Result<(u16, String), String>,
}

impl Report {
    pub(super) fn new(attempts: Vec<Attempt>) -> Self {
        Self { attempts }
    }

    /// Each time it was sent, in order.
    #[must_use]
    pub fn attempts(&self) -> &[Attempt] {
        &self.attempts
    }

    /// Whether it was received in the end.
    #[must_use]
    pub fn is_received(&self) -> bool {
        self.attempts.iter().any(Attempt::is_received)
    }

    /// What the platform would complain of: answers in a form that it does not know, or none.
    #[must_use]
    pub fn complaints(&self) -> Vec<String> {
        let numbered = self.attempts.iter().zip(1..);
        let complain = |(attempt, number): (&Attempt, u32)| {
            Some(format!("attempt {number}: {}", attempt.complaint()?))
        };
        numbered.filter_map(complain).collect()
    }
}

impl Attempt {
    pub(super) fn answered(status: u16, body: String) -> Self {
        Self { outcome: Ok((status, body)) }
    }

    pub(super) fn failed(why: impl Into<String>) -> Self {
        Self { outcome: Err(why.into()) }
    }

    /// The status answered, if there was an answer.
    #[must_use]
    pub fn status(&self) -> Option<u16> {
        self.outcome.as_ref().ok().map(|(status, _)| *status)
    }

    /// The body answered; at most 64 KiB of it.
    #[must_use]
    pub fn body(&self) -> &str {
        self.outcome.as_ref().map_or("", |(_, body)| body)
    }

    /// Why there was no answer.
    #[must_use]
    pub fn error(&self) -> Option<&str> {
        self.outcome.as_ref().err().map(String::as_str)
    }

    /// Whether the platform takes it for received: 200 or 204.
    #[must_use]
    pub fn is_received(&self) -> bool {
        matches!(self.status(), Some(200 | 204))
    }

    pub(super) fn complaint(&self) -> Option<String> {
        let (status, body) = match &self.outcome {
            Ok(answer) => answer,
            Err(why) => return Some(why.clone()),
        };
        match status {
            200 | 204 => None,
            400..=599 => {
                let body: Value = serde_json::from_str(body).unwrap_or_default();
                let in_form = body["code"] == "FAIL" && body["message"].is_string();
                (!in_form)
                    .then(|| format!("{status} without {{\"code\":\"FAIL\",\"message\":\"...\"}}"))
            }
            _ => Some(format!("{status} is neither 200, 204 nor an error")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn item_39_what_is_received_and_what_is_complained_of() {
        let report = |attempts: &[Attempt]| Report::new(attempts.to_vec());
        let fail = Attempt::answered(500, r#"{"code":"FAIL","message":"x"}"#.to_owned());
        let received = report(&[fail.clone(), Attempt::answered(204, String::new())]);
        assert!(received.is_received() && received.complaints().is_empty());
        assert!(!report(&[fail]).is_received());
        let odd = report(&[
            Attempt::answered(500, "<html>".to_owned()),
            Attempt::answered(302, String::new()),
            Attempt::failed("no answer in 5 s"),
        ]);
        assert!(!odd.is_received());
        assert_eq!(
            odd.complaints(),
            [
                "attempt 1: 500 without {\"code\":\"FAIL\",\"message\":\"...\"}",
                "attempt 2: 302 is neither 200, 204 nor an error",
                "attempt 3: no answer in 5 s",
            ]
        );
    }
}
