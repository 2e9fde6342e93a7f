//! Whether all accounts agree: what the clients were told, the notifications, what the sandbox remembers, its bill.

use std::collections::{BTreeSet, HashMap, HashSet};

use serde_json::Value;

use crate::{
    Problem,
    arguments::Arguments,
    merchant::{Merchant, Sold},
    receiver::{Event, Receiver, Told},
    sandbox::{Control, Sandbox},
};

/// So many notifications the sandbox keeps.
const NOTICES_KEPT: usize = 10_000;

/// All that is lost, doubled or different.
pub(crate) async fn compare(
    sandbox: &Sandbox,
    sold: &[Sold],
    receiver: &Receiver,
    arguments: &Arguments,
) -> Result<Vec<String>, Problem> {
    let mut wrong = Vec::new();
    numbers(sold, &mut wrong);
    notifications(sold, receiver, &mut wrong);
    counted(&sandbox.control, arguments.orders, &mut wrong).await?;
    listed(&sandbox.control, sold, &mut wrong).await?;
    billed(&Merchant::new(sandbox)?, sold, &mut wrong).await?;
    if let Some(bytes) = sandbox.peak_memory().filter(|bytes| bytes >> 20 > arguments.memory) {
        let needed = bytes >> 20;
        wrong.push(format!("the sandbox needed {needed} MiB, more than {}", arguments.memory));
    }
    Ok(wrong)
}

/// No two orders, and no two refunds, have one number of the platform's.
fn numbers(sold: &[Sold], wrong: &mut Vec<String>) {
    let payments: HashSet<_> = sold.iter().map(|sold| &sold.transaction_id).collect();
    let refunds: HashSet<_> = sold.iter().map(|sold| &sold.refund_id).collect();
    for (what, different) in [("transaction_id", payments.len()), ("refund_id", refunds.len())] {
        if different != sold.len() {
            wrong.push(format!("{} orders have only {different} different {what}", sold.len()));
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
    let counts = receiver.counts();
    if counts.handled != 2 * sold.len() || counts.strange > 0 {
        wrong.push(format!("{counts:?} of notifications, for {} orders", sold.len()));
    }
}

/// The sandbox has as many orders and refunds as were made, and no more.
async fn counted(control: &Control, orders: usize, wrong: &mut Vec<String>) -> Result<(), Problem> {
    let counts = control.get("/state").await?["counts"].take();
    for (what, expected) in
        [("orders", orders), ("refunds", orders), ("notifications", (2 * orders).min(NOTICES_KEPT))]
    {
        if counts[what] != expected {
            wrong.push(format!("the sandbox has {} {what}, not {expected}", counts[what]));
        }
    }
    Ok(())
}

/// The sandbox lists each order once: with the payment that its client knows, and paid back as a whole.
async fn listed(control: &Control, sold: &[Sold], wrong: &mut Vec<String>) -> Result<(), Problem> {
    let mut expected: HashMap<_, _> =
        sold.iter().map(|sold| (sold.number.as_str(), account(sold))).collect();
    let mut before = i64::MAX;
    loop {
        let mut page = control.get(&format!("/orders?limit=1000&before={before}")).await?;
        let Value::Array(page) = page["orders"].take() else {
            return Err("the sandbox lists no orders".into());
        };
        let Some(last) = page.last().and_then(|order| order["id"].as_i64()) else { break };
        before = last;
        for order in page {
            let number = order["out_trade_no"].as_str().unwrap_or_default();
            if !expected.remove(number).is_some_and(|account| agrees(&account, &order)) {
                wrong.push(format!("the sandbox has an order that nobody knows so: {order}"));
            }
        }
    }
    wrong.extend(expected.into_keys().map(|number| format!("the sandbox does not list {number}")));
    Ok(())
}

/// What the sandbox must say of an order.
fn account(sold: &Sold) -> [(&'static str, Value); 4] {
    [
        ("transaction_id", sold.transaction_id.as_str().into()),
        ("trade_state", "REFUND".into()),
        ("total", sold.amount.into()),
        ("refunded", sold.amount.into()),
    ]
}

fn agrees(account: &[(&str, Value)], order: &Value) -> bool {
    account.iter().all(|(key, value)| order[key] == *value)
}

/// The bills of all days have each payment and each refund once, and their sums.
async fn billed(
    merchant: &Merchant,
    sold: &[Sold],
    wrong: &mut Vec<String>,
) -> Result<(), Problem> {
    let days: BTreeSet<_> = sold.iter().flat_map(|sold| &sold.days).collect();
    let mut lines = Vec::new();
    for day in days {
        let bill = merchant.bill(day).await?;
        lines.extend(read(&bill).ok_or_else(|| format!("the bill of {day} has another form"))?);
    }
    let mut expected: Vec<_> = sold.iter().flat_map(expected_lines).collect();
    lines.sort_unstable();
    expected.sort_unstable();
    if lines != expected {
        let first = lines.iter().zip(&expected).find(|(line, expected)| line != expected);
        let (lines, expected) = (lines.len(), expected.len());
        wrong.push(format!("the bills have {lines} lines, not {expected}; first {first:?}"));
    }
    Ok(())
}

/// What a line of a bill says: numbers of order and refund, and what was paid or paid back.
type Line = [String; 3];

fn expected_lines(sold: &Sold) -> [Line; 2] {
    let yuan = format!("{}.{:02}", sold.amount / 100, sold.amount % 100);
    [
        [sold.transaction_id.clone(), "0".to_owned(), yuan.clone()],
        [sold.transaction_id.clone(), sold.refund_id.clone(), yuan],
    ]
}

/// The lines of a bill, but for its head and its sums; `None` if it is none.
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn sold() -> Sold {
        Sold {
            number: "LOAD-1".to_owned(),
            refund_number: "LOAD-1-R".to_owned(),
            amount: 105,
            transaction_id: "42".to_owned(),
            refund_id: "50".to_owned(),
            days: ["2026-01-31".to_owned(), "2026-02-01".to_owned()],
        }
    }

    #[test]
    fn a_bill_is_read_up_to_its_sums() {
        let bill = "\u{feff}微信订单号,微信退款单号,订单金额,申请退款金额\r\n\
            `42,`0,`1.05,`0.00\r\n`42,`50,`1.05,`1.05\r\n总交易单数\r\n`2\r\n";
        assert_eq!(read(bill).unwrap(), expected_lines(&sold()));
        assert_eq!(read("another,head\r\n"), None);
    }

    #[test]
    fn one_number_for_two_orders_is_noticed() {
        let mut wrong = Vec::new();
        numbers(&[sold(), Sold { refund_id: "51".to_owned(), ..sold() }], &mut wrong);
        assert_eq!(wrong, ["2 orders have only 1 different transaction_id"]);
    }

    #[test]
    fn an_order_that_was_paid_back_twice_is_noticed() {
        let mut order =
            json!({"transaction_id": "42", "trade_state": "REFUND", "total": 105, "refunded": 105});
        assert!(agrees(&account(&sold()), &order));
        order["refunded"] = 210.into();
        assert!(!agrees(&account(&sold()), &order));
    }
}
