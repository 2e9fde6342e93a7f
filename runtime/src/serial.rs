//! Serials: the names of keys on the wire.
//!
//! `PUB_KEY_ID_...` is opaque text. Everything else is the hexadecimal serial of a certificate, which is compared without
//! regard to case and leading zeros and written in upper case.

/// How the id of a WeChat Pay public key begins.
pub(crate) const PUBLIC_KEY_PREFIX: &str = "PUB_KEY_ID_";

pub(crate) fn is_public_key_id(serial: &str) -> bool {
    serial.starts_with(PUBLIC_KEY_PREFIX)
}

/// Whether two serials name the same key.
pub(crate) fn same(a: &str, b: &str) -> bool {
    if is_public_key_id(a) || is_public_key_id(b) {
        return a == b;
    }
    a.trim_start_matches('0').eq_ignore_ascii_case(b.trim_start_matches('0'))
}

/// Whether `serial` has the form of a certificate's serial.
pub(crate) fn is_hex(serial: &str) -> bool {
    (1..=64).contains(&serial.len()) && serial.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// Whether `id` has the form of a WeChat Pay public key's id, prefix included.
pub(crate) fn is_full_public_key_id(id: &str) -> bool {
    id.strip_prefix(PUBLIC_KEY_PREFIX).is_some_and(|rest| {
        (1..=128).contains(&rest.len())
            && rest.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte))
    })
}

/// The bytes of a certificate's serial as text.
pub(crate) fn from_bytes(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    // A leading zero byte only says that the number is positive.
    let start = bytes.iter().position(|byte| *byte != 0).unwrap_or(bytes.len());
    bytes[start..].iter().fold(String::new(), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02X}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn item_17_public_key_ids_are_opaque_and_certificate_serials_are_hex() {
        assert!(same("00aB12", "AB12"));
        assert!(same("AB12", "ab12"));
        assert!(!same("AB12", "AB120"));
        assert!(same("PUB_KEY_ID_01ab", "PUB_KEY_ID_01ab"));
        assert!(!same("PUB_KEY_ID_01ab", "PUB_KEY_ID_01AB"));
        assert!(!same("PUB_KEY_ID_01ab", "01ab"));
        assert!(!same("0PUB_KEY_ID_01ab", "PUB_KEY_ID_01ab"));
        assert!(!same("PUB_KEY_ID_01ab", "0PUB_KEY_ID_01ab"));
        assert_eq!(from_bytes(&[0, 0x0a, 0xbc, 0]), "0ABC00");
    }
}
