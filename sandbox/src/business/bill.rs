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
const BYTE_ORDER_MARK: char = '\u{feff}';

/// The cells of one line, each with the name of its column.
pub(super) type Row<const COLUMNS: usize> = [(&'static str, String); COLUMNS];

/// One line of a bill: a payment, or a refund of one.
struct Line {
    order: Entry,
    refund: Option<Entry>,
}

pub(super) fn trade(asked: &Asked<'_>, desk: &mut Desk<'_>) -> Result<Told, Refusal> {
    let mut sheet = Sheet::new();
    let (mut paid, mut refunded) = (0, 0);
    each_line(asked, desk, |line| {
        match (asked.text("bill_type"), &line.refund) {
            ("SUCCESS", Some(_)) | ("REFUND", None) => return,
            (_, None) => paid += line.order.amount,
            (_, Some(refund)) => refunded += refund.amount,
        }
        sheet.row(&trade_row(line));
    })?;
    let sums = [
        ("总交易单数", sheet.rows().to_string()),
        ("应结订单总金额", yuan(paid)),
        ("退款总金额", yuan(refunded)),
        ("充值券退款总金额", yuan(0)),
        ("手续费总金额", yuan(0)),
        ("订单总金额", yuan(paid)),
        ("申请退款总金额", yuan(refunded)),
    ];
    offer(asked, desk, &sheet.sums(&sums))
}

pub(super) fn fund_flow(asked: &Asked<'_>, desk: &mut Desk<'_>) -> Result<Told, Refusal> {
    let mut sheet = Sheet::new();
    let (mut income, mut spent) = ((0, 0), (0, 0));
    each_line(asked, desk, |line| {
        let (entry, sum) = match &line.refund {
            None => (&line.order, &mut income),
            Some(refund) => (refund, &mut spent),
        };
        *sum = (sum.0 + 1, sum.1 + entry.amount);
        sheet.row(&fund_row(line, entry, income.1 - spent.1));
    })?;
    let sums = [
        ("资金流水总笔数", sheet.rows().to_string()),
        ("收入笔数", income.0.to_string()),
        ("收入金额", yuan(income.1)),
        ("支出笔数", spent.0.to_string()),
        ("支出金额", yuan(spent.1)),
    ];
    offer(asked, desk, &sheet.sums(&sums))
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

/// Gives each thing that happened on the day: payments in their order, then refunds in theirs.
fn each_line(
    asked: &Asked<'_>,
    desk: &Desk<'_>,
    mut take: impl FnMut(&Line),
) -> Result<(), Refusal> {
    let (from, to) = day(asked)?;
    let mut is_empty = true;
    let mut give = |order, refund| {
        is_empty = false;
        take(&Line { order, refund });
    };
    // A refund changes an order on a later day, so orders are looked for from the day on.
    desk.books.each_changed(Kind::Order, from, i64::MAX, |order| {
        let whole = order::party(&order) == order::Party::Combined;
        if !whole && order.data.contains_key("paid") && (from..to).contains(&order.sum("paid")) {
            give(order, None);
        }
        Ok::<_, Refusal>(())
    })?;
    desk.books.each_changed(Kind::Refund, from, to, |refund| {
        // One that was closed moved no money.
        if refund.state == RefundOutcome::Closed.as_str() {
            return Ok(());
        }
        if let Some(order) = desk.books.by_id(Kind::Order, refund.parent.unwrap_or_default())? {
            give(order, Some(refund));
        }
        Ok::<_, Refusal>(())
    })?;
    if is_empty { Err(none("nothing was paid or refunded on this day")) } else { Ok(()) }
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

/// `entry` is what moved the money, `balance` what is there then.
fn fund_row(line: &Line, entry: &Entry, balance: i64) -> Row<11> {
    let (time, business, direction) = match &line.refund {
        None => (entry.sum("paid"), "交易", "收入"),
        Some(_) => (entry.created, "退款", "支出"),
    };
    [
        ("记账时间", clock::plain(time)),
        ("微信支付业务单号", entry.reference.clone()),
        ("资金流水单号", line.order.reference.clone()),
        ("业务名称", business.to_owned()),
        ("业务类型", business.to_owned()),
        ("收支类型", direction.to_owned()),
        ("收支金额(元)", yuan(entry.amount)),
        // The account was empty at the beginning of the day, and may be overdrawn.
        ("账户结余(元)", yuan(balance)),
        ("资金变更提交申请人", "system".to_owned()),
        ("备注", String::new()),
        ("业务凭证号", entry.number.clone()),
    ]
}

/// A bill as it grows: the names of the columns and the rows, then the same of the sums. Every value stands behind a
/// back quote.
pub(super) struct Sheet {
    text: String,
    rows: usize,
}

impl Sheet {
    pub(super) fn new() -> Self {
        Self { text: String::from(BYTE_ORDER_MARK), rows: 0 }
    }

    pub(super) fn rows(&self) -> usize {
        self.rows
    }

    pub(super) fn row<const COLUMNS: usize>(&mut self, row: &Row<COLUMNS>) {
        if self.rows == 0 {
            self.names(row);
        }
        self.values(row);
        self.rows += 1;
    }

    /// Ends it.
    pub(super) fn sums<const COLUMNS: usize>(mut self, sums: &Row<COLUMNS>) -> String {
        self.names(sums);
        self.values(sums);
        self.text
    }

    fn names<const COLUMNS: usize>(&mut self, row: &Row<COLUMNS>) {
        self.line(&row.each_ref().map(|(name, _)| (*name).to_owned()));
    }

    fn values<const COLUMNS: usize>(&mut self, row: &Row<COLUMNS>) {
        self.line(&row.each_ref().map(|(_, value)| format!("`{value}")));
    }

    fn line(&mut self, cells: &[String]) {
        self.text.push_str(&cells.join(","));
        self.text.push_str("\r\n");
    }
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
        let mut sheet = Sheet::new();
        let row = |value: &str| [("甲", value.to_owned()), ("乙", one_cell("b,c"))];
        sheet.row(&row("a"));
        sheet.row(&row(""));
        assert_eq!(sheet.rows(), 2);
        let text = sheet.sums(&[("丙", "1".to_owned())]);
        assert_eq!(text, "\u{feff}甲,乙\r\n`a,`b c\r\n`,`b c\r\n丙\r\n`1\r\n");
    }
}
