// The timeline's way out: what is written here, waits here, failed here. Methods of the timeline component.
import { sendState } from "./rows.js";

export const writing = {
  onCompose() {
    this.ready = this.composer.ready;
    this.hint = this.composer.hint;
    this.pasted = Boolean(this.composer.pasted);
    this.suggest();
  },

  write(text) {
    const entry = this.outbox.add(this.about.room, text);
    this.showWaiting(entry);
    this.updateCount();
    this.unreadKept = false;
    this.toLatest();
  },

  showWaiting(entry) {
    const shown = { key: entry.key, id: entry.key, ts: entry.ts, from: this.viewer, name: this.handle, nick: this.nick, kind: "text", text: entry.text };
    const row = this.log.wait(shown);
    this.markWaiting(row, entry);
  },

  restoreWaiting() {
    for (const entry of this.outbox.entries(this.about.room)) this.showWaiting(entry);
    this.showOutbox();
  },

  showOutbox() {
    const all = this.outbox?.entries() ?? [];
    this.pending = all.filter((entry) => !entry.error).length;
    for (const entry of all) {
      const row = this.log.keys.get(entry.key);
      if (row) this.markWaiting(row, entry);
    }
  },

  markWaiting(row, entry) {
    const seconds = Math.ceil((entry.due - Date.now()) / 1000);
    sendState(row, {
      waiting: seconds > 0 && this.wait ? `Waiting ${seconds} s, rate limit` : "",
      error: entry.error,
      onRetry: () => this.outbox.retry(entry.key),
      onEdit: () => this.take(entry.key, true),
      onDiscard: () => this.take(entry.key, false),
    });
  },

  take(key, edit) {
    const entry = this.outbox.discard(key);
    this.log.drop(key);
    this.updateCount();
    if (edit && entry) this.composer.set(entry.text);
    this.$refs.field.focus();
  },

  tick() {
    const left = Math.max(0, Math.ceil((this.outbox.blockedUntil - Date.now()) / 1000));
    const was = this.wait;
    this.wait = left;
    // The countdown is for the eyes; spoken are its beginning and its end.
    if (left && !was) this.announcer.put(`Slow down. The relay takes no more for ${left} seconds; what you send waits.`);
    if (was && !left) this.announcer.put("The relay takes messages again.");
    this.log.tick();
    if (left || was) this.showOutbox();
  },
};
