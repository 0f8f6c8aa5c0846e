// Who came and went, in one line that folds: told while one looks on, and in no history.
import { el, write } from "./dom.js";
import { hhmm, now } from "./times.js";

const SPAN = 10 * 60 * 1000; // what follows within this stands in one line
const KEPT = 100;
const SHOWN = 3; // so many are named, of more only two

const said = ({ who, what }) => `${who} ${what}`;

// Two are named and the rest counted, each agent once.
export function summed(happenings) {
  if (happenings.length <= SHOWN) return happenings.map(said).join(", ");
  const named = happenings.slice(0, SHOWN - 1);
  const others = new Set(happenings.slice(SHOWN - 1).map((each) => each.id)).size;
  return `${named.map(said).join(", ")}, and ${others === 1 ? "1 other" : `${others} others`} changed state`;
}

export class Happenings {
  constructor(log) {
    this.log = log;
  }

  add(happenings) {
    const line = this.last();
    if (line.told.length > KEPT) line.told.splice(0, line.told.length - KEPT);
    line.told.push(...happenings.map((each) => ({ ...each, at: hhmm(now()) })));
    const many = line.told.length > SHOWN;
    write(line.text, summed(line.told));
    write(line.time, line.told.at(-1).at);
    line.fold.hidden = !many;
    line.list.replaceChildren(...line.told.map((each) => el("li", { text: `${each.at} ${said(each)}` })));
  }

  // The line at the end, or a new one when something else stands there or it has grown old.
  last() {
    const end = this.log.waiting.previousElementSibling;
    if (end?.happened && now() - end.happened.begun < SPAN) return end.happened;
    const line = { told: [], begun: now(), text: el("bdi"), time: el("time"), list: el("ul", { hidden: "" }) };
    line.fold = el("button", { type: "button", class: "link", "aria-expanded": "false", text: "Show all", onclick: () => this.toggle(line) });
    const node = el("div", { class: "happened", "data-testid": "happened" }, el("p", {}, line.text, " ", line.time, " ", line.fold), line.list);
    node.happened = line;
    this.log.note(node);
    return line;
  }

  toggle({ list, fold }) {
    list.hidden = !list.hidden;
    write(fold, list.hidden ? "Show all" : "Show less");
    fold.setAttribute("aria-expanded", String(!list.hidden));
  }
}
