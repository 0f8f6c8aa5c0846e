// What can be done with one conversation of the sidebar.
import { walk } from "./arrows.js";
import { go } from "./navigation.js";
import { openAt } from "./popup.js";
import { choiceOf, chooseFor } from "./room-choices.js";
import { copyText } from "./rows.js";
import { toast } from "./toasts.js";

export const RowMenu = {
  props: { writes: Boolean },
  emits: ["leave"],
  template: `
    <dialog ref="box" class="row-menu" :aria-label="row ? 'Menu of ' + row.name : 'Menu'" data-testid="row-menu" @close="opener?.focus()" @click.self="$refs.box.close()" @keydown="onKey">
      <template v-if="row"><p class="help"><bdi>{{ row.name }}</bdi></p>
      <button v-for="[name, words] in items" :key="name" type="button" :data-testid="'row-menu-' + name" @click="act(name)">{{ words }}</button></template>
    </dialog>`,
  data: () => ({ row: null, opener: null }),
  computed: {
    items() {
      const { id, key, pinned, muted, member, unread } = this.row;
      const isRoom = key === id && id !== "global";
      return [
        ...(id && unread ? [["read", "Mark read"]] : []),
        ...(id ? [["muted", muted ? "Hear again" : "Mute"]] : []),
        ...(isRoom ? [["pinned", pinned ? "Unpin" : "Pin"]] : []),
        ["link", "Copy link"],
        ["details", key === id ? "Room details" : "Details"],
        ...(isRoom && member && this.writes ? [["leave", "Leave"]] : []),
      ];
    },
  },
  methods: {
    async show(row, opener) {
      this.row = { ...row, ...(row.id ? choiceOf(row.id) : {}) };
      this.opener = opener;
      await this.$nextTick();
      const at = opener.getBoundingClientRect();
      openAt(this.$refs.box, at.right, at.top);
    },

    onKey(event) {
      walk(event, [...this.$refs.box.querySelectorAll("button")], { round: true });
    },

    act(name) {
      const { row } = this;
      this.$refs.box.close();
      const switched = (what) => chooseFor(row.id, what, !row[what]);
      const acts = {
        read: () => dispatchEvent(new CustomEvent("clawnet:read-room", { detail: row })),
        muted: () => (switched("muted"), toast({ text: `${row.name} is ${row.muted ? "heard again" : "muted"}.`, undo: () => chooseFor(row.id, "muted", Boolean(row.muted)) })),
        pinned: () => switched("pinned"),
        link: async () => toast((await copyText(location.origin + row.path)) ? { text: "The link is copied." } : { text: "The browser does not let this page copy.", kind: "error" }),
        details: () => (go(row.path), dispatchEvent(new CustomEvent("clawnet:panel"))),
        leave: () => this.$emit("leave", row),
      };
      acts[name]();
    },
  },
};
