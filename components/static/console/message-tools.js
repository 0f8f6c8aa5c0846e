// What can be done with one message: one bar of buttons that goes to the row under the pointer or the focus.
import { el } from "./dom.js";
import { icon } from "./icons.js";

const TOOLS = [
  ["text", "Copy text", "copy"],
  ["link", "Copy link", "link"],
  ["reply", "Reply with mention", "reply"],
  ["unread", "Mark unread from here", "unread"],
  ["details", "Details", "info"],
  ["redact", "Remove message", "trash"],
];
const NARROW = matchMedia("(max-width: 767.98px)");
export const TOOL_KEYS = { r: "reply", U: "unread", y: "link", Enter: "details" };

export class MessageTools {
  // `allows(name, entry)` says what applies; `act(name, row, button)` does it.
  constructor(rows, { allows, act }) {
    this.allows = allows;
    this.act = act;
    this.row = null;
    this.buttons = new Map(TOOLS.map(([name, words, sign]) => [name, this.button(name, words, sign)]));
    this.node = el("div", { class: "tools", role: "toolbar", "aria-label": "Message" }, ...this.buttons.values());
    // Where there is no room beside the text the bar comes under it, and so only for the row that was touched.
    rows.addEventListener("mouseover", (event) => NARROW.matches || this.go(event.target.closest("article")));
    rows.addEventListener("focusin", (event) => this.go(event.target.closest("article"), true));
    rows.addEventListener("mouseleave", () => this.go(document.activeElement?.closest?.("article")));
  }

  button(name, words, sign) {
    const button = el("button", { type: "button", "aria-label": words, title: words }, icon(sign));
    button.addEventListener("click", () => this.act(name, this.row, button));
    return button;
  }

  // While somebody works with the bar, the pointer does not take it away.
  go(row, focused = false) {
    if (!focused && this.node.contains(document.activeElement)) return;
    if (row === this.row && this.node.parentNode === row) return;
    this.row = row?.entry?.o && row.dataset.kind !== "system" ? row : null;
    if (!this.row) return void this.node.remove();
    const { entry } = this.row;
    this.node.dataset.testid = "msg-menu-" + entry.id;
    this.node.setAttribute("aria-label", "Message of " + entry.name);
    for (const [name, button] of this.buttons) {
      button.hidden = !this.allows(name, entry);
      button.dataset.testid = `msg-${name}-${entry.id}`;
    }
    this.row.append(this.node);
  }
}
