// Short notices for what is not visible in place; errors stay until they are closed. All of them can be read later.
import { reactive } from "vue";
import { Copy } from "./copy.js";
import { Icon } from "./icons.js";
import { hhmmss } from "./times.js";

const MAX = 3;
const KEPT = 100;
const STAY = 5000;
let last = 0;

export const notices = reactive({ shown: [], past: [] });

// `undo` takes back what the notice is about, as long as it stands.
export function toast({ text, kind = "info", undo = null, stay = STAY }) {
  const notice = { id: ++last, text, kind, undo, at: Date.now(), until: kind === "error" ? Infinity : Date.now() + stay };
  notices.shown = [...notices.shown, notice].slice(-MAX);
  notices.past = [{ id: notice.id, text, kind, at: notice.at }, ...notices.past].slice(0, KEPT);
}

const close = (id) => (notices.shown = notices.shown.filter((each) => each.id !== id));

export const Toasts = {
  components: { Icon },
  template: `
    <div class="toasts" ref="box" @mouseenter="held = true" @mouseleave="held = false" @focusin="held = true" @focusout="held = false">
      <div v-for="notice in notices.shown" :key="notice.id" class="toast" :class="notice.kind" data-testid="toast" :role="notice.kind === 'error' ? 'alert' : 'status'">
        <p>{{ notice.text }}</p>
        <button v-if="notice.undo" type="button" class="button small" data-testid="toast-undo" @click="undo(notice)">Undo</button>
        <button type="button" class="button icon-only quiet" aria-label="Close notice" @click="close(notice.id)"><Icon name="close" /></button>
      </div>
    </div>`,
  data: () => ({ notices, held: false }),
  mounted() {
    // What one points at or has the focus in does not go away.
    this.timer = setInterval(() => this.held || notices.shown.filter((each) => each.until < Date.now()).forEach((each) => close(each.id)), 500);
  },
  unmounted() {
    clearInterval(this.timer);
  },
  methods: {
    close,
    undo(notice) {
      notice.undo();
      close(notice.id);
    },
  },
};

export const Notices = {
  components: { Copy },
  template: `
    <dialog ref="box" class="broad" aria-labelledby="notices-title" data-testid="notices-panel" @close="opener?.focus()">
      <h2 id="notices-title">Notices</h2>
      <p v-if="!notices.past.length" class="help">Nothing has been noticed since this page was loaded.</p>
      <ul v-else class="notice-list" tabindex="0" role="list" aria-label="Notices, newest first">
        <li v-for="notice in notices.past" :key="notice.id" :class="notice.kind"><time>{{ at(notice) }}</time> <span v-if="notice.kind === 'error'" class="word">Error</span> {{ notice.text }}</li>
      </ul>
      <div class="buttons"><Copy v-if="notices.past.length" :text="all" what="notices" words="Copy all" /><button type="button" class="button" autofocus @click="$refs.box.close()">Close</button></div>
    </dialog>`,
  data: () => ({ notices, opener: null }),
  computed: { all: (vm) => vm.notices.past.map((each) => `${vm.at(each)} ${each.kind} ${each.text}`).join("\n") },
  methods: {
    at: (notice) => hhmmss(new Date(notice.at)),
    show(opener) {
      this.opener = opener;
      this.$refs.box.showModal();
    },
  },
};
