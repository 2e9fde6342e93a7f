//! Texts as YAML.

use serde_yaml::Value;

/// A text as a plain scalar where that reads back as the same text, in quotes otherwise.
pub(super) fn text(text: &str) -> String {
    let first_is_plain =
        text.chars().next().is_some_and(|c| c.is_alphabetic() || matches!(c, '^' | '/' | '('));
    let is_plain = first_is_plain
        && !text.contains('\n')
        && !text.contains(" #")
        && !text.contains(": ")
        && !text.ends_with([':', ' '])
        && matches!(serde_yaml::from_str(text), Ok(Value::String(read)) if read == text);
    // JSON's quoting is one of YAML's.
    if is_plain { text.to_owned() } else { serde_json::Value::from(text).to_string() }
}

#[cfg(test)]
mod tests {
    #[test]
    fn reads_back_what_it_writes() {
        for value in [
            "商户号",
            "1900000109",
            "true",
            "no",
            "null",
            "a: b",
            "a #b",
            "- a",
            "2020-01-01",
            "",
            " a",
            "a\nb",
            "\"q\"",
            "{a}",
            "^[0-9]{1,32}$",
            "(?:a|b)",
            "~",
            "*a",
            "&a",
            "!x",
            "a:",
            "0x1f",
        ] {
            let yaml = format!("key: {}\n", super::text(value));
            let read: std::collections::BTreeMap<String, String> =
                serde_yaml::from_str(&yaml).unwrap_or_else(|error| panic!("{yaml}: {error}"));
            assert_eq!(read["key"], value, "{yaml}");
        }
        assert_eq!(super::text("商户号"), "商户号");
        assert_eq!(super::text("1900000109"), "\"1900000109\"");
    }
}
