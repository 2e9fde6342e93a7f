//! What operations do: the state machines behind the operations that have some.
//!
//! An operation is attached to a handler by its name in the schema. The schema has checked the fields already; a
//! handler reads them, looks into the books and either tells what it knows or refuses. What it tells is more than any
//! one response holds: the schema decides what of it is said, and fills in what it asks for and no handler knows.

mod asked;
mod authorization;
mod bill;
mod combined;
mod complaint;
mod desk;
mod ids;
mod media;
mod order;
mod outcome;
mod place;
mod query;
mod refund;
mod sharing;
mod sharing_bill;
mod trade_state;
mod transfer;
mod user;
mod view;

use serde_json::{Map, Value};

use crate::refusal::Refusal;

pub(crate) use asked::Asked;
pub(crate) use complaint::shown_history as complaint_history;
pub(crate) use desk::{Desk, Tidings};
pub(crate) use ids::Ids;
pub(crate) use outcome::Outcomes;
pub use outcome::{RefundOutcome, TransferStart};
pub(crate) use user::{
    Refunding, authorize, complain, confirm, expire, fail, find_order, pay, refund, release,
    revoke, settle_refund,
};
pub use view::{Authorization, Order, Refund, Transfer};

/// What a handler has to say.
#[derive(Debug)]
pub(crate) enum Told {
    /// The fields it knows, in plain text.
    Fields(Map<String, Value>),
    /// The bytes of a file.
    File(Vec<u8>),
}

/// What an operation does.
pub(crate) type Handler = fn(&Asked<'_>, &mut Desk<'_>) -> Result<Told, Refusal>;

/// The handlers, by the names of their operations.
const ATTACHED: &[(&str, Handler)] = &[
    ("pay.prepay_app", place::prepay),
    ("pay.prepay_app_with_contract", place::prepay),
    ("pay.prepay_h5", place::prepay),
    ("pay.prepay_jsapi", place::prepay),
    ("pay.prepay_jsapi_with_contract", place::prepay),
    ("pay.prepay_native", place::prepay),
    ("pay.pay_with_code", place::charge),
    ("pay.get_order_by_transaction_id", query::by_transaction_id),
    ("pay.get_order_by_out_trade_no", query::by_out_trade_no),
    ("pay.close_order", query::close),
    ("pay.reverse_order", query::reverse),
    ("partner_pay.prepay_app", place::prepay),
    ("partner_pay.prepay_app_with_contract", place::prepay),
    ("partner_pay.prepay_h5", place::prepay),
    ("partner_pay.prepay_jsapi", place::prepay),
    ("partner_pay.prepay_jsapi_with_contract", place::prepay),
    ("partner_pay.prepay_mini_program", place::prepay),
    ("partner_pay.prepay_native", place::prepay),
    ("partner_pay.pay_with_code", place::charge),
    ("partner_pay.get_order_by_transaction_id", query::by_transaction_id),
    ("partner_pay.get_order_by_out_trade_no", query::by_out_trade_no),
    ("partner_pay.close_order", query::close),
    ("partner_pay.reverse_order", query::reverse),
    ("combine_pay.prepay_app", combined::prepay),
    ("combine_pay.prepay_h5", combined::prepay),
    ("combine_pay.prepay_jsapi", combined::prepay),
    ("combine_pay.prepay_mini_program", combined::prepay),
    ("combine_pay.prepay_native", combined::prepay),
    ("combine_pay.get_order_by_transaction_id", combined::by_transaction_id),
    ("combine_pay.get_order_by_out_trade_no", combined::by_out_trade_no),
    ("combine_pay.close_order", combined::close),
    ("refund.create", refund::create),
    ("refund.get", refund::by_out_refund_no),
    ("refund.apply_abnormal", refund::apply_abnormal),
    ("ecommerce_refund.create", refund::create),
    ("ecommerce_refund.get_by_out_refund_no", refund::by_out_refund_no),
    ("ecommerce_refund.get_by_refund_id", refund::by_refund_id),
    ("ecommerce_refund.apply_abnormal", refund::apply_abnormal),
    ("profitsharing.create_order", sharing::create),
    ("profitsharing.unfreeze_order", sharing::unfreeze),
    ("profitsharing.get_order", sharing::get),
    ("profitsharing.get_unsplit_amount", sharing::unsplit),
    ("profitsharing.add_receiver", sharing::add_receiver),
    ("profitsharing.delete_receiver", sharing::delete_receiver),
    ("profitsharing.create_return", sharing::create_return),
    ("profitsharing.get_return", sharing::get_return),
    ("profitsharing.get_bill", sharing_bill::get),
    ("mch_transfer.create_transfer", transfer::create),
    ("mch_transfer.get_transfer_by_out_bill_no", transfer::by_out_bill_no),
    ("mch_transfer.get_transfer_by_transfer_bill_no", transfer::by_transfer_bill_no),
    ("mch_transfer.cancel_transfer", transfer::cancel),
    ("mch_transfer.create_transfer_with_authorization", transfer::create_with_authorization),
    ("mch_transfer.create_authorized_transfer", transfer::create_authorized),
    ("mch_transfer.create_authorization", authorization::create),
    ("mch_transfer.get_authorization", authorization::get),
    ("mch_transfer.close_authorization", authorization::close),
    ("bill.get_trade_bill", bill::trade),
    ("bill.get_fund_flow_bill", bill::fund_flow),
    ("bill.download_file", bill::download),
    ("media.upload_image", media::upload),
    ("media.upload_video", media::upload),
    ("complaint.upload_image", media::upload),
    ("complaint.download_image", media::download),
    ("complaint.list_complaints", complaint::list),
    ("complaint.get_complaint", complaint::get),
    ("complaint.list_negotiation_history", complaint::history),
    ("complaint.submit_reply", complaint::reply),
    ("complaint.complete_complaint", complaint::complete),
    ("complaint.update_refund_progress", complaint::update_refund),
    ("complaint.get_notification", complaint::get_address),
    ("complaint.create_notification", complaint::create_address),
    ("complaint.update_notification", complaint::update_address),
    ("complaint.delete_notification", complaint::delete_address),
];

/// The handler of an operation; `None` if it is answered by the schema alone.
pub(crate) fn handler(operation: &str) -> Option<Handler> {
    ATTACHED.iter().find(|(name, _)| *name == operation).map(|(_, handler)| *handler)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::{routes::Routes, schema};

    #[test]
    fn every_attached_name_is_an_operation_of_the_schema() {
        let routes = Routes::new(schema::embedded().unwrap());
        let unknown: Vec<_> =
            ATTACHED.iter().map(|(name, _)| *name).filter(|name| !routes.knows(name)).collect();
        assert!(unknown.is_empty(), "the schema has no {unknown:?}");
        let names: BTreeSet<_> = ATTACHED.iter().map(|(name, _)| *name).collect();
        assert_eq!(names.len(), ATTACHED.len());
    }
}
