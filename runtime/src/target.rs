//! The request target: path and query, encoded once, signed and sent as they are.
//!
//! [`Target`] takes plain values and encodes them; [`Base`] is the gateway's address. Together they give an [`Address`],
//! whose second line of the signature is read back from the very URL that is sent. A target that URL parsing would
//! change is refused, so what is signed and what is sent cannot differ.

use std::{borrow::Cow, fmt};

use http::Uri;
use url::{Position, Url};

/// Why a target or base address is refused, without any value in it.
pub(crate) type Problem = Cow<'static, str>;

/// Path and query.
pub(crate) struct Target(String);

impl Target {
    /// Fills a template like `/v3/drivers/{driver_license}`; `value` gives the plain text of each field.
    pub(crate) fn fill<E: From<Problem>>(
        template: &str,
        mut value: impl FnMut(&str) -> Result<Option<String>, E>,
    ) -> Result<Self, E> {
        let mut target = String::with_capacity(template.len() + 32);
        let mut rest = template;
        while let Some((literal, after)) = rest.split_once('{') {
            let Some((name, after)) = after.split_once('}') else { break };
            let text = value(name)?.unwrap_or_default();
            if matches!(text.as_str(), "" | "." | "..") {
                return Err(Problem::from(format!(
                    "the path field {name} must not be empty, \".\" or \"..\""
                ))
                .into());
            }
            target.push_str(literal);
            encode(&mut target, &text);
            rest = after;
        }
        target.push_str(rest);
        Ok(Self(target))
    }

    /// A path the caller wrote, perhaps with a query: kept where it is encoded already, encoded where it is not.
    pub(crate) fn written(path: &str) -> Result<Self, Problem> {
        if !path.starts_with('/') || path.starts_with("//") {
            return Err("the path must begin with one slash, like /v3/certificates".into());
        }
        if path.contains('#') {
            return Err("the path must have no fragment; write # as %23".into());
        }
        let mut target = String::with_capacity(path.len() + 32);
        for byte in path.bytes() {
            if is_unreserved(byte) || b"/?%&=+,:;@!$()*".contains(&byte) {
                target.push(char::from(byte));
            } else {
                push_encoded(&mut target, byte);
            }
        }
        Ok(Self(target))
    }

    /// Adds one item to the query.
    pub(crate) fn push_query(&mut self, name: &str, value: &str) {
        self.0.push(if self.0.contains('?') { '&' } else { '?' });
        encode(&mut self.0, name);
        self.0.push('=');
        encode(&mut self.0, value);
    }
}

/// Values of a query may be personal.
impl fmt::Debug for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Target({} bytes)", self.0.len())
    }
}

/// Percent-encodes everything but the unreserved characters of RFC 3986.
pub(crate) fn encode(out: &mut String, text: &str) {
    for byte in text.bytes() {
        if is_unreserved(byte) {
            out.push(char::from(byte));
        } else {
            push_encoded(out, byte);
        }
    }
}

const fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~')
}

fn push_encoded(out: &mut String, byte: u8) {
    use fmt::Write as _;
    // Writing to a String cannot fail.
    let _ = write!(out, "%{byte:02X}");
}

/// Address of a gateway: scheme, host and port, nothing else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Base(Url);

impl Base {
    /// Reads `https://api.mch.weixin.qq.com`. A path is refused: it would be sent but is no part of what is signed at
    /// the platform's end.
    pub(crate) fn parse(text: &str) -> Result<Self, Problem> {
        let refused =
            |what: &str| Err(format!("{what}; write it like https://api.mch.weixin.qq.com").into());
        let Ok(url) = Url::parse(text) else { return refused("the base address is no URL") };
        if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
            return refused(
                "the base address must begin with https:// (or http:// for a sandbox) and a host",
            );
        }
        if !url.username().is_empty() || url.password().is_some() {
            return refused("the base address must hold no user name or password");
        }
        if url.path() != "/" || url.query().is_some() || url.fragment().is_some() {
            return refused("the base address must have no path, query or fragment");
        }
        Ok(Self(url))
    }

    /// As text, without a slash at the end.
    pub(crate) fn as_str(&self) -> &str {
        &self.0[..Position::BeforePath]
    }

    /// Whether it is this very machine.
    pub(crate) fn is_loopback(&self) -> bool {
        match self.0.host() {
            Some(url::Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
            Some(url::Host::Ipv4(address)) => address.is_loopback(),
            Some(url::Host::Ipv6(address)) => address.is_loopback(),
            None => false,
        }
    }

    pub(crate) fn is_plain_http(&self) -> bool {
        self.0.scheme() == "http"
    }

    /// The full address of `target` on this gateway.
    pub(crate) fn address(&self, target: &Target) -> Result<Address, Problem> {
        let full = format!("{}{}", self.as_str(), target.0);
        let url = Url::parse(&full)
            .map_err(|_| Problem::from("the path or query is no part of a URL"))?;
        if url[Position::BeforePath..] != target.0 {
            return Err(
                "the path would be changed on its way; it must hold no \".\" or \"..\" segment"
                    .into(),
            );
        }
        let uri: Uri = url
            .as_str()
            .parse()
            .map_err(|_| Problem::from("the path and query are too long for a URL"))?;
        Ok(Address(uri))
    }
}

