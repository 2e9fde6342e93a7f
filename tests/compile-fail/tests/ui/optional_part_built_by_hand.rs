use wechatpay_client::taxi_invoice::InsertCardOptional;

fn main() {
    let _ = InsertCardOptional {};
}
