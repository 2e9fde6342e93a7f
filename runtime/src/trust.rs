//! Whom the client believes: the platform's public keys and certificates, side by side, chosen by serial.

use std::{fmt, time::SystemTime};

use crate::{
    certificate::Certificate, cipher::ApiV3Key, key::PublicKey, merchant::Merchant, serial,
    sign::Scheme,
};

/// The platform's keys. A response is verified with the key its serial names; requests are encrypted with the
/// preferred one, whose serial they carry, so that the platform signs the response with it too.
///
/// Unless [`prefer`](Self::prefer) says otherwise, the preferred key is the first public key, or, if there is none, the
/// certificate that expires last. Both kinds may be present during a migration.
///
/// The validity of a certificate that is given here is not looked at beyond that: an expired one only means that the
/// platform has stopped signing with it.
#[derive(Clone, Default)]
pub struct TrustStore {
    keys: Vec<TrustedKey>,
    preferred: Option<String>,
    downloads: bool,
}

/// One key of the platform and its name on the wire.
#[derive(Clone)]
pub(crate) struct TrustedKey {
    pub(crate) serial: String,
    pub(crate) key: PublicKey,
    certificate: Option<Certificate>,
    origin: Origin,
}

/// Where a key comes from.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Origin {
    /// The program gave it.
    Installed,
    /// The platform gave it the last time it was asked.
    Listed,
    /// The platform gave it earlier. It verifies while it is valid, but nothing is encrypted with it any more.
    Unlisted,
}

impl TrustStore {
    /// An empty store. A client needs at least one key in it, or [`download`](Self::download).
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a WeChat Pay public key with its id, `PUB_KEY_ID_...`, prefix included.
    #[must_use]
    pub fn public_key(mut self, id: impl Into<String>, key: PublicKey) -> Self {
        self.keys.push(TrustedKey {
            serial: id.into(),
            key,
            certificate: None,
            origin: Origin::Installed,
        });
        self
    }

    /// Adds a platform certificate.
    #[must_use]
    pub fn certificate(mut self, certificate: Certificate) -> Self {
        self.keys.push(TrustedKey::certified(certificate, Origin::Installed));
        self
    }

    /// Has the client fetch platform certificates from `/v3/certificates` by itself, beside the keys that are given here,
    /// of which there may be none. It needs [`Config::api_v3_key`](crate::Config::api_v3_key).
    ///
    /// The calls of the client see to it: the first one, one a day later on, and one whose response names an unknown
    /// certificate (at most once a minute). Only calls that cannot do without wait for it, all for the same download. If a
    /// download fails, the keys stay as they are. A merchant that has WeChat Pay's public key only has no certificates;
    /// it needs [`public_key`](Self::public_key) and not this.
    #[must_use]
    pub fn download(mut self) -> Self {
        self.downloads = true;
        self
    }

    /// Prefers the key of this serial. A certificate may be named that is yet to be downloaded; until then the usual key
    /// is preferred.
    #[must_use]
    pub fn prefer(mut self, serial: impl Into<String>) -> Self {
        self.preferred = Some(serial.into());
        self
    }

    /// The serials of all keys, in the order added.
    pub fn serials(&self) -> impl Iterator<Item = &str> {
        self.keys.iter().map(|key| key.serial.as_str())
    }

    /// The algorithms of the platform: those of its keys, which a client has all of one suite.
    #[cfg(feature = "webhooks")]
    pub(crate) fn suite(&self) -> crate::suite::Suite {
        self.keys.first().map_or(crate::suite::Suite::Rsa, |key| key.key.suite())
    }

    /// The key of this serial.
    pub(crate) fn find(&self, serial: &str) -> Option<&TrustedKey> {
        self.keys.iter().find(|key| key.is(serial))
    }

    /// The key to encrypt with, and to be answered with.
    pub(crate) fn preferred(&self) -> Option<&TrustedKey> {
        let chosen = self.preferred.as_ref().and_then(|serial| self.find(serial));
        let public_key = || self.keys.iter().find(|key| key.certificate.is_none());
        let latest = || {
            let current = self.keys.iter().filter(|key| key.origin != Origin::Unlisted);
            current.max_by_key(|key| key.certificate.as_ref().map(Certificate::not_after))
        };
        chosen.or_else(public_key).or_else(latest)
    }

    /// Whether the client is to fetch certificates.
    pub(crate) fn downloads(&self) -> bool {
        self.downloads
    }

    /// The store after a download that gave these certificates. What the program gave stays as it is, and what was
    /// downloaded before stays until it expires.
    pub(crate) fn with_downloaded(&self, certificates: Vec<Certificate>, now: SystemTime) -> Self {
        let mut next = self.clone();
        next.keys.retain(|key| key.origin == Origin::Installed || !key.has_expired(now));
        for key in next.keys.iter_mut().filter(|key| key.origin != Origin::Installed) {
            key.origin = Origin::Unlisted;
        }
        for certificate in certificates {
            let known = next.keys.iter_mut().find(|key| key.is(certificate.serial()));
            match known.map(|key| &mut key.origin) {
                Some(Origin::Installed) => {}
                Some(origin) => *origin = Origin::Listed,
                None => next.keys.push(TrustedKey::certified(certificate, Origin::Listed)),
            }
        }
        next
    }

