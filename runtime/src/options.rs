//! What can be said of one call beside its request.

use std::time::Duration;

use http::{HeaderMap, HeaderName, HeaderValue};

use crate::{headers, retry::RetryPolicy, target::Problem};

/// What can be said of one call.
#[derive(Default)]
pub(crate) struct Options {
    pub(crate) timeout: Option<Duration>,
    pub(crate) retry: Option<RetryPolicy>,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) host: Option<String>,
    pub(crate) unchecked: bool,
    problem: Option<&'static str>,
}

impl Options {
    /// Something that cannot be done was asked for; the call fails with it when it is made.
    pub(crate) fn problem(&mut self, problem: &'static str) {
        self.problem.get_or_insert(problem);
    }

    /// What was asked for and cannot be done.
    pub(crate) fn refusal(&self) -> Option<&'static str> {
        self.problem
    }

    pub(crate) fn apply(&self, headers: &mut HeaderMap) -> Result<(), Problem> {
        for (name, value) in &self.headers {
            let Ok(header) = HeaderName::try_from(name.as_str()) else {
                return Err("a header name has characters that no header name has".into());
            };
            if headers::is_own(&header) {
                return Err(format!("the header {header} is set by the client itself").into());
            }
            let value = header_value(header.as_str(), value)?;
            headers.insert(header, value);
        }
        Ok(())
    }
}

/// A value that may come from the caller, fit for a header.
pub(crate) fn header_value(name: &str, value: &str) -> Result<HeaderValue, Problem> {
    HeaderValue::from_str(value).map_err(|_| {
        format!("the header {name} has a value that no header can carry (a line break, say)").into()
    })
}
