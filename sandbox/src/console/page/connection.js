// What a program needs to reach the sandbox, and the stages of the platform's certificate. No private key is shown: the
// control API does not know any.

import { attempt, badge, el, say } from "./dom.js";
import { post } from "./api.js";

const sure = document.getElementById("sure");

export class Connection {
  constructor(section) {
    this.facts = section.querySelector("[data-facts]");
    this.certificates = section.querySelector("[data-certificates]");
    for (const button of this.certificates.querySelectorAll("[data-step]")) {
      button.addEventListener("click", () => attempt(async () => {
        this.hear((await post(`certificate/${button.dataset.step}`)).certificates);
        say(`Certificate: ${button.textContent.toLowerCase()} is done.`);
        if (button.disabled) this.certificates.querySelector("button:enabled").focus();
      }, button));
    }
    section.querySelector("[data-reset] button").addEventListener("click", () => {
      sure.returnValue = "";
      sure.showModal();
    });
    sure.addEventListener("close", () => attempt(async () => {
      if (sure.returnValue !== "yes") return;
      await post("reset");
      say("Everything is forgotten.");
    }));
  }

  load(state) {
    const file = (name) => (state.keys ? `${state.keys}/${name}` : null);
    const held = "held in memory; a Rust test has them from sandbox.keys()";
    const rows = [
      ["Base address 接口域名", location.origin, true],
      ["Merchant mchid 商户号", state.mchid, true],
      ["Merchant certificate serial 商户API证书序列号", state.mch_serial, true],
      ["Merchant private key 商户私钥", file("mch_key.pem") ?? held, state.keys],
      ["APIv3 key APIv3密钥", file("apiv3_key.txt") ?? held, state.keys],
      ["WeChat Pay public key id 微信支付公钥ID", state.wxp_key_id, true],
      ["WeChat Pay public key 微信支付公钥", file("wxp_pub.pem") ?? held, state.keys],
      ["Platform certificate 平台证书", file("plat_cert.pem") ?? `${location.origin}/v3/certificates`, true],
      ["Mode", state.mode === "stateful" ? "remembers orders and all that follows" : "answers by the schema's examples", false],
      ["Operations", `${state.operations}`, false],
      ["Version", state.version, false],
    ];
    this.facts.replaceChildren(...rows.map(([name, value, copy]) => fact(name, value, copy)));
    this.hear(state.certificates);
  }

  /** The certificates that are listed, the oldest first. */
  hear(certificates) {
    const signing = certificates.findIndex((one) => one.signing);
    const lines = certificates.map((one, index) => el("li", {}, stage(index - signing), " ", el("code", {}, one.serial)));
    this.certificates.querySelector("[data-list]").replaceChildren(...lines);
    this.certificates.querySelector("[data-step=switch]").disabled = signing === certificates.length - 1;
    this.certificates.querySelector("[data-step=retire]").disabled = signing === 0;
  }
}

function stage(distance) {
  if (distance === 0) return badge("signs", "good");
  return distance < 0 ? badge("old", "") : badge("announced", "odd");
}

function fact(name, value, canCopy) {
  const copy = canCopy && navigator.clipboard
    ? el("button", {
      type: "button",
      class: "small",
      "aria-label": `Copy: ${name}`,
      click: () => attempt(async () => {
        await navigator.clipboard.writeText(value);
        say(`Copied: ${value}`);
      }),
    }, "Copy")
    : null;
  return el("div", {}, el("dt", {}, name), el("dd", {}, el("code", {}, value), copy));
}
