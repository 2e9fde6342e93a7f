//! Whether all accounts agree: what the clients were told, the notifications, what the sandbox remembers, its bill.

use std::{
    collections::{BTreeSet, HashSet},
    error::Error,
};

use serde_json::Value;
use wechatpay_client::{
    Client,
    bill::{BillType, GetTradeBillRequest},
};

use crate::{
    arguments::Arguments,
    merchant::{Merchant, Sold},
    receiver::{Event, Receiver, Told},
    sandbox::Sandbox,
};

/// So many notifications the sandbox keeps.
const NOTICES_KEPT: usize = 10_000;

/// All that is lost, doubled or different.
pub(crate) async fn compare(
    sandbox: &Sandbox,
    sold: &[Sold],
    receiver: &Receiver,
    arguments: &Arguments,
) -> Result<Vec<String>, Box<dyn Error>> {
    let mut wrong = Vec::new();
    numbers(sold, &mut wrong);
    notifications(sold, receiver, &mut wrong);
    remembered(sandbox, arguments.orders, &mut wrong).await?;
    bills(&Merchant::new(sandbox)?.client, sold, &mut wrong).await?;
    if let Some(bytes) = sandbox.peak_memory().filter(|bytes| bytes >> 20 > arguments.memory) {
        wrong.push(format!(
            "the sandbox needed {} MiB, more than {}",
            bytes >> 20,
            arguments.memory
        ));
    }
    Ok(wrong)
}

/// No two orders, and no two refunds, have one number of the platform's.
fn numbers(sold: &[Sold], wrong: &mut Vec<String>) {
    for (what, numbers) in [
        ("transaction_id", sold.iter().map(|sold| &sold.transaction_id).collect::<HashSet<_>>()),
        ("refund_id", sold.iter().map(|sold| &sold.refund_id).collect()),
    ] {
        if numbers.len() != sold.len() {
            wrong.push(format!(
                "{} orders have only {} different {what}",
                sold.len(),
                numbers.len()
            ));
        }
    }
}

/// Each was notified once of the payment and once of the refund, and of these very ones.
fn notifications(sold: &[Sold], receiver: &Receiver, wrong: &mut Vec<String>) {
    for sold in sold {
        for (event, number, reference) in [
            (Event::Payment, &sold.number, &sold.transaction_id),
            (Event::Refund, &sold.refund_number, &sold.refund_id),
        ] {
            let expected = Told { reference: reference.clone(), amount: sold.amount };
            let told = receiver.told(event, number);
            if told != [expected] {
                wrong.push(format!("{number} was notified of {told:?}, not once of {reference}"));
            }
        }
    }
    let (handled, _, strange) = receiver.counts();
    if handled != 2 * sold.len() || strange > 0 {
        wrong.push(format!("{handled} notifications, {strange} of them of nothing that was sold"));
    }
}

/// The sandbox has as many orders and refunds as were made, and all of them are refunded.
async fn remembered(
    sandbox: &Sandbox,
    orders: usize,
    wrong: &mut Vec<String>,
) -> Result<(), Box<dyn Error>> {
    let told = |error: Box<dyn Error + Send + Sync>| error.to_string();
    let counts = sandbox.control().get("/state").await.map_err(told)?["counts"].take();
    for (what, expected) in
        [("orders", orders), ("refunds", orders), ("notifications", (2 * orders).min(NOTICES_KEPT))]
    {
        if counts[what] != expected {
            wrong.push(format!("the sandbox has {} {what}, not {expected}", counts[what]));
        }
    }
    let mut seen = HashSet::new();
    let mut before = i64::MAX;
    loop {
        let page = sandbox
            .control()
            .get(&format!("/orders?limit=1000&before={before}"))
            .await
            .map_err(told)?;
        let page = page["orders"].as_array().cloned().unwrap_or_default();
        let Some(last) = page.last().and_then(|order| order["id"].as_i64()) else { break };
        before = last;
        for order in page {
            if order["trade_state"] != "REFUND" || !seen.insert(order["out_trade_no"].to_string()) {
                wrong.push(format!(
                    "the sandbox has {} twice, or as {}",
                    order["out_trade_no"], order["trade_state"]
                ));
            }
        }
    }
    if seen.len() != orders {
        wrong.push(format!("the sandbox lists {} orders, not {orders}", seen.len()));
    }
    Ok(())
}

/// The bills of all days have each payment and each refund once, and their sums.
async fn bills(
    client: &Client,
    sold: &[Sold],
    wrong: &mut Vec<String>,
) -> Result<(), Box<dyn Error>> {
    let days: BTreeSet<_> = sold.iter().flat_map(|sold| &sold.days).collect();
    let mut lines = Vec::new();
    for day in days {
        lines.extend(bill(client, day).await?);
    }
    let mut expected: Vec<_> = sold.iter().flat_map(billed).collect();
    lines.sort_unstable();
    expected.sort_unstable();
    if lines != expected {
        let strange = lines.iter().zip(&expected).find(|(line, expected)| line != expected);
        wrong.push(format!(
            "the bill has {} lines, not {}; first {strange:?}",
            lines.len(),
            expected.len()
        ));
    }
    Ok(())
}

/// What a line of a bill says: numbers of order and refund, and what was paid or paid back.
type Line = [String; 3];

/// The lines that an order must have.
fn billed(sold: &Sold) -> [Line; 2] {
    let yuan = format!("{}.{:02}", sold.amount / 100, sold.amount % 100);
    [
        [sold.transaction_id.clone(), "0".to_owned(), yuan.clone()],
        [sold.transaction_id.clone(), sold.refund_id.clone(), yuan],
    ]
}

/// Downloads the bill of a day, which is held against its digest.
async fn bill(client: &Client, day: &str) -> Result<Vec<Line>, Box<dyn Error>> {
    let mut asked = GetTradeBillRequest { bill_date: day.to_owned(), optional: Default::default() };
    asked.optional.bill_type = Some(BillType::All);
    let file = client.bill().get_trade_bill(&asked).await?;
    let url = file.download_url.ok_or("the bill has no address")?;
    let hash = file.hash_value.ok_or("the bill has no digest")?;
    let file = client.download(url).sha1(hash).await?;
    read(std::str::from_utf8(&file.bytes)?)
        .ok_or_else(|| format!("the bill of {day} has another form").into())
}

fn read(bill: &str) -> Option<Vec<Line>> {
    let mut lines = bill.trim_start_matches('\u{feff}').lines();
    let head: Vec<_> = lines.next()?.split(',').collect();
    let column = |name: &str| head.iter().position(|column| *column == name);
    let (number, refund) = (column("微信订单号")?, column("微信退款单号")?);
    let (paid, refunded) = (column("订单金额")?, column("申请退款金额")?);
    let rows = lines.take_while(|line| line.starts_with('`')).map(|line| {
        let cells: Vec<_> = line.split(',').map(|cell| cell.trim_start_matches('`')).collect();
        let cell = |index: usize| cells.get(index).map(|cell| (*cell).to_owned());
        let amount = if cell(refund)? == "0" { paid } else { refunded };
        Some([cell(number)?, cell(refund)?, cell(amount)?])
    });
    rows.collect()
}
