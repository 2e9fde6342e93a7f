//! What tests and the control API see of the books.

use serde_json::{Value, json};

use super::{asked::text_at, order};
use crate::{clock, store::Entry};

/// An order as the sandbox has it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Order {
    /// The sandbox's own number.
    pub id: i64,
    /// For a part of a combined order: the combined order's `id`.
    pub parent: Option<i64>,
    /// The merchant's number; of a combined order its `combine_out_trade_no`.
    pub out_trade_no: String,
    /// The platform's number. Merchants see it once the order is paid.
    pub transaction_id: String,
    /// `NOTPAY`, `USERPAYING`, `SUCCESS`, `REFUND`, `CLOSED`, `REVOKED`.
    pub trade_state: String,
    /// `JSAPI`, `APP`, `MWEB`, `NATIVE`, `MICROPAY`.
    pub trade_type: String,
    /// What it costs, in fen.
    pub total: i64,
    /// What of it was refunded, in fen.
    pub refunded: i64,
    /// What it is for.
    pub description: String,
    /// The merchant that it belongs to; behind a slash the one that is acted for.
    pub merchant: String,
    /// The operation it was placed by.
    pub operation: String,
    /// Where its notifications go.
    pub notify_url: Option<String>,
    /// When it was placed, in Unix seconds.
    pub created: i64,
    /// When it was paid, in Unix seconds.
    pub paid: Option<i64>,
    /// Until when it can be paid, in Unix seconds.
    pub expires: i64,
}

impl Order {
    pub(crate) fn new(entry: &Entry) -> Self {
        let text = |name: &str| text_at(&entry.request, &[name]).map(str::to_owned);
        Self {
            id: entry.id,
            parent: entry.parent,
            out_trade_no: entry.number.clone(),
            transaction_id: entry.reference.clone(),
            trade_state: order::state(entry).as_str().to_owned(),
            trade_type: entry.text("trade_type").unwrap_or_default().to_owned(),
            total: entry.amount,
            refunded: entry.sum("refunded"),
            description: text("description").unwrap_or_default(),
            merchant: entry.scope.trim_start_matches("combined:").to_owned(),
            operation: entry.operation.clone(),
            notify_url: text("notify_url"),
            created: entry.created,
            paid: entry.data.get("paid").and_then(Value::as_i64),
            expires: entry.sum("expires"),
        }
    }

    pub(crate) fn to_json(&self) -> Value {
        json!({
            "id": self.id,
            "parent": self.parent,
            "out_trade_no": self.out_trade_no,
            "transaction_id": self.transaction_id,
            "trade_state": self.trade_state,
            "trade_type": self.trade_type,
            "total": self.total,
            "refunded": self.refunded,
            "description": self.description,
            "merchant": self.merchant,
            "operation": self.operation,
            "notify_url": self.notify_url,
            "created": clock::rfc3339(self.created),
            "paid": self.paid.map(clock::rfc3339),
            "expires": clock::rfc3339(self.expires),
        })
    }
}

/// A refund as the sandbox has it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Refund {
    /// The sandbox's own number.
    pub id: i64,
    /// The order's `id`.
    pub order: i64,
    /// The merchant's number.
    pub out_refund_no: String,
    /// The platform's number.
    pub refund_id: String,
    /// `PROCESSING`, `SUCCESS`, `ABNORMAL`, `CLOSED`.
    pub status: String,
    /// In fen.
    pub amount: i64,
    /// When it was made, in Unix seconds.
    pub created: i64,
}

impl Refund {
    pub(crate) fn new(entry: &Entry) -> Self {
        Self {
            id: entry.id,
            order: entry.parent.unwrap_or_default(),
            out_refund_no: entry.number.clone(),
            refund_id: entry.reference.clone(),
            status: entry.state.clone(),
            amount: entry.amount,
            created: entry.created,
        }
    }

    pub(crate) fn to_json(&self) -> Value {
        json!({
            "id": self.id,
            "order": self.order,
            "out_refund_no": self.out_refund_no,
            "refund_id": self.refund_id,
            "status": self.status,
            "amount": self.amount,
            "created": clock::rfc3339(self.created),
        })
    }
}

/// A transfer to a user as the sandbox has it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Transfer {
    /// The sandbox's own number.
    pub id: i64,
    /// The merchant's number.
    pub out_bill_no: String,
    /// The platform's number.
    pub transfer_bill_no: String,
    /// `ACCEPTED`, `WAIT_USER_CONFIRM`, `SUCCESS`, `FAIL`, `CANCELLED`.
    pub state: String,
    /// In fen.
    pub amount: i64,
    /// When it was asked for, in Unix seconds.
    pub created: i64,
}

impl Transfer {
    pub(crate) fn new(entry: &Entry) -> Self {
        Self {
            id: entry.id,
            out_bill_no: entry.number.clone(),
            transfer_bill_no: entry.reference.clone(),
            state: entry.state.clone(),
            amount: entry.amount,
            created: entry.created,
        }
    }

    pub(crate) fn to_json(&self) -> Value {
        json!({
            "id": self.id,
            "out_bill_no": self.out_bill_no,
            "transfer_bill_no": self.transfer_bill_no,
            "state": self.state,
            "amount": self.amount,
            "created": clock::rfc3339(self.created),
        })
    }
}

/// A user's consent to transfers without being asked, as the sandbox has it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Authorization {
    /// The sandbox's own number.
    pub id: i64,
    /// The merchant's number.
    pub out_authorization_no: String,
    /// The platform's number. Merchants see it once the user has agreed.
    pub authorization_id: String,
    /// `WAIT_USER_CONFIRM`, `TAKING_EFFECT`, `CLOSED`.
    pub state: String,
    /// Who is asked.
    pub openid: String,
    /// When it was asked for, in Unix seconds.
    pub created: i64,
}

impl Authorization {
    pub(crate) fn new(entry: &Entry) -> Self {
        Self {
            id: entry.id,
            out_authorization_no: entry.number.clone(),
            authorization_id: entry.reference.clone(),
            state: entry.state.clone(),
            openid: text_at(&entry.request, &["openid"]).unwrap_or_default().to_owned(),
            created: entry.created,
        }
    }

    pub(crate) fn to_json(&self) -> Value {
        json!({
            "id": self.id,
            "out_authorization_no": self.out_authorization_no,
            "authorization_id": self.authorization_id,
            "state": self.state,
            "openid": self.openid,
            "created": clock::rfc3339(self.created),
        })
    }
}
