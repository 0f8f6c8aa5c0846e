// Tells the desktop what needs the operator, as far as this browser was told to. Shows nothing itself.
import { go } from "clawnet/navigation.js";
import { ring, show, wants } from "clawnet/notify.js";
import { choiceOf } from "clawnet/room-choices.js";

const TITLES = { Approvals: "Needs approval", Failed: "Failed", Mentions: "Mention", "Agents waiting": "Asks to be let in" };

export default {
  template: `<span hidden data-testid="herald"></span>`,
  created() {
    this.known = null;
  },
  methods: {
    // What is there when one comes is no news.
    needs(waiting) {
      const counts = new Map(waiting.map((need) => [need.id, need.count]));
      const before = this.known;
      this.known = counts;
      if (before) waiting.filter((need) => need.count > (before.get(need.id) ?? 0)).forEach((need) => this.tell(need));
    },

    tell(need) {
      if (need.kind === "Mentions" && choiceOf(need.id.slice("mention-".length)).muted) return;
      if (wants(need.kind, "sound")) ring();
      if (!wants(need.kind, "desktop") || (document.hasFocus() && !document.hidden)) return;
      show({ title: `${TITLES[need.kind] ?? need.kind}: ${need.text}`, body: need.detail, tag: need.id, path: need.path, go });
    },
  },
};