    /// What is wrong with it, for a client of this merchant and with this key.
    pub(crate) fn problems(
        &self,
        merchant: &Merchant,
        api_v3_key: Option<&ApiV3Key>,
        problems: &mut Vec<String>,
    ) {
        let has_certificates = self.keys.iter().any(|key| key.certificate.is_some());
        if merchant.scheme() == Scheme::Brand && (self.downloads || has_certificates) {
            problems.push(
                "trust store: holds or downloads platform certificates, which brands do not have; add the WeChat Pay \
                 public key and nothing else"
                    .to_owned(),
            );
        } else if self.downloads && api_v3_key.is_none() {
            problems.push(
                "trust store: downloads platform certificates, which the platform seals with the APIv3 key; give it to \
                 `Config::api_v3_key`"
                    .to_owned(),
            );
        }
        if self.keys.is_empty() && !self.downloads {
            problems.push(
                "trust store: is empty, so no response could be verified; add the WeChat Pay public key or a platform \
                 certificate, or let it `download()` certificates"
                    .to_owned(),
            );
        }
        let may_come = |serial: &str| self.downloads && !serial::is_public_key_id(serial);
        if let Some(serial) = self
            .preferred
            .as_ref()
            .filter(|serial| self.find(serial).is_none() && !may_come(serial))
        {
            let serial = crate::error::one_line(serial, 128);
            problems.push(format!(
                "trust store: prefers {serial}, which is not in it; add that key, or prefer another"
            ));
        }
        for (index, key) in self.keys.iter().enumerate() {
            problems.extend(key.problem(merchant).map(|problem| format!("trust store: {problem}")));
            if self.keys[..index].iter().any(|earlier| serial::same(&earlier.serial, &key.serial)) {
                problems
                    .push(format!("trust store: holds {} twice; add each key once", key.name()));
            }
        }
    }
}

impl TrustedKey {
    fn certified(certificate: Certificate, origin: Origin) -> Self {
        let (serial, key) = (certificate.serial().to_owned(), certificate.public_key().clone());
        Self { serial, key, certificate: Some(certificate), origin }
    }

    fn is(&self, serial: &str) -> bool {
        serial::same(&self.serial, serial)
    }

    /// Whether it is a certificate whose time is over.
    fn has_expired(&self, now: SystemTime) -> bool {
        self.certificate.as_ref().is_some_and(|certificate| certificate.not_after() < now)
    }

    /// Whether it was downloaded and has expired since, so that the platform will no longer take it.
    pub(crate) fn is_outdated(&self, now: SystemTime) -> bool {
        self.origin != Origin::Installed && self.has_expired(now)
    }

    fn name(&self) -> String {
        crate::error::one_line(&self.serial, 128)
    }

    fn problem(&self, merchant: &Merchant) -> Option<String> {
        let name = self.name();
        if self.key.suite() != merchant.suite() {
            return Some(format!(
                "{name} is {}, but a caller that signs with {} is answered with {}; give that one",
                self.key.suite().key(),
                merchant.scheme().name(),
                merchant.suite().key(),
            ));
        }
        if let Some(certificate) = &self.certificate {
            return is_merchants(certificate, merchant).then(|| {
                format!(
                    "{name} is a merchant's own certificate (apiclient_cert.pem); this place takes a platform \
                     certificate of WeChat Pay, or its public key"
                )
            });
        }
        if merchant.owns(&self.key) {
            return Some(format!(
                "{name} is the merchant's own public key; this place takes WeChat Pay's, pub_key.pem"
            ));
        }
        (!serial::is_full_public_key_id(&self.serial)).then(|| {
            format!(
                "{name} is no id of a WeChat Pay public key; give it in full as the merchant platform shows it, \
                 PUB_KEY_ID_ included"
            )
        })
    }
}

/// A merchant's certificate shows itself by its key, its serial, or a merchant number as its holder.
pub(crate) fn is_merchants(certificate: &Certificate, merchant: &Merchant) -> bool {
    merchant.owns(certificate.public_key())
        || serial::same(certificate.serial(), merchant.serial())
        || certificate.merchant_number().is_some()
}

