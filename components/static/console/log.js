// The rows of one room in order: groups, day lines, the New line, pages at both ends. Knows nothing of the link.
import { el } from "./dom.js";
import { dayLine, fillRow, messageRow, newLine, setFirst } from "./rows.js";
import { hhmm, isoDay, longDay } from "./times.js";

const GROUP = 5 * 60 * 1000;
const KEEP = 1000; // rows; the relay keeps as many per room
const SLACK = 200;
const WARM = 50; // the newest rows are always laid out; older ones, once measured, only when they come into view

export class Log {
  constructor(box, desk) {
    this.box = box;
    this.desk = desk;
    this.clear();
  }

  clear() {
    this.rows = new Map(); // offset -> row, in order
    this.keys = new Map(); // dedupe key -> row that waits for its place
    this.tasks = new Map(); // task id -> row
    this.groups = new Map(); // group id -> row
    this.first = this.last = 0;
    this.newLine = null;
    this.box.replaceChildren();
    this.waiting = el("div", { class: "unsent" });
    this.box.append(this.waiting);
  }

  // Adds entries at the end; returns those that are new. What was seen before is passed over.
  append(entries) {
    const fresh = entries.filter((entry) => entry.o > this.last);
    for (const entry of fresh) {
      this.last = entry.o;
      this.first ||= entry.o;
      this.take(entry, (row) => this.waiting.before(row));
    }
    this.regroupWaiting();
    this.coolSoon();
    return fresh;
  }

  prepend(entries) {
    const older = entries.filter((entry) => !this.first || entry.o < this.first);
    if (!older.length) return;
    const anchor = this.box.firstElementChild;
    const known = [...this.rows];
    this.rows = new Map();
    for (const entry of older) this.take(entry, (row) => anchor.before(row));
    for (const [offset, row] of known) this.rows.set(offset, row);
    this.first = older[0].o;
    this.last ||= older.at(-1).o;
    if (anchor.classList.contains("day") && this.before(anchor) === anchor.dataset.testid) anchor.remove();
    const next = known[0]?.[1];
    if (next) this.group(next);
    this.coolSoon();
  }

  take(entry, place) {
    if (entry.kind === "redaction") return this.redact(entry);
    if (entry.kind === "task" || entry.kind === "task_update") return this.takeTask(entry, place);
    const row = this.claim(entry) ?? messageRow(entry, this.desk);
    place(row);
    this.rows.set(entry.o, row);
    this.group(row);
  }

  // One card a task, where it was asked for. A step that was seen before the task itself stands for it until then.
  takeTask(entry, place) {
    const { id, group } = entry.task;
    let row = this.tasks.get(id) ?? this.groups.get(group);
    if (row) {
      this.tasks.set(id, row);
      row.card.fill({ ...entry.task, since: entry.ts }, entry.o);
      if (entry.kind === "task_update" || entry.o >= row.entry.o) return;
      this.rows.delete(row.entry.o);
      row.entry = entry;
      fillRow(row);
    } else {
      const shown = { ...entry, kind: "task" };
      row = this.claim(shown) ?? messageRow(shown, this.desk);
    }
    place(row);
    this.rows.set(entry.o, row);
    this.tasks.set(id, row);
    if (group) this.groups.set(group, row);
    this.group(row);
  }

  progress(told) {
    for (const each of told) this.tasks.get(each.id)?.card.progress(each);
  }

  tick() {
    for (const row of new Set(this.tasks.values())) if (row.card.tasks.some((task) => !task.over)) row.card.tick();
  }

  // Something that stands beside what was said, at the end, and is not kept.
  note(node) {
    this.waiting.before(node);
  }

  // A message that was written here has come back from the relay: its row moves to its place.
  claim(entry) {
    const row = this.keys.get(entry.key);
    if (!row) return null;
    this.keys.delete(entry.key);
    row.entry = entry;
    row.dataset.testid = "msg-" + entry.id;
    fillRow(row);
    return row;
  }

  redact(entry) {
    const row = this.rows.get(entry.target);
    if (!row) return;
    const by = `by ${entry.name}, ${hhmm(new Date(entry.ts))}`;
    Object.assign(row.entry, { kind: "gone", text: entry.text, by, mention: false });
    fillRow(row);
    this.group(row);
  }

  wait(entry, row = messageRow({ ...entry, state: "pending" }, this.desk)) {
    this.keys.set(entry.key, row);
    this.waiting.append(row);
    this.regroupWaiting();
    return row;
  }

  drop(key) {
    this.keys.get(key)?.remove();
    this.keys.delete(key);
    this.regroupWaiting();
  }

  // The browser remembers the height of a row that it has drawn once, so nothing jumps when it is skipped later.
  coolSoon() {
    clearTimeout(this.cooling);
    this.cooling = setTimeout(() => {
      const rows = [...this.rows.values()];
      for (const row of rows.slice(0, -WARM)) row.classList.add("cold");
    }, 300);
  }

  regroupWaiting() {
    let before = this.lastRow();
    for (const row of this.waiting.children) {
      setFirst(row, !follows(row, before));
      before = row;
    }
  }

  group(row) {
    const before = previous(row);
    const day = isoDay(new Date(row.entry.ts));
    const lineBefore = row.previousElementSibling;
    if (!before || isoDay(new Date(before.entry.ts)) !== day) {
      if (!lineBefore?.classList.contains("day") && !lineBefore?.classList.contains("new")) {
        const date = new Date(row.entry.ts);
        row.before(dayLine(date, day, longDay(date)));
      }
      setFirst(row, true);
    } else setFirst(row, lineBefore !== before || !follows(row, before));
  }

  before(line) {
    let place = line.previousElementSibling;
    while (place && !place.classList.contains("day")) place = place.previousElementSibling;
    return place?.dataset.testid;
  }

  // Puts the New line before the first message of somebody else after the mark.
  markNew(mark, viewer) {
    this.newLine?.remove();
    this.newLine = null;
    for (const [offset, row] of this.rows) {
      if (offset <= mark || row.entry.from === viewer || row.dataset.kind === "system") continue;
      this.newLine = newLine();
      row.before(this.newLine);
      setFirst(row, true);
      return;
    }
  }

  // The row at the reader's eyes: what must not move when rows come in above it.
  topRow(y) {
    for (const row of this.rows.values()) if (row.getBoundingClientRect().bottom > y) return row;
    return null;
  }

  lastRow() {
    return this.waiting.previousElementSibling?.entry ? this.waiting.previousElementSibling : null;
  }

  // Rows above the newest thousand go; while one reads up there, some more may stay.
  trim(following) {
    if (this.rows.size <= KEEP + (following ? 0 : SLACK)) return false;
    for (const [offset, row] of this.rows) {
      if (this.rows.size <= KEEP) break;
      while (row.previousElementSibling) row.previousElementSibling.remove();
      row.remove();
      this.rows.delete(offset);
      for (const task of row.card?.tasks ?? []) {
        this.tasks.delete(task.id);
        this.groups.delete(task.group);
      }
    }
    const [offset, row] = this.rows.entries().next().value;
    this.first = offset;
    this.group(row);
    return true;
  }
}

function previous(row) {
  let place = row.previousElementSibling;
  while (place && !place.entry) place = place.previousElementSibling;
  return place;
}

function follows(row, before) {
  if (!before || before.dataset.kind !== "text" || row.dataset.kind !== "text") return false;
  const apart = new Date(row.entry.ts) - new Date(before.entry.ts);
  return before.entry.from === row.entry.from && apart < GROUP;
}
