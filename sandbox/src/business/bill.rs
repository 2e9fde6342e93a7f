//! Bills: one day's transactions, or movements of money, as a file to download.

use std::io::Write as _;

use flate2::{Compression, write::GzEncoder};
use serde_json::json;
use sha1::{Digest as _, Sha1};

use super::{
    Asked, Desk, RefundOutcome, Told,
    asked::{fields, text_at},
    order,
};
use crate::{
    clock, encoding,
    refusal::Refusal,
    store::{Entry, Kind},
};

/// The platform's files begin with it, so that spreadsheets read them as UTF-8.
pub(super) const BYTE_ORDER_MARK: char = '\u{feff}';

/// The cells of one line, each with the name of its column.
pub(super) type Row<const COLUMNS: usize> = [(&'static str, String); COLUMNS];

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
    let (from, to) = day(asked)?;
    let mut lines = Vec::new();
    // A refund changes an order on a later day, so orders are looked for from the day on.
    for order in desk.books.changed_between(Kind::Order, from, i64::MAX)? {
        let whole = order::party(&order) == order::Party::Combined;
        if !whole && order.data.contains_key("paid") && (from..to).contains(&order.sum("paid")) {
            lines.push(Line { order, refund: None });
        }
    }
    // A refund that was closed moved no money.
    let mut refunds = desk.books.changed_between(Kind::Refund, from, to)?;
    refunds.retain(|refund| refund.state != RefundOutcome::Closed.as_str());
    for refund in refunds {
        if let Some(order) = desk.books.by_id(Kind::Order, refund.parent.unwrap_or_default())? {
            lines.push(Line { order, refund: Some(refund) });
        }
    }
    if lines.is_empty() {
        return Err(none("nothing was paid or refunded on this day"));
    }
    Ok(lines)
}

/// There is no bill for a day on which nothing happened.
pub(super) fn none(message: &str) -> Refusal {
    Refusal::new(400, "NO_STATEMENT_EXIST", message)
}

/// The seconds of the day that a bill is asked for.
pub(super) fn day(asked: &Asked<'_>) -> Result<(i64, i64), Refusal> {
    let wrong =
        || Refusal::new(400, "PARAM_ERROR", "bill_date is no date like 2026-01-31").at("bill_date");
    clock::day(asked.text("bill_date")).ok_or_else(wrong)
}

/// Keeps the file and tells where it is.
pub(super) fn offer(asked: &Asked<'_>, desk: &Desk<'_>, text: &str) -> Result<Told, Refusal> {
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

fn trade_text(lines: &[Line]) -> String {
    let mut text = String::from(BYTE_ORDER_MARK);
    write_table(&mut text, lines.iter().map(trade_row));
    let (mut paid, mut refunded) = (0, 0);
    for line in lines {
        match &line.refund {
            None => paid += line.order.amount,
            Some(refund) => refunded += refund.amount,
        }
    }
    let sums = [
        ("总交易单数", lines.len().to_string()),
        ("应结订单总金额", yuan(paid)),
        ("退款总金额", yuan(refunded)),
        ("充值券退款总金额", yuan(0)),
        ("手续费总金额", yuan(0)),
        ("订单总金额", yuan(paid)),
        ("申请退款总金额", yuan(refunded)),
    ];
    write_table(&mut text, [sums].into_iter());
    text
}

/// As in a bill of all transactions; those of one kind have the same columns here.
fn trade_row(line: &Line) -> Row<27> {
    let Line { order, refund } = line;
    let (time, paid) = match refund {
        None => (order.sum("paid"), order.amount),
        Some(refund) => (refund.created, 0),
    };
    let asked = |name: &str| text_at(&order.request, &[name]).unwrap_or_default();
    let of_refund = |tell: &dyn Fn(&Entry) -> String, none: &str| {
        refund.as_ref().map_or_else(|| none.to_owned(), tell)
    };
    let refunded = refund.as_ref().map_or(0, |refund| refund.amount);
    let (merchant, sub_merchant) = order.scope.split_once('/').unwrap_or((&order.scope, "0"));
    [
        ("交易时间", clock::plain(time)),
        ("公众账号ID", [asked("appid"), asked("sp_appid")].concat()),
        ("商户号", merchant.to_owned()),
        ("特约商户号", sub_merchant.to_owned()),
        ("设备号", String::new()),
        ("微信订单号", order.reference.clone()),
        ("商户订单号", order.number.clone()),
        ("用户标识", order.text("openid").unwrap_or_default().to_owned()),
        ("交易类型", order.text("trade_type").unwrap_or_default().to_owned()),
        ("交易状态", if refund.is_some() { "REFUND" } else { "SUCCESS" }.to_owned()),
        ("付款银行", "OTHERS".to_owned()),
        ("货币种类", "CNY".to_owned()),
        ("应结订单金额", yuan(paid)),
        ("代金券金额", yuan(0)),
        ("微信退款单号", of_refund(&|refund| refund.reference.clone(), "0")),
        ("商户退款单号", of_refund(&|refund| refund.number.clone(), "0")),
        ("退款金额", yuan(refunded)),
        ("充值券退款金额", yuan(0)),
        ("退款类型", of_refund(&|_| "ORIGINAL".to_owned(), "")),
        ("退款状态", of_refund(&|refund| refund.state.clone(), "")),
        ("商品名称", one_cell(asked("description"))),
        ("商户数据包", one_cell(asked("attach"))),
        ("手续费", "0.00000".to_owned()),
        ("费率", "0.00%".to_owned()),
        ("订单金额", yuan(paid)),
        ("申请退款金额", yuan(refunded)),
        ("费率备注", String::new()),
    ]
}

fn fund_text(lines: &[Line]) -> String {
    let mut text = String::from(BYTE_ORDER_MARK);
    let (mut income, mut spent) = ((0, 0), (0, 0));
    let rows = lines.iter().map(|Line { order, refund }| {
        let (entry, time, business, direction, sum) = match refund {
            None => (order, order.sum("paid"), "交易", "收入", &mut income),
            Some(refund) => (refund, refund.created, "退款", "支出", &mut spent),
        };
        *sum = (sum.0 + 1, sum.1 + entry.amount);
        [
            ("记账时间", clock::plain(time)),
            ("微信支付业务单号", entry.reference.clone()),
            ("资金流水单号", order.reference.clone()),
            ("业务名称", business.to_owned()),
            ("业务类型", business.to_owned()),
            ("收支类型", direction.to_owned()),
            ("收支金额(元)", yuan(entry.amount)),
            // The account was empty at the beginning of the day, and may be overdrawn.
            ("账户结余(元)", yuan(income.1 - spent.1)),
            ("资金变更提交申请人", "system".to_owned()),
            ("备注", String::new()),
            ("业务凭证号", entry.number.clone()),
        ]
    });
    write_table(&mut text, rows);
    let sums = [
        ("资金流水总笔数", lines.len().to_string()),
        ("收入笔数", income.0.to_string()),
        ("收入金额", yuan(income.1)),
        ("支出笔数", spent.0.to_string()),
        ("支出金额", yuan(spent.1)),
    ];
    write_table(&mut text, [sums].into_iter());
    text
}

/// A line with the names of the columns, then the lines, every value behind a back quote.
pub(super) fn write_table<const COLUMNS: usize>(
    text: &mut String,
    rows: impl Iterator<Item = Row<COLUMNS>>,
) {
    for (index, row) in rows.enumerate() {
        if index == 0 {
            write_line(text, row.iter().map(|(name, _)| (*name).to_owned()));
        }
        write_line(text, row.iter().map(|(_, value)| format!("`{value}")));
    }
}

fn write_line(text: &mut String, cells: impl Iterator<Item = String>) {
    text.push_str(&cells.collect::<Vec<_>>().join(","));
    text.push_str("\r\n");
}

/// Text without what would end its cell or line.
pub(super) fn one_cell(text: &str) -> String {
    text.replace([',', '\r', '\n'], " ")
}

/// Two digits behind the point.
pub(super) fn yuan(fen: i64) -> String {
    let sign = if fen < 0 { "-" } else { "" };
    let fen = fen.unsigned_abs();
    format!("{sign}{}.{:02}", fen / 100, fen % 100)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_in_yuan_and_cells_behind_a_quote() {
        let told = [5, 12_345, 0, -7].map(yuan);
        assert_eq!(told, ["0.05", "123.45", "0.00", "-0.07"]);
        let mut text = String::new();
        let row = |value: &str| [("甲", value.to_owned()), ("乙", one_cell("b,c"))];
        write_table(&mut text, [row("a"), row("")].into_iter());
        assert_eq!(text, "甲,乙\r\n`a,`b c\r\n`,`b c\r\n");
    }
}
