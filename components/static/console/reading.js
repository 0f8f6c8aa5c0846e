// How the timeline is read: where it opens, what counts as read, pages at both ends. Methods of the timeline.
import { isLive } from "./connection.js";
import { markOf, setBack, setMark } from "./marks.js";
import { go } from "./navigation.js";

const NEAR = 400; // px from an end at which the next page is asked for
const READ_AFTER = 1000;
const PAGE_WAIT = 8000;
const SHINE = 2000;

export const reading = {
  // ---- where it opens

  place(again, target) {
    this.mark = markOf(this.about.room, this.epoch);
    if (this.mark !== null && !again) this.log.markNew(this.mark, this.viewer);
    const row = this.log.rows.get(target);
    if (row) return this.showTarget(row);
    this.follow.resume();
    if (this.log.newLine) {
      this.follow.set(false);
      const box = this.$refs.box;
      box.scrollTop += this.distance(this.log.newLine) - box.clientHeight / 3;
      this.follow.set(this.follow.atEnd);
    }
    if (this.mark === null) this.markRead();
    else this.readSoon();
  },

  showTarget(row) {
    this.follow.set(false);
    row.scrollIntoView({ block: "center" });
    row.classList.add("shines");
    setTimeout(() => row.classList.remove("shines"), SHINE);
    row.focus({ preventScroll: true });
    this.follow.top = this.$refs.box.scrollTop;
  },

  // The box counts in its own pixels; the page may be shown larger.
  distance(element, from = this.$refs.box.getBoundingClientRect().top) {
    return (element.getBoundingClientRect().top - from) / this.zoom();
  },

  zoom() {
    return Number(getComputedStyle(document.documentElement).getPropertyValue("--zoom")) || 1;
  },

  // ---- what counts as read

  readSoon() {
    clearTimeout(this.reads);
    if (this.isSeen()) this.reads = setTimeout(() => this.isSeen() && this.markRead(), READ_AFTER);
  },

  isSeen() {
    return this.follow.atEnd && !this.detached && !this.unreadKept && !document.hidden && document.hasFocus() && this.$el.offsetParent !== null;
  },

  markRead() {
    const room = this.about.room;
    if (this.log.last && setMark(room, this.log.last, this.epoch)) dispatchEvent(new CustomEvent("clawnet:read", { detail: { room, offset: this.log.last } }));
  },

  // Stays so until one leaves the room or writes in it.
  markUnread(row) {
    this.unreadKept = true;
    setBack(this.about.room, row.entry.o, this.epoch);
    this.log.markNew(row.entry.o - 1, this.viewer);
    dispatchEvent(new CustomEvent("clawnet:marks"));
  },

  // ---- both ends

  onFollow() {
    const box = this.$refs.box;
    this.following = this.follow.on && !this.detached;
    if (this.following) this.unseen = 0;
    const scrolls = box.scrollHeight > box.clientHeight;
    if (box.scrollTop < NEAR && this.more && scrolls) this.loadOlder();
    if (this.detached && box.scrollHeight - box.scrollTop - box.clientHeight < NEAR) this.loadNewer();
    this.readSoon();
  },

  loadOlder() {
    if (this.loading || !this.more || !isLive()) return;
    this.begin();
    this.$emit("older", { room: this.about.room, before: this.log.first });
  },

  loadNewer() {
    if (this.loading || !isLive()) return;
    this.begin();
    this.$emit("newer", { room: this.about.room, after: this.log.last });
  },

  begin() {
    this.loading = true;
    clearTimeout(this.waits);
    this.waits = setTimeout(() => (this.loading = false), PAGE_WAIT);
  },

  again() {
    this.error = "";
    this.loading = false;
    if (this.state !== "ready") return go(location.pathname + location.search);
    this.loadNewer();
    this.loading = false;
    this.loadOlder();
  },

  toLatest() {
    if (!this.detached) return this.follow.resume();
    history.replaceState({}, "", location.pathname);
    this.$emit("latest", this.about.room);
  },
};
