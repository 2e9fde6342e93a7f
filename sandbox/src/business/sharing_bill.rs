//! The bill of one day's profit sharing: what receivers got, and gave back.

use serde_json::Value;

use super::{
    Asked, Desk, Told,
    asked::{integer_at, text_at},
    bill::{self, Row, Sheet, one_cell, yuan},
};
use crate::{
    clock,
    refusal::Refusal,
    store::{Entry, Kind},
};

pub(super) fn get(asked: &Asked<'_>, desk: &mut Desk<'_>) -> Result<Told, Refusal> {
    let (from, to) = bill::day(asked)?;
    let mut sheet = Sheet::new();
    desk.books.each_changed(Kind::Sharing, from, to, |sharing| {
        let shares = sharing.data.get("receivers").and_then(Value::as_array);
        for (index, share) in shares.into_iter().flatten().enumerate() {
            sheet.row(&share_row(desk, &sharing, share, index)?);
        }
        Ok::<_, Refusal>(())
    })?;
    desk.books.each_changed(Kind::Return, from, to, |back| {
        sheet.row(&return_row(desk, &back)?);
        Ok::<_, Refusal>(())
    })?;
    if sheet.rows() == 0 {
        return Err(bill::none("nothing was shared on this day"));
    }
    let sums = [("总条数", sheet.rows().to_string())];
    bill::offer(asked, desk, &sheet.sums(&sums))
}

fn share_row(
    desk: &Desk<'_>,
    sharing: &Entry,
    share: &Value,
    index: usize,
) -> Result<Row<14>, Refusal> {
    let text = |name: &str| share[name].as_str().unwrap_or_default();
    let order = desk.books.by_id(Kind::Order, sharing.parent.unwrap_or_default())?;
    Ok(row(
        sharing,
        order.as_ref(),
        &format!("{}{index:02}", sharing.reference),
        text("account"),
        share["amount"].as_i64().unwrap_or_default(),
        ["分账", if text("result") == "SUCCESS" { "成功" } else { "失败" }],
        text("description"),
    ))
}

fn return_row(desk: &Desk<'_>, back: &Entry) -> Result<Row<14>, Refusal> {
    let sharing = desk.books.by_id(Kind::Sharing, back.parent.unwrap_or_default())?;
    let order = sharing.and_then(|sharing| sharing.parent);
    let order = desk.books.by_id(Kind::Order, order.unwrap_or_default())?;
    let text = |name: &str| text_at(&back.request, &[name]).unwrap_or_default();
    Ok(row(
        back,
        order.as_ref(),
        &back.reference,
        text("return_mchid"),
        integer_at(&back.request, &["amount"]),
        ["分账回退", "成功"],
        text("description"),
    ))
}

fn row(
    entry: &Entry,
    order: Option<&Entry>,
    detail: &str,
    receiver: &str,
    amount: i64,
    [business, state]: [&str; 2],
    description: &str,
) -> Row<14> {
    let (merchant, sub_merchant) = entry.scope.split_once('/').unwrap_or((&entry.scope, ""));
    let payer = if sub_merchant.is_empty() { merchant } else { sub_merchant };
    [
        ("分账时间", clock::plain(entry.created)),
        ("分账发起方", merchant.to_owned()),
        ("分账方", payer.to_owned()),
        ("微信订单号", order.map_or_else(String::new, |order| order.reference.clone())),
        ("微信分账/回退单号", entry.reference.clone()),
        ("分账明细单号", detail.to_owned()),
        ("商户分账/回退单号", entry.number.clone()),
        ("订单金额", yuan(order.map_or(0, |order| order.amount))),
        ("分账接收方", receiver.to_owned()),
        ("金额", yuan(amount)),
        ("业务类型", business.to_owned()),
        ("处理状态", state.to_owned()),
        ("分账描述", one_cell(description)),
        ("备注", String::new()),
    ]
}