/// Where a request goes.
pub(crate) struct Address(Uri);

impl Address {
    /// Line 2 of the signature.
    pub(crate) fn target(&self) -> &str {
        self.0.path_and_query().map_or("/", http::uri::PathAndQuery::as_str)
    }

    pub(crate) fn into_uri(self) -> Uri {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn base() -> Base {
        Base::parse("https://api.mch.weixin.qq.com").unwrap()
    }

    fn sent(target: &Target) -> (String, String) {
        let address = base().address(target).unwrap();
        let line = address.target().to_owned();
        (line, address.into_uri().to_string())
    }

    #[test]
    fn item_02_values_are_encoded_after_they_are_put_in_and_signed_as_sent() {
        let mut target = Target::fill("/v3/drivers/{id}/x", |name| {
            assert_eq!(name, "id");
            Ok::<_, Problem>(Some("粤B/1 %?#'\\{}".to_owned()))
        })
        .unwrap();
        target.push_query("partner", "{\"type\":\"APPID\"}&a=b +中'");
        target.push_query("limit", "5");
        let expected = "/v3/drivers/%E7%B2%A4B%2F1%20%25%3F%23%27%5C%7B%7D/x\
                        ?partner=%7B%22type%22%3A%22APPID%22%7D%26a%3Db%20%2B%E4%B8%AD%27&limit=5";
        let (line, url) = sent(&target);
        assert_eq!(line, expected);
        assert_eq!(url, format!("https://api.mch.weixin.qq.com{expected}"));
    }

    #[test]
    fn item_02_path_values_that_would_move_the_path_are_refused() {
        for value in [Some(""), Some("."), Some(".."), None] {
            let filled =
                Target::fill("/v3/drivers/{id}", |_| Ok::<_, Problem>(value.map(str::to_owned)));
            let problem = filled.err().unwrap();
            assert!(problem.contains("the path field id"), "{problem}");
        }
        let dots =
            Target::fill("/v3/{id}", |_| Ok::<_, Problem>(Some("%2e%2e".to_owned()))).unwrap();
        assert_eq!(sent(&dots).0, "/v3/%252e%252e");
    }

    #[test]
    fn item_02_a_written_path_is_kept_where_it_is_encoded_and_encoded_where_not() {
        let cases = [
            ("/v3/certificates", "/v3/certificates"),
            ("/v3/a%20b?q=%E4%B8%AD&x=a+b", "/v3/a%20b?q=%E4%B8%AD&x=a+b"),
            ("/v3/中?q={\"a\":'b'}\\", "/v3/%E4%B8%AD?q=%7B%22a%22:%27b%27%7D%5C"),
            ("/v3/x\ty\n", "/v3/x%09y%0A"),
        ];
        for (written, expected) in cases {
            let (line, url) = sent(&Target::written(written).unwrap());
            assert_eq!(line, expected);
            assert_eq!(url, format!("https://api.mch.weixin.qq.com{expected}"));
        }
        for refused in ["", "v3/x", "//evil.example/v3", "/v3#x", "https://evil.example/"] {
            assert!(Target::written(refused).is_err(), "{refused:?}");
        }
        for moved in ["/v3/../v4", "/v3/%2e%2E/x", "/v3/./x", "/v3/.."] {
            assert!(base().address(&Target::written(moved).unwrap()).is_err(), "{moved:?}");
        }
    }

    #[test]
    fn a_target_longer_than_a_url_may_be_is_an_error() {
        let mut target = Target::written("/v3/x").unwrap();
        target.push_query("q", &"x".repeat(70_000));
        assert!(base().address(&target).is_err());
    }

    #[test]
    fn a_base_address_is_scheme_and_host_only() {
        for good in
            ["https://h", "https://h/", "http://127.0.0.1:8080", "http://[::1]:1/", "https://H:443"]
        {
            let base = Base::parse(good).unwrap();
            assert!(!base.as_str().ends_with('/'), "{good}");
        }
        let bad = [
            "",
            "h",
            "127.0.0.1:80",
            "ftp://h",
            "https://",
            "https://h/v3",
            "https://h/?",
            "https://h/#",
            "https://u@h",
            "https://u:p@h",
            "data:x",
        ];
        for text in bad {
            assert!(Base::parse(text).is_err(), "{text:?}");
        }
    }
}
