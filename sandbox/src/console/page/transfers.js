// Transfers to users: the user takes the money, or cannot.

import { attempt, badge, el, fill, say, term, time, yuan } from "./dom.js";
import { get, part, post } from "./api.js";
import { List } from "./list.js";

const STATES = {
  ACCEPTED: ["taken in", "已受理", ""],
  WAIT_USER_CONFIRM: ["waits for the user", "待用户确认", ""],
  SUCCESS: ["received", "转账成功", "good"],
  FAIL: ["failed", "转账失败", "bad"],
  CANCELLED: ["cancelled", "已撤销", "odd"],
};

export class Transfers {
  constructor(section) {
    this.list = new List(section, (transfer) => row(transfer, this.list));
  }

  load() {
    return this.list.load(async () => (await get("transfers")).transfers);
  }

  hear(transfer) {
    this.list.soon(transfer);
  }
}

function row(first, list) {
  const state = el("span", { class: "state" });
  const line = el("div", { class: "line-row", tabindex: "-1" }, state, el("span", { class: "status" }, yuan(first.amount)),
    el("b", { class: "name" }, first.out_bill_no), el("span", { class: "when" }, time(first.created)),
    el("span", { class: "path" }, first.transfer_bill_no));
  const button = (words, chinese, step) => el("button", {
    type: "button",
    "aria-label": `${words} ${chinese}: transfer ${first.out_bill_no}`,
    click: (event) => attempt(async () => {
      const transfer = await post(`transfers/${part(first.id)}/${step}`);
      list.put(transfer);
      say(`${transfer.out_bill_no}: ${(STATES[transfer.state] ?? [transfer.state])[0]}`);
      line.focus();
    }, event.currentTarget),
  }, term(words, chinese));
  const release = button("Release", "继续", "release");
  const confirm = button("Confirm", "用户确认", "confirm");
  const buttons = el("div", { class: "buttons" }, release, confirm, button("Fail", "失败", "fail"));
  return {
    node: el("li", {}, line, buttons),
    show(transfer) {
      const [english, chinese, tone] = STATES[transfer.state] ?? [transfer.state, "", ""];
      fill(state, badge(term(english, chinese), tone));
      release.hidden = transfer.state !== "ACCEPTED";
      confirm.hidden = transfer.state !== "WAIT_USER_CONFIRM";
      buttons.hidden = release.hidden && confirm.hidden;
    },
  };
}
