//! From the texts of key files to usable keys, refusing what cannot work.

use rsa::{
    RsaPrivateKey,
    pkcs1::DecodeRsaPrivateKey as _,
    pkcs8::{DecodePrivateKey as _, EncodePublicKey as _, LineEnding},
    traits::PublicKeyParts as _,
};

use super::{
    Certificate, KeyError, Keys, PUBLIC_KEY_ID_PREFIX, PlatformKey, PrivateKey, PublicKey,
};

const MAKE_NEW: &str = "give the right file, or make a new folder with --init";

/// The texts behind [`Keys`], one per file of a key folder.
#[derive(Clone)]
pub(super) struct KeyTexts {
    pub(super) mchid: String,
    pub(super) mch_cert: String,
    pub(super) mch_key: Option<String>,
    pub(super) apiv3_key: String,
    pub(super) plat_key: String,
    pub(super) plat_cert: String,
    pub(super) wxp_key: String,
    pub(super) wxp_key_id: String,
    /// Derived from `wxp_key`; whatever stands here before [`Keys::from_texts`] is replaced.
    pub(super) wxp_pub: String,
}

impl Keys {
    /// Parses and cross-checks all texts.
    pub(super) fn from_texts(mut texts: KeyTexts) -> Result<Self, KeyError> {
        check_mchid(&texts.mchid)?;
        check_apiv3_key(&texts.apiv3_key)?;
        check_key_id(&texts.wxp_key_id)?;
        let merchant = certificate("mch_cert.pem", &texts.mch_cert)?;
        if let Some(pem) = &texts.mch_key {
            check_pair(
                "mch_key.pem",
                &private_key("mch_key.pem", pem)?,
                "mch_cert.pem",
                &merchant,
            )?;
        }
        let certificate = certificate("plat_cert.pem", &texts.plat_cert)?;
        let platform = private_key("plat_key.pem", &texts.plat_key)?;
        check_pair("plat_key.pem", &platform, "plat_cert.pem", &certificate)?;
        let wechatpay = private_key("wxp_key.pem", &texts.wxp_key)?;
        texts.wxp_pub =
            wechatpay.to_public_key().to_public_key_pem(LineEnding::LF).map_err(|_| {
                KeyError::new("wxp_key.pem", "its public half cannot be written", MAKE_NEW)
            })?;
        Ok(Self {
            platform: PlatformKey {
                name: certificate.serial.clone(),
                private: PrivateKey::Rsa(Box::new(platform)),
            },
            wechatpay: PlatformKey {
                name: texts.wxp_key_id.clone(),
                private: PrivateKey::Rsa(Box::new(wechatpay)),
            },
            merchant,
            certificate,
            texts,
            folder: None,
        })
    }
}

fn check_mchid(mchid: &str) -> Result<(), KeyError> {
    if (1..=32).contains(&mchid.len()) && mchid.bytes().all(|byte| byte.is_ascii_digit()) {
        return Ok(());
    }
    Err(KeyError::new("mchid.txt", "is not a merchant number", "write its digits, like 1900000001"))
}

fn check_apiv3_key(key: &str) -> Result<(), KeyError> {
    if key.len() == 32 {
        return Ok(());
    }
    let problem = format!("has {} bytes, an APIv3 key has 32", key.len());
    Err(KeyError::new("apiv3_key.txt", problem, "write the 32 characters and nothing else"))
}

fn check_key_id(id: &str) -> Result<(), KeyError> {
    let rest = id.strip_prefix(PUBLIC_KEY_ID_PREFIX).unwrap_or_default();
    if !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return Ok(());
    }
    let remedy = format!("write one like {PUBLIC_KEY_ID_PREFIX}0100000000012024010100000000000001");
    Err(KeyError::new("wxp_key_id.txt", "is not the id of a WeChat Pay public key", remedy))
}

