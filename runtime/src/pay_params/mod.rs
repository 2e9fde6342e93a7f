//! What the front end takes to open the payment: made of a `prepay_id` and signed here, so that the key stays here.
//!
//! Takes plain values, refuses those that would break the lines that are signed, and gives types that serialise to
//! exactly the object that the page, mini program or app hands on.

mod signing;
mod types;

use url::Url;

use self::signing::{Lines, Signed};
pub use self::{
    signing::Signing,
    types::{AppPayParams, H5PayParams, JsapiPayParams, MiniProgramPayParams, NativePayParams},
};
use crate::{
    core::Core,
    error::{BuildError, Error},
    label::Label,
    target::{self, Problem},
};

/// Makes parameters for the front end. Nothing is sent.
#[derive(Clone, Debug)]
pub struct PayParams {
    core: Core,
}

impl PayParams {
    /// For generated code.
    #[must_use]
    pub fn new(core: Core) -> Self {
        Self { core }
    }

    /// For a page inside WeChat: `WeixinJSBridge.invoke("getBrandWCPayRequest", params)`. They are valid for two hours,
    /// as long as the `prepay_id`.
    ///
    /// `appid` is the one the order was placed with; of a service provider's two, the one whose page it is.
    ///
    /// The result is [`Error::Build`] if `appid` or `prepay_id` cannot be one, [`Error::Crypto`] if there is no
    /// signature.
    pub fn jsapi(&self, appid: &str, prepay_id: &str) -> Signing<JsapiPayParams> {
        let lines = check(appid, prepay_id).map(|()| Lines::of_package(appid, prepay_id));
        self.signing("pay_params.jsapi", lines, |signed| JsapiPayParams {
            app_id: signed.lines.appid,
            time_stamp: signed.timestamp,
            nonce_str: signed.nonce,
            package: signed.lines.last,
            sign_type: "RSA",
            pay_sign: signed.signature,
        })
    }

    /// For a mini program: `wx.requestPayment(params)`. `appid` is the mini program's; it is signed but not passed.
    ///
    /// The result is an error as with [`jsapi`](Self::jsapi).
    pub fn mini_program(&self, appid: &str, prepay_id: &str) -> Signing<MiniProgramPayParams> {
        let lines = check(appid, prepay_id).map(|()| Lines::of_package(appid, prepay_id));
        self.signing("pay_params.mini_program", lines, |signed| MiniProgramPayParams {
            time_stamp: signed.timestamp,
            nonce_str: signed.nonce,
            package: signed.lines.last,
            sign_type: "RSA",
            pay_sign: signed.signature,
        })
    }

    /// For an app: the fields of the SDK's `PayReq`. `partnerid` is the number of the merchant that signs; it is not part
    /// of what is signed, so it may be changed where a product's page asks for another.
    ///
    /// The result is an error as with [`jsapi`](Self::jsapi).
    pub fn app(&self, appid: &str, prepay_id: &str) -> Signing<AppPayParams> {
        let lines = check(appid, prepay_id).map(|()| Lines::of_app(appid, prepay_id));
        self.signing("pay_params.app", lines, |signed| AppPayParams {
            appid: signed.lines.appid,
            partnerid: signed.mchid,
            prepayid: signed.lines.last,
            package: "Sign=WXPay",
            noncestr: signed.nonce,
            timestamp: signed.timestamp,
            sign: signed.signature,
        })
    }

    /// For a browser outside WeChat: the page to go to, `h5_url` of the order. There is no signature.
    ///
    /// `redirect_url`, an address of yours with `https://` or `http://`, is where the customer comes back to, paid or not.
    ///
    /// # Errors
    /// [`Error::Build`] if one of them is no web address.
    pub fn h5(&self, h5_url: &str, redirect_url: Option<&str>) -> Result<H5PayParams, Error> {
        with_redirect(h5_url, redirect_url)
            .map(|h5_url| H5PayParams { h5_url })
            .map_err(|problem| BuildError::new(&Label::Local("pay_params.h5"), problem).into())
    }

