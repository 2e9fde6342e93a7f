//! The rules of strings: length, characters, form, pattern.

use regex_lite::Regex;
use wechatpay_codegen::model::{Format, Span};

use super::{Rule, violation::NOTIFY_URL};

/// A broken rule of a string: the rule, what it asks for, what was found.
pub(super) type Broken = (Rule, String, String);

/// The rules of one string field.
pub(super) struct TextRules<'a> {
    pub(super) length: Span,
    pub(super) format: Option<Format>,
    pub(super) pattern: Option<&'a str>,
}

impl TextRules<'_> {
    /// All rules that `text` breaks. None of the answers shows it.
    pub(super) fn broken_by(&self, text: &str) -> Vec<Broken> {
        let checks = [self.length(text), charset(text), self.format(text), self.pattern(text)];
        checks.into_iter().flatten().collect()
    }

    /// The limits of length alone.
    pub(super) fn length(&self, text: &str) -> Option<Broken> {
        let chars = i64::try_from(text.chars().count()).unwrap_or(i64::MAX);
        let found = || format!("{chars} characters");
        if let Some(min) = self.length.min.filter(|min| chars < *min) {
            return Some((Rule::MinLength, format!("at least {min} characters"), found()));
        }
        let max = self.length.max.filter(|max| chars > *max)?;
        Some((Rule::MaxLength, format!("at most {max} characters"), found()))
    }

    fn format(&self, text: &str) -> Option<Broken> {
        let format = self.format.filter(|format| !format.accepts(text))?;
        Some((Rule::Format, describe(format).to_owned(), "not".to_owned()))
    }

    fn pattern(&self, text: &str) -> Option<Broken> {
        let pattern = self.pattern?;
        // A pattern that does not compile never comes out of the schema's own checks.
        let fits = Regex::new(pattern).map_or(true, |regex| regex.is_match(text));
        (!fits).then(|| (Rule::Pattern, format!("a match of {pattern}"), "not".to_owned()))
    }
}

/// The first character that takes four bytes in UTF-8, such as an emoji.
pub(super) fn charset(text: &str) -> Option<Broken> {
    let character = text.chars().find(|character| character.len_utf8() > 3)?;
    let found = format!("holding U+{:X}", u32::from(character));
    Some((Rule::Charset, "made of characters of at most 3 bytes in UTF-8".to_owned(), found))
}

fn describe(format: Format) -> &'static str {
    match format {
        Format::DateTime => "an RFC 3339 time with offset, like 2020-07-01T12:00:00+08:00",
        Format::Date => "a date like 2020-07-01",
        Format::CompactDate => "a date like 20200701",
        Format::Url => "an absolute http or https address",
        Format::NotifyUrl => NOTIFY_URL,
        Format::Base64 => "standard Base64 with padding",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn broken(rules: &TextRules<'_>, text: &str) -> Vec<&'static str> {
        rules.broken_by(text).iter().map(|(rule, ..)| rule.as_str()).collect()
    }

    #[test]
    fn lengths_count_characters() {
        let rules =
            TextRules { length: Span { min: Some(2), max: Some(3) }, format: None, pattern: None };
        for (text, expected) in [
            ("租", vec!["min_length"]),
            ("出租", vec![]),
            ("出租车", vec![]),
            ("出租车站", vec!["max_length"]),
        ] {
            assert_eq!(broken(&rules, text), expected, "{text}");
        }
    }

    #[test]
    fn several_rules_can_break_at_once() {
        let rules = TextRules {
            length: Span { min: None, max: Some(1) },
            format: Some(Format::Date),
            pattern: Some("^[0-9]+$"),
        };
        assert_eq!(broken(&rules, "🚕x"), ["max_length", "charset", "format", "pattern"]);
    }

    #[test]
    fn four_bytes_are_refused_and_three_are_not() {
        assert!(charset("\u{ffff}中é").is_none());
        assert!(charset("\u{10000}").is_some());
    }
}
