// The page: lets in who has the token, shows one view at a time, and passes on what happens.

import { forgetToken, get, hasToken, setToken, takeToken, watch } from "./api.js";
import { attempt, say } from "./dom.js";
import { Calls } from "./calls.js";
import { Orders } from "./orders.js";
import { Transfers } from "./transfers.js";
import { Notifications } from "./notifications.js";
import { Faults } from "./faults.js";
import { Outcomes } from "./outcomes.js";
import { Complaints } from "./complaints.js";
import { Authorizations } from "./authorizations.js";
import { Connection } from "./connection.js";

const views = [...document.querySelectorAll("[data-view]")];
const links = document.querySelectorAll("nav a");
const door = document.getElementById("door");
const live = document.getElementById("live");
const section = (name) => views.find((view) => view.dataset.view === name);

const calls = new Calls(section("calls"));
const orders = new Orders(section("orders"));
const transfers = new Transfers(document.getElementById("transfers"));
const notifications = new Notifications(section("notifications"));
const faults = new Faults(section("faults"));
const complaints = new Complaints(document.getElementById("complaints"));
const authorizations = new Authorizations(document.getElementById("authorizations"));
const outcomes = new Outcomes(section("faults"), load);
/** Those with a list. */
const lists = [calls, orders, transfers, authorizations, complaints, notifications, faults];
const connection = new Connection(section("connection"));

/** Shows the view that the address names. */
function show(name) {
  const shown = section(name) ?? section("calls");
  for (const view of views) view.hidden = view !== shown;
  for (const link of links) {
    if (link.hash === `#${shown.dataset.view}`) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  document.title = `${shown.querySelector("h2").firstChild.textContent.trim()} · WeChat Pay sandbox`;
  return shown;
}

async function load() {
  const state = await get("state");
  document.getElementById("where").textContent = `${location.host} · ${state.mchid}`;
  document.querySelector("[data-url]").textContent = location.origin;
  connection.load(state);
  await Promise.all([...lists, outcomes].map((view) => view.load(state)));
}

function hear(kind, news) {
  switch (kind) {
    case "open":
      setLive("live", "good");
      attempt(load);
      break;
    case "lost": setLive("connecting", "odd"); break;
    case "call":
      calls.hear(news);
      if (news.fault) faults.hear();
      break;
    case "order": orders.hear(news); break;
    case "refund": orders.touch(news.order); break;
    case "transfer": transfers.hear(news); break;
    case "authorization": authorizations.hear(news); break;
    case "complaint": complaints.hear(news); break;
    case "notification":
      notifications.hear(news);
      orders.touch(news.about);
      break;
    case "certificate": connection.hear(news); break;
    case "reset":
      lists.forEach((view) => view.list.clear());
      attempt(load);
      break;
    default:
  }
}

function setLive(words, tone) {
  live.textContent = words;
  live.className = `badge ${tone}`;
}

/** Opens the page with the token there is, or asks for one. */
async function enter() {
  takeToken();
  door.hidden = true;
  document.querySelector("nav").hidden = !hasToken();
  if (hasToken()) {
    show(location.hash.slice(1));
    try {
      await watch(hear);
    } catch (error) {
      forgetToken();
      say(`The token is not this sandbox's: ${error.message}`, true);
    }
  }
  setLive("locked", "odd");
  for (const view of views) view.hidden = true;
  document.querySelector("nav").hidden = true;
  door.hidden = false;
  document.getElementById("token").focus();
}

door.addEventListener("submit", (event) => {
  event.preventDefault();
  const input = document.getElementById("token");
  setToken(input.value);
  input.value = "";
  say("");
  enter();
});

document.querySelector("[data-skip]").addEventListener("click", (event) => {
  event.preventDefault();
  (views.find((view) => !view.hidden)?.querySelector("h2") ?? document.getElementById("main")).focus();
});

window.addEventListener("hashchange", () => {
  // Another token, pasted into the same tab.
  if (location.hash.startsWith("#token=")) {
    takeToken();
    location.reload();
    return;
  }
  if (hasToken()) show(location.hash.slice(1)).querySelector("h2").focus();
});

enter();
