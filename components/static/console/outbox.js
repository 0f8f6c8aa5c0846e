// Messages on their way: kept in the browser until the relay has answered for good, sent again with the same key.
import { reactive } from "vue";
import { isCommand } from "./completing.js";
import { newKey } from "./dom.js";
import { change, load } from "./store.js";

// How many messages of each room were not sent, and until when the relay takes no more, for all who show it.
export const outbox = reactive({ failed: {}, blocked: 0 });

const WAITS = [1000, 2000, 4000, 8000, 15000];
const ANSWER = 6000; // an answer that takes longer counts as lost
const FRESH = 60000; // a command that is older is not sent any more: by now it may do harm
const STALE = { message: "no answer came in time. Look whether it ran before you send it again", code: "stale" };

export class Outbox {
  constructor({ viewer, send, isLive, changed }) {
    this.name = "outbox." + viewer;
    this.send = send;
    this.isLive = isLive;
    this.changed = changed;
    this.flying = new Map(); // room -> {key, timer}
    this.blockedUntil = 0;
    this.count();
  }

  entries(room) {
    const all = load(this.name, []);
    return room === undefined ? all : all.filter((entry) => entry.room === room);
  }

  add(room, text) {
    const entry = { key: newKey(), room, text, ts: new Date().toISOString(), tries: 0, due: 0, error: null };
    this.edit((entries) => entries.push(entry));
    this.pump();
    return entry;
  }

  // The relay has answered, or the message was seen in the room: both settle it, whichever comes first.
  settle(key, error = null) {
    for (const [room, flight] of this.flying) if (flight.key === key) this.land(room);
    let found = false;
    this.edit((entries) => {
      const place = entries.findIndex((entry) => entry.key === key);
      found = place >= 0;
      if (!found) return;
      if (!error) entries.splice(place, 1);
      else this.fail(entries[place], error);
    });
    this.pump();
    return found;
  }

  fail(entry, error) {
    if (!error.retryable) return void (entry.error = error);
    const wait = (error.retry_after ?? 0) * 1000 || WAITS[Math.min(entry.tries, WAITS.length - 1)];
    entry.tries += 1;
    entry.due = Date.now() + wait;
    if (error.code === "rate_limited") this.blockedUntil = outbox.blocked = entry.due;
    setTimeout(() => this.pump(), wait + 10);
  }

  retry(key) {
    this.edit((entries) => {
      const entry = entries.find((one) => one.key === key);
      if (entry) Object.assign(entry, { error: null, due: 0, tries: 0, ts: new Date().toISOString() });
    });
    this.pump();
  }

  discard(key) {
    const gone = this.entries().find((entry) => entry.key === key);
    this.edit((entries) => {
      const place = entries.findIndex((entry) => entry.key === key);
      if (place >= 0) entries.splice(place, 1);
    });
    return gone;
  }

  reconnected() {
    for (const room of [...this.flying.keys()]) this.land(room);
    this.edit((entries) => entries.forEach((entry) => entry.error || (entry.due = 0)));
    this.pump();
  }

  // One message a room is in the air, so that they arrive in the order in which they were written.
  pump() {
    if (!this.isLive()) return;
    const now = Date.now();
    if (this.entries().some((entry) => isStale(entry, now))) this.edit((entries) => entries.filter((entry) => isStale(entry, now)).forEach((entry) => (entry.error = STALE)));
    for (const entry of this.entries()) {
      if (entry.error || this.flying.has(entry.room)) continue;
      const first = this.entries(entry.room).find((one) => !one.error);
      if (first.key === entry.key && entry.due <= now) this.fly(entry);
    }
  }

  fly(entry) {
    const timer = setTimeout(() => {
      this.land(entry.room);
      this.edit((entries) => {
        const late = entries.find((one) => one.key === entry.key);
        if (late) late.tries += 1;
      });
      this.pump();
    }, ANSWER);
    this.flying.set(entry.room, { key: entry.key, timer });
    this.send({ key: entry.key, room: entry.room, text: entry.text });
  }

  land(room) {
    clearTimeout(this.flying.get(room)?.timer);
    this.flying.delete(room);
  }

  edit(change_) {
    change(this.name, [], change_);
    this.count();
    this.changed();
  }

  count() {
    const failed = {};
    for (const entry of this.entries()) if (entry.error) failed[entry.room] = (failed[entry.room] ?? 0) + 1;
    outbox.failed = failed;
  }
}

const isStale = (entry, now) => !entry.error && isCommand(entry.text) && now - new Date(entry.ts) > FRESH;
