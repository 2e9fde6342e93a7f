//! Ways of signing: how they are named, whom they call the caller, which gateway takes them.

use wechatpay_codegen::model::Profile;

/// A scheme of `Authorization` and of `Wechatpay-Signature-Type`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scheme {
    /// Merchants, with RSA.
    Merchant,
    /// Brands, with RSA.
    Brand,
    /// Merchants, with SM2.
    Shangmi,
}

impl Scheme {
    /// As it stands on the wire.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Merchant => "WECHATPAY2-SHA256-RSA2048",
            Self::Brand => "WECHATPAY-BRAND-SHA256-RSA2048",
            Self::Shangmi => "WECHATPAY2-SM2-WITH-SM3",
        }
    }

    /// The item of `Authorization` that tells who calls.
    pub(crate) fn caller(self) -> &'static str {
        match self {
            Self::Brand => "brand_id",
            Self::Merchant | Self::Shangmi => "mchid",
        }
    }

    /// The scheme that `Authorization` claims if gateways of this profile take it, else the one they usually take.
    /// Without a profile, all are taken.
    pub(crate) fn claimed(authorization: Option<&str>, profile: Option<Profile>) -> Self {
        let taken: &[Self] = match profile {
            Some(Profile::Brand) => &[Self::Brand],
            Some(Profile::Mainland | Profile::Overseas) => &[Self::Merchant, Self::Shangmi],
            None => &[Self::Merchant, Self::Brand, Self::Shangmi],
        };
        let word = authorization.and_then(|text| text.split_whitespace().next());
        taken.iter().copied().find(|scheme| word == Some(scheme.name())).unwrap_or(taken[0])
    }
}
