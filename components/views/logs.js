// Lines of the relay's own log, of all tasks, or of one agent, and what comes while one looks on.
import { AsOf } from "clawnet/as-of.js";
import { Condition, kindOf } from "clawnet/condition.js";
import { isLive, link } from "clawnet/connection.js";
import { Copy } from "clawnet/copy.js";
import { LogTabs } from "clawnet/log-tabs.js";
import { go, here } from "clawnet/navigation.js";
import { Skeleton } from "clawnet/skeleton.js";
import { load, save } from "clawnet/store.js";
import { full, hhmm, now, stampMs } from "clawnet/times.js";

const LEVELS = { "": "All", info: "Info", warning: "Warning", error: "Error" };
const SPANS = { "": "All that is kept", 5: "Last 5 minutes", 60: "Last hour" };
const EMPTY = { relay: "The relay has logged nothing yet.", tasks: "No agent was asked to do anything yet.", agent: "Nothing is known of it yet." };
const ABOUT = {
  relay: "The relay keeps its newest 1,000 lines in memory. All of them go to its standard error.",
  tasks: "What agents were asked to do, what came of it, and the last 200 lines of what each task said.",
  agent: "What the relay, its tasks and the newest records of the audit trail tell of one agent.",
};
const KEPT = 1000;
const NEAR = 24;
const LEADS = ["agent_id", "agent", "task_id", "task", "room", "request_id"]; // fields whose value leads to the lines that hold it too
const DEFAULTS = { follow: true, wrap: true, times: true };

