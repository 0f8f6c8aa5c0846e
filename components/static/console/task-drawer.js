// One task in full, beside the list: what it put out, what is known of it, what happened to it.
import { Acts } from "./acts.js";
import { Condition, kindOf } from "./condition.js";
import { Copy } from "./copy.js";
import { Icon } from "./icons.js";
import { go, here } from "./navigation.js";
import { isLive } from "./connection.js";
import { Output } from "./output.js";
import { Skeleton } from "./skeleton.js";
import { elapsed, full, now, stampMs } from "./times.js";

const TABS = [["output", "Output"], ["details", "Details"], ["events", "Events"], ["raw", "Raw"]];
const KEYS = ["a", "d", "x"];

export const TaskDrawer = {
  emits: ["step"],
  components: { Condition, Copy, Icon, Output, Skeleton },
  props: { one: Object, steps: Object, asks: Function, tick: Number, back: String, since: String },
  template: `
    <aside class="drawer" ref="drawer" tabindex="-1" :aria-label="'Task ' + (one.command ?? one.id)" data-testid="task-drawer" :data-state="one.state" :data-tone="one.tone" @keydown="onKey">
      <header class="drawer-head">
        <h3><code>{{ one.command ?? one.id }}</code></h3>
        <a class="button icon-only quiet" data-testid="task-close" aria-label="Close task details" :href="back"><Icon name="close" /></a>
      </header>
      <Condition v-if="!one.known" name="task" kind="empty" :text="'There is no task with the id ' + one.id + ', or it has left the list.'" />
      <div v-show="one.known" class="task-line"><span class="pill" data-testid="task-state"><span aria-hidden="true">{{ one.glyph }}</span> {{ one.word }}</span> on <bdi>@{{ one.to }}</bdi><span class="elapsed">{{ took }}</span></div>
      <div v-show="one.known" ref="acts" class="task-acts"></div>
      <template v-if="one.known">
        <p v-if="stuck" class="why" data-testid="task-stuck">{{ stuck }}</p>
        <p v-if="one.rule" class="why">Matches the rule <code>{{ one.rule }}</code></p><p v-if="one.reason" class="why" dir="auto">{{ one.reason }}</p>
        <progress v-if="!one.over && one.percent !== null" max="100" :value="one.percent" :aria-label="'Progress of ' + one.command"></progress>
        <nav class="subtabs" aria-label="Details of the task">
          <a v-for="[name, words] in tabs" :key="name" :href="place(name)" :data-testid="'task-tab-' + name" :aria-current="tab === name ? 'page' : null">{{ words }}</a>
        </nav>
        <div class="drawer-body" v-if="tab === 'output'">
          <Output v-if="text" ref="output" :text="text" :running="!one.over" :truncated="one.truncated" :name="one.id" :live="live" />
          <Condition v-else-if="!one.over && !one.there" name="output" kind="error" text="Output unavailable: the agent is offline." />
          <Condition v-else name="output" kind="empty" :text="one.over ? 'No output.' : 'Waiting for output.'" />
        </div>
        <div class="drawer-body" v-else-if="tab === 'details'">
          <dl class="sheet">
            <dt>Id</dt><dd><code>{{ one.id }}</code> <Copy :text="one.id" what="id" words="Copy" /></dd>
            <template v-if="one.group"><dt>Group</dt><dd><code>{{ one.group }}</code></dd></template>
            <template v-if="one.retry_of"><dt>Retry of</dt><dd><a class="link" :href="one.retry_path">{{ one.retry_of }}</a></dd></template>
            <dt>Room</dt><dd><a v-if="one.room_path" class="link" :href="one.room_path"><bdi>{{ one.room }}</bdi></a><bdi v-else>{{ one.room }}</bdi></dd>
            <dt>Agent</dt><dd><a class="link" :href="'/dashboard/fleet/' + encodeURIComponent(one.agent)"><bdi>@{{ one.to }}</bdi></a></dd>
            <dt>Asked by</dt><dd><bdi>@{{ one.by }}</bdi></dd>
            <template v-if="one.approved_by"><dt>Approved by</dt><dd><bdi>@{{ one.approved_by }}</bdi></dd></template>
            <dt>Risk</dt><dd>{{ ['0, reads', '1, changes something', '2, destroys something'][one.risk] }}</dd>
            <dt>Attempt</dt><dd>{{ one.attempt || 'none yet' }}</dd>
            <dt>Time limit</dt><dd>{{ one.timeout }} s</dd>
            <dt>Asked for</dt><dd>{{ full(one.created) }}</dd>
            <dt>Began</dt><dd>{{ one.began ? full(one.began) : 'Not yet' }}</dd>
            <dt>Ended</dt><dd>{{ one.ended ? full(one.ended) : 'Not yet' }}</dd>
            <template v-if="one.exit !== null"><dt>Exit code</dt><dd>{{ one.exit }}</dd></template>
          </dl>
        </div>
        <div class="drawer-body" v-else-if="tab === 'raw'">
          <div class="output-bar"><span class="help">As the relay keeps it</span><Copy v-if="one.raw" :text="one.raw" what="task as JSON" words="Copy JSON" /></div>
          <pre class="output wrapped" tabindex="0" role="region" aria-label="Task as JSON" data-testid="task-raw">{{ one.raw }}</pre>
        </div>
        <div class="drawer-body" v-else>
          <Skeleton v-if="!mine" name="steps" text="Loading events" :rows="4" shape="row" />
          <Condition v-else-if="mine.error" name="steps" :kind="kind" :text="kind === 'forbidden' ? 'Only masters and wardens read the audit trail.' : 'Could not load the events. ' + mine.error" />
          <Condition v-else-if="!mine.rows.length" name="steps" kind="empty" text="Nothing in the records that were looked at." />
          <ul v-else class="lines" data-testid="task-steps">
            <li v-for="row in mine.rows" :key="row.seq"><code>{{ row.action }}</code><span class="help">by <bdi>{{ row.actor || 'nobody' }}</bdi>, {{ stamp(row.ts) }}</span></li>
          </ul>
        </div>
      </template>
    </aside>`,

  data: () => ({ tabs: TABS, here }),

  computed: {
    tab: (vm) => (TABS.some(([name]) => name === vm.one.tab) ? vm.one.tab : "output"),
    mine: (vm) => (vm.steps?.id === vm.one.id ? vm.steps : null),
    kind: (vm) => kindOf(vm.mine),
    live: () => isLive(),
    text: (vm) => vm.one.output || (vm.one.over ? "" : vm.one.stream),
    stuck: (vm) => {
      if (vm.one.state !== "cancelling") return "";
      if (!vm.one.there) return `Will be cancelled when ${vm.one.to} reconnects.`;
      return vm.since ? `Asked ${elapsed(vm.tick - new Date(vm.since))} ago. The agent has not confirmed.` : "The agent has not confirmed yet.";
    },
    took: (vm) => vm.one.known && elapsed((vm.one.ended ? new Date(vm.one.ended) : vm.tick) - new Date(vm.one.started)),
  },

  watch: {
    "one.id"() {
      this.renew();
      this.$refs.drawer.focus();
    },
    one() {
      if (this.one.known) this.acts.fill({ ...this.one, since: this.since });
    },
    tick() {
      this.acts?.tick();
    },
  },

  mounted() {
    this.renew();
    this.$refs.drawer.focus();
  },

  methods: {
    full: (iso) => full(new Date(iso)),
    stamp: (iso) => stampMs(new Date(iso)),
    now,

    // Each task has buttons of its own: a question that was put for one must not stand over another.
    renew() {
      this.acts = new Acts({ ask: this.asks, area: "ops", opens: false });
      this.$refs.acts.replaceChildren(this.acts.node);
      if (this.one.known) this.acts.fill({ ...this.one, since: this.since });
    },

    place(tab) {
      const query = new URLSearchParams(this.here.search);
      if (tab === "output") query.delete("tab");
      else query.set("tab", tab);
      return this.one.path + (query.size ? `?${query}` : "");
    },

    onKey(event) {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      if (event.key === "Escape") {
        event.stopPropagation();
        go(this.back);
      } else if (event.target.closest("input, select")) return;
      else if (event.key === "j" || event.key === "k") {
        event.preventDefault();
        this.$emit("step", event.key === "j" ? 1 : -1);
      } else if (event.key === "/" && this.$refs.output) {
        event.preventDefault();
        event.stopPropagation();
        this.$refs.output.look();
      } else if (KEYS.includes(event.key) && this.one.known && this.acts.onKey(event.key)) event.preventDefault();
    },
  },
};
