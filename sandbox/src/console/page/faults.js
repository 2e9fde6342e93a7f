// Faults: what the sandbox shall do wrong, at which calls.

import { attempt, badge, el, fill, say } from "./dom.js";
import { get, post, remove } from "./api.js";
import { List } from "./list.js";
import { ABOUT, NUMBERS } from "./fault_texts.js";

export class Faults {
  constructor(section) {
    this.list = new List(section, (fault) => this.row(fault));
    this.form = section.querySelector("[data-form]");
    this.about = section.querySelector("[data-about]");
    this.fields = section.querySelector("[data-fields]");
    this.clear = section.querySelector("[data-clear]");
    this.known = [];
    this.form.elements.fault.addEventListener("change", () => this.choose());
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      attempt(() => this.arm(), this.form.querySelector("[type=submit]"));
    });
    this.clear.addEventListener("click", () => attempt(async () => {
      await remove("faults");
      await this.load();
      say("No fault is armed.");
    }, this.clear));
  }

  async load(state) {
    await this.list.load(async () => {
      const { armed, known } = await get("faults");
      this.offer(known);
      return armed;
    });
    if (!state) return;
    const names = state.operation_names.map((name) => el("option", { value: name }));
    this.form.querySelector("#operations").replaceChildren(...names);
  }

  /** Fills the form; what is chosen in it stays. */
  offer(known) {
    if (this.known.length === known.length) return;
    this.known = known;
    this.form.elements.fault.replaceChildren(...known.map(({ fault }) => el("option", { value: fault }, fault)));
    this.choose();
  }

  /** A call met a fault: it waits for fewer calls now, or not at all. */
  hear() {
    clearTimeout(this.soon);
    this.soon = setTimeout(() => attempt(() => this.load()), 100);
  }

  choose() {
    const name = this.form.elements.fault.value;
    const { fields } = this.known.find(({ fault }) => fault === name);
    this.about.textContent = ABOUT[name] ?? "";
    const inputs = fields.map((field) => {
      const id = `field-${field}`;
      const type = NUMBERS.has(field) ? "number" : "text";
      return el("div", {}, el("label", { for: id }, `${field.replaceAll("_", " ")}; usual unless given`),
        el("input", { id, name: `own.${field}`, type, autocomplete: "off" }));
    });
    this.fields.replaceChildren(...inputs);
  }

  async arm() {
    const given = new FormData(this.form);
    const asked = { fault: given.get("fault"), times: Number(given.get("times")), skip: Number(given.get("skip")) };
    if (given.get("operation").trim()) asked.operation = given.get("operation").trim();
    for (const [name, value] of given) {
      if (!name.startsWith("own.") || value === "") continue;
      const field = name.slice("own.".length);
      asked[field] = NUMBERS.has(field) ? Number(value) : value;
    }
    const armed = await post("faults", asked);
    this.list.put(armed);
    say(`${armed.fault} is armed for ${words(armed)}`);
  }

  row(first) {
    const about = el("span", { class: "path" });
    const disarm = el("button", {
      type: "button",
      "aria-label": `Disarm ${first.fault}`,
      click: (event) => attempt(async () => {
        await remove(`faults/${first.id}`);
        await this.load();
        say(`${first.fault} is disarmed`);
        this.form.elements.fault.focus();
      }, event.currentTarget),
    }, "Disarm");
    return {
      node: el("li", {}, el("div", { class: "line-row" }, el("span", { class: "state" }, badge("armed", "odd")),
        el("b", { class: "name" }, first.fault), about), el("div", { class: "buttons" }, disarm)),
      show(fault) {
        const { id, fault: name, operation, times, skip, ...own } = fault;
        const values = Object.entries(own).map(([field, value]) => `${field} ${value}`);
        fill(about, [words(fault), ...values].join(" · "));
      },
    };
  }
}

function words({ operation, times, skip }) {
  const calls = `${times === 1 ? "the next call" : `the next ${times} calls`} of ${operation ?? "any operation"}`;
  return skip > 0 ? `${calls}, after ${skip} more` : calls;
}
