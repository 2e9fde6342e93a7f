use wechatpay_client::{taxi_invoice::TaxiState, wire::Unrecognized};

fn main() {
    let _ = TaxiState::Unrecognized(Unrecognized("IN_OPERATION".into()));
}
