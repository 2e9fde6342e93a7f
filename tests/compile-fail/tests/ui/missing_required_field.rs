use wechatpay_client::taxi_invoice::GetTaxiRequest;

fn main() {
    let _ = GetTaxiRequest { plate_number: "粤B12345".into(), optional: Default::default() };
}
