// What a task put out, line by line: numbered, searched, followed while it runs. Long outputs are laid out in pieces.
import { Copy } from "./copy.js";
import { Icon } from "./icons.js";
import { load, save } from "./store.js";

const PIECE = 200; // lines
const NEAR = 24;

export const Output = {
  components: { Copy, Icon },
  props: { text: String, running: Boolean, truncated: Boolean, name: String, live: Boolean },
  template: `
    <div class="output-bar">
      <span class="help">{{ counted }}{{ truncated ? ', cut' : '' }}</span>
      <input ref="find" type="search" v-model="wanted" placeholder="Find" aria-label="Find in the output" data-testid="output-find" @keydown.enter.prevent="next($event.shiftKey ? -1 : 1)" @keydown.esc.stop="wanted = ''" />
      <span v-if="wanted" class="help hits" role="status" data-testid="output-hits">{{ hits.length ? at + 1 + ' of ' + hits.length : 'none' }}</span>
      <button v-if="running" type="button" class="button small" :aria-pressed="String(following)" data-testid="output-follow" @click="follow(!following)">Follow</button>
      <button type="button" class="button small" :aria-pressed="String(wrap)" data-testid="output-wrap" @click="toggleWrap">Wrap</button>
      <Copy :text="text" what="output" words="Copy" />
      <button type="button" class="button small" data-testid="output-download" @click="download">Download</button>
    </div>
    <div ref="box" class="output" :class="{ wrapped: wrap }" tabindex="0" role="region" aria-label="Output" data-testid="task-output" @scroll.passive="onScroll">
      <div v-for="(piece, number) in pieces" :key="number" class="piece"><p v-for="(line, place) in piece" :key="place" :data-n="number * 200 + place + 1" :class="{ hit: isHit(number * 200 + place), here: hits[at] === number * 200 + place }">{{ line || ' ' }}</p></div>
    </div>
    <p v-if="running && !live" class="paused-line" role="status" data-testid="output-stalled">Stream paused, link down.</p>
    <p v-else-if="running && !following" class="paused-line" role="status" data-testid="output-paused">Paused. {{ missed === 1 ? '1 new line' : missed + ' new lines' }}. <button type="button" class="button small" @click="follow(true)">Follow</button></p>`,

  data: () => ({ wrap: load("wrap", true), following: true, wanted: "", at: 0, seen: 0 }),

  computed: {
    lines: (vm) => vm.text.replace(/\n$/, "").split("\n"),
    counted: (vm) => (vm.lines.length === 1 ? "1 line" : `${vm.lines.length.toLocaleString("en")} lines`),
    pieces: (vm) => Array.from({ length: Math.ceil(vm.lines.length / PIECE) }, (_, number) => vm.lines.slice(number * PIECE, (number + 1) * PIECE)),
    hits: (vm) => {
      const wanted = vm.wanted.toLowerCase();
      return wanted ? vm.lines.flatMap((line, number) => (line.toLowerCase().includes(wanted) ? [number] : [])) : [];
    },
    among: (vm) => new Set(vm.hits),
    missed: (vm) => Math.max(0, vm.lines.length - vm.seen),
  },

  watch: {
    text() {
      if (this.following) this.$nextTick(() => this.toEnd());
    },
    wanted() {
      this.at = 0;
      this.$nextTick(() => this.show());
    },
    name() {
      this.following = true;
    },
  },

  mounted() {
    this.toEnd();
  },

  methods: {
    isHit(number) {
      return this.among.has(number);
    },

    toEnd() {
      this.seen = this.lines.length;
      if (this.running && this.$refs.box) this.$refs.box.scrollTop = this.$refs.box.scrollHeight;
    },

    onScroll() {
      const { scrollHeight, scrollTop, clientHeight } = this.$refs.box;
      const atEnd = scrollHeight - scrollTop - clientHeight <= NEAR;
      if (this.running && atEnd !== this.following && (atEnd || scrollTop < this.top)) this.follow(atEnd);
      this.top = scrollTop;
    },

    follow(on) {
      this.following = on;
      this.seen = this.lines.length;
      if (on) this.toEnd();
    },

    next(step) {
      if (!this.hits.length) return;
      this.at = (this.at + step + this.hits.length) % this.hits.length;
      this.$nextTick(() => this.show());
    },

    show() {
      this.$refs.box.querySelector(".here")?.scrollIntoView({ block: "nearest" });
    },

    look() {
      this.$refs.find.focus();
    },

    toggleWrap() {
      this.wrap = !this.wrap;
      save("wrap", this.wrap);
    },

    download() {
      const link = document.createElement("a");
      link.href = URL.createObjectURL(new Blob([this.text], { type: "text/plain" }));
      link.download = `${this.name}.txt`;
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), 1000);
    },
  },
};