    /// For a QR code: its content, `code_url` of the order. There is no signature.
    ///
    /// # Errors
    /// [`Error::Build`] if it is no URL.
    pub fn native(&self, code_url: &str) -> Result<NativePayParams, Error> {
        if Url::parse(code_url).is_ok() {
            return Ok(NativePayParams { code_url: code_url.to_owned() });
        }
        let problem = "code_url: is no URL; give the one the order was answered with";
        Err(BuildError::new(&Label::Local("pay_params.native"), problem).into())
    }

    fn signing<T>(
        &self,
        name: &'static str,
        lines: Result<Lines, Problem>,
        make: fn(Signed) -> T,
    ) -> Signing<T> {
        Signing { core: self.core.clone(), label: Label::Local(name), lines, make }
    }
}

/// A line break in one of them would let its holder choose what else is signed.
fn check(appid: &str, prepay_id: &str) -> Result<(), Problem> {
    if prepay_id.starts_with("prepay_id=") {
        return Err("prepay_id: give it without \"prepay_id=\"".into());
    }
    for (name, value) in [("appid", appid), ("prepay_id", prepay_id)] {
        if value.is_empty() || !value.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(
                format!("{name}: must be given, and hold printable ASCII only, no spaces").into()
            );
        }
    }
    Ok(())
}

/// `h5_url` as it came, and the way back at its end, percent-encoded.
fn with_redirect(h5_url: &str, redirect_url: Option<&str>) -> Result<String, Problem> {
    if !is_web_address(h5_url) || h5_url.contains('#') {
        return Err("h5_url: is no web address; give the one the order was answered with".into());
    }
    let Some(redirect_url) = redirect_url else { return Ok(h5_url.to_owned()) };
    if !is_web_address(redirect_url) {
        return Err("redirect_url: must begin with https:// or http:// and a host".into());
    }
    let separator = if h5_url.contains('?') { '&' } else { '?' };
    let mut url = format!("{h5_url}{separator}redirect_url=");
    target::encode(&mut url, redirect_url);
    Ok(url)
}

