//! What a merchant has of the key folder.

use std::{fs, path::Path};

use wechatpay_client::{
    ApiV3Key, Certificate, Config, Merchant, PrivateKey, PublicKey, TrustStore, webhooks::Webhooks,
};

use crate::Problem;

/// The texts of the files.
#[derive(Clone)]
pub(crate) struct Keys {
    pub(crate) mchid: String,
    mch_key: String,
    mch_serial: String,
    apiv3_key: String,
    wxp_pub: String,
    wxp_key_id: String,
    plat_cert: String,
}

impl Keys {
    pub(crate) fn read(folder: &Path) -> Result<Self, Problem> {
        let text = |name: &str| {
            let text = fs::read_to_string(folder.join(name));
            text.map(|text| text.trim().to_owned()).map_err(|error| format!("{name}: {error}"))
        };
        Ok(Self {
            mchid: text("mchid.txt")?,
            mch_key: text("mch_key.pem")?,
            mch_serial: text("mch_serial.txt")?,
            apiv3_key: text("apiv3_key.txt")?,
            wxp_pub: text("wxp_pub.pem")?,
            wxp_key_id: text("wxp_key_id.txt")?,
            plat_cert: text("plat_cert.pem")?,
        })
    }

    pub(crate) fn config(&self) -> Result<Config, Problem> {
        let key = PrivateKey::from_pem(&self.mch_key)?;
        let merchant = Merchant::new(self.mchid.as_str(), key, self.mch_serial.as_str());
        Ok(Config::new(merchant, self.trust()?))
    }

    pub(crate) fn webhooks(&self) -> Result<Webhooks, Problem> {
        Ok(Webhooks::new(self.trust()?, ApiV3Key::new(&self.apiv3_key)?)?)
    }

    fn trust(&self) -> Result<TrustStore, Problem> {
        Ok(TrustStore::new()
            .public_key(self.wxp_key_id.as_str(), PublicKey::from_pem(&self.wxp_pub)?)
            .certificate(Certificate::from_pem(&self.plat_cert)?))
    }
}
