// The list of calls: what merchants' programs asked, as it happens.

import { attempt, badge, el, fill, time } from "./dom.js";
import { get } from "./api.js";
import { List, unfolding } from "./list.js";
import { detail } from "./call.js";

const SHOWN = 200;

export class Calls {
  constructor(section) {
    this.list = new List(section, row);
    this.search = section.querySelector("#search");
    this.problems = section.querySelector("#problems");
    this.search.addEventListener("input", () => this.refilter());
    this.problems.addEventListener("change", () => this.refilter());
  }

  load(state) {
    const after = Math.max(0, state.counts.calls - SHOWN);
    return this.list.load(async () => (await get(`calls?after=${after}&limit=${SHOWN}`)).calls);
  }

  hear(call) {
    this.list.soon(call);
  }

  refilter() {
    const word = this.search.value.trim().toLowerCase();
    const only = this.problems.checked;
    this.list.refilter((call) => {
      const text = `${call.method} ${call.path} ${call.operation ?? ""} ${call.status ?? "reset"} ${call.fault ?? ""}`;
      return text.toLowerCase().includes(word) && (!only || isProblem(call));
    });
  }
}

function isProblem(call) {
  const failed = call.status === null || call.status >= 400;
  return failed || call.verdict !== "verified" || call.fault || call.warnings.length > 0;
}

function row(call) {
  const verdict = el("span", { class: "state" });
  const status = el("span", { class: "status" });
  const name = el("b", { class: "name" });
  const path = el("span", { class: "path" });
  const when = el("span", { class: "when" });
  const notes = el("span", { class: "notes" });
  const inside = el("div", { class: "inside" });
  const summary = el("summary", {}, verdict, status, name, when, path, notes);
  const details = el("details", {}, summary, inside);
  const changed = unfolding(details, () => attempt(async () => {
    const { calls } = await get(`calls?after=${call.id - 1}&limit=1`);
    const found = calls.find((other) => other.id === call.id);
    inside.replaceChildren(found ? detail(found) : el("p", { class: "note" }, "It is recorded no more."));
  }));
  return {
    node: el("li", {}, details),
    show(call) {
      fill(verdict, badge(...verdictWords(call)));
      fill(status, badge(call.status === null ? "reset" : String(call.status), statusTone(call.status)));
      fill(name, call.operation ?? "no operation");
      fill(path, `${call.method} ${call.path}`);
      fill(when, time(call.time));
      fill(notes, notesOf(call));
      changed(call.id);
    },
  };
}

function verdictWords(call) {
  switch (call.verdict) {
    case "verified": return ["✓ signature", "good"];
    case "refused": return ["✗ signature", "bad"];
    default: return ["unchecked", "odd"];
  }
}

function statusTone(status) {
  if (status === null || status >= 500) return "bad";
  return status >= 400 ? "odd" : "good";
}

function notesOf(call) {
  const notes = [];
  if (call.fault) notes.push(badge(`fault ${call.fault}`, "odd"));
  if (call.violations.length > 0) notes.push(badge(many(call.violations.length, "violation"), "bad"));
  if (call.warnings.length > 0) notes.push(badge(many(call.warnings.length, "warning"), "odd"));
  return notes;
}

function many(count, word) {
  return `${count} ${word}${count === 1 ? "" : "s"}`;
}
