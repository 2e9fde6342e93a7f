//! One client, and what it does with an order.

use std::time::{Duration, Instant};

use wechatpay_client::{
    Client, RetryPolicy,
    bill::{BillType, GetTradeBillRequest},
    pay::{
        GetOrderByOutTradeNoRequest, GetOrderByOutTradeNoResponse, JsapiPayer, OrderAmount,
        PrepayJsapiRequest, TradeState,
    },
    refund::{self, AmountToRefund},
};

use crate::{
    Problem,
    figures::{Figures, Step},
    sandbox::{Control, Sandbox},
};

/// How long one call may take.
const PATIENCE: Duration = Duration::from_secs(120);

const NOTIFY_URL: &str = "https://shop.example/notify";

/// A client with connections of its own.
pub(crate) struct Merchant {
    client: Client,
    control: Control,
    mchid: String,
    pub(crate) figures: Figures,
}

/// An order that went its whole way, as its client was told.
#[derive(Clone, Debug)]
pub(crate) struct Sold {
    pub(crate) number: String,
    pub(crate) refund_number: String,
    /// In fen; all of it was paid, and paid back.
    pub(crate) amount: i64,
    pub(crate) transaction_id: String,
    pub(crate) refund_id: String,
    /// The day of the payment and that of the refund, as `2026-01-31`.
    pub(crate) days: [String; 2],
}

impl Merchant {
    pub(crate) fn new(sandbox: &Sandbox) -> Result<Self, Problem> {
        let config = sandbox.keys.config()?.base_url(sandbox.url.as_str());
        // A second attempt would hide that the first was lost; a slow machine is no loss.
        let config = config.retry(RetryPolicy::none()).timeout(PATIENCE);
        Ok(Self {
            client: Client::new(config)?,
            control: sandbox.control.clone(),
            mchid: sandbox.keys.mchid.clone(),
            figures: Figures::default(),
        })
    }

    /// Downloads the bill of a day, which is held against its digest.
    pub(crate) async fn bill(&self, day: &str) -> Result<String, Problem> {
        let mut asked =
            GetTradeBillRequest { bill_date: day.to_owned(), optional: Default::default() };
        asked.optional.bill_type = Some(BillType::All);
        let told = self.client.bill().get_trade_bill(&asked).await?;
        let url = told.download_url.ok_or("the bill has no address")?;
        let hash = told.hash_value.ok_or("the bill has no digest")?;
        let file = self.client.download(url).sha1(hash).await?;
        Ok(std::str::from_utf8(&file.bytes)?.to_owned())
    }

    /// Takes one order its whole way; `None` if something failed, which is noted.
    pub(crate) async fn sell(&mut self, index: usize) -> Option<Sold> {
        let mut figures = std::mem::take(&mut self.figures);
        let sold = self.try_sell(index, &mut figures).await;
        self.figures = figures;
        sold.map_err(|error| self.figures.failed(format!("order {index}: {error}"))).ok()
    }

    async fn try_sell(&self, index: usize, figures: &mut Figures) -> Result<Sold, Problem> {
        let number = format!("LOAD-{index:08}");
        let refund_number = format!("{number}-R");
        let amount = 100 + i64::try_from(index % 1_000)?;
        let asked = self.prepay(&number, amount);
        measure(figures, Step::Prepay, self.client.pay().prepay_jsapi(&asked)).await?;
        measure(figures, Step::Pay, self.control.post(&format!("/orders/{number}/pay"))).await?;
        let paid = measure(figures, Step::QueryPaid, self.query(&number)).await?;
        expect(&paid, &TradeState::Success, amount)?;
        let asked = self.refund(&number, &refund_number, amount);
        let refunded = measure(figures, Step::Refund, self.client.refund().create(&asked)).await?;
        let asked = refund::GetRequest {
            out_refund_no: refund_number.clone(),
            optional: Default::default(),
        };
        let settled = measure(figures, Step::QueryRefund, self.client.refund().get(&asked)).await?;
        if settled.status.as_deref() != Some("SUCCESS") || settled.refund_id != refunded.refund_id {
            return Err(format!("refund {:?} is {:?}", settled.refund_id, settled.status).into());
        }
        let after = measure(figures, Step::QueryRefunded, self.query(&number)).await?;
        expect(&after, &TradeState::Refund, amount)?;
        let day = |time: Option<String>| {
            time.and_then(|time| time.get(..10).map(str::to_owned)).ok_or("no time is told")
        };
        Ok(Sold {
            number,
            refund_number,
            amount,
            transaction_id: paid.transaction_id.ok_or("no transaction_id is told")?,
            refund_id: settled.refund_id.ok_or("no refund_id is told")?,
            days: [day(paid.success_time)?, day(settled.success_time)?],
        })
    }

    fn prepay(&self, number: &str, amount: i64) -> PrepayJsapiRequest {
        PrepayJsapiRequest {
            appid: "wxd678efh567hg6787".to_owned(),
            mchid: self.mchid.clone(),
            description: "load".to_owned(),
            out_trade_no: number.to_owned(),
            amount: OrderAmount { total: amount, optional: Default::default() },
            notify_url: NOTIFY_URL.to_owned(),
            payer: JsapiPayer {
                openid: "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o".to_owned(),
                optional: Default::default(),
            },
            optional: Default::default(),
        }
    }

    async fn query(
        &self,
        number: &str,
    ) -> Result<GetOrderByOutTradeNoResponse, wechatpay_client::Error> {
        let asked = GetOrderByOutTradeNoRequest {
            out_trade_no: number.to_owned(),
            mchid: self.mchid.clone(),
            optional: Default::default(),
        };
        self.client.pay().get_order_by_out_trade_no(&asked).await
    }

    fn refund(&self, number: &str, refund_number: &str, amount: i64) -> refund::CreateRequest {
        refund::CreateRequest {
            out_refund_no: refund_number.to_owned(),
            amount: AmountToRefund {
                refund: amount,
                total: amount,
                currency: "CNY".to_owned(),
                optional: Default::default(),
            },
            optional: refund::CreateOptional::default().out_trade_no(number).notify_url(NOTIFY_URL),
        }
    }
}

fn expect(
    order: &GetOrderByOutTradeNoResponse,
    state: &TradeState,
    amount: i64,
) -> Result<(), Problem> {
    let total = order.amount.as_ref().and_then(|amount| amount.total);
    if order.trade_state.as_ref() == Some(state) && total == Some(amount) {
        return Ok(());
    }
    Err(format!("the order is {:?} over {total:?}, not {state:?} over {amount}", order.trade_state)
        .into())
}

/// Notes how long it took, and whether it failed.
async fn measure<T, E: Into<Problem>>(
    figures: &mut Figures,
    step: Step,
    call: impl IntoFuture<Output = Result<T, E>>,
) -> Result<T, Problem> {
    let start = Instant::now();
    let result = call.await.map_err(Into::into);
    figures.note(step, start.elapsed(), result.is_ok());
    result
}
