// A list of things by id, the newest first. A row is made once and then changed in place, so that focus, selection and what
// is unfolded stay where they are.

const MOST = 200;
const PAUSE = 60;

export class List {
  /** `make(thing)` gives `{ node, show(thing) }`. */
  constructor(section, make) {
    this.rows = section.querySelector("[data-rows]");
    this.empty = section.querySelector("[data-empty]");
    this.make = make;
    this.made = new Map();
    this.waiting = new Map();
    /** What is put while the list is being loaded: it is newer than what comes. */
    this.news = null;
    this.filter = () => true;
  }

  /** Shows a thing, new or changed. */
  put(thing) {
    this.news?.set(thing.id, thing);
    const known = this.made.get(thing.id);
    if (known) {
      known.thing = thing;
      known.row.show(thing);
      known.row.node.hidden = !this.filter(thing);
      return known.row;
    }
    const row = this.make(thing);
    row.show(thing);
    row.node.hidden = !this.filter(thing);
    const older = [...this.rows.children].find((node) => Number(node.dataset.id) < thing.id);
    row.node.dataset.id = thing.id;
    this.rows.insertBefore(row.node, older ?? null);
    this.made.set(thing.id, { thing, row });
    while (this.rows.children.length > MOST) this.drop(Number(this.rows.lastElementChild.dataset.id));
    this.count();
    return row;
  }

  /** Shows a thing with the next lot: under load, thousands come in a second and only the last can be read. */
  soon(thing) {
    if (this.waiting.size === 0) setTimeout(() => this.flush(), PAUSE);
    this.waiting.set(thing.id, thing);
    if (this.waiting.size > MOST) this.waiting.delete(this.waiting.keys().next().value);
  }

  flush() {
    const things = [...this.waiting.values()];
    this.waiting.clear();
    things.forEach((thing) => this.put(thing));
  }

  /** Shows what `ask` gives and nothing else, but for what was heard meanwhile. */
  async load(ask) {
    const news = new Map();
    this.news = news;
    const things = await ask();
    if (this.news !== news) return;
    this.news = null;
    const shown = new Map([...things.map((thing) => [thing.id, thing]), ...news]);
    [...this.made.keys()].filter((id) => !shown.has(id)).forEach((id) => this.drop(id));
    shown.forEach((thing) => this.put(thing));
    this.count();
  }

  clear() {
    this.waiting.clear();
    this.news = null;
    [...this.made.keys()].forEach((id) => this.drop(id));
  }

  refilter(filter) {
    this.filter = filter;
    for (const { thing, row } of this.made.values()) row.node.hidden = !filter(thing);
  }

  drop(id) {
    this.made.get(id)?.row.node.remove();
    this.made.delete(id);
    this.count();
  }

  count() {
    this.empty.hidden = this.made.size > 0;
  }
}

/** Loads what a row unfolds to when it is unfolded, and again when what it shows has changed. */
export function unfolding(details, load) {
  let shown = null;
  let version = null;
  const refresh = async () => {
    if (!details.open || shown === version) return;
    const asked = version;
    await load();
    shown = asked;
  };
  details.addEventListener("toggle", refresh);
  return (next) => {
    version = next;
    refresh();
  };
}
