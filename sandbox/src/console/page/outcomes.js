// What becomes of refunds and transfers from now on, and of a refund that was held.

import { attempt, badge, el, say, term, yuan } from "./dom.js";
import { get, part, post, postText } from "./api.js";

const REFUNDS = {
  PROCESSING: ["under way", "退款处理中", ""],
  SUCCESS: ["refunded", "退款成功", "good"],
  ABNORMAL: ["abnormal", "退款异常", "odd"],
  CLOSED: ["closed", "退款关闭", "bad"],
};

/** The steps that are left to a refund. */
const STEPS = [
  ["Succeed", "成功", "succeed", ["PROCESSING", "ABNORMAL"]],
  ["Abnormal", "异常", "abnormal", ["PROCESSING"]],
  ["Close", "关闭", "close", ["PROCESSING", "ABNORMAL"]],
];

export class Outcomes {
  /** `played` is called when a scenario has changed faults and outcomes. */
  constructor(section, played) {
    this.form = section.querySelector("[data-outcomes]");
    this.file = section.querySelector("[data-scenario] input");
    this.form.addEventListener("change", (event) => attempt(() => this.set(event.target)));
    section.querySelector("[data-scenario] button").addEventListener("click", (event) => attempt(async () => {
      await this.play();
      await played();
    }, event.currentTarget));
  }

  async load() {
    const outcomes = await get("outcomes");
    for (const [name, word] of Object.entries(outcomes)) this.form.elements[name].value = word;
  }

  async set(select) {
    await post("outcomes", { [select.name]: select.value });
    say(`${select.labels[0].textContent}: ${select.selectedOptions[0].textContent}`);
  }

  async play() {
    const [file] = this.file.files;
    if (!file) throw new Error("Choose a scenario file first.");
    const { armed } = await postText("scenario", await file.text());
    this.file.value = "";
    say(`${file.name} is played; ${armed === 1 ? "one fault is" : `${armed} faults are`} armed by it.`);
  }
}

/** A refund in a line, with what can become of it. */
export function refundLine(refund) {
  const [english, chinese, tone] = REFUNDS[refund.status] ?? [refund.status, "", ""];
  const buttons = STEPS.filter(([, , , states]) => states.includes(refund.status)).map(([words, own, step]) => el("button", {
    type: "button",
    class: "small",
    "aria-label": `${words} ${own}: refund ${refund.out_refund_no}`,
    click: (event) => {
      // The line is made anew with the news, and the button with it.
      const summary = event.currentTarget.closest("details").querySelector("summary");
      attempt(async () => {
        const settled = await post(`refunds/${part(refund.id)}/${step}`);
        say(`${settled.out_refund_no}: ${(REFUNDS[settled.status] ?? [settled.status])[0]}`);
        summary.focus();
      }, event.currentTarget);
    },
  }, term(words, own)));
  return [badge(term(english, chinese), tone), ` ${refund.out_refund_no} ${yuan(refund.amount)} `,
    buttons.length > 0 ? el("span", { class: "buttons" }, buttons) : null];
}
