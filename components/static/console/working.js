// Tasks in the timeline: what their cards ask, and what is said when one ends. Methods of the timeline.
import { el } from "./dom.js";
import { elapsed } from "./times.js";

export const working = {
  // ---- called by the relay

  progress(told) {
    this.log.progress(told);
    this.follow.settle();
  },

  // ---- called by cards

  desk() {
    return { ask: (what, detail) => this.ask(what, detail), ended: (task, node) => this.ended(task, node) };
  },

  // Only what happens while one looks on is news; a page of history is none.
  ended(task, node) {
    if (!this.fresh) return;
    const took = elapsed(new Date(task.ended) - new Date(task.started));
    const words = `${task.command} on @${task.to}: ${task.word.toLowerCase()} after ${took}`;
    if (task.mine) this.announcer.put(words);
    requestAnimationFrame(() => this.isAway(node) && this.log.note(this.pointer(task, node, words)));
  },

  isAway(node) {
    const box = this.$refs.box.getBoundingClientRect();
    const card = node.getBoundingClientRect();
    return node.isConnected && box.height > 0 && (card.bottom < box.top || card.top > box.bottom);
  },

  pointer(task, node, words) {
    const show = () => {
      this.follow.letGo();
      node.closest("article").focus();
      node.scrollIntoView({ block: "center" });
    };
    const button = el("button", { type: "button", class: "link", text: "Show", onclick: show });
    return el("p", { class: "aside", "data-testid": "aside" }, `${task.glyph} ${words} `, button);
  },
};
