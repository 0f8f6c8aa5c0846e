// The field to write in: keys, growth, drafts, recall, typing signal. Sending itself is the timeline's.
import { draftOf, keepDraft } from "./drafts.js";
import { prefs } from "./prefs.js";

export const LIMIT = 8000;
const WARN = 7000;
const TYPING = 3000;
const DRAFT = 150;
const PASTED = { lines: 20, length: 2000 }; // from here on it is likely to be a log or code

export class Composer {
  constructor(field, { send, typing, changed, keys, allows, leave }) {
    this.field = field;
    this.send = send;
    this.typing = typing;
    this.changed = changed;
    this.keys = keys; // takes a key for the menu, or leaves it
    this.leave = leave; // goes back to what is read, where single keys act
    this.allows = allows; // lets a text go, or says what is missing
    this.room = "";
    field.readOnly = true; // until a room is open: what is sent before that would go nowhere
    this.sent = []; // what was sent from here, for recall
    this.recalled = 0;
    this.pasted = "";
    this.typedAt = 0;
    field.addEventListener("keydown", (event) => this.onKey(event));
    field.addEventListener("input", () => this.onInput());
    field.addEventListener("blur", () => this.stopTyping());
    field.addEventListener("paste", (event) => this.onPaste(event));
    for (const moved of ["click", "keyup", "focus", "blur"]) field.addEventListener(moved, () => this.changed());
  }

  open(room) {
    if (this.room === room) return;
    this.flush(); // the timer of this room's draft would be stopped by the first letter in the next
    this.stopTyping();
    this.room = room;
    this.field.readOnly = false;
    this.set(draftOf(room));
  }

  // Between two rooms there is nothing to write to.
  close() {
    this.flush();
    this.stopTyping();
    this.room = "";
    this.field.readOnly = true;
    this.set("");
  }

  set(text) {
    this.field.value = text;
    this.grow();
    this.changed();
  }

  // Puts a word in the place of what stands between two places, and the caret behind it.
  replace(from, to, word) {
    const { value } = this.field;
    this.field.value = value.slice(0, from) + word + value.slice(to);
    this.field.setSelectionRange(from + word.length, from + word.length);
    this.field.focus();
    this.onInput();
  }

  toEnd() {
    this.field.focus();
    this.field.setSelectionRange(this.field.value.length, this.field.value.length);
  }

  get text() {
    return this.field.value;
  }

  get hint() {
    const length = [...this.text].length;
    if (length > LIMIT) return `${length - LIMIT} characters too many. At most ${LIMIT.toLocaleString("en")}.`;
    return length >= WARN ? `${LIMIT - length} characters left` : "";
  }

  get ready() {
    return this.text.trim() !== "" && [...this.text].length <= LIMIT;
  }

  // An Enter that confirms a candidate of an input method must not send: such events are composing, or 229.
  onKey(event) {
    if (event.isComposing || event.keyCode === 229 || this.keys(event)) return;
    if (event.key === "Enter" && this.sends(event)) {
      event.preventDefault();
      this.submit();
    } else if (event.key === "ArrowUp" && this.recall()) event.preventDefault();
    else if (event.key === "Escape" && !event.shiftKey) this.leave();
  }

  sends(event) {
    if (event.shiftKey || event.altKey) return false;
    if (event.ctrlKey || event.metaKey) return true;
    if (!prefs.enterSends) return false;
    const fences = this.text.slice(0, this.field.selectionStart).match(/^```/gm)?.length ?? 0;
    return fences % 2 === 0; // inside of a fenced block Enter begins a line
  }

  submit() {
    if (!this.ready) return;
    const text = this.text.replace(/\s+$/, "");
    if (!this.allows(text)) return;
    this.sent.push(text);
    this.pasted = "";
    this.recalled = 0;
    clearTimeout(this.draftTimer);
    keepDraft(this.room, "");
    this.stopTyping();
    this.set("");
    this.send(text);
  }

  recall() {
    if (this.text !== "" && this.text !== this.sent.at(-this.recalled)) return false;
    const text = this.sent.at(-(this.recalled + 1));
    if (text === undefined || this.recalled >= this.sent.length) return false;
    this.recalled += 1;
    this.set(text);
    return true;
  }

  onPaste(event) {
    const text = (event.clipboardData?.getData("text/plain") ?? "").replace(/\r\n?/g, "\n");
    if (text.length <= PASTED.length && text.split("\n").length <= PASTED.lines) return;
    this.pasted = text;
  }

  // Puts what was pasted between fences, where it still stands as it came.
  fence() {
    const at = this.text.indexOf(this.pasted);
    if (at >= 0) this.replace(at, at + this.pasted.length, `${at ? "\n" : ""}\`\`\`\n${this.pasted.replace(/\n$/, "")}\n\`\`\`\n`);
    this.pasted = "";
    this.changed();
  }

  onInput() {
    if (this.pasted && !this.text.includes(this.pasted)) this.pasted = "";
    this.grow();
    this.changed();
    const room = this.room; // the room at the time of typing, whatever is open when the timer fires
    const text = this.text;
    clearTimeout(this.draftTimer);
    this.draftTimer = setTimeout(() => keepDraft(room, text), DRAFT);
    if (!text) this.stopTyping();
    else if (Date.now() - this.typedAt > TYPING) {
      this.typedAt = Date.now();
      this.typing(this.room, true);
    }
  }

  stopTyping() {
    if (!this.typedAt) return;
    this.typedAt = 0;
    this.typing(this.room, false);
  }

  flush() {
    clearTimeout(this.draftTimer);
    if (this.room) keepDraft(this.room, this.text);
  }

  grow() {
    this.field.style.height = "auto";
    this.field.style.height = this.field.scrollHeight + 2 + "px";
  }
}
