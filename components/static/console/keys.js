// The keys of the console: one table for who reads it, one for who acts on it.
import { prefs } from "./prefs.js";

export const KEYS = [
  ["Anywhere", [
    ["Ctrl K", "Search or run"], ["?", "These keys"], ["g, then c f o l a s", "Chat, Fleet, Ops, Logs, Audit, Settings"], ["u", "Needs you"],
    ["/", "Search or filter of this view"], ["t", "Next theme"], ["Esc", "Close what is open"], ["[ and ]", "Conversations, room details"],
  ]],
  ["Conversations", [
    ["Alt ↑ and Alt ↓", "Previous, next"], ["Alt Shift ↑ and ↓", "Previous, next with something new"], ["n and p", "Next room, next person with something new"],
    ["q", "Filter the list"], ["m", "Mute this one"], ["Shift Esc", "Mark all read"],
  ]],
  ["Messages and lists", [
    ["j and k, ↓ and ↑", "Next, previous"], ["Enter", "Details"], ["r", "Reply with mention"], ["y", "Copy link"], ["Shift U", "Mark unread from here"],
    ["a and d", "Approve, deny a task"], ["x", "Cancel a task"], [".", "Show new rows"], ["End", "To the latest message"],
  ]],
  ["Writing", [
    ["c", "To the composer"], ["Enter", "Send"], ["Shift Enter", "New line"], ["Tab", "Take from the menu"], ["↑ in an empty field", "What was sent last"], ["Ctrl Shift F", "Search in this room"],
  ]],
];

const PLACES = { c: "/dashboard", f: "/dashboard/fleet", o: "/dashboard/ops", l: "/dashboard/logs", a: "/dashboard/audit", s: "/dashboard/settings" };
const LEAD = 2500; // ms that a `g` waits for its second key
const FIELDS = "input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]";

export class Keys {
  // `acts` has a function for each name; one that returns false leaves the key to others.
  constructor(acts) {
    this.acts = acts;
    this.led = 0;
  }

  onKey(event) {
    if (event.isComposing || event.defaultPrevented) return;
    const act = this.find(event);
    if (act && act() !== false) event.preventDefault();
  }

  find(event) {
    const { acts } = this;
    const command = event.ctrlKey || event.metaKey;
    if (command && !event.altKey && !event.shiftKey && (event.key === "k" || event.code === "KeyK")) return acts.palette;
    if (command && event.key === "/") return acts.help;
    if (command && event.shiftKey && event.code === "KeyF") return acts.search;
    if (document.querySelector("dialog[open]")) return null;
    if (event.altKey && !command && /^Arrow(Up|Down)$/.test(event.key)) return () => acts.conversation(event.key === "ArrowUp" ? -1 : 1, event.shiftKey);
    if (event.key === "Escape" && event.shiftKey) return acts.allRead;
    if (command || event.altKey || event.target.closest?.(FIELDS)) return null;
    return prefs.singleKeys ? this.single(event) : this.typed(event);
  }

  single(event) {
    const { key } = event;
    const lead = Date.now() - this.led < LEAD;
    this.led = key === "g" ? Date.now() : 0;
    if (lead && PLACES[key]) return () => this.acts.go(PLACES[key]);
    return { "?": this.acts.help, n: () => this.acts.unread("room"), p: () => this.acts.unread("dm"), u: this.acts.needs, q: this.acts.filter, c: this.acts.composer, "/": this.acts.find, ".": this.acts.fresh, "[": this.acts.sidebar, "]": this.acts.panel, m: this.acts.mute, t: this.acts.theme }[key];
  }

  // Without single keys whatever one types goes where text goes.
  typed(event) {
    return event.key.length === 1 && event.key !== " " ? () => (this.acts.composer(), false) : null;
  }
}
