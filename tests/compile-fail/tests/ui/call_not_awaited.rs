#![deny(unused_must_use)]

use wechatpay_client::{Client, taxi_invoice::PunchRequest};

fn punch(client: &Client, request: &PunchRequest) {
    client.taxi_invoice().punch(request);
}

fn main() {}
