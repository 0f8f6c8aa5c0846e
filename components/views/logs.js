// The relay's own log: its newest lines, which it keeps in memory, and what was logged while one looks on.
import { AsOf } from "clawnet/as-of.js";
import { Condition, kindOf } from "clawnet/condition.js";
import { LogTabs } from "clawnet/log-tabs.js";
import { go, here } from "clawnet/navigation.js";
import { load, save } from "clawnet/store.js";
import { full, stampMs } from "clawnet/times.js";

const LEVELS = { "": "All", info: "Info", warning: "Warning", error: "Error" };
const KEPT = 1000;
const NEAR = 24;

export default {
  components: { AsOf, Condition, LogTabs },
  template: `
    <section class="logs" aria-labelledby="logs-title">
      <div class="page-head"><h2 id="logs-title">Logs</h2><LogTabs open="relay" />
        <div v-if="!failure" class="counts" role="group" aria-label="Least level">
          <button v-for="(words, name) in levels" :key="name" type="button" class="count-button" :aria-pressed="String(level === name)" :data-testid="'logs-level-' + (name || 'all')" @click="narrow({ level: name })">{{ words }}</button>
        </div>
        <form v-if="!failure" role="search" aria-label="Filter lines" @submit.prevent="narrow({ q: draft })"><input type="search" class="filter" v-model="draft" placeholder="Filter lines" aria-label="Filter lines" maxlength="128" data-testid="logs-query" @change="narrow({ q: draft })" /></form>
        <button v-if="!failure" type="button" class="button" :aria-pressed="String(following)" data-testid="logs-follow" @click="toggle">{{ following ? 'Following' : 'Follow' }}</button>
      </div>
      <AsOf />
      <Condition v-if="failure" name="logs" :kind="kind" :text="kind === 'forbidden' ? 'Only masters and wardens read the log.' : 'Could not read the log. ' + failure.error" />
      <Condition v-else-if="!loaded" name="logs" kind="loading" text="Loading lines" />
      <Condition v-else-if="!lines.length" name="logs" kind="empty" :text="level || q ? 'No lines match.' : 'No lines yet.'"><button v-if="level || q" type="button" class="button" data-testid="logs-clear" @click="narrow({ level: '', q: '' })">Clear filters</button></Condition>
      <div v-else ref="box" class="log-lines" tabindex="0" role="region" aria-label="Lines of the log" data-testid="logs-lines" @scroll.passive="onScroll">
        <p v-for="line in lines" :key="line.n" class="log-line" :data-level="line.level" data-testid="log-line"><time :datetime="line.ts" :title="full(line.ts)">{{ stamp(line.ts) }}</time> <span class="level">{{ line.level }}</span> <span class="source">{{ line.source }}</span> <bdi>{{ line.event }}</bdi><template v-for="[name, text] in line.fields" :key="name"> <span class="field-name">{{ name }}=</span><bdi class="field-text">{{ text }}</bdi></template></p>
      </div>
      <p v-if="loaded && !failure" class="help older">The relay keeps its newest 1,000 lines in memory. All of them go to its standard error.<template v-if="missed"> {{ missed }} new below.</template></p>
    </section>`,

  data: () => ({ lines: [], loaded: false, failure: null, draft: "", following: load("follow-log", true), missed: 0, levels: LEVELS, here }),

  computed: {
    level: (vm) => new URLSearchParams(vm.here.search).get("level") ?? "",
    q: (vm) => new URLSearchParams(vm.here.search).get("q") ?? "",
    kind: (vm) => kindOf(vm.failure),
  },

  watch: {
    q: { immediate: true, handler(q) { this.draft = q; } },
  },

  methods: {
    full: (iso) => full(new Date(iso)),
    stamp: (iso) => stampMs(new Date(iso)),

    // ---- called by the relay

    show(shown) {
      this.loaded = true;
      this.failure = shown.error ? shown : null;
      this.lines = [];
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
      if (this.following) this.$nextTick(() => this.toEnd());
      else this.missed += lines.length;
    },

    toEnd() {
      if (this.$refs.box) this.$refs.box.scrollTop = this.$refs.box.scrollHeight;
      this.missed = 0;
    },

    onScroll() {
      const { scrollHeight, scrollTop, clientHeight } = this.$refs.box;
      const atEnd = scrollHeight - scrollTop - clientHeight <= NEAR;
      if (atEnd !== this.following && (atEnd || scrollTop < this.top)) this.follow(atEnd);
      this.top = scrollTop;
    },

    follow(on) {
      this.following = on;
      save("follow-log", on);
      if (on) this.toEnd();
    },

    toggle() {
      this.follow(!this.following);
    },

    narrow(change) {
      const query = new URLSearchParams(location.search);
      for (const [name, value] of Object.entries(change)) value.trim() ? query.set(name, value.trim()) : query.delete(name);
      go(location.pathname + (query.size ? `?${query}` : ""), { replace: true });
    },
  },
};
