//! Who calls under which scheme, and which keys of the platform answer.

use crate::{
    BrandKeys, KeyError, Keys, ShangmiKeys,
    keys::{PUBLIC_KEY_ID_PREFIX, PlatformKey, PublicKey},
    scheme::Scheme,
};

/// The one caller of a scheme.
pub(crate) struct Caller<'k> {
    pub(crate) scheme: Scheme,
    pub(crate) id: &'k str,
    pub(crate) serial: &'k str,
    pub(crate) key: &'k PublicKey,
    /// Serial number of the platform certificate, to tell when it was taken for the caller's.
    pub(crate) platform_serial: &'k str,
    /// Who says that the caller has this id.
    pub(crate) source: &'static str,
}

impl<'k> Caller<'k> {
    pub(crate) fn of(scheme: Scheme, keys: &'k Keys) -> Result<Self, KeyError> {
        Ok(match scheme {
            Scheme::Merchant => Self {
                scheme,
                id: keys.mchid(),
                serial: keys.mch_serial(),
                key: keys.merchant(),
                platform_serial: keys.plat_serial(),
                source: "the key folder's mchid.txt says",
            },
            Scheme::Brand => {
                let brand = BrandKeys::throwaway()?;
                Self {
                    scheme,
                    id: brand.brand_id(),
                    serial: brand.serial(),
                    key: &brand.certificate().key,
                    platform_serial: keys.plat_serial(),
                    source: "the sandbox's brand is",
                }
            }
            Scheme::Shangmi => {
                let shangmi = ShangmiKeys::throwaway()?;
                Self {
                    scheme,
                    id: shangmi.mchid(),
                    serial: shangmi.mch_serial(),
                    key: shangmi.merchant(),
                    platform_serial: shangmi.plat_serial(),
                    source: "the sandbox's merchant with SM2 keys is",
                }
            }
        })
    }
}

/// The key that the client wants the answer signed with: the public key where the request's `Wechatpay-Serial` names
/// one, the platform certificate elsewhere.
pub(crate) fn answering_key<'k>(
    scheme: Scheme,
    keys: &'k Keys,
    serial: Option<&str>,
) -> Result<&'k PlatformKey, KeyError> {
    let public_key = serial.is_some_and(|serial| serial.starts_with(PUBLIC_KEY_ID_PREFIX));
    Ok(match (scheme, public_key) {
        (Scheme::Shangmi, true) => ShangmiKeys::throwaway()?.wechatpay(),
        (Scheme::Shangmi, false) => ShangmiKeys::throwaway()?.platform(),
        (_, true) => keys.wechatpay(),
        (_, false) => keys.platform(),
    })
}
