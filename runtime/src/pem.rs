//! PEM, as people paste it: with CRLF, on one line, with escaped line breaks, with text around it.

use base64::Engine as _;
use zeroize::Zeroizing;

/// One block: what it says it is, and its bytes.
pub(crate) struct Block<'a> {
    pub(crate) label: &'a str,
    body: &'a str,
}

impl Block<'_> {
    /// Whether it says that its content is protected by a passphrase.
    pub(crate) fn is_encrypted(&self) -> bool {
        self.label == "ENCRYPTED PRIVATE KEY" || self.body.contains(",ENCRYPTED")
    }

    /// The bytes; `None` if they are no Base64.
    pub(crate) fn decode(&self) -> Option<Zeroizing<Vec<u8>>> {
        // `\n` spelled as two characters is what environment files make of a line break.
        let unescaped = Zeroizing::new(self.body.replace("\\r", "").replace("\\n", ""));
        let packed: Zeroizing<String> = Zeroizing::new(
            unescaped.chars().filter(|character| !character.is_whitespace()).collect(),
        );
        base64::engine::general_purpose::STANDARD.decode(packed.as_bytes()).ok().map(Zeroizing::new)
    }
}

/// All blocks of `text`, in order.
pub(crate) fn blocks(text: &str) -> Vec<Block<'_>> {
    const BEGIN: &str = "-----BEGIN ";
    const DASHES: &str = "-----";
    let mut blocks = Vec::new();
    let mut rest = text;
    while let Some((_, after)) = rest.split_once(BEGIN) {
        let Some((label, after)) = after.split_once(DASHES) else { break };
        let Some((body, after)) = after.split_once("-----END ") else { break };
        rest = after;
        if after.strip_prefix(label).is_some_and(|tail| tail.starts_with(DASHES)) {
            blocks.push(Block { label, body });
        }
    }
    blocks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_of_breaking_lines_gives_the_same_bytes() {
        let cases = [
            "-----BEGIN X-----\nQUJD\nREVG\n-----END X-----\n",
            "\u{feff}-----BEGIN X-----\r\nQUJD\r\nREVG\r\n-----END X-----",
            "-----BEGIN X-----QUJDREVG-----END X-----",
            "Bag Attributes\n  a: b\n-----BEGIN X----- QUJD REVG -----END X----- tail",
            "-----BEGIN X-----\\nQUJD\\r\\nREVG\\n-----END X-----\\n",
        ];
        for text in cases {
            let found = blocks(text);
            assert_eq!(found.len(), 1, "{text:?}");
            assert_eq!(found[0].label, "X");
            assert_eq!(found[0].decode().unwrap().as_slice(), b"ABCDEF", "{text:?}");
        }
    }

    #[test]
    fn broken_frames_give_no_block_and_do_not_panic() {
        for text in [
            "",
            "-----BEGIN ",
            "-----BEGIN X-----",
            "-----BEGIN X-----QQ==-----END Y-----",
            "-----END X-----",
        ] {
            assert!(blocks(text).is_empty(), "{text:?}");
        }
    }
}
