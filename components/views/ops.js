// All tasks in one table whose rows stay where they are, one task's details beside them, and a way to give new ones.
import { AsOf } from "clawnet/as-of.js";
import { Asking } from "clawnet/ask.js";
import { CompleteField } from "clawnet/complete-field.js";
import { Condition } from "clawnet/condition.js";
import { isLive, link } from "clawnet/connection.js";
import { Dispatch } from "clawnet/dispatch.js";
import { Icon } from "clawnet/icons.js";
import { go, here, note } from "clawnet/navigation.js";
import { OpsBoard, OpsTable, sortedTasks } from "clawnet/ops-table.js";
import { querySource, VIEWS } from "clawnet/ops-words.js";
import { Skeleton } from "clawnet/skeleton.js";
import { load, save } from "clawnet/store.js";
import { TaskDrawer } from "clawnet/task-drawer.js";
import { now } from "clawnet/times.js";

const GROUPS = { waiting: "need approval", running: "running", queued: "queued", done: "done in 24 h", failed: "failed in 24 h" };
const LATELY = { done: " since:24h", failed: " since:24h" };
const KEPT = 500; // rows

export default {
  mixins: [Asking],
  components: { AsOf, CompleteField, Condition, Dispatch, Icon, OpsBoard, OpsTable, Skeleton, TaskDrawer },
  template: `
    <section class="ops fleet" :class="{ split: one.id }" aria-labelledby="ops-title">
      <div class="fleet-main">
        <div class="page-head">
          <h2 id="ops-title">Ops</h2>
          <div class="counts" role="group" aria-label="Show only">
            <button v-for="(words, name) in loaded ? groups : {}" :key="name" type="button" class="count-button" :class="{ attention: counts[name] && (name === 'waiting' || name === 'failed') }" :aria-pressed="String(q === group(name))" :data-testid="'ops-state-' + name" @click="askFor(q === group(name) ? '' : group(name))">{{ (counts[name] ?? 0).toLocaleString('en') }} {{ words }}</button>
          </div>
          <div class="switch-group" role="group" aria-label="Show as"><button v-for="(words, name) in { table: 'Table', board: 'Board' }" :key="name" type="button" class="button" :aria-pressed="String(view === name)" :data-testid="'ops-as-' + name" @click="showAs(name)">{{ words }}</button></div>
        </div>
        <Dispatch v-if="words.writes" :words="words" :asks="ask" :live="live" />
        <p v-else-if="loaded && words.known" class="help read-only" data-testid="ops-read-only">You can watch tasks here. Wardens give and stop none.</p>
        <div class="page-tools">
          <form class="query" role="search" aria-label="Filter tasks" @submit.prevent="apply">
            <CompleteField ref="query" v-model="draft" label="Filter tasks" placeholder="Filter, as in status:failed agent:atlas since:1h" name="ops-query" :source="source" @enter="apply" @leave="apply" />
          </form>
          <div class="views" role="group" aria-label="Views">
            <button v-for="[name, words, query] in views" :key="name" type="button" class="button small" :aria-pressed="String(q === query)" :data-testid="'ops-saved-' + name" @click="askFor(query)">{{ words }}</button>
            <span v-for="each in own" :key="each.name" class="saved-one"><button type="button" class="button small" :aria-pressed="String(q === each.q)" :title="each.q" :data-testid="'ops-saved-' + each.name" @click="askFor(each.q)">{{ each.name }}</button><button type="button" class="button small icon-only quiet" :aria-label="'Forget the view ' + each.name" @click="forgetView(each)"><Icon name="close" /></button></span>
            <button v-if="q && !known && !naming" type="button" class="button small" data-testid="ops-save-view" @click="startNaming">Save view</button>
            <form v-if="naming" class="inline" @submit.prevent="saveView"><input ref="name" v-model.trim="name" aria-label="Name of the view" placeholder="Name" required maxlength="24" data-testid="ops-view-name" @keydown.esc.stop.prevent="stopNaming" /><button type="submit" class="button small primary" :disabled="busy">Save</button></form>
            <p v-if="viewError" class="error" role="alert" data-testid="ops-view-error">{{ viewError }}</p>
          </div>
        </div>
        <AsOf />
        <button v-if="fresh.length" type="button" class="newer" data-testid="ops-new-rows" @click="showNew">{{ fresh.length }} new, show <kbd>.</kbd></button>
        <p v-if="sort && moved" class="newer resort"><button type="button" class="button small" data-testid="ops-resort" @click="resort">Re-sort</button></p>
        <Skeleton v-if="!loaded" name="ops" text="Loading tasks" :rows="10" shape="row" />
        <Condition v-else-if="!rows.length" name="ops" kind="empty" :text="q ? 'No tasks match.' : 'No tasks yet. Run one from chat with /'"><button v-if="q" type="button" class="button" data-testid="ops-clear" @click="askFor('')">Clear filters</button></Condition>
        <div v-if="rows.length" ref="box" class="table-box" tabindex="0" role="region" aria-label="Tasks" :class="{ stale: !live }" @scroll.passive="onScroll" @mouseleave="onScroll">
          <OpsTable v-if="view === 'table'" :rows="rows" :chosen="one.id" :tick="tick" :sort="sort" :place="place" @open="follow" @sort="turn" />
          <OpsBoard v-else :rows="rows" :chosen="one.id" :tick="tick" :place="place" />
          <p v-if="more" class="older"><button type="button" class="button" data-testid="ops-older" :disabled="busy" @click="older">Older tasks</button></p>
          <p v-if="error" class="error older" role="alert">{{ error }}</p>
        </div>
      </div>
      <TaskDrawer v-if="one.id" :one="one" :steps="past" :asks="ask" :tick="tick" :since="since[one.id]" :back="place('/dashboard/ops')" @step="step" />
    </section>`,

  data: () => ({
    rows: [], fresh: [], counts: {}, one: {}, past: null, more: false, loaded: false, busy: false, error: "", tick: now().getTime(), since: {}, draft: "",
    sort: "", moved: false, naming: false, name: "", own: [], viewError: "", words: { commands: [], people: [], rooms: [], writes: false, saves: false, known: false },
    groups: GROUPS, views: VIEWS, link, here,
  }),

  computed: {
    live: (vm) => vm.link && isLive(),
    asked: (vm) => new URLSearchParams(vm.here.search),
    q: (vm) => vm.asked.get("q") ?? "",
    view: (vm) => (vm.asked.get("view") === "board" ? "board" : "table"),
    known: (vm) => [...VIEWS.map(([, , query]) => query), ...vm.own.map((each) => each.q), ...Object.keys(GROUPS).map(vm.group)].includes(vm.q),
    source: (vm) => querySource(vm.words),
  },

  watch: {
    q: { immediate: true, handler(q) { this.draft = q; } },
  },

  created() {
    // Who comes back finds the query that was left.
    const kept = load("ops-query", "");
    if (kept && !this.asked.has("q") && !this.one.id && location.pathname === "/dashboard/ops") this.$nextTick(() => this.askFor(kept));
  },

  mounted() {
    this.timer = setInterval(() => (this.tick = now().getTime()), 1000);
  },

  beforeUnmount() {
    clearInterval(this.timer);
  },

  methods: {
    group: (name) => `status:${name}${LATELY[name] ?? ""}`,

    // ---- called by the relay

    show({ rows, more }) {
      Object.assign(this, { rows: sortedTasks(rows, this.sort, this.tick), more, fresh: [], loaded: true, error: "", moved: false });
    },

    // Rows change where they stand, also when they no longer fit the filter; new ones come when nobody is disturbed.
    change(changed) {
      for (const row of changed.reverse()) {
        for (const list of [this.rows, this.fresh]) {
          const place = list.findIndex((each) => each.id === row.id);
          if (place < 0) continue;
          if (list[place].state !== row.state) this.since[row.id] = now().toISOString();
          list[place] = row;
          row.placed = this.moved = true;
        }
        if (!row.placed && row.fits && !this.isOld(row)) this.fresh.unshift(row);
      }
      if (!this.disturbs()) this.showNew();
    },

    count(counts) {
      this.counts = counts;
    },

    speak(words) {
      this.words = { ...words, known: true };
    },

    look(views) {
      this.own = views;
      const kept = load("views", []);
      if (kept.length) this.bring(kept.filter((each) => !views.some((own) => own.name === each.name)));
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
      return this.more && !this.sort && last && row.created < last.created;
    },

    disturbs() {
      const box = this.$refs.box;
      return Boolean(this.one.id || this.sort || (box && (box.scrollTop > 4 || box.matches(":hover") || box.contains(document.activeElement))));
    },

    showNew() {
      if (!this.fresh.length) return;
      this.rows = [...this.fresh, ...this.rows].slice(0, KEPT);
      this.fresh = [];
    },

    onScroll() {
      if (!this.disturbs()) this.showNew();
    },

    turn(sort) {
      this.sort = sort;
      this.resort();
    },

    resort() {
      this.showNew();
      this.rows = sortedTasks(this.rows, this.sort || "-created", this.tick);
      this.moved = false;
    },

    async older() {
      this.busy = true;
      const answer = await this.ask("earlier", { id: this.rows.at(-1).id });
      this.busy = false;
      this.error = answer.error ? `Could not load older tasks. ${answer.error}` : "";
      if (answer.error) return;
      const known = new Set(this.rows.map((row) => row.id));
      this.rows = [...this.rows, ...answer.rows.filter((row) => !known.has(row.id))];
      this.more = answer.more;
    },

    // J and K lead through the list as it is filtered.
    step(by) {
      const at = this.rows.findIndex((row) => row.id === this.one.id);
      const next = this.rows[at + by];
      if (next) go(this.place(next.path), { replace: true });
    },

    // ---- what is asked for

    apply() {
      if (this.draft.trim() !== this.q) this.askFor(this.draft.trim());
    },

    askFor(q) {
      const query = new URLSearchParams(location.search);
      q ? query.set("q", q) : query.delete("q");
      for (const name of ["to", "cmd"]) query.delete(name);
      save("ops-query", q);
      this.draft = q;
      const wanted = location.pathname + (query.size ? `?${query}` : "");
      if (wanted !== location.pathname + location.search) go(wanted, { replace: true });
    },

    showAs(view) {
      const query = new URLSearchParams(location.search);
      view === "board" ? query.set("view", view) : query.delete("view");
      note(query);
    },

    startNaming() {
      this.naming = true;
      this.name = "";
      this.$nextTick(() => this.$refs.name.focus());
    },

    stopNaming() {
      this.naming = false;
      this.viewError = "";
    },

    // Kept by the relay for this operator, so they are there in every browser.
    async saveView() {
      if (await this.changeView("save_view", { name: this.name, q: this.q })) this.naming = false;
    },

    forgetView(view) {
      return this.changeView("forget_view", { id: view.name });
    },

    async changeView(what, detail) {
      this.busy = true;
      const answer = await this.ask(what, detail);
      this.busy = false;
      this.viewError = answer.error ?? "";
      return !answer.error;
    },

    // Views of the time when browsers kept them.
    async bring(views) {
      save("views", []);
      for (const view of views) await this.changeView("save_view", view);
    },

    place(path) {
      const query = new URLSearchParams(this.here.search);
      for (const name of ["tab", "to", "cmd"]) query.delete(name);
      return path + (query.size ? `?${query}` : "");
    },

    follow(row, event) {
      if (!event.target.closest("a, button") && !String(getSelection())) go(this.place(row.path));
    },
  },
};
