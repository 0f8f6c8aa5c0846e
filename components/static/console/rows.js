// One row of the timeline: plain DOM, text by textContent; only what the relay has rendered goes in as HTML.
import { cardFor } from "./cards.js";
import { el } from "./dom.js";
import { icon } from "./icons.js";
import { full, hhmm, timeElement } from "./times.js";

const LONG_LINES = 24;
const LONG_TEXT = 2400;
const LONG_JSON = 4096;

// `desk` is what its cards ask and tell.
export function messageRow(entry, desk) {
  const row = el("article", { class: "msg", tabindex: "-1", "data-testid": "msg-" + entry.id });
  row.entry = entry;
  row.desk = desk;
  fillRow(row);
  return row;
}

// Draws a row again from its entry; the node stays, and with it focus and selection around it.
export function fillRow(row) {
  const entry = row.entry;
  const kind = entry.kind;
  row.dataset.kind = kind;
  row.dataset.state = entry.state ?? (kind === "gone" ? "redacted" : "accepted");
  row.classList.toggle("mentions-me", Boolean(entry.mention));
  row.setAttribute("aria-label", `${entry.name} at ${hhmm(new Date(entry.ts))}`);
  row.replaceChildren();
  if (kind === "system") row.append(systemLine(entry));
  else if (kind === "task") row.append(gutter(), cardIn(row));
  else row.append(gutter(), body(entry));
  if (entry.o) row.dataset.offset = entry.o;
  row.first = undefined;
}

// The first row of a group says who speaks; the others only hold the time ready.
export function setFirst(row, first) {
  if (row.first === first || row.dataset.kind === "system") return;
  row.first = first;
  row.classList.toggle("first", first);
  row.querySelector(":scope > .head")?.remove();
  const place = row.querySelector(":scope > .gutter");
  const entry = row.entry;
  place.replaceChildren(first ? monogram(entry) : timeElement(entry.ts));
  if (first) place.after(head(entry));
}

function gutter() {
  return el("div", { class: "gutter" });
}

function monogram(entry) {
  const letters = [...entry.name].slice(0, 2).join("");
  return el("span", { class: `mono nick${entry.nick}`, "aria-hidden": "true", text: letters });
}

function head(entry) {
  return el(
    "div",
    { class: "head" },
    el("bdi", { class: `who nick${entry.nick}`, text: entry.name }),
    entry.role && entry.role !== "master" ? el("span", { class: "role", text: entry.role }) : null,
    timeElement(entry.ts),
  );
}

function systemLine(entry) {
  return el("p", { class: "system", "data-testid": "system-" + entry.id, dir: "auto" }, entry.text, " ", timeElement(entry.ts));
}

function body(entry) {
  if (entry.kind === "gone") return el("div", { class: "body gone", text: `Message removed${entry.by ? " " + entry.by : ""}: ${entry.text}` });
  if (entry.kind !== "text") return el("div", { class: "body gone", text: `Unsupported message type ${entry.kind}` });
  const box = el("div", { class: "body", dir: "auto" });
  const json = prettyJson(entry.text);
  if (json) box.append(json);
  else if (entry.html === undefined) box.append(el("p", { text: entry.text }));
  else box.setHTML(entry.html); // DOMPurify, behind the relay's own rendering
  enliven(box);
  return isLong(entry.text) ? clipped(box, entry.text) : box;
}

// DOMPurify takes `target` away; code gets its bar.
function enliven(box) {
  for (const link of box.querySelectorAll("a[href]")) {
    link.target = "_blank";
    link.rel = "noopener noreferrer nofollow";
  }
  for (const pre of box.querySelectorAll("pre")) pre.replaceWith(codeBlock(pre));
}

