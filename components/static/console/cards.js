// Tasks in the timeline: one card a task, one for all tasks of a command. Nodes stay, and with them focus.
import { Acts } from "./acts.js";
import { isLive, link } from "./connection.js";
import { el, write } from "./dom.js";
import { elapsed, expiry, hhmm, now } from "./times.js";

const SMALL = 4; // agents up to which a group shows each of them at once

export const cardFor = (task, desk) => (task.group ? new GroupCard(task, desk) : new Card(task, desk));

class Card {
  constructor(task, desk, { inGroup = false } = {}) {
    this.desk = desk;
    this.at = -1; // the offset that it shows: a page of history must not set it back
    this.inGroup = inGroup;
    this.glyph = el("span", { "aria-hidden": "true" });
    this.word = el("span");
    this.command = el("code");
    this.to = el("bdi");
    this.clock = el("span", { class: "elapsed" });
    const pill = el("span", { class: "pill" }, this.glyph, " ", this.word);
    const line = el("div", { class: "card-line" }, pill, inGroup ? null : this.command, el("span", { class: "on" }, "on ", this.to), this.clock);
    this.about = el("p", { class: "why", hidden: "" });
    this.bar = el("progress", { max: "100", hidden: "" });
    this.tail = el("pre", { class: "tail", tabindex: "0", role: "region", hidden: "" });
    this.acts = new Acts({ ask: desk.ask });
    this.node = el(inGroup ? "li" : "div", { class: inGroup ? "card-child" : "card body" }, line, this.about, this.bar, this.tail, this.acts.node);
    this.node.dataset.testid = "task-" + task.id;
    this.tail.dataset.testid = "task-output-" + task.id;
  }

  get tasks() {
    return [this.task];
  }

  fill(task, at) {
    if (at < this.at) return;
    const ends = this.task && !this.task.over && task.over;
    this.at = at;
    this.task = task;
    Object.assign(this.node.dataset, { state: task.state, tone: task.tone });
    write(this.glyph, task.glyph);
    write(this.word, task.word);
    write(this.command, task.command);
    write(this.to, "@" + task.to);
    this.bar.setAttribute("aria-label", "Progress of " + task.command);
    this.tail.setAttribute("aria-label", `Last output of ${task.command} on ${task.to}`);
    this.show(this.about, about(task));
    if (task.over) {
      this.bar.hidden = true;
      this.show(this.tail, task.tail);
    }
    this.acts.fill({ ...task, path: task.chat || task.path });
    this.tick();
    if (ends) this.desk.ended(task, this.node);
  }

  // What a running task says of itself; its result takes the place of that.
  progress({ said, percent }) {
    if (!this.task || this.task.over) return;
    if (said) this.show(this.tail, said);
    this.bar.hidden = percent === null;
    if (percent !== null) this.bar.value = percent;
  }

  show(element, text) {
    write(element, text);
    element.hidden = !text;
  }

  tick() {
    const { started, ended, over, expires } = this.task;
    if (!over && !isLive()) return write(this.clock, `last update ${hhmm(new Date(link.last))}`);
    if (expires) return write(this.clock, `waiting ${elapsed(now() - new Date(started))}, ${expiry(expires)}`);
    write(this.clock, elapsed((ended ? new Date(ended) : now()) - new Date(started)));
    if (!this.task.over) this.acts.tick();
  }

  onKey(key) {
    return this.acts.onKey(key);
  }
}

class GroupCard {
  constructor(task, desk) {
    this.desk = desk;
    this.children = new Map();
    this.open = null; // nobody has chosen yet
    this.what = el("span", { class: "spread" });
    this.command = el("code");
    this.fold = el("button", { type: "button", class: "link", onclick: () => this.toggle() });
    this.bulk = el("button", { type: "button", class: "button small", hidden: "", onclick: () => this.all("retry", this.failed()) });
    this.stop = el("button", { type: "button", class: "button small", hidden: "", "data-testid": "taskgroup-cancel-" + task.group, onclick: () => this.all("cancel", this.going()) });
    this.error = el("p", { class: "card-error", role: "alert", hidden: "" });
    this.list = el("ul", { class: "card-children" });
    const line = el("div", { class: "card-line" }, this.command, this.what, this.bulk, this.stop, this.fold);
    this.node = el("div", { class: "card body", "data-testid": "taskgroup-" + task.group }, line, this.error, this.list);
  }

