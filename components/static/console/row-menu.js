// What can be done with one conversation of the sidebar.
import { go } from "./navigation.js";
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
      const box = this.$refs.box;
      box.showModal();
      const at = opener.getBoundingClientRect();
      box.style.top = Math.max(8, Math.min(at.top, innerHeight - box.offsetHeight - 8)) + "px";
      box.style.left = Math.min(at.right, innerWidth - box.offsetWidth - 8) + "px";
    },

    onKey(event) {
      const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      if (!by) return;
      const buttons = [...this.$refs.box.querySelectorAll("button")];
      event.preventDefault();
      buttons[(buttons.indexOf(document.activeElement) + by + buttons.length) % buttons.length].focus();
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
