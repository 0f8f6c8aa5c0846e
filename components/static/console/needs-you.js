// What waits for the operator, and what can be done about it at once. Who has seen a failure says so here.
import { reactive } from "vue";
import { askPermission, notify } from "./notify.js";
import { newKey } from "./dom.js";
import { change, load, onChange } from "./store.js";
import { expiry, now, span } from "./times.js";

const DAY = 24 * 3600 * 1000; // what failed earlier is history
const NAME = "noted";
const noted = reactive({ ids: load(NAME, {}) });
onChange(NAME, () => (noted.ids = load(NAME, {})));

// What waits now, for all who show it.
export const needing = reactive({ rows: [] });

export const unnoted = (rows) => rows.filter((row) => row.kind !== "Failed" || (!noted.ids[row.task] && now() - new Date(row.since) < DAY));

function note(id) {
  change(NAME, {}, (ids) => {
    ids[id] = Date.now();
    for (const [each, at] of Object.entries(ids)) if (Date.now() - at > 2 * DAY) delete ids[each];
    noted.ids = { ...ids };
  });
}

export const NeedsYou = {
  props: { rows: Array, asks: Function },
  template: `
    <div class="popover needs-list" ref="list" role="group" aria-label="Needs you" data-testid="needs-list" tabindex="-1">
      <p v-if="!rows.length" class="help">Nothing needs you.</p>
      <template v-for="kind in kinds" :key="kind">
        <h2>{{ kind }}</h2>
        <ul><li v-for="need in rows.filter((each) => each.kind === kind)" :key="need.id">
          <a :href="need.path" :data-testid="'needs-you-item-' + need.id"><bdi class="what">{{ need.text }}</bdi> <span class="help">{{ need.detail }}<template v-if="need.since">, {{ ago(need) }}</template><template v-if="need.ends"> in {{ until(need) }}</template><template v-if="need.expires">, {{ expiry(need.expires) }}</template></span></a>
          <div v-if="need.task" class="need-acts">
            <template v-if="asking === need.id"><span>Run it now?</span>
              <button type="button" ref="sure" class="button small danger" :data-testid="'needs-sure-' + need.task" @click="run('approve', need)">Run</button><button type="button" class="button small" @click="asking = ''">Back</button></template>
            <template v-else-if="need.acts.includes('approve')">
              <button type="button" class="button small" :disabled="busy === need.id" :data-testid="'needs-approve-' + need.task" :aria-label="'Approve once: ' + need.text" @click="approve(need)">Approve once</button>
              <button type="button" class="button small" :disabled="busy === need.id" :data-testid="'needs-deny-' + need.task" :aria-label="'Deny: ' + need.text" @click="run('deny', need)">Deny</button></template>
            <button v-if="kind === 'Failed' && need.acts.includes('retry')" type="button" class="button small" :disabled="busy === need.id" :data-testid="'needs-retry-' + need.task" :aria-label="'Retry: ' + need.text" @click="retry(need)">Retry</button>
            <button v-if="kind === 'Failed'" type="button" class="button small" :data-testid="'needs-note-' + need.task" :aria-label="'Acknowledge: ' + need.text" @click="acknowledge(need)">Acknowledge</button>
          </div>
        </li></ul>
      </template>
      <p v-if="rows.length && permission === 'default'" class="help offer">Not looking here? <button type="button" class="button small" data-testid="needs-desktop" @click="askPermission()">Tell me on the desktop</button></p>
      <p v-if="error" class="error" role="alert">{{ error }}</p>
    </div>`,
  data: () => ({ busy: "", asking: "", error: "" }),
  computed: { permission: () => notify.permission, kinds: (vm) => [...new Set(vm.rows.map((need) => need.kind))] },
  methods: {
    expiry,
    askPermission,
    until: (need) => span(new Date(need.ends) - now()),
    ago: (need) => `${span(now() - new Date(need.since))} ago`,

    async retry(need) {
      Object.assign(this, { busy: need.id, error: "" });
      const answer = await this.asks("retry", { id: need.task, key: newKey() });
      this.busy = "";
      if (answer.error) this.error = `${need.text}: ${answer.error}`;
      else note(need.task);
      this.$refs.list?.focus();
    },

    approve(need) {
      if (need.risk < 2) return this.run("approve", need);
      this.asking = need.id;
      this.$nextTick(() => this.$refs.sure[0].focus());
    },

    async run(what, need) {
      Object.assign(this, { busy: need.id, asking: "", error: "" });
      const answer = await this.asks(what, { id: need.task });
      this.busy = "";
      if (answer.error) this.error = `${need.text}: ${answer.error}`;
      this.$refs.list?.focus();
    },

    acknowledge(need) {
      note(need.task);
      this.$refs.list.focus();
    },
  },
};
