//! Addresses that the platform can call: a `notify_url` breaks silently if it is none, for the order is placed all the same.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use url::{Host, Url};

/// Absolute http or https, with a path, without a query or fragment, and not in a private network.
pub(super) fn accepts(text: &str) -> bool {
    let Ok(url) = Url::parse(text) else { return false };
    let public = match url.host() {
        Some(Host::Domain(name)) => !is_local_name(name),
        Some(Host::Ipv4(address)) => !is_private_v4(address),
        Some(Host::Ipv6(address)) => !is_private_v6(address),
        None => false,
    };
    public
        && matches!(url.scheme(), "http" | "https")
        && url.query().is_none()
        && url.fragment().is_none()
        && has_path(text)
}

/// The parser adds a path where there is none, so the text itself is asked.
fn has_path(text: &str) -> bool {
    text.split_once("://").is_some_and(|(_, rest)| rest.contains('/'))
}

fn is_local_name(name: &str) -> bool {
    let name = name.trim_end_matches('.');
    name.eq_ignore_ascii_case("localhost")
        || name.rsplit('.').next().is_some_and(|last| last.eq_ignore_ascii_case("localhost"))
}

fn is_private_v4(address: Ipv4Addr) -> bool {
    address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_unspecified()
        || address.is_broadcast()
}

fn is_private_v6(address: Ipv6Addr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(address) => is_private_v4(address),
        IpAddr::V6(address) => {
            address.is_loopback()
                || address.is_unspecified()
                || address.is_unique_local()
                || address.is_unicast_link_local()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn item_40_a_notify_url_is_one_that_the_platform_can_call() {
        for good in [
            "https://shop.example/notify",
            "http://shop.example/notify/",
            "https://shop.example/",
            "https://shop.example:8443/a/b",
            "https://8.8.8.8/notify",
            "https://[2606:4700::1111]/notify",
            "https://172.32.0.1/notify",
            "https://店.example/通知",
        ] {
            assert!(accepts(good), "{good}");
        }
        for bad in [
            "",
            "shop.example/notify",
            "/notify",
            "ftp://shop.example/notify",
            "https://shop.example",
            "https://shop.example/notify?a=1",
            "https://shop.example/notify?",
            "https://shop.example/notify#a",
            "https://localhost/notify",
            "https://LOCALHOST./notify",
            "https://a.localhost/notify",
            "https://127.0.0.1/notify",
            "https://10.1.2.3/notify",
            "https://172.16.0.1/notify",
            "https://192.168.0.1/notify",
            "https://169.254.0.1/notify",
            "https://0.0.0.0/notify",
            "https://2130706433/notify",
            "https://[::1]/notify",
            "https://[fd00::1]/notify",
            "https://[fe80::1]/notify",
            "https://[::ffff:10.0.0.1]/notify",
        ] {
            assert!(!accepts(bad), "{bad}");
        }
    }
}