fn certificate(file: &str, pem: &str) -> Result<Certificate, KeyError> {
    Certificate::from_pem(pem).map_err(|problem| KeyError::new(file, problem, MAKE_NEW))
}

/// Reads a private key, PKCS#8 as the platform hands it out or PKCS#1 as older tools write it.
fn private_key(file: &str, pem: &str) -> Result<RsaPrivateKey, KeyError> {
    let refuse = |problem: &str| KeyError::new(file, problem, MAKE_NEW);
    if pem.contains("BEGIN CERTIFICATE") {
        return Err(refuse("holds a certificate, not a private key"));
    }
    let key = RsaPrivateKey::from_pkcs8_pem(pem)
        .or_else(|_| RsaPrivateKey::from_pkcs1_pem(pem))
        .map_err(|_| refuse("is not an unencrypted RSA private key in PEM"))?;
    if key.size() < 256 {
        return Err(refuse("is an RSA key of less than 2048 bits"));
    }
    Ok(key)
}

fn check_pair(
    key_file: &str,
    key: &RsaPrivateKey,
    file: &str,
    certificate: &Certificate,
) -> Result<(), KeyError> {
    if matches!(&certificate.key, PublicKey::Rsa(public) if *public == key.to_public_key()) {
        return Ok(());
    }
    Err(KeyError::new(
        file,
        format!("does not belong to {key_file}"),
        "put files that were made together into the folder",
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What `change` makes of good texts must be refused, naming `file` and saying `problem`.
    fn refused(file: &str, problem: &str, change: impl FnOnce(&mut KeyTexts)) {
        let mut texts = Keys::throwaway().unwrap().texts;
        change(&mut texts);
        let error = Keys::from_texts(texts).unwrap_err();
        assert_eq!(error.file(), file);
        assert!(error.to_string().contains(problem), "{error}");
    }

    #[test]
    fn each_file_is_checked() {
        let good = Keys::throwaway().unwrap().texts;
        refused("mchid.txt", "not a merchant number", |texts| texts.mchid = "wx123".into());
        refused("apiv3_key.txt", "has 3 bytes", |texts| texts.apiv3_key = "abc".into());
        refused("wxp_key_id.txt", "not the id", |texts| texts.wxp_key_id = "PUB_KEY_ID_".into());
        refused("plat_key.pem", "not an unencrypted RSA private key", |texts| {
            texts.plat_key = "garbled".into()
        });
        refused("plat_key.pem", "holds a certificate", |texts| {
            texts.plat_key = good.plat_cert.clone()
        });
        refused("plat_cert.pem", "holds a private key", |texts| {
            texts.plat_cert = good.plat_key.clone()
        });
        refused("plat_cert.pem", "does not belong to plat_key.pem", |texts| {
            texts.plat_cert = good.mch_cert.clone()
        });
        refused("mch_cert.pem", "does not belong to mch_key.pem", |texts| {
            texts.mch_cert = good.plat_cert.clone()
        });
    }

    #[test]
    fn pkcs1_keys_are_read_and_a_merchant_key_may_be_missing() {
        use rsa::pkcs1::EncodeRsaPrivateKey as _;
        let mut texts = Keys::throwaway().unwrap().texts;
        let key = private_key("wxp_key.pem", &texts.wxp_key).unwrap();
        texts.wxp_key = key.to_pkcs1_pem(LineEnding::LF).unwrap().to_string();
        texts.mch_key = None;
        let keys = Keys::from_texts(texts).unwrap();
        assert_eq!(keys.mch_key_pem(), None);
        assert_eq!(keys.wxp_pub_pem(), Keys::throwaway().unwrap().wxp_pub_pem());
    }

    #[test]
    fn errors_hold_no_content() {
        let mut texts = Keys::throwaway().unwrap().texts;
        texts.apiv3_key = "half-a-secret".into();
        let error = Keys::from_texts(texts).unwrap_err();
        assert!(!format!("{error} {error:?}").contains("half-a-secret"));
    }
}
