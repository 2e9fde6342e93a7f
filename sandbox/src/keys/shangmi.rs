//! A merchant with SM2 keys, and the platform's keys that answer it.

use std::{fmt, sync::OnceLock};

use yasna::{DERWriter, Tag, models::ObjectIdentifier};

use super::{
    KeyError, PUBLIC_KEY_ID_PREFIX, PlatformKey, PrivateKey, PublicKey,
    generate::{MCHID, PLATFORM, failed, serial},
};
use crate::{encoding, keys::canonical_serial, shangmi};

/// The keys of the one merchant that speaks the SM suite with sandboxes, made once per process. A key folder holds none.
///
/// The APIv3 key is that of [`Keys`](crate::Keys).
#[derive(Clone)]
pub struct ShangmiKeys {
    mch_cert: String,
    mch_key: String,
    mch_serial: String,
    merchant: PublicKey,
    plat_cert: String,
    wxp_pub: String,
    platform: PlatformKey,
    wechatpay: PlatformKey,
}

impl ShangmiKeys {
    /// First and last second of the certificates' validity, Unix time: 2015 to 2049.
    pub(crate) const VALIDITY: (i64, i64) = (1_420_070_400, 2_524_521_600);

    /// Throwaway keys.
    ///
    /// # Errors
    /// When the keys cannot be generated.
    pub fn throwaway() -> Result<&'static Self, KeyError> {
        static KEYS: OnceLock<Result<ShangmiKeys, KeyError>> = OnceLock::new();
        KEYS.get_or_init(|| Self::generate().ok_or_else(|| failed("generate SM2 keys")))
            .as_ref()
            .map_err(Clone::clone)
    }

    fn generate() -> Option<Self> {
        let [merchant, platform, wechatpay] = [(); 3].map(|()| shangmi::PrivateKey::generate());
        let (merchant, platform, wechatpay) = (merchant?, platform?, wechatpay?);
        let (mch_cert, mch_serial) = certificate(&merchant, MCHID)?;
        let (plat_cert, plat_serial) = certificate(&platform, PLATFORM)?;
        let id = format!("{PUBLIC_KEY_ID_PREFIX}01{MCHID}{:020}", 10197);
        let key = |name, key| PlatformKey { name, private: PrivateKey::Sm2(key) };
        Some(Self {
            mch_cert,
            mch_key: pem("PRIVATE KEY", &pkcs8(&merchant)),
            mch_serial,
            merchant: PublicKey::Sm2(merchant.public),
            plat_cert,
            wxp_pub: pem("PUBLIC KEY", &yasna::construct_der(|w| spki(w, &wechatpay.public))),
            platform: key(plat_serial, platform),
            wechatpay: key(id, wechatpay),
        })
    }

    /// The merchant's number.
    #[must_use]
    pub fn mchid(&self) -> &str {
        MCHID
    }

    /// The merchant's API certificate, PEM.
    #[must_use]
    pub fn mch_cert_pem(&self) -> &str {
        &self.mch_cert
    }

    /// The merchant's private key, PEM.
    #[must_use]
    pub fn mch_key_pem(&self) -> &str {
        &self.mch_key
    }

    /// Serial number of the merchant's certificate, upper-case hex.
    #[must_use]
    pub fn mch_serial(&self) -> &str {
        &self.mch_serial
    }

    /// The platform certificate, PEM.
    #[must_use]
    pub fn plat_cert_pem(&self) -> &str {
        &self.plat_cert
    }

    /// Serial number of the platform certificate, upper-case hex.
    #[must_use]
    pub fn plat_serial(&self) -> &str {
        self.platform.name()
    }

    /// The WeChat Pay public key, PEM.
    #[must_use]
    pub fn wxp_pub_pem(&self) -> &str {
        &self.wxp_pub
    }

    /// The WeChat Pay public key's id, `PUB_KEY_ID_...`.
    #[must_use]
    pub fn wxp_key_id(&self) -> &str {
        self.wechatpay.name()
    }

    pub(crate) fn merchant(&self) -> &PublicKey {
        &self.merchant
    }

    pub(crate) fn platform(&self) -> &PlatformKey {
        &self.platform
    }

    pub(crate) fn wechatpay(&self) -> &PlatformKey {
        &self.wechatpay
    }

    /// The platform's key that a `Wechatpay-Serial` header names.
    pub(crate) fn named(&self, serial: &str) -> Option<&PlatformKey> {
        if serial == self.wechatpay.name() {
            return Some(&self.wechatpay);
        }
        (canonical_serial(serial) == self.platform.name()).then_some(&self.platform)
    }
}

