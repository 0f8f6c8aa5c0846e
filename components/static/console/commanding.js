// The composer's way with commands: the menu, the second question, what a refused line says. Methods of the timeline.
import { isCommand, missing, question, suggestions, usage } from "./completing.js";
import { isLive } from "./connection.js";
import { draftOf, keepDraft } from "./drafts.js";
import { aside } from "./rows.js";

const NONE = { what: "", rows: [], from: 0, to: 0, typed: "", at: 0 };
const AWAY = "The relay does not answer now. Commands do not wait for it: nothing was sent.";

export const commandingData = () => ({ menu: NONE, known: [], folk: [], offered: {}, question: null, refusal: null, usage: null, every: false });

export const commanding = {
  // ---- called by the relay

  commands(known) {
    this.known = known;
    this.onCompose();
  },

  people(folk) {
    this.folk = folk;
    this.onCompose();
  },

  sources(offered) {
    this.offered = offered;
    this.onCompose();
  },

  // ---- the menu

  suggest() {
    const { field, text } = this.composer;
    if (this.refusal && text !== this.refusal.text) this.refusal = null;
    if (this.question && text !== this.question.text) this.question = null;
    const caret = field.selectionStart;
    this.usage = usage(text, caret, this.known);
    const open = document.activeElement === field && caret === field.selectionEnd && text !== this.dismissed;
    const found = open ? suggestions(text, caret, { commands: this.known, people: this.folk, sources: this.offered, spoke: this.spoke, every: this.every }) : null;
    if (text !== "/") this.every = false;
    if (!found?.rows.length) return void (this.menu = NONE);
    const chosen = this.menu.rows[this.menu.at]?.id;
    const at = found.typed === this.menu.typed ? found.rows.findIndex((row) => row.id === chosen) : 0;
    this.menu = { ...found, at: Math.max(0, at) };
  },

  onMenuKey(event) {
    const { rows, at, typed } = this.menu;
    if (!rows.length || event.ctrlKey || event.metaKey || event.altKey) return false;
    const exact = rows[at].id === typed;
    if (event.key === "Enter" && (exact || event.shiftKey)) return void this.shut();
    const moved = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: rows.length - 1 }[event.key];
    if (moved !== undefined) this.point(moved);
    else if (event.key === "Escape") this.shut();
    else if (event.key === "Enter" || (event.key === "Tab" && !event.shiftKey)) this.accept(at);
    else return false;
    event.preventDefault();
    event.stopPropagation();
    return true;
  },

  point(place) {
    this.menu.at = (place + this.menu.rows.length) % this.menu.rows.length;
  },

  accept(place) {
    const { rows, from, to } = this.menu;
    if (rows[place].more) return this.showEvery();
    this.composer.replace(from, to, rows[place].text + " ");
  },

  showEvery() {
    this.every = true;
    this.menu = { ...this.menu, typed: "" };
    this.suggest();
  },

  shut() {
    this.dismissed = this.composer.text;
    this.menu = NONE;
  },

  // ---- sending

  allows(text) {
    if (!isCommand(text) || this.sure) return true;
    if (!isLive()) {
      this.refusal = { why: AWAY, text: this.composer.text };
      return false;
    }
    const needs = missing(text, this.known);
    if (needs) {
      this.refusal = { why: `Needs ${needs}.`, text: this.composer.text };
      return false;
    }
    const asked = question(text, this.known, { people: this.folk, kind: this.about.kind });
    if (!asked) return true;
    this.question = { ...asked, text: this.composer.text };
    this.$nextTick(() => this.$refs.no?.focus());
    return false;
  },

  confirm() {
    this.question = null;
    this.sure = true;
    this.composer.submit();
    this.sure = false;
    this.$refs.field.focus();
  },

  back() {
    this.question = null;
    this.$refs.field.focus();
  },

  // A command that was refused goes back to where it was typed, unless something else stands there by now.
  refuses(answer) {
    const entry = this.outbox.entries().find((each) => each.key === answer.key);
    const here = entry?.room === this.about.room;
    const free = here ? !this.composer.text : !draftOf(entry?.room ?? "");
    if (!entry || !isCommand(entry.text) || answer.retryable || !free) return false;
    this.outbox.discard(answer.key);
    this.log.drop(answer.key);
    this.updateCount();
    keepDraft(entry.room, entry.text);
    if (!here) return true;
    this.composer.set(entry.text);
    const why = answer.message[0].toUpperCase() + answer.message.slice(1);
    this.refusal = { why: `Not run. ${why}${why.endsWith("?") ? "" : "."}`, text: entry.text, literal: answer.field === "command" };
    this.menu = NONE;
    this.dismissed = entry.text;
    this.$refs.field.focus();
    return true;
  },

  asText() {
    this.refusal = null;
    this.composer.set("/" + this.composer.text);
    this.composer.submit();
    this.$refs.field.focus();
  },

  // What the relay answers to the sender alone.
  tell({ room, notice, unknown, away }) {
    if (room !== this.about.room) return;
    const lines = [];
    if (notice) lines.push(aside(notice));
    if (unknown?.length) lines.push(aside(`Nobody here is ${unknown.join(", ")}.`, "warn"));
    if (away?.length) lines.push(aside(`Not here now: ${away.map((each) => "@" + each).join(", ")}. The task waits for their return.`));
    for (const line of lines) this.log.note(line);
    if (notice) this.announcer.put(notice);
    if (lines.length) this.follow.settle();
  },
};
