use wechatpay_client::{BrandClient, Config, Merchant, TrustStore};

fn client(merchant: Merchant, trust: TrustStore) {
    let _ = BrandClient::new(Config::new(merchant, trust));
}

fn main() {}
