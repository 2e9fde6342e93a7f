//! The rules a field's value must obey, as the official pages state them.

/// What a value must obey. Built by [`required`] or [`optional`] and the methods below.
#[derive(Clone, Copy, Debug)]
pub struct Rule {
    pub(crate) required: bool,
    pub(crate) because: Option<&'static str>,
    pub(crate) min_chars: Option<u32>,
    pub(crate) max_chars: Option<u32>,
    pub(crate) min: Option<i64>,
    pub(crate) max: Option<i64>,
    pub(crate) min_items: Option<u32>,
    pub(crate) max_items: Option<u32>,
    pub(crate) format: Option<Format>,
    pub(crate) pattern: Option<&'static str>,
    pub(crate) json: Option<JsonText>,
}

/// The value travels as JSON in a string; limits of that string in characters.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct JsonText {
    pub(crate) min_chars: Option<u32>,
    pub(crate) max_chars: Option<u32>,
}

/// A field that must be there, and not be empty.
#[must_use]
pub const fn required() -> Rule {
    Rule { required: true, ..optional() }
}

/// A field that may be left out.
#[must_use]
pub const fn optional() -> Rule {
    Rule {
        required: false,
        because: None,
        min_chars: None,
        max_chars: None,
        min: None,
        max: None,
        min_items: None,
        max_items: None,
        format: None,
        pattern: None,
        json: None,
    }
}

impl Rule {
    /// Must be there if `condition` holds; `because` says the condition in words (`type is ORGANIZATION`).
    #[must_use]
    pub const fn required_when(mut self, condition: bool, because: &'static str) -> Self {
        self.required = condition;
        self.because = Some(because);
        self
    }

    /// At least so many Unicode characters.
    #[must_use]
    pub const fn min_chars(mut self, limit: u32) -> Self {
        self.min_chars = Some(limit);
        self
    }

    /// At most so many Unicode characters.
    #[must_use]
    pub const fn max_chars(mut self, limit: u32) -> Self {
        self.max_chars = Some(limit);
        self
    }

    /// A number not below this.
    #[must_use]
    pub const fn min(mut self, limit: i64) -> Self {
        self.min = Some(limit);
        self
    }

    /// A number not above this.
    #[must_use]
    pub const fn max(mut self, limit: i64) -> Self {
        self.max = Some(limit);
        self
    }

    /// A list of at least so many items.
    #[must_use]
    pub const fn min_items(mut self, limit: u32) -> Self {
        self.min_items = Some(limit);
        self
    }

    /// A list of at most so many items.
    #[must_use]
    pub const fn max_items(mut self, limit: u32) -> Self {
        self.max_items = Some(limit);
        self
    }

    /// A string of this standard form.
    #[must_use]
    pub const fn format(mut self, format: Format) -> Self {
        self.format = Some(format);
        self
    }

    /// A string that matches this regular expression.
    #[must_use]
    pub const fn pattern(mut self, pattern: &'static str) -> Self {
        self.pattern = Some(pattern);
        self
    }

    /// Any value, which travels as JSON in a string.
    #[must_use]
    pub const fn json(mut self) -> Self {
        self.json = Some(JsonText { min_chars: None, max_chars: None });
        self
    }

    /// JSON of at least so many Unicode characters.
    #[must_use]
    pub const fn min_json_chars(mut self, limit: u32) -> Self {
        if let Some(json) = &mut self.json {
            json.min_chars = Some(limit);
        }
        self
    }

    /// JSON of at most so many Unicode characters.
    #[must_use]
    pub const fn max_json_chars(mut self, limit: u32) -> Self {
        if let Some(json) = &mut self.json {
            json.max_chars = Some(limit);
        }
        self
    }
}

/// Standard forms of a string.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Format {
    /// RFC 3339 date and time with an offset: `2020-07-01T12:00:00+08:00`.
    DateTime,
    /// RFC 3339 date: `2020-07-01`.
    Date,
    /// Date without separators: `20200701`.
    CompactDate,
    /// Absolute `http` or `https` address.
    Url,
    /// An address that the platform can call: absolute `http` or `https`, with a path, without a query or fragment, and
    /// not in a private network.
    NotifyUrl,
    /// Standard Base64 with padding.
    Base64,
}

impl Format {
    /// The form in words, with a sample.
    #[must_use]
    pub const fn describe(self) -> &'static str {
        match self {
            Self::DateTime => "an RFC 3339 time with offset, like 2020-07-01T12:00:00+08:00",
            Self::Date => "a date like 2020-07-01",
            Self::CompactDate => "a date like 20200701",
            Self::Url => "an absolute http or https address",
            Self::NotifyUrl => {
                "an absolute http or https address with a path, without a query, and not in a private network"
            }
            Self::Base64 => "standard Base64",
        }
    }

    pub(crate) fn accepts(self, text: &str) -> bool {
        use base64::Engine as _;
        use time::format_description::well_known::Rfc3339;
        use time::macros::format_description;
        match self {
            Self::DateTime => time::OffsetDateTime::parse(text, &Rfc3339).is_ok(),
            Self::Date => {
                time::Date::parse(text, format_description!("[year]-[month]-[day]")).is_ok()
            }
            Self::CompactDate => {
                time::Date::parse(text, format_description!("[year][month][day]")).is_ok()
            }
            Self::Url => is_web_address(text),
            Self::NotifyUrl => super::notify_url::accepts(text),
            Self::Base64 => base64::engine::general_purpose::STANDARD.decode(text).is_ok(),
        }
    }
}

fn is_web_address(text: &str) -> bool {
    url::Url::parse(text)
        .is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_accept_the_standard_form_only() {
        let cases: &[(Format, &[&str], &[&str])] = &[
            (
                Format::DateTime,
                &[
                    "2020-07-01T12:00:00+08:00",
                    "2019-12-01T12:00:00.000+08:00",
                    "2020-07-01T04:00:00Z",
                ],
                &[
                    "2020-07-01 12:00:00",
                    "2020-07-01T12:00:00",
                    "2020-13-01T12:00:00+08:00",
                    "20200701",
                    "",
                    "1594000000",
                ],
            ),
            (Format::Date, &["2020-02-29"], &["2021-02-29", "2020-2-9", "20200229"]),
            (Format::CompactDate, &["20200307"], &["20200332", "2020-03-07", "202003"]),
            (
                Format::Url,
                &["https://a.example/x?y=1", "http://a.example"],
                &["a.example", "ftp://a.example", "https://", "/x"],
            ),
            (Format::Base64, &["", "QQ==", "+/8="], &["QQ", "-_8=", "Q Q="]),
        ];
        for (format, good, bad) in cases {
            for text in *good {
                assert!(format.accepts(text), "{format:?} should accept {text:?}");
            }
            for text in *bad {
                assert!(!format.accepts(text), "{format:?} should refuse {text:?}");
            }
        }
    }
}
