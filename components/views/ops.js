// All tasks in one table whose rows stay where they are, and one task's details beside them.
import { AsOf } from "clawnet/as-of.js";
import { Asking } from "clawnet/ask.js";
import { Condition } from "clawnet/condition.js";
import { isLive, link } from "clawnet/connection.js";
import { go, here } from "clawnet/navigation.js";
import { TaskDrawer } from "clawnet/task-drawer.js";
import { elapsed, full, hhmmss, now } from "clawnet/times.js";

const GROUPS = { waiting: "need approval", running: "running", queued: "queued", failed: "failed", done: "done" };
const FIELDS = [["agent", "Agent"], ["room", "Room"], ["q", "Text"]];
const KEPT = 500; // rows

export default {
  mixins: [Asking],
  components: { AsOf, Condition, TaskDrawer },
  template: `
    <section class="ops fleet" :class="{ split: one.id }" aria-labelledby="ops-title">
      <div class="fleet-main">
        <div class="page-head">
          <h2 id="ops-title">Ops</h2>
          <div class="counts" role="group" aria-label="Show only">
            <button v-for="(words, name) in groups" :key="name" type="button" class="count-button" :class="{ attention: counts[name] && (name === 'waiting' || name === 'failed') }" :aria-pressed="String(asked.state === name)" :data-testid="'ops-state-' + name" @click="narrow({ state: asked.state === name ? '' : name })">{{ (counts[name] ?? 0).toLocaleString('en') }} {{ words }}</button>
          </div>
          <form class="ops-filters" role="search" aria-label="Filter tasks" @submit.prevent="apply">
            <input v-for="[name, words] in fields" :key="name" type="search" class="filter" v-model="draft[name]" :aria-label="words" :placeholder="words" maxlength="128" autocomplete="off" spellcheck="false" :data-testid="'ops-filter-' + name" @change="apply" />
          </form>
        </div>
        <AsOf />
        <button v-if="fresh.length" type="button" class="newer" data-testid="ops-new-rows" @click="showNew">{{ fresh.length }} new, show</button>
        <Condition v-if="!loaded" name="ops" kind="loading" text="Loading tasks" />
        <Condition v-else-if="!rows.length" name="ops" kind="empty" :text="filtered ? 'No tasks match.' : 'No tasks yet. Run one from chat with /'"><button v-if="filtered" type="button" class="button" data-testid="ops-clear" @click="clear">Clear filters</button></Condition>
        <div v-if="rows.length" ref="box" class="table-box" tabindex="0" role="region" aria-label="Tasks" :class="{ stale: !live }" @scroll.passive="onScroll">
          <table class="grid ops-table" data-testid="ops-table">
            <caption class="spoken">Tasks, newest first</caption>
            <thead><tr><th scope="col">Status</th><th scope="col">Command</th><th scope="col">Agent</th><th scope="col" class="wide room">Room</th><th scope="col" class="wide by">Asked by</th><th scope="col" class="wide">Asked</th><th scope="col">Elapsed</th><th scope="col" class="wide by">Attempt</th></tr></thead>
            <tbody>
              <tr v-for="row in rows" :key="row.id" :data-testid="'ops-row-' + row.id" :data-state="row.state" :data-tone="row.tone" :class="{ chosen: row.id === one.id }" @click="follow(row, $event)">
                <td><span class="pill"><span aria-hidden="true">{{ row.glyph }}</span> {{ row.word }}</span></td>
                <th scope="row" class="command"><a :id="'task-' + row.id" :href="place(row.path)" :title="row.command" :data-testid="'ops-open-' + row.id" :aria-current="row.id === one.id ? 'true' : null"><code>{{ row.command }}</code></a><span v-if="row.percent !== null && !row.over" class="help"> {{ Math.round(row.percent) }} %</span></th>
                <td><bdi>@{{ row.to }}</bdi></td>
                <td class="wide room"><bdi>{{ row.room }}</bdi></td>
                <td class="wide by"><bdi>@{{ row.by }}</bdi></td>
                <td class="wide number"><time :datetime="row.created" :title="full(row.created)">{{ clock(row.created) }}</time></td>
                <td class="number">{{ took(row) }}</td>
                <td class="wide by number">{{ row.attempt || '–' }}</td>
              </tr>
            </tbody>
          </table>
          <p v-if="more" class="older"><button type="button" class="button" data-testid="ops-older" :disabled="busy" @click="older">Older tasks</button></p>
          <p v-if="error" class="error older" role="alert">{{ error }}</p>
        </div>
      </div>
      <TaskDrawer v-if="one.id" :one="one" :steps="past" :asks="ask" :tick="tick" :since="since[one.id]" :back="place('/dashboard/ops')" />
    </section>`,

  data: () => ({
    rows: [],
    fresh: [],
    counts: {},
    one: {},
    past: null,
    more: false,
    loaded: false,
    busy: false,
    error: "",
    tick: Date.now(),
    since: {},
    draft: {},
    groups: GROUPS,
    fields: FIELDS,
    link,
    here,
  }),

  computed: {
    live: (vm) => vm.link && isLive(),
    asked: (vm) => Object.fromEntries(["state", ...FIELDS.map(([name]) => name)].map((name) => [name, new URLSearchParams(vm.here.search).get(name) ?? ""])),
    filtered: (vm) => Object.values(vm.asked).some(Boolean),
  },

  watch: {
    asked: { immediate: true, handler(asked) { this.draft = { ...asked }; } },
  },

  mounted() {
    this.timer = setInterval(() => (this.tick = now().getTime()), 1000);
  },

  beforeUnmount() {
    clearInterval(this.timer);
  },

  methods: {
    full: (iso) => full(new Date(iso)),
    clock: (iso) => hhmmss(new Date(iso)),
    took(row) {
      return elapsed((row.ended ? new Date(row.ended) : this.tick) - new Date(row.started));
    },

    // ---- called by the relay

    show({ rows, more }) {
      Object.assign(this, { rows, more, fresh: [], loaded: true, error: "" });
    },

    // Rows change where they stand, also when they no longer fit the filter; new ones come when nobody is disturbed.
    change(changed) {
      for (const row of changed.reverse()) {
        for (const list of [this.rows, this.fresh]) {
          const place = list.findIndex((each) => each.id === row.id);
          if (place < 0) continue;
          if (list[place].state !== row.state) this.since[row.id] = now().toISOString();
          list[place] = row;
          row.placed = true;
        }
        if (!row.placed && row.fits && !this.isOld(row)) this.fresh.unshift(row);
      }
      if (!this.disturbs()) this.showNew();
    },

    count(counts) {
      this.counts = counts;
    },

    open(one) {
      const left = this.one.id;
      this.one = one;
      if (left && !one.id) this.$nextTick(() => document.getElementById(`task-${left}`)?.focus());
    },

    steps(past) {
      this.past = past;
    },

    // ---- the list

    // What stands behind the last row comes with its page.
    isOld(row) {
      const last = this.rows.at(-1);
      return this.more && last && row.created < last.created;
    },

    disturbs() {
      const box = this.$refs.box;
      return Boolean(this.one.id || (box && (box.scrollTop > 4 || box.matches(":hover") || box.contains(document.activeElement))));
    },

    showNew() {
      if (!this.fresh.length) return;
      this.rows = [...this.fresh, ...this.rows].slice(0, KEPT);
      this.fresh = [];
    },

    onScroll() {
      if (!this.disturbs()) this.showNew();
    },

    async older() {
      this.busy = true;
      const page = await this.ask("earlier", { id: this.rows.at(-1).id });
      this.busy = false;
      this.error = page.error ?? "";
      if (page.error) return;
      this.rows.push(...page.rows);
      this.more = page.more;
    },

    apply() {
      this.narrow(this.draft);
    },

    clear() {
      this.narrow(Object.fromEntries(Object.keys(this.asked).map((name) => [name, ""])));
    },

    narrow(change) {
      const query = new URLSearchParams(location.search);
      for (const [name, value] of Object.entries(change)) value.trim() ? query.set(name, value.trim()) : query.delete(name);
      const wanted = location.pathname + (query.size ? `?${query}` : "");
      if (wanted !== location.pathname + location.search) go(wanted, { replace: true });
    },

    place(path) {
      const query = new URLSearchParams(this.here.search);
      query.delete("tab");
      return path + (query.size ? `?${query}` : "");
    },

    follow(row, event) {
      if (!event.target.closest("a, button") && !String(getSelection())) go(this.place(row.path));
    },
  },
};
