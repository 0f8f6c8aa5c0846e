// All agents as cards or in a table, who waits to be let in, and one agent's details beside them.
import { AgentDrawer } from "clawnet/agent.js";
import { AsOf } from "clawnet/as-of.js";
import { Asking } from "clawnet/ask.js";
import { Condition } from "clawnet/condition.js";
import { isLive, link } from "clawnet/connection.js";
import { Enrol } from "clawnet/enrol.js";
import { FleetBulk } from "clawnet/fleet-bulk.js";
import { FleetCards } from "clawnet/fleet-cards.js";
import { FleetMenu } from "clawnet/fleet-menu.js";
import { GROUPS, grouped, KEYS, matcher, sorted, withSigns } from "clawnet/fleet-rules.js";
import { COLUMNS, FleetTable } from "clawnet/fleet-table.js";
import { Halt } from "clawnet/halt.js";
import { Icon } from "clawnet/icons.js";
import { go, here, note } from "clawnet/navigation.js";
import { Skeleton } from "clawnet/skeleton.js";
import { load, save } from "clawnet/store.js";
import { now } from "clawnet/times.js";
import { Waiting } from "clawnet/waiting.js";

const WORDS = { online: "online", idle: "idle", offline: "offline", attention: "need attention", outdated: "outdated" };
const MANY = 24; // agents from which on a table shows more than cards do
const HIDDEN = ["role", "latency"];

