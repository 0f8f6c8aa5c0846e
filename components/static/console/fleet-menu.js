// What can be done with one agent of the table.
import { walk } from "./arrows.js";
import { openAt } from "./popup.js";

export const FleetMenu = {
  props: { allow: Object, place: Function },
  template: `
    <dialog ref="box" class="row-menu" :aria-label="one ? 'Menu of ' + one.handle : 'Menu'" data-testid="fleet-menu" @close="opener?.focus()" @click="onClick" @keydown="onKey">
      <template v-if="one"><p class="help"><bdi>{{ one.handle }}</bdi></p>
      <a v-for="[name, words, path] in items" :key="name" :href="path" :data-testid="'fleet-menu-' + name">{{ words }}</a></template>
    </dialog>`,
  data: () => ({ one: null, opener: null }),
  computed: {
    items() {
      const { id, handle, path, dm, role, you } = this.one;
      const tab = (name) => `${path}?tab=${name}`;
      const talks = this.allow.message && !you;
      return [
        ["open", "Open", this.place(path)],
        ...(talks ? [["message", "Message", dm]] : []),
        ...(talks && role === "worker" ? [["run", "Run a command", "/dashboard/ops?to=" + encodeURIComponent("@" + handle)]] : []),
        ["tasks", "Tasks", tab("tasks")],
        ["log", "Log", "/dashboard/logs?of=agent&agent=" + encodeURIComponent(id)],
        ...(this.allow.role ? [["danger", "Danger", tab("danger")]] : []),
      ];
    },
  },
  methods: {
    async show(one, opener) {
      Object.assign(this, { one, opener });
      await this.$nextTick();
      const at = opener.getBoundingClientRect();
      openAt(this.$refs.box, at.left, at.bottom);
    },

    // A link leads on; a click beside the menu shuts it.
    onClick(event) {
      if (event.target === this.$refs.box || event.target.closest("a")) this.$refs.box.close();
    },

    onKey(event) {
      walk(event, [...this.$refs.box.querySelectorAll("a")], { round: true });
    },
  },
};
