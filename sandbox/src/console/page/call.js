// One call with all that was said: what was wrong with it, its signature, request and answer.

import { body, el, facts, term } from "./dom.js";

export function detail(call) {
  return el("div", { class: "parts" },
    problems(call),
    part(term("Signature", "签名"), signature(call)),
    part(term("Request", "请求"), target(call), headers(call.request.headers), body(call.request.body)),
    part(term("Answer", "应答"), answerLine(call), headers(call.answer.headers), body(call.answer.body)));
}

function part(title, ...children) {
  return el("section", { class: "part" }, el("h3", {}, title), ...children);
}

function problems(call) {
  const lines = [
    ...(call.verdict === "verified" ? [] : [call.reason].filter(Boolean)),
    ...call.violations.map((broken) => `${broken.path || broken.location}: ${broken.rule}; wanted ${broken.limit}, got ${broken.actual}`),
    ...call.warnings,
    ...(call.fault ? [`The answer was changed by the fault ${call.fault}.`] : []),
  ];
  if (lines.length === 0) return null;
  return part(["Problems"], el("ul", { class: "problems" }, lines.map((line) => el("li", {}, line))));
}

function signature(call) {
  const given = call.signature;
  const seen = seenLines(call);
  return [
    facts([
      ["verdict", call.verdict],
      ["scheme", given.scheme],
      ["mchid 商户号", given.mchid],
      ["serial_no 证书序列号", given.serial_no],
      ["timestamp 时间戳", given.timestamp],
      ["nonce_str 随机串", given.nonce_str],
      ["signature 签名值", given.signature],
    ]),
    ...(seen ? [el("p", { class: "note" }, "The lines (签名串) that the sandbox saw:"), el("pre", { tabindex: "0" }, seen)] : []),
  ];
}

/** The five lines, which the sandbox tells when the signature does not fit; each line feed is shown as `\n`. */
function seenLines(call) {
  try {
    const seen = JSON.parse(call.answer.body).detail?.sign_information?.truncated_sign_message;
    return typeof seen === "string" ? seen.replaceAll("\\n", "\\n\n").trimEnd() : null;
  } catch {
    return null;
  }
}

function target(call) {
  return el("p", { class: "target" }, el("b", {}, call.method), ` ${call.path}${call.query ? `?${call.query}` : ""}`);
}

function answerLine(call) {
  return el("p", { class: "target" }, call.status === null ? "The connection was reset." : `HTTP ${call.status}`);
}

function headers(all) {
  const pairs = Object.entries(all);
  if (pairs.length === 0) return null;
  return el("details", { class: "headers" }, el("summary", {}, `${pairs.length} headers`), facts(pairs));
}
