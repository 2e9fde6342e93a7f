//! What tests do in the place of people: users who pay, merchants who look into the merchant platform.

use crate::{
    Authorization, Error, Order, Refund, RefundOutcome, Sandbox, Sent, Transfer, TransferStart,
    business::{self, Desk, Refunding},
    refusal::Refusal,
    store::Entry,
};

/// More than any test looks at.
const ALL: i64 = 1_000_000;

impl Sandbox {
    /// All orders, the oldest first. A combined order comes before its parts.
    ///
    /// # Errors
    /// When the database fails.
    pub fn orders(&self) -> Result<Vec<Order>, Error> {
        let mut orders = self.gateway().orders(i64::MAX, ALL)?;
        orders.reverse();
        Ok(orders)
    }

    /// An order by the merchant's number.
    ///
    /// # Errors
    /// When there is none.
    pub fn order(&self, out_trade_no: &str) -> Result<Order, Error> {
        let done = self.gateway().work(|desk| business::find_order(desk, out_trade_no))?;
        Ok(Order::new(&done.value))
    }

    /// The refunds of an order, the oldest first.
    ///
    /// # Errors
    /// When there is no such order.
    pub fn refunds(&self, out_trade_no: &str) -> Result<Vec<Refund>, Error> {
        Ok(self.gateway().refunds_of(self.order(out_trade_no)?.id)?)
    }

    /// The user pays an order; a combined one by its own number or one of its parts'.
    ///
    /// # Errors
    /// `ORDER_PAID`, `ORDER_CLOSED`, or `ORDER_NOT_EXIST`.
    pub fn pay(&self, out_trade_no: &str) -> Result<Order, Error> {
        self.act(|desk| business::pay(desk, out_trade_no)).map(|entry| Order::new(&entry))
    }

    /// The time to pay an order is up.
    ///
    /// # Errors
    /// `ORDER_PAID`, or `ORDER_NOT_EXIST`.
    pub fn expire(&self, out_trade_no: &str) -> Result<Order, Error> {
        self.act(|desk| business::expire(desk, out_trade_no)).map(|entry| Order::new(&entry))
    }

    /// The merchant refunds what is left of an order in the merchant platform.
    ///
    /// # Errors
    /// `INVALID_REQUEST` if nothing is left or it is not paid, `ORDER_NOT_EXIST`.
    pub fn refund(&self, out_trade_no: &str) -> Result<Order, Error> {
        let all = Refunding::default();
        self.act(|desk| business::refund(desk, out_trade_no, &all)).map(|entry| Order::new(&entry))
    }

    /// What becomes of refunds that are asked for from now on; they succeed at once unless this is said.
    pub fn refunds_become(&self, outcome: RefundOutcome) {
        self.gateway().office().set_outcomes(|outcomes| outcomes.refunds = outcome);
    }

    /// A refund that is under way, or abnormal, becomes something else; whoever asked for it is told.
    ///
    /// # Errors
    /// When there is no such refund, or it has ended already.
    pub fn settle_refund(
        &self,
        out_refund_no: &str,
        outcome: RefundOutcome,
    ) -> Result<Refund, Error> {
        self.act(|desk| business::settle_refund(desk, out_refund_no, outcome))
            .map(|entry| Refund::new(&entry))
    }

    /// The payer of an order complains; gives the number of the complaint.
    ///
    /// # Errors
    /// When the order is not paid.
    pub fn complain(&self, out_trade_no: &str, detail: &str) -> Result<String, Error> {
        self.act(|desk| business::complain(desk, out_trade_no, detail)).map(|entry| entry.number)
    }

    /// All transfers, the oldest first.
    ///
    /// # Errors
    /// When the database fails.
    pub fn transfers(&self) -> Result<Vec<Transfer>, Error> {
        let mut transfers = self.gateway().transfers(i64::MAX, ALL)?;
        transfers.reverse();
        Ok(transfers)
    }

    /// How transfers begin that are asked for from now on; their users are asked at once unless this is said.
    pub fn transfers_begin(&self, start: TransferStart) {
        self.gateway().office().set_outcomes(|outcomes| outcomes.transfers = start);
    }

    /// A transfer that was taken in goes on: its user is asked, or has the money if asking is not needed.
    ///
    /// # Errors
    /// When there is no such transfer, or it has gone on already.
    pub fn release_transfer(&self, out_bill_no: &str) -> Result<Transfer, Error> {
        self.act(|desk| business::release(desk, out_bill_no)).map(|entry| Transfer::new(&entry))
    }

    /// The user allows transfers without being asked.
    ///
    /// # Errors
    /// When there is no such authorization, or the user was not asked for it.
    pub fn confirm_authorization(
        &self,
        out_authorization_no: &str,
    ) -> Result<Authorization, Error> {
        self.act(|desk| business::authorize(desk, out_authorization_no))
            .map(|entry| Authorization::new(&entry))
    }

    /// The user allows them no more.
    ///
    /// # Errors
    /// When there is no such authorization, or it has ended already.
    pub fn close_authorization(&self, out_authorization_no: &str) -> Result<Authorization, Error> {
        self.act(|desk| business::revoke(desk, out_authorization_no))
            .map(|entry| Authorization::new(&entry))
    }

    /// The user takes the money of a transfer.
    ///
    /// # Errors
    /// When there is no such transfer, or it has ended already.
    pub fn confirm_transfer(&self, out_bill_no: &str) -> Result<Transfer, Error> {
        self.act(|desk| business::confirm(desk, out_bill_no)).map(|entry| Transfer::new(&entry))
    }

    /// A transfer fails, with the platform's word for the reason.
    ///
    /// # Errors
    /// When there is no such transfer, or it has ended already.
    pub fn fail_transfer(&self, out_bill_no: &str, reason: &str) -> Result<Transfer, Error> {
        self.act(|desk| business::fail(desk, out_bill_no, Some(reason)))
            .map(|entry| Transfer::new(&entry))
    }

    /// Waits until every notification was received or given up. Set [`Builder::notify_speed`](crate::Builder::notify_speed)
    /// if one may fail: the platform itself takes a day to give up.
    pub async fn notified(&self) {
        self.gateway().office().post.quiet().await;
    }

    /// The notifications that follow from what was done, the oldest first.
    ///
    /// # Errors
    /// When the database fails.
    pub fn sent(&self) -> Result<Vec<Sent>, Error> {
        let rows = self.gateway().office().store.work(|books| books.notices(0, ALL));
        Ok(rows.map_err(Refusal::from)?.iter().map(Sent::new).collect())
    }

    fn act(
        &self,
        work: impl FnOnce(&mut Desk<'_>) -> Result<Entry, Refusal>,
    ) -> Result<Entry, Error> {
        Ok(self.gateway().act_for_user(&self.threads()?, work)?)
    }
}
