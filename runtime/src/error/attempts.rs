//! What an error knows of the attempts before it.

use std::fmt;

use super::Error;
use crate::attempts::Attempts;

impl Error {
    /// How many attempts were made, connections that did not come about included; 0 if none was, or if nobody can
    /// tell because a part of the caller's own panicked.
    #[must_use]
    pub fn attempts(&self) -> u32 {
        self.history().made
    }

    /// It ended the last of these attempts.
    pub(crate) fn tried(self, attempts: Attempts) -> Self {
        match self {
            Self::Transport(error) => error.tried(attempts).into(),
            Self::File(error) => error.tried(attempts).into(),
            Self::Verification(error) => error.tried(attempts).into(),
            Self::Api(error) => error.tried(attempts).into(),
            // The others are from before the first attempt, or from after the last.
            other => other,
        }
    }

    /// Whether the platform may have done what the request asks for, were it only to read.
    pub(crate) fn may_have_acted(&self) -> bool {
        match self {
            Self::Transport(error) => error.may_have_been_sent(),
            Self::Verification(_) => true,
            Self::Api(error) => error.is_server_failure() || self.history().in_doubt,
            // The platform never acts upon an upload of which it did not get the whole; a download only reads.
            Self::File(error) => error.history().in_doubt,
            // Nothing was sent, or the outcome is a success.
            _ => false,
        }
    }

    /// What `Display` says of attempts, if there was more than one.
    pub(super) fn fmt_attempts(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Attempts { made, in_doubt } = self.history();
        if made > 1 {
            write!(f, " (attempt {made})")?;
        }
        if in_doubt && self.is_outcome_unknown() && matches!(self, Self::Api(_)) {
            f.write_str(
                "; an earlier attempt may have been acted upon: query before you repeat it",
            )?;
        }
        Ok(())
    }

    fn history(&self) -> Attempts {
        match self {
            Self::Transport(error) => error.history(),
            Self::File(error) => error.history(),
            Self::Verification(error) => error.history(),
            Self::Api(error) => error.reply().history(),
            Self::Decode(error) => error.reply().history(),
            _ => Attempts::default(),
        }
    }
}
