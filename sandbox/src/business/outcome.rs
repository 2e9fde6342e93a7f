//! What becomes of refunds and transfers: by themselves, as a test or a person settled in advance.

use crate::refusal::Refusal;

/// How far a refund is, and what it can become.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RefundOutcome {
    /// The user has the money.
    #[default]
    Success,
    /// It is under way, until it is settled.
    Processing,
    /// The user's account does not take the money. The merchant may try again, or name another account.
    Abnormal,
    /// It came to nothing: the order's money is the merchant's again.
    Closed,
}

/// How a transfer to a user begins.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TransferStart {
    /// The user is asked at once.
    #[default]
    WaitUserConfirm,
    /// It is taken in, and goes on when it is released. Until then the merchant asks again with the same parameters.
    Accepted,
}

/// What becomes of those that are asked for from now on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Outcomes {
    pub(crate) refunds: RefundOutcome,
    pub(crate) transfers: TransferStart,
}

impl RefundOutcome {
    const ALL: [Self; 4] = [Self::Success, Self::Processing, Self::Abnormal, Self::Closed];

    /// The words of the control API and of scenarios.
    pub(crate) const WORDS: [&str; 4] = ["success", "processing", "abnormal", "closed"];

    /// As it stands on the wire.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Success => "SUCCESS",
            Self::Processing => "PROCESSING",
            Self::Abnormal => "ABNORMAL",
            Self::Closed => "CLOSED",
        }
    }

    /// By its name on the wire, or the same in lower case.
    pub(crate) fn read(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.as_str().eq_ignore_ascii_case(text))
    }

    /// The event that tells of it; a refund that is under way is not told.
    pub(crate) const fn event(self) -> Option<(&'static str, &'static str)> {
        match self {
            Self::Success => Some(("REFUND.SUCCESS", "RefundSuccess")),
            Self::Abnormal => Some(("REFUND.ABNORMAL", "RefundAbnormal")),
            Self::Closed => Some(("REFUND.CLOSED", "RefundClosed")),
            Self::Processing => None,
        }
    }

    /// A refund that is under way can become anything, an abnormal one be tried again; the others have ended.
    pub(crate) fn become_other(self, other: Self) -> Result<Self, Refusal> {
        match (self, other) {
            (Self::Processing, _)
            | (Self::Abnormal, Self::Processing | Self::Success | Self::Closed) => Ok(other),
            _ => {
                let message = format!("the refund is {} already", self.as_str());
                Err(Refusal::invalid(message))
            }
        }
    }
}

impl TransferStart {
    const ALL: [Self; 2] = [Self::WaitUserConfirm, Self::Accepted];

    /// The words of the control API and of scenarios.
    pub(crate) const WORDS: [&str; 2] = ["wait_user_confirm", "accepted"];

    /// As it stands on the wire.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::WaitUserConfirm => "WAIT_USER_CONFIRM",
            Self::Accepted => "ACCEPTED",
        }
    }

    /// By its name on the wire, or the same in lower case.
    pub(crate) fn read(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.as_str().eq_ignore_ascii_case(text))
    }
}

#[cfg(test)]
mod tests {
    use super::{RefundOutcome::*, *};

    #[test]
    fn a_refund_that_has_ended_stays_as_it_is() {
        // From each, to each of these.
        let table = [
            (Success, [false, false, false, false]),
            (Processing, [true, true, true, true]),
            (Abnormal, [true, true, false, true]),
            (Closed, [false, false, false, false]),
        ];
        for (from, may) in table {
            for (to, may) in RefundOutcome::ALL.into_iter().zip(may) {
                let found = from.become_other(to);
                assert_eq!(found.is_ok(), may, "{from:?} {to:?}");
                assert!(found.is_ok() || found.unwrap_err().message().contains(from.as_str()));
            }
        }
    }

    #[test]
    fn words_are_the_names_on_the_wire_in_lower_case() {
        for (word, one) in RefundOutcome::WORDS.into_iter().zip(RefundOutcome::ALL) {
            assert_eq!(RefundOutcome::read(word), Some(one));
            assert_eq!(RefundOutcome::read(one.as_str()), Some(one));
        }
        for (word, one) in TransferStart::WORDS.into_iter().zip(TransferStart::ALL) {
            assert_eq!(TransferStart::read(word), Some(one));
        }
        assert_eq!((RefundOutcome::read("held"), TransferStart::read("")), (None, None));
    }
}
