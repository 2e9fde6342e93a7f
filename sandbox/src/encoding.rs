//! Hex, Base64 and percent-encoding, as the protocol writes them.

use std::fmt::Write as _;

use base64::{Engine as _, engine::general_purpose::STANDARD};

/// Lower-case hex, as digests are written.
pub(crate) fn hex_lower(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// Upper-case hex, as serial numbers and nonces are written.
pub(crate) fn hex_upper(bytes: &[u8]) -> String {
    hex_lower(bytes).to_ascii_uppercase()
}

/// Standard Base64 with padding.
pub(crate) fn base64(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

/// The bytes behind standard Base64; `None` if it is not.
pub(crate) fn from_base64(text: &str) -> Option<Vec<u8>> {
    STANDARD.decode(text).ok()
}

/// Undoes percent-encoding; `None` for a broken escape or bytes that are not UTF-8.
pub(crate) fn percent_decode(text: &str) -> Option<String> {
    let mut bytes = text.bytes();
    let mut decoded = Vec::with_capacity(text.len());
    while let Some(byte) = bytes.next() {
        decoded.push(match byte {
            b'%' => hex_digit(bytes.next()?)? << 4 | hex_digit(bytes.next()?)?,
            other => other,
        });
    }
    String::from_utf8(decoded).ok()
}

/// The same for a query string, where `+` is a space.
pub(crate) fn query_decode(text: &str) -> Option<String> {
    percent_decode(&text.replace('+', " "))
}

fn hex_digit(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

/// At most `limit` characters of a text, with a mark where it was cut.
pub(crate) fn clip(text: &str, limit: usize) -> String {
    match text.char_indices().nth(limit) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percent_decoding_takes_chinese_and_refuses_broken_escapes() {
        let cases = [
            ("%E7%B2%A4B12345", Some("粤B12345")),
            ("%e7%b2%a4", Some("粤")),
            ("a+b%20c", Some("a+b c")),
            ("", Some("")),
            ("%", None),
            ("%2", None),
            ("%zz", None),
            ("%+1", None),
            ("%ff", None),
        ];
        for (text, expected) in cases {
            assert_eq!(percent_decode(text).as_deref(), expected, "{text}");
        }
        assert_eq!(query_decode("a+b%2B"), Some("a b+".to_owned()));
    }

    #[test]
    fn clipping_counts_characters() {
        assert_eq!(clip("出租车", 3), "出租车");
        assert_eq!(clip("出租车", 2), "出租…");
    }
}
