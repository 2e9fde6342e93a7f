// Asks how much of an order is to be refunded, and who is to be told.

import { say, yuan } from "./dom.js";

const dialog = document.getElementById("refund");
const amount = document.getElementById("refund-amount");
const url = document.getElementById("refund-url");

/** What the control API is to be sent; `null` if the dialog was left. */
export function askRefund(order) {
  const left = order.total - order.refunded;
  dialog.querySelector("[data-order]").textContent = `${order.out_trade_no}: ${yuan(left)} (${left} fen) can be refunded.`;
  amount.max = String(left);
  amount.value = String(left);
  // The parts of a combined order are refunded one by one, or all of them whole.
  const whole = order.operation.startsWith("combine_pay.") && order.parent === null;
  amount.disabled = whole;
  url.value = order.notify_url ?? "";
  dialog.returnValue = "";
  dialog.showModal();
  amount.select();
  return new Promise((done) => {
    dialog.addEventListener("close", () => {
      if (dialog.returnValue !== "refund") {
        say("Nothing was refunded.");
        done(null);
        return;
      }
      const asked = whole ? {} : { amount: amount.valueAsNumber };
      if (url.value) asked.notify_url = url.value;
      done(asked);
    }, { once: true });
  });
}
