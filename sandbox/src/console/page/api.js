// The control API, and the token it asks for. The token came in the fragment of the address, which reaches no server and
// no log; it is kept as long as the tab lives, and sent as a header.

const KEY = "wechatpay-sandbox-token";

/** What the control API refused, or that it could not be reached. */
export class ApiError extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

/** Takes the token out of the address, so that it is neither shown nor kept in the history. */
export function takeToken() {
  const found = /^#token=([^&]+)/.exec(location.hash);
  if (!found) return;
  setToken(decodeURIComponent(found[1]));
  history.replaceState(null, "", `${location.pathname}#calls`);
}

export function setToken(token) {
  sessionStorage.setItem(KEY, token.trim());
}

export function hasToken() {
  return Boolean(sessionStorage.getItem(KEY));
}

export function forgetToken() {
  sessionStorage.removeItem(KEY);
}

export const get = (path) => ask("GET", path).then(read);
export const post = (path, value) => ask("POST", path, value === undefined ? value : JSON.stringify(value)).then(read);
export const postText = (path, text) => ask("POST", path, text).then(read);
export const remove = (path) => ask("DELETE", path).then(read);

/** The address of a picture, as the browser keeps it; to be revoked when it is shown. */
export const picture = async (path) => URL.createObjectURL(await (await ask("GET", path)).blob());

/** A part of a path. */
export const part = (id) => encodeURIComponent(id);

/**
 * Listens to what happens, and comes back by itself. `hear` gets `("open")`, `("lost")` and `(kind, news)`. It ends when
 * the token is refused, with that error.
 */
export async function watch(hear) {
  for (;;) {
    try {
      const answer = await ask("GET", "events");
      hear("open");
      await follow(answer.body.getReader(), hear);
    } catch (error) {
      if (error.status === 401) throw error;
    }
    hear("lost");
    await new Promise((done) => { setTimeout(done, 1000); });
  }
}

async function ask(method, path, text) {
  const headers = { Authorization: `Bearer ${sessionStorage.getItem(KEY) ?? ""}` };
  const init = { method, headers, cache: "no-store", credentials: "omit", redirect: "error" };
  if (text !== undefined) init.body = text;
  let answer;
  try {
    answer = await fetch(path, init);
  } catch {
    throw new ApiError(0, "The sandbox does not answer; does it still run?");
  }
  if (answer.ok) return answer;
  const refusal = await answer.json().catch(() => ({}));
  throw new ApiError(answer.status, refusal.message ?? `The sandbox answered ${answer.status}.`);
}

async function read(answer) {
  return answer.json();
}

/** Reads server-sent events to their end. */
async function follow(reader, hear) {
  const decoder = new TextDecoder();
  let text = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    text += decoder.decode(value, { stream: true });
    const events = text.split("\n\n");
    text = events.pop();
    for (const event of events) {
      const fields = new Map(event.split("\n").map((line) => [line.slice(0, line.indexOf(":")), line.slice(line.indexOf(":") + 2)]));
      if (fields.has("event")) hear(fields.get("event"), JSON.parse(fields.get("data")));
    }
  }
}
