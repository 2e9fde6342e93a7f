use wechatpay_client::{OverseasClient, taxi_invoice::PunchRequest};

fn punch(client: &OverseasClient, request: &PunchRequest) {
    let _ = client.taxi_invoice().punch(request);
}

fn main() {}
