//! Standard forms of a string.

use time::{
    Date, OffsetDateTime, format_description::well_known::Rfc3339, macros::format_description,
};

use super::{Format, notify_url};

impl Format {
    /// All forms with the words the schema has for them.
    pub const ALL: [(&'static str, Self); 6] = [
        ("date-time", Self::DateTime),
        ("date", Self::Date),
        ("compact-date", Self::CompactDate),
        ("url", Self::Url),
        ("notify-url", Self::NotifyUrl),
        ("base64", Self::Base64),
    ];

    /// The schema's word for it.
    #[must_use]
    pub fn word(self) -> &'static str {
        Self::ALL.iter().find(|(_, format)| *format == self).map_or("", |(word, _)| word)
    }

    /// Whether a text has this form.
    #[must_use]
    pub fn accepts(self, text: &str) -> bool {
        match self {
            Self::DateTime => OffsetDateTime::parse(text, &Rfc3339).is_ok(),
            Self::Date => Date::parse(text, format_description!("[year]-[month]-[day]")).is_ok(),
            Self::CompactDate => {
                Date::parse(text, format_description!("[year][month][day]")).is_ok()
            }
            Self::Url => url::Url::parse(text)
                .is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host()),
            Self::NotifyUrl => notify_url::accepts(text),
            Self::Base64 => is_base64(text),
        }
    }
}

/// Groups of four characters of the standard alphabet, the last one padded.
fn is_base64(text: &str) -> bool {
    let data = text.trim_end_matches('=');
    text.len().is_multiple_of(4)
        && text.len() - data.len() <= 2
        && data.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_sample_has_its_form() {
        for (word, format) in Format::ALL {
            assert!(format.accepts(format.sample()), "{word}");
            assert!(!format.accepts("{}"), "{word}");
            assert_eq!(format.word(), word);
        }
    }
}