fn is_web_address(text: &str) -> bool {
    Url::parse(text).is_ok_and(|url| matches!(url.scheme(), "https" | "http") && url.has_host())
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, SystemTime, UNIX_EPOCH};

    use serde_json::{Value, json};

    use super::*;
    use crate::{
        Config, Merchant, NonceSource, PrivateKey, TrustStore,
        fixtures::{WECHATPAY_ID, merchant, official_key, vectors, wechatpay_public_key},
    };

    const APPID: &str = "wx2421b1c4370ec43b";
    const PREPAY_ID: &str = "wx201410272009395522657a690389285100";

    struct Fixed(String);

    impl NonceSource for Fixed {
        fn nonce(&self) -> Result<String, Box<dyn std::error::Error + Send + Sync>> {
            Ok(self.0.clone())
        }
    }

    /// Signs with the published key, at the published time, with this nonce.
    fn params(nonce: &str) -> PayParams {
        let key = PrivateKey::from_pem(&official_key("docs_mch", "private_pem").unwrap()).unwrap();
        let trust = TrustStore::new().public_key(WECHATPAY_ID, wechatpay_public_key());
        let clock = || -> SystemTime { UNIX_EPOCH + Duration::from_secs(1_554_208_460) };
        let config = Config::new(Merchant::new("1900000109", key, "0A1B"), trust)
            .base_url("http://127.0.0.1:1")
            .clock(clock)
            .nonce(Fixed(nonce.to_owned()));
        PayParams::new(Core::new(config).unwrap())
    }

    fn vector(kind: &str) -> Value {
        vectors("pay_sign").into_iter().find(|vector| vector["pay_kind"] == kind).unwrap()
    }

    fn problem(result: Result<impl std::fmt::Debug, Error>) -> String {
        match result.unwrap_err() {
            Error::Build(error) => error.to_string(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn item_43_jsapi_and_mini_program_are_the_official_example_to_the_letter() {
        let vector = vector("jsapi");
        let params = params(vector["nonce"].as_str().unwrap());
        let jsapi = params.jsapi(APPID, PREPAY_ID).blocking().unwrap();
        let expected = json!({
            "appId": vector["appid"],
            "timeStamp": "1554208460",
            "nonceStr": vector["nonce"],
            "package": vector["package"],
            "signType": "RSA",
            "paySign": vector["signature"],
        });
        assert_eq!(serde_json::to_value(&jsapi).unwrap(), expected);
        let mini_program = params.mini_program(APPID, PREPAY_ID).blocking().unwrap();
        let mut without_appid = expected;
        without_appid.as_object_mut().unwrap().remove("appId");
        assert_eq!(serde_json::to_value(&mini_program).unwrap(), without_appid);
        let signature = vector["signature"].as_str().unwrap();
        assert!(!format!("{jsapi:?}{mini_program:#?}").contains(signature));
    }

    #[test]
    fn item_43_app_is_the_official_example_to_the_letter() {
        let vector = vector("app");
        let params =
            params(vector["nonce"].as_str().unwrap()).app(APPID, PREPAY_ID).blocking().unwrap();
        let expected = json!({
            "appid": vector["appid"],
            "partnerid": "1900000109",
            "prepayid": vector["prepay_id"],
            "package": "Sign=WXPay",
            "noncestr": vector["nonce"],
            "timestamp": "1554208460",
            "sign": vector["signature"],
        });
        assert_eq!(serde_json::to_value(&params).unwrap(), expected);
        assert!(!format!("{params:?}").contains(vector["signature"].as_str().unwrap()));
    }

    #[test]
    fn item_43_every_front_end_gets_a_nonce_of_its_own_of_at_most_32_characters() {
        let trust = TrustStore::new().public_key(WECHATPAY_ID, wechatpay_public_key());
        let config = Config::new(merchant(), trust).base_url("http://127.0.0.1:1");
        let params = Core::new(config).unwrap().pay_params();
        let (a, b) = (
            params.app(APPID, PREPAY_ID).blocking().unwrap(),
            params.app(APPID, PREPAY_ID).blocking().unwrap(),
        );
        assert!(a.noncestr != b.noncestr && a.noncestr.len() == 32);
        for nonce in [&"x".repeat(33), "", "a\nb"] {
            let refused = self::params(nonce).jsapi(APPID, PREPAY_ID).blocking().unwrap_err();
            assert!(matches!(&refused, Error::Crypto(_)), "{refused:?}");
            assert_eq!(refused.operation(), Some("pay_params.jsapi"));
        }
    }

    #[test]
    fn values_that_would_change_what_is_signed_are_refused_by_name_alone() {
        let params = params("n");
        for bad in ["", "wx\n1", "wx 1", "微信"] {
            for text in [
                problem(params.jsapi(bad, PREPAY_ID).blocking()),
                problem(params.mini_program(APPID, bad).blocking()),
                problem(params.app(bad, PREPAY_ID).blocking()),
            ] {
                assert!(text.contains("must be given, and hold printable ASCII"), "{text}");
                assert!(bad.is_empty() || !text.contains(bad), "{text}");
            }
        }
        let twice = problem(params.jsapi(APPID, "prepay_id=wx2014").blocking());
        assert!(twice.contains("without \"prepay_id=\""), "{twice}");
    }

    #[test]
    fn h5_takes_the_way_back_percent_encoded_and_native_its_url_as_it_is() {
        let params = params("n");
        let h5 = |url: &str, back| params.h5(url, back).map(|params| params.h5_url);
        let page = "https://wx.tenpay.com/cgi-bin/mmpayweb-bin/checkmweb?prepay_id=wx20&package=10";
        let back = "https://shop.example/done?a=1 2&b=单+#/x";
        let encoded = "https%3A%2F%2Fshop.example%2Fdone%3Fa%3D1%202%26b%3D%E5%8D%95%2B%23%2Fx";
        assert_eq!(h5(page, None).unwrap(), page);
        assert_eq!(h5(page, Some(back)).unwrap(), format!("{page}&redirect_url={encoded}"));
        assert_eq!(
            h5("https://a/", Some("http://b")).unwrap(),
            "https://a/?redirect_url=http%3A%2F%2Fb"
        );
        for (url, back) in
            [("", None), ("weixin://x", None), ("https://a/#b", None), (page, Some("/done"))]
        {
            problem(params.h5(url, back));
        }
        let code = "weixin://wxpay/bizpayurl?pr=p4lpSuKzz";
        let native = params.native(code).unwrap();
        assert_eq!(serde_json::to_value(native).unwrap(), json!({ "code_url": code }));
        problem(params.native(""));
    }
}