export default {
  components: { AsOf, Condition, Copy, LogTabs, Skeleton },
  template: `
    <section class="logs" aria-labelledby="logs-title">
      <div class="page-head"><h2 id="logs-title">Logs</h2><LogTabs :open="of" />
        <div v-if="!failure" class="counts" role="group" aria-label="Least level">
          <button v-for="(words, name) in levels" :key="name" type="button" class="count-button" :aria-pressed="String(level === name)" :data-testid="'logs-level-' + (name || 'all')" @click="narrow({ level: name })">{{ words }}</button>
        </div>
        <button v-if="!failure" type="button" class="button" :aria-pressed="String(prefs.follow)" data-testid="logs-follow" @click="follow(!prefs.follow)">{{ !live ? 'Tail stopped ' + last : prefs.follow ? 'Following' : 'Follow' }}</button>
      </div>
      <div v-if="!failure" class="page-tools">
        <form class="log-find" role="search" aria-label="Filter lines" @submit.prevent="narrow({ q: draft })"><input type="search" class="filter" v-model="draft" placeholder="Filter lines, or /regular expression/" aria-label="Filter lines" maxlength="128" spellcheck="false" autocapitalize="none" data-testid="logs-query" @change="narrow({ q: draft })" /></form>
        <label v-if="of === 'agent'" class="tool">Agent <select :value="asked.agent" data-testid="logs-agent" @change="narrow({ agent: $event.target.value, source: '' })"><option value="">Choose one</option><option v-for="name in agents" :key="name" :value="name">{{ name }}</option></select></label>
        <button type="button" class="button log-toggle" :aria-expanded="String(optioned)" aria-controls="log-options" data-testid="logs-options" @click="optioned = !optioned">Options</button>
        <div id="log-options" class="log-options" :class="{ shut: !optioned }">
        <label class="tool">Source <select :value="source" data-testid="logs-source" @change="narrow({ source: $event.target.value })"><option value="">All</option><option v-for="name in sources" :key="name" :value="name">{{ name }}</option></select></label>
        <label class="tool">When <select :value="span" data-testid="logs-span" @change="narrow({ span: $event.target.value })"><option v-for="(words, minutes) in spans" :key="minutes" :value="minutes">{{ words }}</option></select></label>
        <button v-for="[name, words] in [['wrap', 'Wrap'], ['times', 'Times']]" :key="name" type="button" class="button" :aria-pressed="String(prefs[name])" :data-testid="'logs-' + name" @click="prefer(name, !prefs[name])">{{ words }}</button>
        <Copy :text="text" what="lines shown" words="Copy" />
        <button type="button" class="button" data-testid="logs-download" @click="download">Download {{ shown.length.toLocaleString('en') }} {{ shown.length === 1 ? 'line' : 'lines' }}</button>
        </div>
      </div>
      <AsOf />
      <p v-if="wrong" class="as-of" role="alert" data-testid="logs-wrong">This is no regular expression: {{ wrong }}</p>
      <Condition v-if="failure" name="logs" :kind="kind" :text="kind === 'forbidden' ? 'Only masters and wardens read the log.' : 'Could not read the log. ' + failure.error"><button v-if="kind !== 'forbidden'" type="button" class="button" @click="narrow({})">Retry</button></Condition>
      <Condition v-else-if="of === 'agent' && !asked.agent" name="logs-agent" kind="empty" text="Choose an agent to see what it did."><p class="buttons choices"><button v-for="name in agents.slice(0, 12)" :key="name" type="button" class="button" @click="narrow({ agent: name })">{{ name }}</button></p></Condition>
      <Skeleton v-else-if="!loaded" name="logs" text="Loading lines" :rows="12" shape="line" />
      <Condition v-else-if="!shown.length" name="logs" kind="empty" :text="filtered ? noMatch : empty"><button v-if="filtered" type="button" class="button" data-testid="logs-clear" @click="narrow({ level: '', q: '', source: '', span: '' })">Clear filters</button></Condition>
      <div v-else ref="box" class="log-lines" :class="{ unwrapped: !prefs.wrap, stale: !live }" tabindex="0" role="region" aria-label="Lines of the log" data-testid="logs-lines" @scroll.passive="onScroll" @click="onClick">
        <p v-for="line in shown" :key="line.n" class="log-line" :data-level="line.level" data-testid="log-line"><time v-if="prefs.times" :datetime="line.ts" :title="full(line.ts)">{{ stamp(line.ts) }}</time><span class="level">{{ line.level }}</span> <span class="source">{{ line.source }}</span> <bdi>{{ line.event }}</bdi><template v-for="[name, text] in line.fields" :key="name">{{ " " }}<span class="field-name">{{ name }}=</span><button v-if="leads.includes(name)" type="button" class="field-lead" :data-q="text" :title="'Only lines with ' + text"><bdi>{{ text }}</bdi></button><bdi v-else class="field-text">{{ text }}</bdi></template></p>
      </div>
      <p v-if="loaded && !failure && live && !prefs.follow" class="paused-line" role="status" data-testid="logs-paused">Paused. {{ missed === 1 ? '1 new line' : missed + ' new lines' }}. <button type="button" class="button small" @click="follow(true)">Follow</button></p>
      <p v-if="loaded && !failure" class="help older">{{ about }}</p>
    </section>`,

  data: () => ({ lines: [], agents: [], optioned: false, loaded: false, failure: null, draft: "", prefs: { ...DEFAULTS, ...load("logs", {}) }, missed: 0, tick: now().getTime(), levels: LEVELS, spans: SPANS, leads: LEADS, link, here }),

  computed: {
    live: (vm) => vm.link && isLive(),
    last: (vm) => hhmm(new Date(vm.link.last)),
    asked: (vm) => Object.fromEntries(["of", "agent", "level", "q", "source", "span"].map((name) => [name, new URLSearchParams(vm.here.search).get(name) ?? ""])),
    of: (vm) => (vm.asked.of in ABOUT ? vm.asked.of : "relay"),
    empty: (vm) => EMPTY[vm.of],
    about: (vm) => ABOUT[vm.of],
    noMatch: (vm) => `No lines match ${["level", "q", "source"].filter((name) => vm.asked[name]).map((name) => (name === "q" ? vm.q : `${name}:${vm.asked[name]}`)).join(" ")}${vm.span ? " in the " + SPANS[vm.span].toLowerCase() : ""}.`,
    level: (vm) => vm.asked.level,
    q: (vm) => vm.asked.q,
    source: (vm) => vm.asked.source,
    span: (vm) => (vm.asked.span in SPANS ? vm.asked.span : ""),
    filtered: (vm) => ["level", "q", "source", "span"].some((name) => vm.asked[name]),
    kind: (vm) => kindOf(vm.failure),
    sources: (vm) => [...new Set([...vm.lines.map((line) => line.source), ...(vm.source ? [vm.source] : [])])].sort(),
    pattern: (vm) => /^\/(.+)\/$/.exec(vm.q)?.[1] ?? "",
    expression: (vm) => {
      try {
        return vm.pattern ? [new RegExp(vm.pattern, "i"), ""] : [null, ""];
      } catch (error) {
        return [null, error.message];
      }
    },
    wrong: (vm) => vm.expression[1],
    shown: (vm) => {
      const since = vm.span ? vm.tick - vm.span * 60000 : 0;
      const [expression] = vm.expression;
      return vm.lines.filter((line) => (!vm.source || line.source === vm.source) && (!since || Date.parse(line.ts) >= since) && (!expression || expression.test(plain(line))));
    },
    text: (vm) => vm.shown.map(plain).join("\n"),
  },

  watch: {
    q: { immediate: true, handler(q) { this.draft = q; } },
  },

  mounted() {
    this.timer = setInterval(() => this.span && (this.tick = now().getTime()), 5000);
  },

  beforeUnmount() {
    clearInterval(this.timer);
  },

  methods: {
    full: (iso) => full(new Date(iso)),
    stamp: (iso) => stampMs(new Date(iso)),

    // ---- called by the relay

    choose(agents) {
      this.agents = agents;
    },

    show(shown) {
      this.loaded = true;
      this.failure = shown.error ? shown : null;
      this.lines = [];
      this.missed = 0;
      if (shown.lines) this.add(shown.lines);
    },

    grown(shown) {
      if (shown.error) this.failure = shown;
      else this.add(shown.lines);
    },

    // ---- the list

    add(lines) {
      this.count ??= 0;
      for (const line of lines) line.n = ++this.count;
      this.lines = [...this.lines, ...lines].slice(-KEPT);
      if (this.prefs.follow) this.$nextTick(() => this.toEnd());
      else this.missed += lines.length;
    },

    toEnd() {
      if (this.$refs.box) this.$refs.box.scrollTop = this.$refs.box.scrollHeight;
      this.missed = 0;
    },

    onScroll() {
      const { scrollHeight, scrollTop, clientHeight } = this.$refs.box;
      const atEnd = scrollHeight - scrollTop - clientHeight <= NEAR;
      if (atEnd !== this.prefs.follow && (atEnd || scrollTop < this.top)) this.follow(atEnd);
      this.top = scrollTop;
    },

    follow(on) {
      this.prefer("follow", on);
      this.missed = 0;
      if (on) this.toEnd();
    },

    prefer(name, value) {
      this.prefs = { ...this.prefs, [name]: value };
      save("logs", this.prefs);
    },

    onClick(event) {
      const lead = event.target.closest(".field-lead");
      if (lead) this.narrow({ q: lead.dataset.q });
    },

    narrow(change) {
      const query = new URLSearchParams(location.search);
      for (const [name, value] of Object.entries(change)) value.trim() ? query.set(name, value.trim()) : query.delete(name);
      go(location.pathname + (query.size ? `?${query}` : ""), { replace: true });
    },

    download() {
      const link = document.createElement("a");
      link.href = URL.createObjectURL(new Blob([this.text + "\n"], { type: "text/plain" }));
      link.download = `clawnet-${this.asked.agent || this.of}.log`;
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), 1000);
    },
  },
};

const plain = (line) => [line.ts, line.level, line.source, line.event, ...line.fields.map(([name, text]) => `${name}=${text}`)].join(" ");
