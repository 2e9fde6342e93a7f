//! The rules of uploads: the parts, and the `meta` fields that follow from the file.

use wechatpay_codegen::model::{Computed, Digest, Field, Operation, Place};

use super::{File, Payload, Rule, Violation};
use crate::encoding;

/// Checks the parts of an upload and the computed fields of its `meta`.
pub(super) fn check(operation: &Operation, body: &Payload, found: &mut Vec<Violation>) {
    let (Payload::Upload { meta, meta_file_name, file, form, others }, Some(upload)) =
        (body, &operation.upload)
    else {
        return;
    };
    if let Some(name) = meta_file_name {
        found.push(part(
            "meta",
            Rule::Multipart,
            "a part without a filename",
            "a part with one",
            Some(name),
        ));
    }
    check_file(&upload.part, file.as_ref(), found);
    for name in others {
        found.push(part(name, Rule::UnknownField, "a part of the operation", "another part", None));
    }
    for field in &operation.fields {
        let name = &field.name.wire;
        let given = match field.place {
            Place::Form => form.get(name).map(String::as_str),
            _ => meta.get(name).and_then(|value| value.as_str()),
        };
        let (Some(computed), Some(given)) = (&field.computed, given) else { continue };
        found.extend(check_computed(field, computed, given, file.as_ref()));
    }
}

fn check_file(name: &str, file: Option<&File>, found: &mut Vec<Violation>) {
    match file {
        None => found.push(part(name, Rule::Required, "given", "missing", None)),
        Some(file) if file.name.is_none() => {
            let (limit, actual) = ("a part with a filename", "a part without one");
            found.push(part(name, Rule::Multipart, limit, actual, None));
        }
        Some(_) => {}
    }
}

/// A missing value is no business of this function: the required check sees it.
fn check_computed(
    field: &Field,
    computed: &Computed,
    given: &str,
    file: Option<&File>,
) -> Option<Violation> {
    let wrong = |rule, limit: String, actual: &str| {
        let name = &field.name.wire;
        Some(Violation { place: field.place, ..part(name, rule, &limit, actual, Some(given)) })
    };
    match computed {
        Computed::Constant(text) if given != text => {
            wrong(Rule::Constant, format!("`{text}`"), "another text")
        }
        Computed::Digest(algorithm) => {
            let (name, digest) = digest(*algorithm, &file?.content);
            if given.eq_ignore_ascii_case(&digest) {
                return None;
            }
            wrong(Rule::Digest, format!("the {name} of the file, {digest}"), "another digest")
        }
        Computed::Constant(_) | Computed::FileName => None,
    }
}

fn digest(algorithm: Digest, content: &[u8]) -> (&'static str, String) {
    match algorithm {
        Digest::Sha256 => {
            use rsa::sha2::{Digest as _, Sha256};
            ("SHA-256", encoding::hex_lower(&Sha256::digest(content)))
        }
        Digest::Sm3 => {
            // Another generation of the same trait than the one above.
            use sm3::{Digest as _, Sm3};
            ("SM3", encoding::hex_lower(&Sm3::digest(content)))
        }
    }
}

fn part(name: &str, rule: Rule, limit: &str, actual: &str, value: Option<&str>) -> Violation {
    Violation {
        path: name.to_owned(),
        pointer: format!("/{}", name.replace('~', "~0").replace('/', "~1")),
        place: Place::Body,
        rule,
        limit: limit.to_owned(),
        actual: actual.to_owned(),
        value: value.map(|value| encoding::clip(value, 64)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digests_are_the_standards_own_samples() {
        let sha256 = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        let sm3 = "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0";
        assert_eq!(digest(Digest::Sha256, b"abc"), ("SHA-256", sha256.to_owned()));
        assert_eq!(digest(Digest::Sm3, b"abc"), ("SM3", sm3.to_owned()));
    }
}
