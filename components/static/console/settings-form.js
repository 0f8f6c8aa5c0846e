// Settings that may be changed while the relay runs: numbers and lists of rules, saved together or not at all.
import { stamp } from "./times.js";

const RISKS = [[-1, "None"], [0, "Reading commands"], [1, "Changing commands"], [2, "Destroying commands"]];
const LISTS = ["deny_commands", "risky_commands", "allow_joins", "block_joins"];
const LABELS = {
  rate_chat: "Messages per second", rate_chat_burst: "Messages at once", rate_events: "Other requests per second", rate_events_burst: "Other requests at once",
  worker_risk: "Workers may give others", deny_commands: "Never run", risky_commands: "Run only when approved", loop_limit: "Answers among agents before a person must speak", keep_days: "Days that messages are kept", allow_joins: "Allowed", block_joins: "Blocked",
};

const shown = (row) => (LISTS.includes(row.name) ? row.value.join("\n") : String(row.value));
const read = (name, text) => (LISTS.includes(name) ? text.split("\n").map((line) => line.trim()).filter(Boolean) : Number(text));

export const SettingsForm = {
  // All that can be changed is stored at once: `rows` holds all of it, `only` names what stands here.
  props: { rows: Array, only: Array, last: Object, asks: Function, live: Boolean, readOnly: Boolean },
  template: `
    <form class="change-form" data-testid="settings-form" @submit.prevent="save">
      <div v-for="row in here" :key="row.name" class="change-row">
        <label :for="'set-' + row.name">{{ labels[row.name] }}</label>
        <select v-if="row.name === 'worker_risk'" :id="'set-' + row.name" v-model="draft[row.name]" :disabled="readOnly" :data-testid="'set-' + row.name"><option v-for="[value, words] in risks" :key="value" :value="String(value)">{{ words }}</option></select>
        <textarea v-else-if="lists.includes(row.name)" :id="'set-' + row.name" v-model="draft[row.name]" rows="3" :disabled="readOnly" spellcheck="false" autocapitalize="none" :aria-describedby="'about-' + row.name" :aria-invalid="String(field === row.name)" :data-testid="'set-' + row.name"></textarea>
        <input v-else :id="'set-' + row.name" v-model="draft[row.name]" type="number" step="any" min="0" required :disabled="readOnly" :aria-describedby="'about-' + row.name" :aria-invalid="String(field === row.name)" :data-testid="'set-' + row.name" />
        <p :id="'about-' + row.name" class="help">{{ row.about }}{{ lists.includes(row.name) ? ' One on each line.' : '' }} <code>{{ row.variable }}</code><template v-if="row.changed"> Changed here. <button v-if="!readOnly" type="button" class="link" :data-testid="'set-reset-' + row.name" @click="reset(row)">{{ dropped.has(row.name) ? 'Will be as at the start' : 'Back to the value of the start' }}</button></template></p>
        <p v-if="field === row.name" class="error" role="alert" :data-testid="'set-error-' + row.name">{{ error }}</p>
      </div>
      <p v-if="readOnly" class="help">Only masters change these.</p>
      <p v-if="last" class="help" data-testid="settings-last">Last change of settings: {{ last.by || "nobody" }}, {{ at(last) }}.</p>
      <p v-if="error && !field" class="error" role="alert" data-testid="settings-error">{{ error }}</p>
      <p v-if="saved" class="outcome" data-state="ok" role="status" data-testid="settings-saved">Saved. It holds at once. <a class="link" href="/dashboard/audit?action=settings.change">See it in the audit trail</a></p>
      <div v-if="dirty" class="unsaved" role="group" aria-label="Unsaved changes" data-testid="settings-unsaved"><p>{{ live ? 'Unsaved changes' : 'Offline: nothing can be saved now' }}</p>
        <button type="button" class="button" data-testid="settings-discard" @click="fill">Discard</button><button type="submit" class="button primary" data-testid="settings-save" :disabled="busy || !live || wait > 0">{{ wait > 0 ? 'Try in ' + wait + ' s' : busy ? 'Saving' : 'Save' }}</button></div>
    </form>`,
  data: () => ({ draft: {}, base: {}, dropped: new Set(), busy: false, error: "", field: "", saved: false, wait: 0, labels: LABELS, lists: LISTS, risks: RISKS }),
  computed: {
    here: (vm) => vm.rows.filter((row) => vm.only.includes(row.name)),
    edited: (vm) => vm.rows.filter((row) => vm.draft[row.name] !== vm.base[row.name]).map((row) => row.name),
    dirty: (vm) => vm.edited.length > 0 || vm.dropped.size > 0,
  },
  watch: {
    // What comes in meanwhile does not overwrite what is being typed.
    rows: { immediate: true, handler() { if (!this.dirty) this.fill(false); } },
  },
  beforeUnmount() {
    clearInterval(this.timer);
  },
  methods: {
    fill(quiet = true) {
      this.base = Object.fromEntries(this.rows.map((row) => [row.name, shown(row)]));
      this.seen = Object.fromEntries(this.rows.map((row) => [row.name, row.value]));
      this.draft = { ...this.base };
      this.dropped = new Set();
      if (quiet) this.error = this.field = "";
    },

    at: (last) => stamp(new Date(last.at)),

    reset(row) {
      const dropped = new Set(this.dropped);
      dropped.has(row.name) ? dropped.delete(row.name) : dropped.add(row.name);
      this.dropped = dropped;
      this.draft[row.name] = this.base[row.name];
    },

    async save() {
      const kept = this.rows.filter((row) => (row.changed || this.edited.includes(row.name)) && !this.dropped.has(row.name));
      const changes = Object.fromEntries(kept.map((row) => [row.name, read(row.name, String(this.draft[row.name]))]));
      this.busy = true;
      this.saved = false;
      const answer = await this.asks("change", { changes, seen: this.seen });
      this.busy = false;
      this.error = answer.error ?? "";
      this.field = this.only.includes(answer.field) ? answer.field : "";
      if (answer.wait) this.count(answer.wait);
      if (answer.error) return;
      this.saved = true;
      this.fill();
    },

    count(seconds) {
      this.wait = seconds;
      clearInterval(this.timer);
      this.timer = setInterval(() => --this.wait > 0 || clearInterval(this.timer), 1000);
    },
  },
};