function codeBlock(pre) {
  const code = pre.querySelector("code") ?? pre;
  const language = [...code.classList].find((name) => name.startsWith("language-"))?.slice(9) ?? "text";
  const lines = code.textContent.replace(/\n$/, "").split("\n").length;
  const counted = lines === 1 ? "1 line" : `${lines} lines`;
  pre.tabIndex = 0;
  pre.setAttribute("role", "region");
  pre.setAttribute("aria-label", `Code, ${language}, ${counted}`);
  const wrap = el("button", { type: "button", "aria-pressed": "false", text: "Wrap" });
  const copy = el("button", { type: "button", text: "Copy" });
  const bar = el("div", { class: "code-bar" }, el("span", { text: `${language} · ${counted}` }), wrap, copy);
  const block = pre.cloneNode(true);
  wrap.addEventListener("click", () => wrap.setAttribute("aria-pressed", String(block.classList.toggle("wrapped"))));
  copy.addEventListener("click", () => copyText(block.textContent, copy));
  return el("div", { class: "code" }, bar, block);
}

export async function copyText(text, button) {
  try {
    await navigator.clipboard.writeText(text);
    if (button) flash(button, "Copied");
    return true;
  } catch {
    if (button) flash(button, "Copy failed"); // only secure origins may write to the clipboard
    return false;
  }
}

function flash(button, text) {
  const before = button.textContent;
  button.textContent = text;
  setTimeout(() => (button.textContent = before), 1500);
}

const isLong = (text) => text.length > LONG_TEXT || text.split("\n").length > LONG_LINES;

// Open, it can be folded again at either end.
function clipped(box, text) {
  const count = text.split("\n").length;
  const more = count > LONG_LINES ? `Show all ${count} lines` : "Show all";
  const [above, below] = [0, 1].map(() => el("button", { type: "button", class: "link" }));
  const node = el("div", { class: "long" }, above, box, below);
  const fold = (closed, button) => {
    box.classList.toggle("clipped", closed);
    above.hidden = closed;
    for (const each of [above, below]) {
      each.setAttribute("aria-expanded", String(!closed));
      each.textContent = closed ? more : "Show less";
    }
    if (closed && button) node.closest("article")?.scrollIntoView({ block: "nearest" });
    if (closed && button === above) below.focus();
  };
  for (const each of [above, below]) each.addEventListener("click", () => fold(!box.classList.contains("clipped"), each));
  fold(true);
  return node;
}

// What a program has put out as JSON is shown as such.
function prettyJson(text) {
  if (text.length > LONG_JSON || !/^\s*[[{]/.test(text)) return null;
  try {
    const code = el("code", { class: "language-json", text: JSON.stringify(JSON.parse(text), null, 2) });
    return el("pre", {}, code);
  } catch {
    return null;
  }
}

// The card outlives its row's other content, wherever the row goes.
function cardIn(row) {
  const { task, o, ts } = row.entry;
  row.card ??= cardFor(task, row.desk);
  row.card.fill({ ...task, since: ts }, o);
  return row.card.node;
}

// What the relay, or the console, has to say to who writes here: never stored, gone with the next look.
export const aside = (text, tone = "") => el("p", { class: `aside ${tone}`, "data-testid": "aside", dir: "auto", text });

// What stands under a message that is not stored yet.
export function sendState(row, { waiting, error, onRetry, onEdit, onDiscard }) {
  row.querySelector(":scope > .send-state")?.remove();
  row.dataset.state = error ? "failed" : "pending";
  if (!error && !waiting) return;
  const line = el("div", { class: "send-state" });
  if (error) {
    const key = row.entry.key;
    line.append(
      el("span", { class: "not-sent" }, icon("warning"), ` Not sent: ${error.message}. `),
      el("button", { type: "button", "data-testid": "msg-retry-" + key, text: "Retry", onclick: onRetry }),
      el("button", { type: "button", text: "Edit", onclick: onEdit }),
      el("button", { type: "button", class: "link", "data-testid": "msg-discard-" + key, text: "Discard", onclick: onDiscard }),
    );
  } else line.append(el("span", { text: waiting }));
  row.append(line);
}

export const dayLine = (date, iso, text) =>
  el("div", { class: "day", role: "separator", "aria-label": text, "data-testid": "day-" + iso }, el("span", { text, title: full(date) }));

export const newLine = () =>
  el("div", { class: "new", role: "separator", "aria-label": "New messages", "data-testid": "new-line" }, el("span", { text: "New" }));
