// Authorizations: users who let the merchant transfer without being asked.

import { attempt, badge, el, fill, say, term, time } from "./dom.js";
import { get, part, post } from "./api.js";
import { List } from "./list.js";

const STATES = {
  WAIT_USER_CONFIRM: ["waits for the user", "待用户确认", ""],
  TAKING_EFFECT: ["in force", "已生效", "good"],
  CLOSED: ["closed", "已关闭", "bad"],
};

export class Authorizations {
  constructor(section) {
    this.list = new List(section, (authorization) => row(authorization, this.list));
  }

  load() {
    return this.list.load(async () => (await get("authorizations")).authorizations);
  }

  hear(authorization) {
    this.list.soon(authorization);
  }
}

function row(first, list) {
  const state = el("span", { class: "state" });
  const line = el("div", { class: "line-row", tabindex: "-1" }, state, el("b", { class: "name" }, first.out_authorization_no),
    el("span", { class: "when" }, time(first.created)), el("span", { class: "path" }, first.openid));
  const button = (words, chinese, step) => el("button", {
    type: "button",
    "aria-label": `${words} ${chinese}: authorization ${first.out_authorization_no}`,
    click: (event) => attempt(async () => {
      const authorization = await post(`authorizations/${part(first.id)}/${step}`);
      list.put(authorization);
      say(`${authorization.out_authorization_no}: ${(STATES[authorization.state] ?? [authorization.state])[0]}`);
      line.focus();
    }, event.currentTarget),
  }, term(words, chinese));
  const confirm = button("Confirm", "用户确认", "confirm");
  const close = button("Close", "用户关闭", "close");
  return {
    node: el("li", {}, line, el("div", { class: "buttons" }, confirm, close)),
    show(authorization) {
      const [english, chinese, tone] = STATES[authorization.state] ?? [authorization.state, "", ""];
      fill(state, badge(term(english, chinese), tone));
      confirm.hidden = authorization.state !== "WAIT_USER_CONFIRM";
      close.hidden = authorization.state === "CLOSED";
    },
  };
}