impl fmt::Debug for ShangmiKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ShangmiKeys")
            .field("mch_serial", &self.mch_serial())
            .field("plat_serial", &self.plat_serial())
            .field("wxp_key_id", &self.wxp_key_id())
            .finish_non_exhaustive()
    }
}

const EC_PUBLIC_KEY: &[u64] = &[1, 2, 840, 10045, 2, 1];
const CURVE: &[u64] = &[1, 2, 156, 10197, 1, 301];
const SM2_WITH_SM3: &[u64] = &[1, 2, 156, 10197, 1, 501];
const COMMON_NAME: &[u64] = &[2, 5, 4, 3];

fn oid(writer: DERWriter<'_>, numbers: &[u64]) {
    writer.write_oid(&ObjectIdentifier::from_slice(numbers));
}

/// `id-ecPublicKey` on the curve SM2.
fn algorithm(writer: DERWriter<'_>) {
    writer.write_sequence(|writer| {
        oid(writer.next(), EC_PUBLIC_KEY);
        oid(writer.next(), CURVE);
    });
}

fn spki(writer: DERWriter<'_>, key: &shangmi::PublicKey) {
    writer.write_sequence(|writer| {
        algorithm(writer.next());
        writer.next().write_bitvec_bytes(&key.point, key.point.len() * 8);
    });
}

fn pkcs8(key: &shangmi::PrivateKey) -> Vec<u8> {
    let sec1 = yasna::construct_der(|writer| {
        writer.write_sequence(|writer| {
            writer.next().write_u8(1);
            writer.next().write_bytes(&key.secret);
            let point = &key.public.point;
            writer.next().write_tagged(Tag::context(1), |writer| {
                writer.write_bitvec_bytes(point, point.len() * 8);
            });
        });
    });
    yasna::construct_der(|writer| {
        writer.write_sequence(|writer| {
            writer.next().write_u8(0);
            algorithm(writer.next());
            writer.next().write_bytes(&sec1);
        });
    })
}

/// A self-signed certificate for `name`, PEM, and its serial number; see [`ShangmiKeys::VALIDITY`].
fn certificate(key: &shangmi::PrivateKey, name: &str) -> Option<(String, String)> {
    let serial = serial();
    let named = |writer: DERWriter<'_>| {
        writer.write_sequence(|writer| {
            writer.next().write_set(|writer| {
                writer.next().write_sequence(|writer| {
                    oid(writer.next(), COMMON_NAME);
                    writer.next().write_utf8_string(name);
                });
            });
        });
    };
    let signed_with = |writer: DERWriter<'_>| {
        writer.write_sequence(|writer| oid(writer.next(), SM2_WITH_SM3));
    };
    let body = yasna::construct_der(|writer| {
        writer.write_sequence(|writer| {
            writer.next().write_tagged(Tag::context(0), |writer| writer.write_u8(2));
            writer.next().write_bigint_bytes(&serial, true);
            signed_with(writer.next());
            named(writer.next());
            writer.next().write_sequence(|writer| {
                writer.next().write_der(b"\x17\x0d150101000000Z");
                writer.next().write_der(b"\x17\x0d491231000000Z");
            });
            named(writer.next());
            spki(writer.next(), &key.public);
        });
    });
    let signature = key.sign(&body)?;
    let certificate = yasna::construct_der(|writer| {
        writer.write_sequence(|writer| {
            writer.next().write_der(&body);
            signed_with(writer.next());
            writer.next().write_bitvec_bytes(&signature, signature.len() * 8);
        });
    });
    Some((pem("CERTIFICATE", &certificate), encoding::hex_upper(&serial)))
}

fn pem(label: &str, der: &[u8]) -> String {
    let mut text = format!("-----BEGIN {label}-----\n");
    let base64 = encoding::base64(der);
    let mut rest = base64.as_str();
    while !rest.is_empty() {
        let (line, tail) = rest.split_at(rest.len().min(64));
        text.push_str(line);
        text.push('\n');
        rest = tail;
    }
    text + &format!("-----END {label}-----\n")
}
