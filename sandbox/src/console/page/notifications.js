// The log of notifications: what was sent where, and what the receiver answered each time.

import { attempt, badge, body, el, facts, fill, say, term, time } from "./dom.js";
import { get, post } from "./api.js";
import { List, unfolding } from "./list.js";

const SHOWN = 200;

const STATES = {
  pending: ["on its way", "发送中", ""],
  received: ["received", "已接收", "good"],
  given_up: ["given up", "已放弃", "bad"],
  refused: ["not sent", "未发送", "bad"],
};

export class Notifications {
  constructor(section) {
    this.list = new List(section, (notice) => row(notice, this.list));
    this.target = section.querySelector("[data-target]");
  }

  load(state) {
    const place = state.notify_to ? `They go to ${state.notify_to} instead of the host in notify_url.` : "";
    this.target.textContent = place;
    this.target.hidden = !place;
    return this.list.load(async () => (await get(`notifications?latest=${SHOWN}`)).notifications);
  }

  hear(notice) {
    this.list.soon(notice);
  }
}

/** A notification in a line, for lists of other things. */
export function noticeLine(notice) {
  const [english, chinese, tone] = stateOf(notice);
  return [badge(term(english, chinese), tone), ` ${notice.event_type} `, answers(notice)];
}

function stateOf(notice) {
  return STATES[notice.state] ?? [notice.state, "", ""];
}

function answers(notice) {
  const last = notice.attempts.at(-1);
  if (!last) return "not sent yet";
  const said = last.status ? `answered ${last.status}` : last.complaint;
  return notice.attempts.length > 1 ? `attempt ${notice.attempts.length}: ${said}` : said;
}

function row(first, list) {
  let current = first;
  const state = el("span", { class: "state" });
  const name = el("b", { class: "name" }, first.event_type);
  const about = el("span", { class: "path" });
  const inside = el("div", { class: "inside" });
  const summary = el("summary", {}, state, el("span", { class: "status" }), name,
    el("span", { class: "when" }, time(first.created)), about);
  const details = el("details", {}, summary, inside);
  const changed = unfolding(details, () => inside.replaceChildren(detail(current)));
  const resend = el("button", {
    type: "button",
    "aria-label": `Send again 重发: ${first.event_type} ${first.id}`,
    click: (event) => attempt(async () => {
      list.put(await post(`notifications/${first.id}/resend`));
      say(`${first.event_type} is sent again`);
      summary.focus();
    }, event.currentTarget),
  }, term("Send again", "重发"));
  return {
    node: el("li", {}, details, el("div", { class: "buttons" }, resend)),
    show(notice) {
      current = notice;
      const [english, chinese, tone] = stateOf(notice);
      fill(state, badge(term(english, chinese), tone));
      fill(about, `${answers(notice)} · ${notice.url}`);
      resend.hidden = notice.state === "pending";
      changed(`${notice.state} ${notice.attempts.length}`);
    },
  };
}

function detail(notice) {
  const attempts = notice.attempts.map((one) => el("li", {}, facts([
    ["time", one.time],
    ["to", one.url],
    ["status", one.status === null ? null : `${one.status ?? ""}`],
    ["answer", one.answer],
    ["odd", one.complaint],
    ["again at", one.next],
  ])));
  return el("div", { class: "parts" },
    el("section", { class: "part" }, facts([["id", notice.notice_id], ["notify_url 通知地址", notice.url]])),
    el("section", { class: "part" }, el("h3", {}, term("Attempts", "发送记录")),
      attempts.length > 0 ? el("ol", { class: "plain" }, attempts) : el("p", { class: "note" }, "not sent yet")),
    el("section", { class: "part" }, el("h3", {}, term("Content before it was sealed", "通知内容")),
      body(JSON.stringify(notice.resource))));
}