  get tasks() {
    return [...this.children.values()].map((child) => child.task);
  }

  fill(task, at) {
    let child = this.children.get(task.id);
    if (!child) {
      child = new Card(task, this.desk, { inGroup: true });
      this.children.set(task.id, child);
      this.list.append(child.node);
    }
    child.fill(task, at);
    write(this.command, task.command);
    this.sum();
  }

  sum() {
    const tasks = this.tasks;
    const counts = new Map();
    for (const task of tasks) counts.set(task.word, (counts.get(task.word) ?? 0) + 1);
    const words = [...counts].map(([word, count]) => `${count} ${word.toLowerCase()}`).join(", ");
    write(this.what, `on ${tasks.length} agents: ${words}`);
    const worst = ["warn", "err", "accent", "neutral", "ok"].find((tone) => tasks.some((task) => task.tone === tone));
    Object.assign(this.node.dataset, { tone: worst, state: tasks.every((task) => task.over) ? "over" : "open" });
    const shown = this.open ?? tasks.length <= SMALL;
    this.list.hidden = !shown;
    write(this.fold, shown ? "Hide agents" : "Show agents");
    this.fold.setAttribute("aria-expanded", String(shown));
    const failed = this.failed();
    this.bulk.hidden = failed.length < 2 || tasks.some((task) => !task.over);
    write(this.bulk, `Retry failed (${failed.length})`);
    this.sort();
    const going = this.going();
    this.stop.hidden = going.length < 2;
    write(this.stop, `Cancel remaining (${going.length})`);
  }

  // What went wrong stands first, unless somebody is at work in the list.
  sort() {
    if (this.list.contains(document.activeElement)) return;
    const nodes = [...this.children.values()].sort((one, other) => (other.task.tone === "err") - (one.task.tone === "err")).map((child) => child.node);
    if (nodes.some((node, place) => this.list.children[place] !== node)) this.list.append(...nodes);
  }

  going() {
    return this.tasks.filter((task) => !task.over && task.state !== "cancelling" && task.acts.includes("cancel"));
  }

  failed() {
    return this.tasks.filter((task) => task.tone === "err" && task.acts.includes("retry"));
  }

  toggle() {
    this.open = this.list.hidden;
    this.sum();
  }

  async all(what, tasks) {
    this.bulk.disabled = this.stop.disabled = true;
    for (const task of tasks) await this.children.get(task.id).acts.run(what);
    this.bulk.disabled = this.stop.disabled = false;
  }

  progress(told) {
    this.children.get(told.id)?.progress(told);
  }

  tick() {
    for (const child of this.children.values()) if (!child.task.over) child.tick();
  }

  onKey() {
    return false;
  }
}

function about(task) {
  const parts = [];
  if (task.state === "needs_approval") parts.push(`Asked by @${task.by} at ${hhmm(new Date(task.started))}`, `matches the risky rule ${task.rule}`);
  if (task.state === "needs_approval" && !task.acts.includes("approve")) parts.push("only masters can approve");
  if (task.state === "blocked") parts.push(`Matches the rule ${task.rule}`);
  if (task.state === "queued") parts.push("The agent gets it when it comes");
  if (task.state === "cancelling") parts.push("Asked to stop; the agent has not confirmed");
  if (task.reason && task.state !== "blocked") parts.push(task.reason);
  if (task.attempt > 1) parts.push(`attempt ${task.attempt}`);
  return parts.join(", ");
}
