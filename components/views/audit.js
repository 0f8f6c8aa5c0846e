// The audit trail: what was done by whom, newest first, and whether its chain holds.
import { AsOf } from "clawnet/as-of.js";
import { Asking } from "clawnet/ask.js";
import { Condition, kindOf } from "clawnet/condition.js";
import { Copy } from "clawnet/copy.js";
import { Icon } from "clawnet/icons.js";
import { LogTabs } from "clawnet/log-tabs.js";
import { go, here } from "clawnet/navigation.js";
import { Skeleton } from "clawnet/skeleton.js";
import { full, hhmmss, now, stampMs, zone } from "clawnet/times.js";

const FIELDS = [["actor", "Actor", "anna"], ["action", "Action", "token."], ["target", "Target", "atlas"], ["text", "Text", "any word"]];
const ACTIONS = ["task.approve", "task.cancel", "task.deny", "settings.change", "login", "fleet.pause", "command.save", "agent.create", "agent.deny", "audit.export", "handle.change", "message.delete", "message.prune", "message.read", "message.send", "persistence.switch", "rest.authenticate", "role.change", "room.create", "room.update", "store.backup", "token.create", "token.expire", "token.revoke", "token.rotate"];
const SPANS = { 1: "Last hour", 24: "Last 24 hours", 168: "Last 7 days", 720: "Last 30 days" };
const queryOf = (filter) => String(new URLSearchParams(filter));
const number = (value) => `#${value.toLocaleString("en")}`;
const FORBIDDEN = "Only masters and wardens read the audit trail.";