export default {
  mixins: [Asking],
  components: { AgentDrawer, AsOf, Condition, Enrol, FleetBulk, FleetCards, FleetMenu, FleetTable, Halt, Icon, Skeleton, Waiting },
  template: `
    <section class="fleet" :class="{ split: one.id }" aria-labelledby="fleet-title">
      <div class="fleet-main">
        <div class="page-head">
          <h2 id="fleet-title">Fleet</h2>
          <div class="counts" role="group" aria-label="Show only">
            <span v-if="loaded" class="count-all" data-testid="fleet-count">{{ rows.length === all.length ? '' : rows.length + ' of ' }}{{ all.length }} {{ all.length === 1 ? 'agent' : 'agents' }}</span>
            <button v-for="name in loaded ? shownCounts : []" :key="name" type="button" class="count-button" :class="name" :aria-pressed="String(asked.status === name)" :data-testid="'fleet-status-' + name" @click="narrow({ status: asked.status === name ? '' : name })">{{ counts[name] }} {{ words[name] }}</button>
          </div>
          <Halt v-if="!halted.all" :all="false" :allow="allow.pause" :asks="ask" :workers="workers" />
          <button v-if="allow.create" type="button" class="button" data-testid="agent-new" @click="$refs.enrol.open($event.currentTarget)"><Icon name="plus" /> New agent</button>
        </div>
        <div v-if="loaded" class="page-tools">
          <div class="switch-group" role="group" aria-label="Show as"><button v-for="(words, name) in { table: 'Table', cards: 'Cards' }" :key="name" type="button" class="button" :aria-pressed="String(view === name)" :data-testid="'fleet-as-' + name" @click="showAs(name)">{{ words }}</button></div>
          <input type="search" class="filter wide-filter" :value="asked.q" :placeholder="'Filter, as in role:worker or version:<4'" :title="'Words, or ' + keys.join(':, ') + ':'" aria-label="Filter agents" data-testid="fleet-filter" spellcheck="false" autocapitalize="none" @input="narrow({ q: $event.target.value })" />
          <label class="tool">Group <select :value="by" data-testid="fleet-group-by" @change="prefer('group', $event.target.value)"><option v-for="(words, name) in groupings" :key="name" :value="name">{{ words }}</option></select></label>
          <details v-if="view === 'table'" class="tool-menu columns"><summary class="button" data-testid="fleet-columns">Columns</summary><div class="tool-list" role="group" aria-label="Columns"><label v-for="(words, name) in columns" :key="name" class="check"><input type="checkbox" :checked="!hidden.includes(name)" :data-testid="'fleet-column-' + name" @change="toggleColumn(name)" /> {{ words }}</label></div></details>
          <label v-else class="tool">Sort <select :value="sort" data-testid="fleet-sort" @change="narrow({ sort: $event.target.value })"><option v-for="name in ['status', 'agent', 'cpu', 'ram', 'seen', 'acted']" :key="name" :value="name">{{ { status: 'Status', agent: 'Name' }[name] ?? columns[name] }}</option></select></label>
        </div>
        <AsOf />
        <Halt v-if="halted.all" all :allow="allow.pause" :asks="ask" :workers="workers" />
        <Waiting v-if="wait.length" :rows="wait" :asks="ask" :now="now" />
        <Skeleton v-if="!loaded" name="fleet" text="Loading agents" :rows="8" shape="row" />
        <Condition v-else-if="people.length < 2" name="fleet" kind="empty" text="No agents have connected yet."><a class="button" href="/dashboard/settings/connect">Connect an agent</a></Condition>
        <Condition v-else-if="!rows.length" name="fleet" kind="empty" text="No agents match."><button type="button" class="button" data-testid="fleet-clear" @click="narrow({ q: '', status: '' })">Clear filters</button></Condition>
        <div v-if="rows.length" ref="box" class="table-box" tabindex="0" role="region" aria-label="Agents" :class="{ stale: !live }">
          <FleetTable v-if="view === 'table'" :groups="groups" :chosen="one.id" :picked="picked" :sort="sort" :hidden="hidden" :picks="picks" :tokens="Boolean(allow.tokens)" :now="now" :place="place" @sort="narrow({ sort: $event })" @pick="pick" @open="follow" @menu="(one, opener) => $refs.menu.show(one, opener)" />
          <FleetCards v-else :groups="groups" :chosen="one.id" :picked="picked" :picks="picks" :allow="allow" :now="now" :place="place" @pick="pick" />
        </div>
        <FleetBulk :rows="selected" :allow="allow" :asks="ask" @clear="picked = new Set()" />
      </div>
      <AgentDrawer v-if="one.id" :one="one" :sign="signs[one.id]" :tokens="keyList" :history="past" :allow="allow" :asks="ask" :now="now" :back="place('/dashboard/fleet')" />
      <Enrol ref="enrol" :asks="ask" />
      <FleetMenu ref="menu" :allow="allow" :place="place" />
    </section>`,

  data: () => ({
    people: [], signs: {}, settled: {}, halted: { all: false }, wait: [], allow: {}, one: {}, keyList: null, past: null, loaded: false, picked: new Set(),
    preferred: load("fleet", {}), now: now().getTime(), words: WORDS, groupings: GROUPS, columns: COLUMNS, keys: KEYS, link, here,
  }),

  computed: {
    live: () => isLive(),
    workers: (vm) => vm.people.filter((each) => each.role === "worker").length,
    asked: (vm) => Object.fromEntries(["q", "status", "sort", "view"].map((name) => [name, new URLSearchParams(vm.here.search).get(name) ?? ""])),
    sort: (vm) => vm.asked.sort || "status",
    view: (vm) => [vm.asked.view, vm.preferred.view].find((name) => name === "table" || name === "cards") ?? (vm.people.length < MANY ? "cards" : "table"),
    by: (vm) => (vm.preferred.group in GROUPS ? vm.preferred.group : "attention"),
    hidden: (vm) => vm.preferred.hidden ?? HIDDEN,
    picks: (vm) => Boolean(vm.allow.message),
    all: (vm) => vm.people.map((each) => withSigns(each, vm.signs[each.id], vm.now)),
    // What decides the order is looked at anew only while nobody points at the list: rows must not run away.
    still: (vm) => vm.people.map((each) => withSigns(each, vm.settled[each.id], vm.now)),
    counts: (vm) => {
      const count = (test) => vm.all.filter(test).length;
      const by = (status) => count((each) => each.status === status);
      return { online: by("online"), idle: by("idle"), offline: by("offline"), attention: count((each) => each.why.length), outdated: count((each) => each.behind) };
    },
    shownCounts: (vm) => Object.keys(WORDS).filter((name) => !["attention", "outdated"].includes(name) || vm.counts[name] || vm.asked.status === name),
    rows: (vm) => {
      const named = matcher(vm.asked.q);
      const wanted = { attention: (each) => each.why.length, outdated: (each) => each.behind }[vm.asked.status] ?? ((each) => !vm.asked.status || each.status === vm.asked.status);
      return sorted(vm.still.filter((each) => named(each) && wanted(each)), vm.sort);
    },
    groups: (vm) => {
      const now = new Map(vm.all.map((each) => [each.id, each]));
      return grouped(vm.rows, vm.by).map((group) => ({ ...group, rows: group.rows.map((each) => now.get(each.id)) }));
    },
    selected: (vm) => vm.all.filter((each) => vm.picked.has(each.id)),
  },

  mounted() {
    // As long as the relay does not answer, all stands as it was: curves too.
    this.timer = setInterval(() => isLive() && (this.now = now().getTime()), 1000);
    const fresh = new URLSearchParams(location.search).get("new");
    if (fresh !== null) this.$nextTick(() => this.$refs.enrol.open(null, fresh));
  },

  beforeUnmount() {
    clearInterval(this.timer);
  },

  methods: {
    // ---- called by the relay

    show(people) {
      Object.assign(this, { people, loaded: true });
      this.picked = new Set([...this.picked].filter((id) => people.some((each) => each.id === id)));
    },

    pulse(news) {
      this.signs = { ...this.signs, ...news };
      if (!this.disturbs()) this.settled = this.signs;
    },

    permit(allow) {
      this.allow = allow;
    },

    halt(halted) {
      this.halted = halted;
    },

    waits(rows) {
      this.wait = rows;
    },

    open(one) {
      const left = this.one.id;
      this.one = one;
      // Who closes the details finds the list where it was left.
      if (left && !one.id) this.$nextTick(() => document.getElementById(`agent-${left}`)?.focus());
    },

    tokens(shown) {
      this.keyList = shown;
    },

    history(shown) {
      this.past = shown;
    },

    // ---- the list

    disturbs() {
      const box = this.$refs.box;
      return Boolean(box && Object.keys(this.settled).length && (box.matches(":hover") || box.contains(document.activeElement)));
    },

    narrow(change) {
      const query = new URLSearchParams(location.search);
      for (const [name, value] of Object.entries(change)) value ? query.set(name, value) : query.delete(name);
      this.settled = this.signs;
      note(query);
    },

    prefer(name, value) {
      this.preferred = { ...this.preferred, [name]: value };
      this.settled = this.signs;
      save("fleet", this.preferred);
    },

    showAs(view) {
      this.prefer("view", view);
      this.narrow({ view: "" });
    },

    toggleColumn(name) {
      this.prefer("hidden", this.hidden.includes(name) ? this.hidden.filter((each) => each !== name) : [...this.hidden, name]);
    },

    pick(ids, on) {
      const picked = new Set(this.picked);
      for (const id of ids) on ? picked.add(id) : picked.delete(id);
      this.picked = picked;
    },

    place(path) {
      const query = new URLSearchParams(this.here.search);
      for (const name of ["tab", "new"]) query.delete(name);
      return path + (query.size ? `?${query}` : "");
    },

    follow(each, event) {
      if (!event.target.closest("a, button, input") && !String(getSelection())) go(this.place(each.path));
    },
  },
};
