//! Bills: one day's transactions, or movements of money, as a file to download.

use std::{fmt::Write as _, io::Write as _};

use flate2::{Compression, write::GzEncoder};
use serde_json::json;
use sha1::{Digest as _, Sha1};

use super::{Asked, Desk, Told, asked::fields, order};
use crate::{
    clock, encoding,
    refusal::Refusal,
    store::{Entry, Kind},
};

const TRADE_HEAD: &str = "交易时间,公众账号ID,商户号,特约商户号,微信订单号,商户订单号,交易类型,交易状态,订单金额,微信退款单号,商户退款单号,退款金额,商品名称\r\n";
const TRADE_SUMS: &str = "总交易单数,应结订单总金额,退款总金额\r\n";
const FUND_HEAD: &str = "记账时间,微信支付业务单号,业务类型,收支类型,收支金额(元),业务凭证号\r\n";
const FUND_SUMS: &str = "资金流水总笔数,收入笔数,收入金额,支出笔数,支出金额\r\n";

/// One line of a bill: a payment, or a refund of one.
struct Line {
    order: Entry,
    refund: Option<Entry>,
}

pub(super) fn trade(asked: &Asked<'_>, desk: &mut Desk<'_>) -> Result<Told, Refusal> {
    let mut lines = lines(asked, desk)?;
    match asked.text("bill_type") {
        "SUCCESS" => lines.retain(|line| line.refund.is_none()),
        "REFUND" => lines.retain(|line| line.refund.is_some()),
        _ => {}
    }
    offer(asked, desk, &trade_text(&lines))
}

pub(super) fn fund_flow(asked: &Asked<'_>, desk: &mut Desk<'_>) -> Result<Told, Refusal> {
    let lines = lines(asked, desk)?;
    offer(asked, desk, &fund_text(&lines))
}

/// The file behind a download address.
pub(super) fn download(asked: &Asked<'_>, desk: &mut Desk<'_>) -> Result<Told, Refusal> {
    let missing = || {
        Refusal::new(
            404,
            "RESOURCE_NOT_EXISTS",
            "there is no file for this token; apply for the bill again",
        )
    };
    let content = desk.books.file(asked.text("token"))?.ok_or_else(missing)?;
    if !asked.text("tartype").eq_ignore_ascii_case("gzip") {
        return Ok(Told::File(content));
    }
    let mut gzip = GzEncoder::new(Vec::new(), Compression::default());
    let packed = gzip.write_all(&content).and_then(|()| gzip.finish());
    let failed = |_| Refusal::new(500, "SYSTEM_ERROR", "the file cannot be compressed");
    packed.map(Told::File).map_err(failed)
}

/// What happened on the day, in the order it did.
fn lines(asked: &Asked<'_>, desk: &Desk<'_>) -> Result<Vec<Line>, Refusal> {
    let wrong =
        || Refusal::new(400, "PARAM_ERROR", "bill_date is no date like 2026-01-31").at("bill_date");
    let (from, to) = clock::day(asked.text("bill_date")).ok_or_else(wrong)?;
    let mut lines = Vec::new();
    // A refund changes an order on a later day, so orders are looked for from the day on.
    for order in desk.books.changed_between(Kind::Order, from, i64::MAX)? {
        let whole = order::party(&order) == order::Party::Combined;
        if !whole && order.data.contains_key("paid") && (from..to).contains(&order.sum("paid")) {
            lines.push(Line { order, refund: None });
        }
    }
    for refund in desk.books.changed_between(Kind::Refund, from, to)? {
        if let Some(order) = desk.books.by_id(Kind::Order, refund.parent.unwrap_or_default())? {
            lines.push(Line { order, refund: Some(refund) });
        }
    }
    if lines.is_empty() {
        return Err(Refusal::new(
            400,
            "NO_STATEMENT_EXIST",
            "nothing was paid or refunded on this day",
        ));
    }
    Ok(lines)
}

