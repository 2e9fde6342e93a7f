// Complaints of payers, with their pictures and what the merchant has answered.

import { attempt, badge, el, facts, fill, term, time } from "./dom.js";
import { get, part, picture } from "./api.js";
import { List, unfolding } from "./list.js";

const STATES = {
  PENDING: ["waits for an answer", "待处理", "odd"],
  PROCESSING: ["being dealt with", "处理中", ""],
  PROCESSED: ["completed", "已处理完成", "good"],
};

export class Complaints {
  constructor(section) {
    this.list = new List(section, row);
  }

  load() {
    return this.list.load(async () => (await get("complaints")).complaints);
  }

  hear(complaint) {
    this.list.soon(complaint);
  }
}

function row(first) {
  let current = first;
  const state = el("span", { class: "state" });
  const inside = el("div", { class: "inside" });
  const summary = el("summary", {}, state, el("b", { class: "name" }, first.out_trade_no),
    el("span", { class: "when" }, time(first.created)), el("span", { class: "path" }, first.detail));
  const details = el("details", {}, summary, inside);
  const changed = unfolding(details, () => attempt(async () => {
    inside.replaceChildren(await detail(current));
  }));
  return {
    node: el("li", {}, details),
    show(complaint) {
      current = complaint;
      const [english, chinese, tone] = STATES[complaint.complaint_state] ?? [complaint.complaint_state, "", ""];
      fill(state, badge(term(english, chinese), tone));
      changed(JSON.stringify(complaint));
    },
  };
}

async function detail(complaint) {
  const steps = await Promise.all(complaint.history.map(step));
  return el("div", { class: "parts" },
    el("section", { class: "part" }, facts([
      ["complaint_id 投诉单号", complaint.complaint_id],
      ["out_trade_no 商户订单号", complaint.out_trade_no],
    ])),
    el("section", { class: "part" }, el("h3", {}, term("History", "协商历史")), el("ol", { class: "plain" }, steps)));
}

async function step(one) {
  const pictures = await Promise.all(one.images.map((id, index) => shown(id, `${one.operator}: picture ${index + 1}`)));
  return el("li", {}, facts([["time", one.time], [one.operator, one.text], ["what", one.kind]]), ...pictures);
}

/** A picture; words in its place if it is kept no more. */
async function shown(id, words) {
  try {
    const url = await picture(`files/${part(id)}`);
    return el("img", { class: "picture", src: url, alt: words, load: () => URL.revokeObjectURL(url) });
  } catch (error) {
    return el("p", { class: "note" }, `${words}: ${error.message}`);
  }
}
