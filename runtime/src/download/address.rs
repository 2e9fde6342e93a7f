//! Which addresses are signed for.
//!
//! An address comes with an earlier response, or from anywhere the caller had it from. A signature sent to a host that
//! is not WeChat Pay's could be used there, so the host must be known; what is sent is put together anew from that host
//! and the address's path and query.

use crate::{
    core::Shared,
    error::one_line,
    operation::Host,
    target::{Base, Problem, Target},
};

/// Where the request goes, and its path and query.
pub(crate) fn resolve(
    url: &str,
    hosts: &[&'static Host],
    shared: &Shared,
) -> Result<(Base, Target), Problem> {
    let (origin, rest) = split(url);
    let named = Base::parse(origin).map_err(|_| {
        "the download address must begin with https:// and a host, without a user name; give `download_url` as it came"
    })?;
    let target = Target::written(rest)?;
    let is = |address: &str| Base::parse(address).is_ok_and(|base| base == named);
    let platform = hosts.iter().any(|host| is(host.main) || host.backup.is_some_and(is));
    if platform {
        // A base address stands in for the platform's hosts, for downloads too.
        return Ok((shared.base.clone().unwrap_or(named), target));
    }
    if shared.base.iter().chain(&shared.download_hosts).any(|base| *base == named) {
        return Ok((named, target));
    }
    if named.is_plain_http() {
        return Err("the download address must begin with https://".into());
    }
    Err(format!(
        "the download address names {}, which is none of the platform's hosts, so it is not signed for; if it is to be \
         trusted, add it with `Config::download_host`",
        one_line(named.as_str(), 128)
    )
    .into())
}

/// The path, for those who must not see the rest.
pub(super) fn path(url: &str) -> &str {
    split(url).1
}

/// Scheme and host, and what follows.
fn split(url: &str) -> (&str, &str) {
    let begin = url.find("://").map_or(0, |at| at + 3);
    let end = url.get(begin..).and_then(|rest| rest.find(['/', '?', '#', '\\']));
    url.split_at(end.map_or(url.len(), |end| begin + end))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Config, Core, Merchant, TrustStore, fixtures};

    static MAIN: Host = Host::new("https://api.example", Some("https://api2.example"));

    fn resolved(url: &str, set: impl FnOnce(Config) -> Config) -> Result<String, String> {
        let merchant = Merchant::new("1900000109", fixtures::merchant_key(), "0A1B");
        let trust =
            TrustStore::new().public_key(fixtures::WECHATPAY_ID, fixtures::wechatpay_public_key());
        let core = Core::new(set(Config::new(merchant, trust))).unwrap();
        let (base, target) =
            resolve(url, &[&MAIN], core.shared()).map_err(|problem| problem.into_owned())?;
        let address = base.address(&target).map_err(|problem| problem.into_owned())?;
        Ok(address.into_uri().to_string())
    }

    #[test]
    fn item_28_the_address_keeps_host_path_and_query() {
        for url in [
            "https://api.example/v3/billdownload/file?token=a%2Bb&x=1",
            "https://api2.example/v3/x",
            "https://API.example:443/v3/x",
        ] {
            let expected = url.replace("API", "api").replace(":443", "");
            assert_eq!(resolved(url, |config| config).unwrap(), expected);
        }
    }

    #[test]
    fn what_follows_the_host_is_the_path_however_short_the_host_is() {
        for (url, expected) in [
            ("https://a/v3/x?y", "/v3/x?y"),
            ("https://api.mch.weixin.qq.com/v3/x", "/v3/x"),
            ("http://a?b/c", "?b/c"),
            ("https://a", ""),
            ("/v3/x", "/v3/x"),
            ("", ""),
        ] {
            assert_eq!(path(url), expected, "{url:?}");
        }
    }

    #[test]
    fn item_28_foreign_and_disguised_addresses_are_refused_without_their_path() {
        for url in [
            "https://evil.example/v3/x?token=secret",
            "https://api.example.evil.example/v3/secret",
            "https://api.example@evil.example/v3/secret",
            "https://user:secret@api.example/v3/x",
            "https://api.example\\@evil.example/v3/secret",
            "https://api.example:8443/v3/secret",
            "http://api.example/v3/secret",
            "//api.example/v3/secret",
            "/v3/secret",
            "file:///secret",
            "https://api.example",
            "https://api.example?secret",
            "https://api.example/../secret",
            "https://api.example/v3/x#secret",
            "",
        ] {
            let problem = resolved(url, |config| config).unwrap_err();
            assert!(!problem.contains("secret"), "{url}: {problem}");
        }
    }

    #[test]
    fn item_28_a_base_address_stands_in_for_the_platforms_hosts() {
        let base = |config: Config| config.base_url("http://127.0.0.1:8080");
        let expected = "http://127.0.0.1:8080/v3/x?a=b";
        assert_eq!(resolved("https://api.example/v3/x?a=b", base).unwrap(), expected);
        assert_eq!(resolved("http://127.0.0.1:8080/v3/x?a=b", base).unwrap(), expected);
        assert!(resolved("http://127.0.0.1:8081/v3/x", base).is_err());
    }

    #[test]
    fn item_28_the_configuration_adds_hosts() {
        let set = |config: Config| {
            config.download_host("https://files.example").download_host("http://localhost:1")
        };
        for url in ["https://files.example/v3/x", "http://localhost:1/v3/x"] {
            assert_eq!(resolved(url, set).unwrap(), url);
        }
    }
}
