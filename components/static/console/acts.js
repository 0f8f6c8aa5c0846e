// What can be done with a task: buttons that stay while they apply, a second question, the refusal.
import { el, newKey, write } from "./dom.js";
import { now } from "./times.js";

const INERT = 600; // ms in which a button that has just come under the pointer does nothing
const FORCE_AFTER = 15000; // ms after which a task that does not stop can be given up
const AGAIN = ["failed", "timed_out", "lost"];
const BUSY = { approve: "Approving", deny: "Denying", cancel: "Cancelling", retry: "Asking" };
const KEYS = { a: "approve", d: "deny", x: "cancel" };

const WORDS = {
  approve: () => "Approve once",
  deny: () => "Deny",
  cancel: (task) => (task.state === "cancelling" ? "Force stop" : "Cancel task"),
  retry: (task) => (AGAIN.includes(task.state) ? "Retry" : "Run again"),
};
const QUESTIONS = {
  approve: (task) => [`Run on @${task.to} now?`, "Run"],
  deny: (task) => [`Refuse this on @${task.to}?`, "Deny"],
  cancel: (task) => (task.state === "cancelling" ? ["It may go on at the agent. Give it up?", "Force stop"] : [`Stop this on @${task.to}?`, "Cancel task"]),
  retry: (task) => [`Run it on @${task.to} again?`, "Run again"],
};

const isRisky = (name, task) => (name === "approve" ? task.risk > 1 : name === "cancel" ? task.risk > 0 : name === "deny");
const REASON = 256;

export class Acts {
  constructor({ ask, area = "task", opens = true }) {
    this.ask = ask;
    this.area = area;
    this.opens = opens;
    this.asking = this.busy = this.key = "";
    this.line = el("div", { class: "acts-line" });
    this.error = el("p", { class: "card-error", role: "alert", hidden: "" });
    this.node = el("div", { class: "acts" }, this.line, this.error);
    this.open = el("a", { class: "link", text: "Open" });
    this.asks = el("span", { class: "asks" });
    this.reason = el("input", { class: "reason", type: "text", maxlength: REASON, autocomplete: "off", placeholder: "Reason (optional)", "aria-label": "Reason for the refusal, optional" });
    this.reason.addEventListener("keydown", (event) => this.onReasonKey(event));
  }

  fill(task) {
    if (this.task && this.task.state !== task.state) {
      this.asking = "";
      this.refuse("");
    }
    this.task = task;
    this.open.href = task.path;
    this.open.dataset.testid = `${this.area}-open-${task.id}`;
    this.reason.dataset.testid = `${this.area}-reason-${task.id}`;
    this.open.setAttribute("aria-label", `Open ${task.command} on ${task.to}`);
    this.draw();
  }

  // A task that was asked to stop gets its last resort in time.
  tick() {
    if (this.task?.state === "cancelling") this.draw();
  }

  names() {
    const stuck = now() - new Date(this.task.since ?? now()) >= FORCE_AFTER;
    return this.task.acts.filter((name) => this.task.state !== "cancelling" || stuck);
  }

  draw(byKey = false) {
    const buttons = this.asking ? this.question() : this.names().map((name) => [name, WORDS[name](this.task), name === "approve" ? "primary" : ""]);
    const old = new Map([...this.line.querySelectorAll("button")].map((button) => [button.dataset.act, button]));
    const nodes = buttons.map(([name, words, tone]) => this.button(old.get(name), name, words, tone, byKey));
    if (this.asking) write(this.asks, QUESTIONS[this.asking](this.task)[0]);
    const wanted = [...(this.asking ? [this.asks] : []), ...(this.asking === "deny" ? [this.reason] : []), ...nodes, ...(this.opens ? [this.open] : [])];
    if (wanted.length === this.line.children.length && wanted.every((node, place) => this.line.children[place] === node)) return;
    const focused = this.line.contains(document.activeElement) ? document.activeElement : null;
    this.line.replaceChildren(...wanted);
    if (!focused) return;
    const safe = this.asking ? nodes[byKey ? 0 : 1] : (nodes[0] ?? this.open);
    (wanted.includes(focused) ? focused : wanted.includes(safe) ? safe : this.node.closest("[tabindex]"))?.focus();
  }

  question() {
    return [
      ["sure", QUESTIONS[this.asking](this.task)[1], "danger"],
      ["back", "Back", ""],
    ];
  }

  button(known, name, words, tone, byKey) {
    const button = known ?? el("button", { type: "button", class: `button small ${tone}`, "data-act": name, "data-testid": `${this.area}-${name}-${this.task.id}` });
    if (!known) {
      button.addEventListener("click", (event) => this.press(name, event));
      button.settling = this.drawn && !byKey;
      if (button.settling) setTimeout(() => ((button.settling = false), this.dim(button)), INERT);
    }
    // What is drawn before the first frame was not there to be hit.
    requestAnimationFrame(() => (this.drawn = true));
    const busy = this.busy && (this.busy === name || name === "sure");
    write(button, busy ? BUSY[this.busy] : words);
    this.dim(button);
    return button;
  }

  dim(button) {
    button.setAttribute("aria-disabled", String(Boolean(this.busy || button.settling)));
  }

  press(name, event) {
    const byKey = event.detail === 0;
    if (this.busy || (event.currentTarget.settling && !byKey)) return;
    if (name === "back") return this.pose(this.former, "", byKey);
    if (name === "sure") return this.run(this.asking);
    if (isRisky(name, this.task)) return this.pose(name, name, byKey);
    this.run(name);
  }

  // By key the question comes first, whatever the risk: a second key answers it.
  onKey(key) {
    const name = KEYS[key];
    if (!name || this.busy || !this.task || !this.names().includes(name)) return false;
    this.pose(name, name, true);
    (name === "deny" ? this.reason : this.line.querySelector("button"))?.focus();
    return true;
  }

  // What is typed here is no shortcut of the card or the list around it.
  onReasonKey(event) {
    event.stopPropagation();
    if (event.isComposing) return;
    if (event.key === "Enter") this.run("deny");
    if (event.key === "Escape") this.pose("deny", "", true);
  }

  pose(name, asking, byKey) {
    this.former = name;
    this.asking = asking;
    this.reason.value = "";
    this.draw(byKey);
    if (asking === "deny") this.reason.focus();
    if (!asking) this.line.querySelector(`[data-act=${name}]`)?.focus();
  }

  async run(name) {
    this.busy = name;
    this.refuse("");
    this.draw();
    if (name === "retry") this.key ||= newKey();
    const more = { retry: { key: this.key }, deny: { reason: this.reason.value.trim() } }[name];
    const answer = await this.ask(name, { id: this.task.id, ...more });
    this.busy = this.asking = "";
    if (!answer.error) this.key = "";
    this.refuse(answer.error ?? "");
    this.draw();
  }

  refuse(error) {
    write(this.error, error);
    this.error.hidden = !error;
  }
}
