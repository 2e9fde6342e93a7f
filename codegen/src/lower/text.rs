//! Makes the schema's prose safe for rustdoc.

/// Markdown that rustdoc renders as written: outside code spans brackets make no links, angle brackets no HTML, and
/// addresses become links.
pub(crate) fn markdown(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    for (index, part) in text.trim_end().split('`').enumerate() {
        if index > 0 {
            out.push('`');
        }
        if index % 2 == 1 {
            out.push_str(part);
        } else {
            prose(part, &mut out);
        }
    }
    out
}

fn prose(text: &str, out: &mut String) {
    for (index, line) in text.split('\n').enumerate() {
        if index > 0 {
            out.push('\n');
        }
        for (index, word) in line.split(' ').enumerate() {
            if index > 0 {
                out.push(' ');
            }
            if word.starts_with("https://") || word.starts_with("http://") {
                let end = word.trim_end_matches(['.', ',', ';', ')']).len();
                out.push_str(&format!("<{}>{}", &word[..end], &word[end..]));
            } else {
                out.extend(word.chars().flat_map(|c| {
                    matches!(c, '<' | '>' | '[' | ']' | '|').then_some('\\').into_iter().chain([c])
                }));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prose_cannot_break_the_documentation() {
        let cases = [
            ("a <b> [c]", r"a \<b\> \[c\]"),
            ("`<b>` and <c>", r"`<b>` and \<c\>"),
            ("see https://a.example/x. Then", "see <https://a.example/x>. Then"),
            ("line\n\nnext\n", "line\n\nnext"),
        ];
        for (text, expected) in cases {
            assert_eq!(markdown(text), expected);
        }
    }
}
