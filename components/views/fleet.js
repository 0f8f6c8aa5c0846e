// All agents in one table, who waits to be let in, and one agent's details beside them.
import { AgentDrawer } from "clawnet/agent.js";
import { AsOf } from "clawnet/as-of.js";
import { Asking } from "clawnet/ask.js";
import { Condition } from "clawnet/condition.js";
import { isLive, link } from "clawnet/connection.js";
import { Enrol } from "clawnet/enrol.js";
import { Halt } from "clawnet/halt.js";
import { Icon } from "clawnet/icons.js";
import { go, here, note } from "clawnet/navigation.js";
import { full, hhmm, span } from "clawnet/times.js";
import { keyState } from "clawnet/tokens.js";
import { Waiting } from "clawnet/waiting.js";

const WORDS = { online: "online", idle: "idle", offline: "offline", attention: "need attention" };

export default {
  mixins: [Asking],
  components: { AgentDrawer, AsOf, Condition, Enrol, Halt, Icon, Waiting },
  template: `
    <section class="fleet" :class="{ split: one.id }" aria-labelledby="fleet-title">
      <div class="fleet-main">
        <div class="page-head">
          <h2 id="fleet-title">Fleet</h2>
          <div class="counts" role="group" aria-label="Show only">
            <button v-for="name in shownCounts" :key="name" type="button" class="count-button" :class="name" :aria-pressed="String(status === name)" :data-testid="'fleet-status-' + name" @click="narrow({ status: status === name ? '' : name })">{{ counts[name] }} {{ words[name] }}</button>
          </div>
          <input type="search" class="filter" :value="q" placeholder="Filter agents" aria-label="Filter agents" data-testid="fleet-filter" @input="narrow({ q: $event.target.value })" />
          <button v-if="allow.create" type="button" class="button" data-testid="agent-new" @click="$refs.enrol.open($event.currentTarget)"><Icon name="plus" /> New agent</button>
        </div>
        <AsOf />
        <Halt :all="halted.all" :allow="allow.pause" :asks="ask" :workers="workers" />
        <Waiting v-if="wait.length" :rows="wait" :asks="ask" :now="now" />
        <Condition v-if="!loaded" name="fleet" kind="loading" text="Loading agents" />
        <Condition v-else-if="people.length < 2" name="fleet" kind="empty" text="No agents have connected yet."><a class="button" href="/dashboard/settings/connect">Connect an agent</a></Condition>
        <Condition v-else-if="!rows.length" name="fleet" kind="empty" text="No agents match."><button type="button" class="button" data-testid="fleet-clear" @click="narrow({ q: '', status: '' })">Clear filters</button></Condition>
        <div v-if="rows.length" class="table-box" tabindex="0" role="region" aria-label="Agents" :class="{ stale: !live }">
          <table class="grid" data-testid="fleet-view-table">
            <caption class="spoken">Agents and whether they are there</caption>
            <thead><tr><th scope="col">Status</th><th scope="col">Agent</th><th scope="col" class="wide">Role</th><th scope="col" class="wide">Doing</th><th scope="col" class="wide">Since</th><th scope="col">Last seen</th><th v-if="allow.tokens" scope="col">Token</th></tr></thead>
            <tbody>
              <tr v-for="each in rows" :key="each.id" :data-testid="'fleet-row-' + each.id" :data-state="each.status" :class="{ chosen: each.id === one.id }" @click="follow(each, $event)">
                <td><span class="presence" :data-status="each.status" aria-hidden="true"></span>{{ each.word }}<span v-if="each.paused" class="pill paused" :data-testid="'fleet-paused-' + each.id">Paused</span></td>
                <th scope="row"><a :id="'agent-' + each.id" :href="place(each.path)" :data-testid="'fleet-open-' + each.id" :aria-current="each.id === one.id ? 'true' : null"><bdi>{{ each.handle }}</bdi><span v-if="each.you" class="help"> you</span></a></th>
                <td class="wide">{{ each.role }}</td>
                <td class="wide note" dir="auto">{{ each.note }}</td>
                <td class="wide number"><time :datetime="each.since" :title="full(each.since)">{{ clock(each.since) }}</time></td>
                <td class="number"><time v-if="each.seen" :datetime="each.seen" :title="full(each.seen)">{{ ago(each.seen) }}</time><span v-else>never</span></td>
                <td v-if="allow.tokens"><span class="key" :data-testid="'fleet-token-' + each.id" :data-key="key(each)[0]">{{ key(each)[1] }}</span></td>
              </tr>
            </tbody>
          </table>
        </div>
      </div>
      <AgentDrawer v-if="one.id" :one="one" :tokens="keys" :history="past" :allow="allow" :asks="ask" :now="now" :back="place('/dashboard/fleet')" />
      <Enrol ref="enrol" :asks="ask" />
    </section>`,

  data: () => ({ people: [], halted: { all: false }, wait: [], allow: {}, one: {}, keys: null, past: null, loaded: false, now: Date.now(), words: WORDS, link, here }),

  computed: {
    live: () => isLive(),
    workers: (vm) => vm.people.filter((each) => each.role === "worker").length,
    q: (vm) => new URLSearchParams(vm.here.search).get("q") ?? "",
    status: (vm) => new URLSearchParams(vm.here.search).get("status") ?? "",
    counts: (vm) => {
      const count = (test) => vm.people.filter(test).length;
      const by = (status) => count((each) => each.status === status);
      return { online: by("online"), idle: by("idle"), offline: by("offline"), attention: count((each) => vm.worries(each)) };
    },
    shownCounts: (vm) => Object.keys(WORDS).filter((name) => name !== "attention" || vm.counts.attention || vm.status === name),
    rows: (vm) => {
      const wanted = vm.q.trim().toLowerCase();
      const named = (each) => [each.id, each.handle, each.role, each.note].some((text) => text.toLowerCase().includes(wanted));
      const fits = (each) => !vm.status || (vm.status === "attention" ? vm.worries(each) : each.status === vm.status);
      return vm.people.filter((each) => named(each) && fits(each));
    },
  },

  mounted() {
    this.timer = setInterval(() => (this.now = Date.now()), 1000);
    const fresh = new URLSearchParams(location.search).get("new");
    if (fresh !== null) this.$nextTick(() => this.$refs.enrol.open(null, fresh));
  },

  beforeUnmount() {
    clearInterval(this.timer);
  },

  methods: {
    full: (iso) => full(new Date(iso)),
    clock: (iso) => hhmm(new Date(iso)),
    ago: (iso) => (Date.now() - new Date(iso) < 60000 ? "now" : span(Date.now() - new Date(iso))),
    key: (each) => (each.key ? keyState(each.key, Date.now()) : ["", ""]),

    // ---- called by the relay

    show(people) {
      Object.assign(this, { people, loaded: true });
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
      this.keys = shown;
    },

    history(shown) {
      this.past = shown;
    },

    // ---- the list

    worries(each) {
      return Boolean(each.key) && !each.you && this.key(each)[0] !== "valid";
    },

    narrow(change) {
      const query = new URLSearchParams(location.search);
      for (const [name, value] of Object.entries(change)) value ? query.set(name, value) : query.delete(name);
      note(query);
    },

    place(path) {
      const query = new URLSearchParams(this.here.search);
      for (const name of ["tab", "new"]) query.delete(name);
      return path + (query.size ? `?${query}` : "");
    },

    follow(each, event) {
      if (!event.target.closest("a, button") && !String(getSelection())) go(this.place(each.path));
    },
  },
};
