//! Addresses that the platform can call.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Networks that the platform cannot reach: address and number of leading bits.
const PRIVATE: [(IpAddr, u32); 11] = [
    (v4(0, 0), 32),
    (IpAddr::V4(Ipv4Addr::BROADCAST), 32),
    (v4(10, 0), 8),
    (v4(127, 0), 8),
    (v4(169, 254), 16),
    (v4(172, 16), 12),
    (v4(192, 168), 16),
    (v6(0, 0), 128),
    (v6(0, 1), 128),
    (v6(0xfc00, 0), 7),
    (v6(0xfe80, 0), 10),
];

/// An `http` or `https` address with a path, without a query or fragment, that is not in a private network.
pub(super) fn accepts(text: &str) -> bool {
    let Ok(url) = url::Url::parse(text) else { return false };
    let Some((_, rest)) = text.split_once("://") else { return false };
    let plain = !text.contains(['?', '#']) && rest.contains('/');
    let Some(host) = url.host_str() else { return false };
    plain && matches!(url.scheme(), "http" | "https") && !is_private(host)
}

fn is_private(host: &str) -> bool {
    match host.trim_matches(['[', ']']).parse::<IpAddr>() {
        Ok(address) => PRIVATE.iter().any(|network| lies_in(address.to_canonical(), *network)),
        Err(_) => {
            let name = host.trim_end_matches('.').to_ascii_lowercase();
            name == "localhost" || name.ends_with(".localhost")
        }
    }
}

fn lies_in(address: IpAddr, (network, bits): (IpAddr, u32)) -> bool {
    match (address, network) {
        (IpAddr::V4(a), IpAddr::V4(b)) => (a.to_bits() ^ b.to_bits()).leading_zeros() >= bits,
        (IpAddr::V6(a), IpAddr::V6(b)) => (a.to_bits() ^ b.to_bits()).leading_zeros() >= bits,
        _ => false,
    }
}

const fn v4(a: u8, b: u8) -> IpAddr {
    IpAddr::V4(Ipv4Addr::new(a, b, 0, 0))
}

const fn v6(first: u16, last: u16) -> IpAddr {
    IpAddr::V6(Ipv6Addr::new(first, 0, 0, 0, 0, 0, 0, last))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn item_40_the_platform_must_be_able_to_call_it() {
        for good in [
            "https://shop.example/notify",
            "http://shop.example:8080/",
            "https://8.8.8.8/n",
            "https://172.32.0.1/n",
            "https://[2606:4700::1111]/n",
        ] {
            assert!(accepts(good), "{good}");
        }
        for bad in [
            "",
            "/notify",
            "ftp://shop.example/notify",
            "https://shop.example",
            "https://shop.example/notify?a=1",
            "https://shop.example/notify#a",
            "https://localhost/n",
            "https://A.Localhost./n",
            "https://127.0.0.1/n",
            "https://172.31.255.255/n",
            "https://192.168.0.1/n",
            "https://169.254.1.1/n",
            "https://0.0.0.0/n",
            "https://[::1]/n",
            "https://[fdff::1]/n",
            "https://[::ffff:10.0.0.1]/n",
        ] {
            assert!(!accepts(bad), "{bad}");
        }
    }
}
