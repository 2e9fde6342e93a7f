// Orders, and what their payers do with them: pay, let them expire, get a refund.

import { attempt, badge, body, el, facts, fill, say, term, time, yuan } from "./dom.js";
import { get, part, post } from "./api.js";
import { List, unfolding } from "./list.js";
import { refundLine } from "./outcomes.js";
import { askRefund } from "./refund.js";
import { noticeLine } from "./notifications.js";

/** The words of the platform for the states of an order, and how they look. */
const STATES = {
  NOTPAY: ["not paid", "未支付", ""],
  USERPAYING: ["user is paying", "用户支付中", ""],
  SUCCESS: ["paid", "支付成功", "good"],
  REFUND: ["refunded", "转入退款", "odd"],
  CLOSED: ["closed", "已关闭", "bad"],
  REVOKED: ["revoked", "已撤销", "bad"],
};

export class Orders {
  constructor(section) {
    this.list = new List(section, (order) => row(order, this));
    /** How often something about an order changed that the order does not show: its refunds, its notifications. */
    this.touched = new Map();
  }

  load() {
    return this.list.load(async () => (await get("orders")).orders);
  }

  hear(order) {
    this.list.soon(order);
  }

  /** Something that belongs to an order has changed. */
  touch(id) {
    this.touched.set(id, (this.touched.get(id) ?? 0) + 1);
    const known = this.list.made.get(id);
    if (known) this.list.soon(this.list.waiting.get(id) ?? known.thing);
  }

  async act(id, step, value, words) {
    const order = await post(`orders/${part(id)}/${step}`, value);
    const { node } = this.list.put(order);
    say(`${order.out_trade_no}: ${words}`);
    // The button that was pressed may be gone.
    if (document.activeElement === document.body || document.activeElement.hidden) {
      (node.querySelector("button:not([hidden])") ?? node.querySelector("summary")).focus();
    }
  }
}

function row(first, orders) {
  let current = first;
  const state = el("span", { class: "state" });
  const amount = el("span", { class: "status" });
  const name = el("b", { class: "name" }, first.out_trade_no);
  const about = el("span", { class: "path" });
  const inside = el("div", { class: "inside" });
  const summary = el("summary", {}, state, amount, name, el("span", { class: "when" }, time(first.created)), about);
  const details = el("details", {}, summary, inside);
  const changed = unfolding(details, () => attempt(async () => {
    inside.replaceChildren(detail(await get(`orders/${first.id}`)));
  }));

  const button = (words, chinese, work) => el("button", {
    type: "button",
    "aria-label": `${words} ${chinese}: order ${first.out_trade_no}`,
    click: (event) => attempt(work, event.currentTarget),
  }, term(words, chinese));
  const pay = button("Pay", "支付", () => orders.act(first.id, "pay", undefined, "paid"));
  const expire = button("Expire", "超时关闭", () => orders.act(first.id, "expire", undefined, "expired"));
  const refund = button("Refund", "退款", async () => {
    const asked = await askRefund(current);
    if (asked) await orders.act(first.id, "refund", asked, `${yuan(asked.amount ?? current.total)} refunded`);
  });
  const complain = button("Complain", "投诉", async () => {
    await post(`orders/${part(first.id)}/complain`);
    say(`The payer of ${first.out_trade_no} complains.`);
  });
  pay.className = "main";

  return {
    node: el("li", {}, details, el("div", { class: "buttons" }, pay, refund, complain, expire)),
    show(order) {
      current = order;
      const [english, chinese, tone] = STATES[order.trade_state] ?? [order.trade_state, "", ""];
      fill(state, badge(term(english, chinese), tone));
      const left = order.refunded > 0 ? `${yuan(order.total)} − ${yuan(order.refunded)}` : yuan(order.total);
      fill(amount, left);
      fill(about, [order.description, order.trade_type].filter(Boolean).join(" · "));
      const open = order.trade_state === "NOTPAY" || order.trade_state === "USERPAYING";
      pay.hidden = !open;
      expire.hidden = !open;
      complain.hidden = !["SUCCESS", "REFUND"].includes(order.trade_state);
      refund.hidden = !["SUCCESS", "REFUND"].includes(order.trade_state) || order.refunded >= order.total;
      changed(`${JSON.stringify(order)} ${orders.touched.get(order.id) ?? 0}`);
    },
  };
}

function detail(order) {
  return el("div", { class: "parts" },
    el("section", { class: "part" }, facts([
      ["transaction_id 微信支付订单号", order.transaction_id],
      ["trade_state 交易状态", order.trade_state],
      ["merchant 商户号", order.merchant],
      ["operation", order.operation],
      ["notify_url 通知地址", order.notify_url],
      ["placed 下单", order.created],
      ["paid 支付完成", order.paid],
      ["expires 失效", order.expires],
      ["part of order", order.parent === null ? null : `${order.parent}`],
    ])),
    several("Parts", "子单", order.parts, (one) => `${one.out_trade_no} ${yuan(one.total)} ${one.trade_state}`),
    several("Refunds", "退款", order.refunds, refundLine),
    several("Notifications", "回调通知", order.notifications, noticeLine),
    el("section", { class: "part" }, el("h3", {}, term("Placed with", "下单请求")), body(JSON.stringify(order.request))));
}

function several(title, chinese, things, line) {
  if (things.length === 0) return null;
  const lines = things.map((thing) => el("li", {}, line(thing)));
  return el("section", { class: "part" }, el("h3", {}, term(title, chinese)), el("ul", { class: "plain" }, lines));
}