export default {
  mixins: [Asking],
  components: { AsOf, Condition, Copy, Icon, LogTabs, Skeleton },
  template: `
    <section class="audit" aria-labelledby="audit-title">
      <div class="page-head">
        <h2 id="audit-title">Logs</h2><LogTabs open="audit" />
        <div v-if="!failure && loaded" class="exports" role="group" :aria-label="exporting">
          <span class="help" data-testid="audit-export-count">{{ exporting }}</span>
          <a class="button" download :href="file('ndjson')" data-testid="audit-export-ndjson" :aria-label="exporting + ' as NDJSON'">NDJSON</a>
          <a class="button" download :href="file('csv')" data-testid="audit-export-csv" :aria-label="exporting + ' as CSV'">CSV</a>
        </div>
      </div>
      <AsOf />
      <div v-if="!failure" class="chain" data-testid="audit-chain" :data-state="chain.state">
        <Icon :name="chain.state === 'ok' ? 'check' : chain.state === 'broken' ? 'warning' : 'wait'" />
        <p role="status"><strong>{{ chainWords }}</strong><span v-if="chain.hash" class="head-hash">head <code :title="chain.hash" data-testid="audit-head">{{ chain.hash.slice(0, 16) }}…</code></span></p>
        <Copy v-if="chain.hash" :text="chain.hash" what="head hash" words="Copy hash" />
        <button type="button" class="button" data-testid="audit-verify" :disabled="chain.state === 'checking'" @click="verify">{{ chain.at ? 'Verify again' : 'Verify now' }}</button>
      </div>
      <button v-if="loaded" type="button" class="button filter-toggle" :aria-expanded="String(filtering || filtered)" aria-controls="audit-filters" @click="filtering = !filtering">Filter records</button>
      <form v-if="!failure || loaded" id="audit-filters" class="filters" :class="{ shut: !filtering && !filtered }" role="search" aria-label="Filter records" @submit.prevent="apply">
        <div v-for="[name, words, example] in fields" :key="name" class="field">
          <label :for="'audit-' + name">{{ words }}</label>
          <input :id="'audit-' + name" type="search" v-model="draft[name]" :placeholder="example" :list="name === 'action' ? 'audit-actions' : null" maxlength="128" autocomplete="off" spellcheck="false" :data-testid="'audit-filter-' + name" @change="apply" />
        </div>
        <div class="field"><label for="audit-result">Result</label><select id="audit-result" v-model="draft.result" data-testid="audit-filter-result" @change="apply"><option value="">Any</option><option v-for="name in ['ok', 'denied', 'failed']" :key="name" :value="name">{{ name }}</option></select></div>
        <div class="field"><label for="audit-when">When</label><select id="audit-when" :value="when" data-testid="audit-filter-when" @change="within($event.target.value)"><option value="">Any time</option><option v-for="(words, hours) in spans" :key="hours" :value="hours">{{ words }}</option><option value="own">From … to …</option></select></div>
        <template v-if="when === 'own'"><div v-for="[name, words] in [['since', 'From'], ['till', 'To']]" :key="name" class="field"><label :for="'audit-' + name">{{ words }} <span class="help">{{ zoneWords }}</span></label><input :id="'audit-' + name" type="datetime-local" :value="local(draft[name])" :data-testid="'audit-filter-' + name" @change="bound(name, $event.target.value)" /></div></template>
        <datalist id="audit-actions"><option v-for="action in actions" :key="action" :value="action"></option></datalist>
        <button type="submit" class="button">Filter</button>
        <button v-if="filtered" type="button" class="button quiet" data-testid="audit-clear" @click="clear">Clear filters</button>
      </form>
      <button v-if="newer > 0" type="button" class="newer" data-testid="audit-newer" @click="reload">{{ newer }} new {{ newer === 1 ? 'record' : 'records' }}, show</button>
      <p v-if="grownFailure" class="as-of" role="status">The trail can't be read now. {{ grownFailure }}</p>
      <Skeleton v-if="!loaded && !failure" name="audit" text="Loading records" :rows="10" shape="row" />
      <Condition v-else-if="failure" name="audit" :kind="kind" :text="kind === 'forbidden' ? words : 'Could not read the audit trail. ' + failure.error"><button v-if="kind !== 'forbidden'" type="button" class="button" data-testid="audit-retry" @click="reload">Retry</button></Condition>
      <Condition v-else-if="!rows.length && !more" name="audit" kind="empty" :text="filtered ? 'No records match.' : 'No records yet.'"><button v-if="filtered" type="button" class="button" @click="clear">Clear filters</button></Condition>
      <div v-if="rows.length" class="table-box" tabindex="0" role="region" aria-label="Records">
        <table class="grid audit-table" data-testid="audit-table">
          <caption class="spoken">Records of the audit trail, newest first</caption>
          <thead><tr><th scope="col">#</th><th scope="col">Time</th><th scope="col">Actor</th><th scope="col">Action</th><th scope="col">Target</th><th scope="col">Result</th><th scope="col" class="wide">Via</th><th scope="col" class="wide">Address</th></tr></thead>
          <tbody v-for="row in rows" :key="row.seq" :class="{ open: opened.has(row.seq) }">
            <tr :data-testid="'audit-row-' + row.seq" :data-state="row.result">
              <th scope="row"><button type="button" class="fold" :aria-expanded="String(opened.has(row.seq))" :aria-label="'Record ' + row.seq + ' in full'" :data-testid="'audit-open-' + row.seq" @click="fold(row.seq)"><Icon name="fold" /><span class="number">{{ row.seq }}</span></button></th>
              <td class="number when"><time :datetime="row.ts" :title="full(row.ts)">{{ stamp(row.ts) }}</time></td>
              <td class="actor"><bdi :title="row.actor_id">{{ row.actor || '–' }}</bdi></td>
              <td class="action"><code>{{ row.action }}</code></td>
              <td class="target"><bdi :title="row.target">{{ row.target }}</bdi></td>
              <td class="outcome-cell"><span class="result" :data-result="row.result">{{ row.result }}</span></td>
              <td class="wide">{{ row.via }}</td><td class="wide number">{{ row.address }}</td>
            </tr>
            <tr v-if="opened.has(row.seq)" class="more-row" :data-testid="'audit-more-' + row.seq"><td colspan="8">
              <div class="record">
                <table v-if="row.change" class="diff"><caption class="spoken">What changed</caption><thead><tr><th scope="col">Before</th><th scope="col">After</th></tr></thead><tbody><tr><td><bdi>{{ row.change[0] || 'nothing' }}</bdi></td><td><bdi>{{ row.change[1] || 'nothing' }}</bdi></td></tr></tbody></table>
                <dl class="sheet">
                  <template v-for="[name, value] in rest(row)" :key="name"><dt>{{ name }}</dt><dd><bdi>{{ value }}</bdi></dd></template>
                  <dt>Time</dt><dd>{{ full(row.ts) }}</dd>
                  <dt>Actor</dt><dd><bdi>{{ row.actor_id || 'nobody' }}</bdi> via {{ row.via || 'no door' }} from {{ row.address || 'no address' }}</dd>
                  <dt>Hash</dt><dd><code>{{ row.hash }}</code></dd>
                  <dt>Previous</dt><dd><code>{{ row.prev }}</code></dd>
                </dl>
                <Copy :text="row.json" what="record as JSON" words="Copy JSON" />
              </div></td></tr>
          </tbody>
        </table>
      </div>
      <p v-if="loaded && !failure && (rows.length || more)" class="older">
        <template v-if="more"><span v-if="!rows.length">Nothing matches down to {{ number(searched) }}.</span>
          <button type="button" class="button" data-testid="audit-older" :disabled="busy" @click="older">{{ filtered ? 'Search older records' : 'Older records' }}</button></template>
        <span v-else class="help" data-testid="audit-end">The oldest record that is kept{{ filtered ? ' has been searched' : '' }}.</span>
      </p>
      <p v-if="error" class="error older" role="alert">{{ error }}</p>
    </section>`,

  data: () => ({
    spans: SPANS, own: false, fields: FIELDS, actions: ACTIONS, words: FORBIDDEN, filter: {}, draft: { result: "" }, rows: [], opened: new Set(),
    newest: 0, head: 0, searched: 0, more: false, loaded: false, busy: false, filtering: false, failure: null, grownFailure: "", error: "",
    since: "", chosen: "", chain: { state: "unchecked", head: 0, hash: "", oldest: 0, at: null }, zone, here,
  }),

  computed: {
    kind: (vm) => kindOf(vm.failure),
    filtered: (vm) => Object.keys(vm.filter).length > 0,
    zoneWords: (vm) => (vm.zone.name === "UTC" ? "UTC" : "this machine's time"),
    // Which of the spans the address holds: one that was chosen lately, or bounds of one's own.
    when() {
      if (!this.own && this.filter.since && !this.filter.till) return this.chosen && this.filter.since === this.since ? this.chosen : "own";
      return this.own || this.filter.since || this.filter.till ? "own" : "";
    },
    newer: (vm) => vm.head - vm.newest,
    exporting() {
      if (this.filtered) return this.more ? "Export all that match" : `Export ${counted(this.rows.length)}`;
      if (!this.more) return `Export ${counted(this.rows.length)}`;
      return this.chain.oldest ? `Export ${counted(this.newest - this.chain.oldest + 1)}` : "Export all records";
    },
    chainWords() {
      const chain = this.chain;
      const at = chain.at && this.zone.utc !== null ? ` at ${hhmmss(chain.at)}` : "";
      if (chain.state === "ok") return `Chain verified to ${number(chain.head)}${at}`;
      if (chain.state === "broken") return `Chain breaks at ${number(chain.broken)}: ${chain.why}${at}`;
      if (chain.state === "error") return `The chain could not be checked. ${chain.error}`;
      return chain.state === "checking" ? "Checking the chain…" : "The chain has not been checked here yet";
    },
  },

  methods: {
    number,
    full: (iso) => full(new Date(iso)),
    stamp(iso) {
      return this.zone.utc !== null && stampMs(new Date(iso));
    },

    // What changed stands in a table of its own.
    rest: (row) => Object.entries(row.detail).filter(([name]) => !row.change || !["before", "after"].includes(name)),

    // ---- called by the relay

    show(page) {
      // What is being typed stays, unless another filter is asked for.
      if (queryOf(page.filter) !== queryOf(this.filter)) this.draft = { result: "", ...page.filter };
      this.filter = page.filter;
      this.error = this.grownFailure = "";
      this.failure = page.error ? page : null;
      if (page.error) return;
      Object.assign(this, { rows: page.records, more: page.more, searched: page.searched, newest: page.newest, opened: new Set(), loaded: true });
      this.head = Math.max(this.head, page.newest);
      if (page.checks && this.chain.state === "unchecked") this.verify();
    },

    grown(newest) {
      this.grownFailure = newest.error && !this.failure ? newest.error : "";
      if (newest.error) return;
      this.head = newest;
    },

    // ---- reading

    apply() {
      const set = Object.entries(this.draft).filter(([, value]) => value?.trim());
      const query = queryOf(Object.fromEntries(set.map(([name, value]) => [name, value.trim()])));
      if (query !== queryOf(this.filter)) go("/dashboard/audit" + (query ? `?${query}` : ""));
    },

    within(hours) {
      this.own = hours === "own";
      this.chosen = hours;
      if (this.own) return;
      this.since = hours ? new Date(now() - hours * 3600000).toISOString().slice(0, 16) : "";
      Object.assign(this.draft, { since: this.since, till: "" });
      this.apply();
    },

    bound(name, text) {
      const zoned = this.zone.name === "UTC" ? `${text}Z` : text;
      this.draft[name] = text ? new Date(zoned).toISOString().slice(0, 16) : "";
      this.apply();
    },

    local(text) {
      if (!text) return "";
      const moment = new Date(text + "Z");
      const shift = this.zone.name === "UTC" ? 0 : moment.getTimezoneOffset() * 60000;
      return new Date(moment - shift).toISOString().slice(0, 16);
    },

    clear() {
      this.own = false;
      this.draft = { result: "" };
      this.apply();
    },

    reload() {
      go(location.pathname + location.search);
    },

    async older() {
      this.busy = true;
      const page = await this.ask("search", { ...this.filter, before: this.searched });
      this.busy = false;
      this.error = page.error ? `Could not read older records. ${page.error}` : "";
      if (page.error) return;
      this.rows = [...this.rows, ...page.records];
      this.more = page.more;
      this.searched = page.searched;
    },

    fold(seq) {
      this.opened.has(seq) ? this.opened.delete(seq) : this.opened.add(seq);
    },

    async verify() {
      this.chain = { ...this.chain, state: "checking" };
      const answer = await this.ask("verify");
      if (answer.error) this.chain = { ...this.chain, state: "error", error: answer.error };
      else this.chain = { ...answer, state: answer.ok ? "ok" : "broken", at: new Date() };
    },

    file(format) {
      const query = new URLSearchParams({ format, until: this.newest, ...this.filter });
      return `/dashboard/audit/export?${query}`;
    },
  },
};

const counted = (count) => `${count.toLocaleString("en")} ${count === 1 ? "record" : "records"}`;
