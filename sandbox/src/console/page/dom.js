// Elements, built from data without ever reading data as markup.

/** An element. Attributes that are `false` or `null` are left out; functions are listeners. */
export function el(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (typeof value === "function") node.addEventListener(name, value);
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.flat(2).filter((child) => child !== null && child !== undefined));
  return node;
}

/** An English word and the platform's own, as `paid 支付成功`. */
export function term(english, chinese) {
  return chinese ? [`${english} `, el("span", { lang: "zh" }, chinese)] : [english];
}

/** A word on a coloured ground; `tone` is `good`, `bad`, `odd` or nothing. The word says it all, the colour helps. */
export function badge(words, tone = "") {
  return el("span", { class: `badge ${tone}`.trim() }, words);
}

/** Pairs of a name and a value; pairs without a value are left out. */
export function facts(pairs) {
  const known = pairs.filter(([, value]) => value !== null && value !== undefined && value !== "");
  return el("dl", { class: "facts" }, known.map(([name, value]) => el("div", {}, el("dt", {}, name), el("dd", {}, value))));
}

/** Text as it was sent; JSON is laid out. */
export function body(text) {
  if (!text) return el("p", { class: "note" }, "no body");
  let shown = text;
  try {
    shown = JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    // It is no JSON, or was cut off: it is shown as it came.
  }
  // It can be scrolled, so it can be reached by keyboard.
  return el("pre", { tabindex: "0" }, shown);
}

/** Fen as yuan: `¥12.34`. */
export function yuan(fen) {
  return `¥${(fen / 100).toFixed(2)}`;
}

/** The time of day in Beijing of a time that the platform wrote; the whole time on demand. */
export function time(rfc3339) {
  return el("time", { datetime: rfc3339, title: rfc3339 }, rfc3339.slice(11, 19));
}

/** Replaces what is in a node, unless it is the same text already: a selection in it stays. */
export function fill(node, ...children) {
  const next = el("div", {}, ...children);
  if (next.textContent === node.textContent && next.children.length === node.children.length) {
    const same = [...next.children].every((child, index) => child.className === node.children[index].className);
    if (same) return;
  }
  node.replaceChildren(...next.childNodes);
}

let hush;

/** Says what happened, to the eye and to screen readers. Errors stay until the next word. */
export function say(text, isError = false) {
  const said = document.getElementById("said");
  clearTimeout(hush);
  said.className = isError ? "said bad" : "said";
  said.textContent = text;
  if (!isError) hush = setTimeout(() => { said.textContent = ""; }, 6000);
}

/** Does something that may fail, and says so if it does; a button that asked for it is busy meanwhile. */
export async function attempt(work, button) {
  if (button?.getAttribute("aria-busy")) return undefined;
  button?.setAttribute("aria-busy", "true");
  try {
    return await work();
  } catch (error) {
    say(error.message, true);
    return undefined;
  } finally {
    button?.removeAttribute("aria-busy");
  }
}