impl fmt::Debug for TrustStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let serials: Vec<_> = self.serials().collect();
        f.debug_struct("TrustStore")
            .field("serials", &serials)
            .field("preferred", &self.preferred)
            .field("downloads", &self.downloads)
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::{
        WECHATPAY_ID, merchant, merchant_certificate, merchant_public_key, merchants_by_one_sign,
        next_platform_certificate, platform_certificate, wechatpay_public_key,
    };

    fn problems(store: &TrustStore) -> Vec<String> {
        let mut problems = Vec::new();
        store.problems(&merchant(), None, &mut problems);
        problems
    }

    fn preferred(store: &TrustStore) -> &str {
        &store.preferred().unwrap().serial
    }

    #[test]
    fn items_16_31_the_public_key_is_preferred_then_the_certificate_that_expires_last() {
        let (old, new) = (platform_certificate(), next_platform_certificate());
        assert!(new.not_after() > old.not_after());
        let certificates = TrustStore::new().certificate(new.clone()).certificate(old.clone());
        assert_eq!(preferred(&certificates), new.serial());
        let both = certificates.public_key(WECHATPAY_ID, wechatpay_public_key());
        assert_eq!(preferred(&both), WECHATPAY_ID);
        let chosen = both.prefer(old.serial().to_lowercase());
        assert_eq!(preferred(&chosen), old.serial());
        assert!(problems(&chosen).is_empty());
    }

    #[test]
    fn item_17_certificates_are_found_by_any_spelling_of_their_serial_and_sent_in_upper_case() {
        let store = TrustStore::new().certificate(platform_certificate());
        let serial = "C0FFEE4E5F60718293A4B5C6D7E8F901234567";
        assert_eq!(preferred(&store), serial);
        for spelling in [serial.to_owned(), serial.to_lowercase(), format!("00{serial}")] {
            assert!(store.find(&spelling).is_some(), "{spelling}");
        }
        assert!(store.find("C0FFEE").is_none());
    }

    #[test]
    fn item_34_a_merchants_own_certificate_or_key_is_refused_by_name() {
        for certificate in merchants_by_one_sign().into_iter().chain([merchant_certificate()]) {
            let found = problems(&TrustStore::new().certificate(certificate));
            assert_eq!(found.len(), 1);
            assert!(found[0].contains("is a merchant's own certificate"), "{found:?}");
        }
        let own_key = TrustStore::new().public_key(WECHATPAY_ID, merchant_public_key());
        assert!(problems(&own_key)[0].contains("is the merchant's own public key"));
    }

    #[test]
    fn empty_stores_bare_ids_doubles_and_unknown_preferences_are_refused() {
        assert!(problems(&TrustStore::new())[0].contains("is empty"));
        let bare = TrustStore::new().public_key("0116999999", wechatpay_public_key());
        assert!(problems(&bare)[0].contains("PUB_KEY_ID_ included"));
        let broken = TrustStore::new().public_key("PUB_KEY_ID_1\r\nX: y", wechatpay_public_key());
        assert!(problems(&broken)[0].contains("PUB_KEY_ID_ included"));
        let once = TrustStore::new().certificate(platform_certificate());
        assert!(problems(&once.clone().certificate(platform_certificate()))[0].contains("twice"));
        assert!(problems(&once.prefer("AB"))[0].contains("prefers AB"));
    }

    #[test]
    fn item_31_downloaded_certificates_verify_until_they_expire_and_the_listed_ones_encrypt() {
        let (sooner, later) = (platform_certificate(), next_platform_certificate());
        let now = sooner.not_before();
        let first = TrustStore::new().download().with_downloaded(vec![later.clone()], now);
        let second = first.with_downloaded(vec![sooner.clone()], now);
        assert!(second.find(later.serial()).is_some());
        assert_eq!(preferred(&second), sooner.serial());
        let third = second.with_downloaded(vec![later.clone(), sooner.clone()], now);
        assert_eq!((preferred(&third), third.serials().count()), (later.serial(), 2));
        assert!(!third.find(sooner.serial()).unwrap().is_outdated(sooner.not_after()));
        let over = sooner.not_after() + std::time::Duration::from_secs(1);
        assert!(third.find(sooner.serial()).unwrap().is_outdated(over));
        let fourth = third.with_downloaded(vec![later], over);
        assert!(fourth.find(sooner.serial()).is_none());
    }

    #[test]
    fn item_30_a_download_leaves_installed_keys_alone() {
        let installed = TrustStore::new().certificate(platform_certificate()).download();
        let over = platform_certificate().not_after() + std::time::Duration::from_secs(1);
        let next = installed.with_downloaded(vec![platform_certificate()], over);
        let kept = next.with_downloaded(vec![next_platform_certificate()], over);
        assert!(!kept.find(platform_certificate().serial()).unwrap().is_outdated(over));
        assert_eq!(kept.serials().count(), 2);
    }

    #[test]
    fn a_store_that_downloads_may_be_empty_and_prefer_a_certificate_that_is_to_come() {
        let key = ApiV3Key::new([7; 32]).unwrap();
        let found = |store: &TrustStore, key: Option<&ApiV3Key>| {
            let mut problems = Vec::new();
            store.problems(&merchant(), key, &mut problems);
            problems
        };
        let empty = TrustStore::new().download();
        assert!(found(&empty, Some(&key)).is_empty());
        assert!(found(&empty, None)[0].contains("`Config::api_v3_key`"));
        assert!(found(&empty.clone().prefer("AB"), Some(&key)).is_empty());
        assert!(found(&empty.prefer(WECHATPAY_ID), Some(&key))[0].contains("prefers PUB_KEY"));
    }
}
