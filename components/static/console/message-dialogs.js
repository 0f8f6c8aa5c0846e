// Two dialogs about one message: everything that is known of it, and why it is to be removed.
import { Copy } from "./copy.js";
import { full, stampMs, zoneName } from "./times.js";

const MAX = 256;

export const MessageDialogs = {
  components: { Copy },
  props: { remove: Function, receiptsOf: Function },
  template: `
    <dialog ref="details" class="broad" aria-labelledby="details-title" data-testid="msg-details" @close="restore"><template v-if="entry">
      <h2 id="details-title">Message of <bdi>{{ entry.name }}</bdi></h2>
      <dl class="sheet">
        <dt>Id</dt><dd><code>{{ entry.id }}</code> <Copy :text="entry.id" what="id" words="Copy" /></dd>
        <dt>Place in the room</dt><dd class="number">{{ entry.o.toLocaleString("en") }}</dd>
        <dt>Key</dt><dd><code>{{ entry.key }}</code></dd>
        <dt>Stored</dt><dd>{{ stored }}</dd>
        <dt>From</dt><dd><bdi>@{{ entry.name }}</bdi> <code>{{ entry.from }}</code></dd>
        <dt>Kind</dt><dd>{{ entry.kind }}</dd>
        <dt>Delivered</dt><dd data-testid="msg-receipts">{{ receipts.error ?? delivered }}<span v-if="receipts.due?.length" class="help">Not yet: {{ receipts.due.map((each) => "@" + each).join(", ") }}</span></dd>
      </dl>
      <div class="buttons"><Copy :text="raw" what="message" words="Copy JSON" /><button type="button" class="button" autofocus @click="$refs.details.close()">Close</button></div></template>
    </dialog>
    <dialog ref="redact" aria-labelledby="redact-title" data-testid="msg-redact-dialog" @close="restore"><template v-if="entry">
      <form @submit.prevent="act">
        <h2 id="redact-title">Remove this message?</h2>
        <p class="help">Its text goes away for everybody. That it was removed, by whom and why, stays in the room and in the audit trail.</p>
        <p v-if="error" class="error" role="alert">{{ error }}</p>
        <label for="redact-reason">Reason</label>
        <input id="redact-reason" ref="reason" v-model.trim="reason" required :maxlength="max" autocomplete="off" data-testid="msg-redact-reason" />
        <div class="buttons">
          <button type="button" class="button" @click="$refs.redact.close()">Cancel</button>
          <button type="submit" class="button danger" data-testid="msg-redact-do" :disabled="busy">Remove message</button>
        </div>
      </form></template>
    </dialog>`,

  data: () => ({ entry: null, receipts: {}, reason: "", error: "", busy: false, max: MAX }),

  computed: {
    delivered: ({ receipts: { got, due } }) => {
      if (!got) return "Looking";
      const all = got.length + due.length;
      if (!all) return "Nobody else is here";
      return `to ${got.length} of ${all === 1 ? "1 agent" : `${all} agents`}${got.length ? `: ${got.map((each) => "@" + each).join(", ")}` : ""}`;
    },
    stored: (vm) => `${full(new Date(vm.entry.ts)).split(",")[0]}, ${stampMs(new Date(vm.entry.ts)).split(" ").at(-1)} ${zoneName(new Date(vm.entry.ts))}`,
    raw: (vm) => {
      const { o, id, key, ts, from, name, role, kind, text, task } = vm.entry;
      return JSON.stringify({ offset: o, id, dedupe_key: key, ts, from_id: from, from_handle: name, role, kind, text, task }, null, 2);
    },
  },

  methods: {
    async show(which, entry, opener) {
      Object.assign(this, { entry, opener, reason: "", error: "", busy: false });
      await this.$nextTick();
      this.$refs[which].showModal();
      if (which === "redact") return this.$refs.reason.focus();
      this.receipts = {};
      const receipts = await this.receiptsOf(entry);
      if (this.entry.id === entry.id) this.receipts = receipts;
    },

    async act() {
      this.busy = true;
      const answer = await this.remove(this.entry, this.reason);
      this.busy = false;
      this.error = answer.error ?? "";
      if (!answer.error) this.$refs.redact.close();
    },

    restore() {
      this.opener?.focus();
    },
  },
};
