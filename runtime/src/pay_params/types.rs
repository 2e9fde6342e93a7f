//! The objects the front ends take, field by field.
//!
//! The fields are public so that they can go into types of your own. `Debug` leaves the signature out.

use std::fmt;

use serde::{Serialize, Serializer, ser::SerializeStruct as _};

/// Says once under which names the fields go out: `Serialize` with all of them, `Debug` with those before the `;`.
macro_rules! front_end {
    ($type:ident { $($field:ident: $name:literal),+; $($secret:ident: $secret_name:literal)? }) => {
        impl Serialize for $type {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                let names = [$($name,)+ $($secret_name)?];
                let mut object = serializer.serialize_struct(stringify!($type), names.len())?;
                $(object.serialize_field($name, &self.$field)?;)+
                $(object.serialize_field($secret_name, &self.$secret)?;)?
                object.end()
            }
        }

        impl fmt::Debug for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                let mut object = f.debug_struct(stringify!($type));
                $(object.field(stringify!($field), &self.$field);)+
                object.finish_non_exhaustive()
            }
        }
    };
}

front_end!(JsapiPayParams {
    app_id: "appId", time_stamp: "timeStamp", nonce_str: "nonceStr", package: "package", sign_type: "signType";
    pay_sign: "paySign"
});
front_end!(MiniProgramPayParams {
    time_stamp: "timeStamp", nonce_str: "nonceStr", package: "package", sign_type: "signType";
    pay_sign: "paySign"
});
front_end!(AppPayParams {
    appid: "appid", partnerid: "partnerid", prepayid: "prepayid", package: "package", noncestr: "noncestr",
    timestamp: "timestamp";
    sign: "sign"
});
front_end!(H5PayParams { h5_url: "h5_url"; });
front_end!(NativePayParams { code_url: "code_url"; });

/// What `WeixinJSBridge` takes. For `wx.chooseWXPay` of the JS-SDK, the same values; it wants `timestamp` in lower case.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct JsapiPayParams {
    /// The appid.
    pub app_id: String,
    /// Seconds since 1970, as a string.
    pub time_stamp: String,
    /// A random text.
    pub nonce_str: String,
    /// `prepay_id=...`
    pub package: String,
    /// `RSA`, which is not part of what is signed.
    pub sign_type: &'static str,
    /// The signature.
    pub pay_sign: String,
}

/// What `wx.requestPayment` takes. The appid is signed, but not passed.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct MiniProgramPayParams {
    /// Seconds since 1970, as a string.
    pub time_stamp: String,
    /// A random text.
    pub nonce_str: String,
    /// `prepay_id=...`
    pub package: String,
    /// `RSA`, which is not part of what is signed.
    pub sign_type: &'static str,
    /// The signature.
    pub pay_sign: String,
}

/// What an app puts into the SDK's `PayReq`.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct AppPayParams {
    /// The appid.
    pub appid: String,
    /// A merchant number; not part of what is signed.
    pub partnerid: String,
    /// The bare `prepay_id`.
    pub prepayid: String,
    /// `Sign=WXPay`, which is not part of what is signed.
    pub package: &'static str,
    /// A random text.
    pub noncestr: String,
    /// Seconds since 1970, as a string.
    pub timestamp: String,
    /// The signature.
    pub sign: String,
}

/// The page a browser goes to.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct H5PayParams {
    /// The order's `h5_url`, with `redirect_url` if one was given.
    pub h5_url: String,
}

/// The content of a QR code.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct NativePayParams {
    /// The order's `code_url`.
    pub code_url: String,
}
