// Speaks to screen readers: at most one text in three seconds, so that a burst does not drown everything else.
const PAUSE = 3000;
const LENGTH = 120;

export class Announcer {
  constructor(element) {
    this.element = element;
    this.waiting = [];
    this.timer = 0;
  }

  say(entries, room) {
    this.waiting.push(...entries);
    this.room = room;
    if (!this.timer) this.speak();
  }

  // A text of the console's own, before all that others say.
  put(said) {
    this.waiting.push({ said });
    if (!this.timer) this.speak();
  }

  speak() {
    const entries = this.waiting.splice(0);
    this.timer = 0;
    if (!entries.length) return;
    this.element.textContent = this.words(entries);
    this.timer = setTimeout(() => this.speak(), PAUSE);
  }

  words(entries) {
    const own = entries.findLast((entry) => entry.said);
    if (own) return own.said.slice(0, LENGTH);
    const mention = entries.find((entry) => entry.mention);
    const one = mention ?? (entries.length === 1 ? entries[0] : null);
    if (one) return `${one.name}: ${(one.text ?? one.task?.command ?? "").slice(0, LENGTH)}`;
    return `${entries.length} new messages in ${this.room}`;
  }
}
