// From one conversation to another: the old one stays for a moment, as most come at once. One that takes longer leaves
// nothing of the old behind, least of all a field in which one would write to the wrong room. Methods of the timeline.
import { here } from "./navigation.js";

const MOMENT = 150;
const HOME = "/dashboard";
const CHAT = /^\/dashboard\/(r|dm)\/([^/]+)$/;

export const switching = {
  leaveSoon() {
    const path = here.path === HOME ? `${HOME}/r/global` : here.path;
    const [, kind, name] = CHAT.exec(path) ?? [];
    clearTimeout(this.leaves);
    if (kind && this.about.room && decodeURI(this.about.path) !== path) this.leaves = setTimeout(() => this.blank(kind, name), MOMENT);
  },

  arrived() {
    clearTimeout(this.leaves);
  },

  blank(kind, name) {
    this.composer.close();
    Object.assign(this, { state: "loading", error: "", more: false, lost: false, unseen: 0, detached: false });
    this.about = { ...this.about, room: "", kind: kind === "dm" ? "dm" : "room", title: name, topic: "", count: "", notice: "", peer: null };
    this.follow.held = false;
    this.closeSearch(false);
    this.log.clear();
    this.updateCount();
  },
};