/// Keeps the file and tells where it is.
fn offer(asked: &Asked<'_>, desk: &Desk<'_>, text: &str) -> Result<Told, Refusal> {
    let digest = encoding::hex_lower(&Sha1::digest(text.as_bytes()));
    // The same file has the same token: nothing grows when it is asked for again.
    let token = format!("sandbox-{digest}");
    desk.books.keep_file(&token, asked.text("bill_date"), text.as_bytes())?;
    let packed = if asked.text("tar_type") == "GZIP" { "&tartype=gzip" } else { "" };
    Ok(Told::Fields(fields(json!({
        "hash_type": "SHA1",
        "hash_value": digest,
        "download_url": format!("{}/v3/billdownload/file?token={token}{packed}", desk.origin),
    }))))
}

/// Every value stands behind a back quote, as the platform writes it.
fn trade_text(lines: &[Line]) -> String {
    let mut text = TRADE_HEAD.to_owned();
    let (mut paid, mut refunded) = (0, 0);
    for line in lines {
        let Line { order, refund } = line;
        let (time, state) = match refund {
            Some(refund) => (refund.created, "REFUND"),
            None => (order.sum("paid"), "SUCCESS"),
        };
        paid += if refund.is_none() { order.amount } else { 0 };
        refunded += refund.as_ref().map_or(0, |refund| refund.amount);
        let asked = |name: &str| super::asked::text_at(&order.request, &[name]).unwrap_or_default();
        let cells = [
            clock::plain(time),
            [asked("appid"), asked("sp_appid")].concat(),
            order.scope.split('/').next().unwrap_or_default().to_owned(),
            order.scope.split_once('/').map_or("0", |(_, sub)| sub).to_owned(),
            order.reference.clone(),
            order.number.clone(),
            order.text("trade_type").unwrap_or_default().to_owned(),
            state.to_owned(),
            yuan(order.amount),
            refund.as_ref().map_or("0", |refund| refund.reference.as_str()).to_owned(),
            refund.as_ref().map_or("0", |refund| refund.number.as_str()).to_owned(),
            yuan(refund.as_ref().map_or(0, |refund| refund.amount)),
            asked("description").replace([',', '\r', '\n'], " "),
        ];
        write_row(&mut text, &cells);
    }
    text.push_str(TRADE_SUMS);
    write_row(&mut text, &[lines.len().to_string(), yuan(paid), yuan(refunded)]);
    text
}

fn fund_text(lines: &[Line]) -> String {
    let mut text = FUND_HEAD.to_owned();
    let (mut income, mut spent) = ((0, 0), (0, 0));
    for line in lines {
        let (entry, time, business, direction) = match &line.refund {
            Some(refund) => (refund, refund.created, "退款", "支出"),
            None => (&line.order, line.order.sum("paid"), "交易", "收入"),
        };
        let sum = if direction == "收入" { &mut income } else { &mut spent };
        *sum = (sum.0 + 1, sum.1 + entry.amount);
        let cells = [
            clock::plain(time),
            entry.reference.clone(),
            business.to_owned(),
            direction.to_owned(),
            yuan(entry.amount),
            entry.number.clone(),
        ];
        write_row(&mut text, &cells);
    }
    text.push_str(FUND_SUMS);
    let sums = [
        lines.len().to_string(),
        income.0.to_string(),
        yuan(income.1),
        spent.0.to_string(),
        yuan(spent.1),
    ];
    write_row(&mut text, &sums);
    text
}

fn write_row(text: &mut String, cells: &[String]) {
    let cells: Vec<_> = cells.iter().map(|cell| format!("`{cell}")).collect();
    // Writing to a String cannot fail.
    let _ = write!(text, "{}\r\n", cells.join(","));
}

fn yuan(fen: i64) -> String {
    format!("{}.{:02}", fen / 100, fen % 100)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_in_yuan_and_cells_behind_a_quote() {
        assert_eq!(
            (yuan(5), yuan(12_345), yuan(0)),
            ("0.05".into(), "123.45".into(), "0.00".into())
        );
        let mut text = String::new();
        write_row(&mut text, &["a".to_owned(), "b".to_owned()]);
        assert_eq!(text, "`a,`b\r\n");
    }
}
