// A room: header, messages, composer. Vue draws the frame once; rows are plain DOM, so that nothing is drawn twice.
import { Announcer } from "clawnet/announcer.js";
import { Asking } from "clawnet/ask.js";
import { commanding, commandingData } from "clawnet/commanding.js";
import { RISKS } from "clawnet/completing.js";
import { Composer } from "clawnet/composer.js";
import { Follow } from "clawnet/follow.js";
import { Icon } from "clawnet/icons.js";
import { Log } from "clawnet/log.js";
import { Outbox } from "clawnet/outbox.js";
import { isLive, link, onLive } from "clawnet/connection.js";
import { markOf, setMark } from "clawnet/marks.js";
import { hhmm, longDay } from "clawnet/times.js";
import { working } from "clawnet/working.js";
import { writing } from "clawnet/writing.js";

const NEAR_TOP = 400;
const READ_AFTER = 1000;
const OLDER_WAIT = 8000;

export default {
  mixins: [Asking],
  components: { Icon },
  props: { viewer: String, handle: String, nick: Number },
  emits: ["send", "older", "newer", "typing", "remove"],
  template: `
    <section class="chat" aria-labelledby="room-title">
      <header class="room-header" data-testid="room-header">
        <h2 id="room-title"><span class="sign" aria-hidden="true">{{ sign }}</span><bdi>{{ about.title }}</bdi></h2>
        <p class="topic" :title="about.topic" dir="auto">{{ about.topic }}</p>
        <p class="count">{{ about.count }}{{ asOf }}</p>
        <button type="button" class="button quiet" data-testid="room-panel-toggle" data-toggles="panel">Room details</button>
      </header>
      <div class="log" ref="box" role="log" aria-live="off" tabindex="0" id="conversation" data-testid="timeline"
           :aria-label="'Messages in ' + name" :aria-busy="loading" @keydown="onLogKey">
        <div class="log-start">
          <button v-if="more" type="button" class="button quiet" data-testid="load-older" @click="loadOlder">Load older messages</button>
          <p v-else-if="state === 'ready' && count" class="beginning">{{ beginning }}</p>
        </div>
        <p v-if="state === 'ready' && !count" class="empty" data-testid="timeline-empty">
          No messages yet. Say something, or type / to run a command.</p>
        <p v-if="error" class="error" data-testid="timeline-error" role="alert">{{ error }}
          <button type="button" class="button" @click="again">Retry</button></p>
        <div ref="rows" class="rows"></div>
      </div>
      <div class="to-end" v-show="!following">
        <button type="button" class="jump" data-testid="jump-latest" @click="follow.resume()">
          <Icon name="down" /> {{ unseen ? unseen.toLocaleString("en") + " new" : "Latest messages" }}</button>
      </div>
      <footer class="composer">
        <p v-if="about.notice" class="notice" data-testid="composer-notice">{{ about.notice }}</p>
        <p v-if="refusal" class="refusal" role="alert" data-testid="composer-refusal">{{ refusal.why }}
          <button v-if="refusal.literal" type="button" class="button small" data-testid="composer-as-text" @click="asText">Send as text</button></p>
        <div v-if="question" class="question" role="group" aria-labelledby="composer-question" data-testid="composer-confirm" @keydown.esc.stop="back">
          <p id="composer-question"><strong>{{ question.words }}</strong> <bdi>{{ question.who }}</bdi><span v-if="question.risk">. It {{ question.risk }}.</span></p>
          <button type="button" ref="no" class="button" data-testid="composer-confirm-no" @click="back">Cancel</button>
          <button type="button" class="button danger" data-testid="composer-confirm-yes" @click="confirm">{{ question.verb }}</button>
        </div>
        <div v-if="menu.rows.length" class="menu-box" data-testid="composer-menu">
          <ul id="composer-menu" role="listbox" :aria-label="menu.what">
            <li v-for="[row, place] in inMenu" :key="row.id" :id="'composer-option-' + place" role="option" :aria-selected="String(place === menu.at)" :aria-posinset="place + 1" :aria-setsize="menu.rows.length" :data-testid="'composer-option-' + row.id.slice(1)"
              @mousedown.prevent="accept(place)"><span v-if="row.status" class="presence" :data-status="row.status" aria-hidden="true"></span><strong>{{ row.text }}</strong><span v-if="row.args" class="args">{{ row.args }}</span>
              <span class="says"><span v-if="row.status">{{ row.status }}, </span>{{ row.help }}</span><span v-if="row.risk" class="risk" :data-risk="row.risk">{{ risks[row.risk] }}</span><span class="note">{{ row.note }}</span></li>
          </ul>
          <p v-if="inMenu.length < menu.rows.length" class="help" aria-hidden="true">{{ inMenu[0][1] + 1 }} to {{ inMenu.at(-1)[1] + 1 }} of {{ menu.rows.length }}</p>
        </div>
        <form v-show="!about.notice" @submit.prevent="composer.submit()">
          <textarea ref="field" id="composer" rows="1" dir="auto" data-testid="composer-input" enterkeyhint="send" aria-autocomplete="list"
            :aria-controls="menu.rows.length ? 'composer-menu' : null" :aria-activedescendant="menu.rows.length ? 'composer-option-' + menu.at : null"
            aria-describedby="composer-hint" :aria-label="'Message ' + name" :placeholder="'Message ' + name"></textarea>
          <button type="submit" class="button primary" data-testid="composer-send" :aria-disabled="!ready"
            ><span v-if="wait" data-testid="composer-countdown">Send in {{ wait }} s</span><span v-else>Send</span></button>
        </form>
        <p class="hint" id="composer-hint" data-testid="composer-hint" :class="{ warn: over }">{{ hintText }}</p>
      </footer>
      <div class="spoken" role="status" ref="announcer" data-testid="live-announcer"></div>
    </section>`,

  data: () => ({
    about: { room: "", kind: "global", title: "", topic: "", count: "", notice: "", member: true },
    state: "loading",
    more: false,
    truncated: false,
    loading: false,
    error: "",
    count: 0,
    following: true,
    unseen: 0,
    ready: false,
    hint: "",
    writers: [],
    wait: 0,
    pending: 0,
    link,
    risks: RISKS,
    ...commandingData(),
  }),

  computed: {
    sign: (vm) => (vm.about.kind === "dm" ? "@" : "#"),
    name: (vm) => (vm.about.kind === "dm" ? "@" : "#") + vm.about.title,
    asOf: (vm) => (["live", "slow"].includes(vm.link.state) ? "" : `, as of ${hhmm(new Date(vm.link.last))}`),
    over: (vm) => vm.hint.includes("too many"),
    // A window on the rows instead of a box that scrolls: that one would have to be a stop for the Tab key.
    inMenu: (vm) => {
      const size = innerHeight < 600 ? 4 : 8;
      const from = Math.max(0, Math.min(vm.menu.at - size + 2, vm.menu.rows.length - size));
      return vm.menu.rows.map((row, place) => [row, place]).slice(from, from + size);
    },
    beginning: (vm) => {
      if (vm.truncated) return "Older messages are not kept.";
      const made = vm.about.created ? `, created ${longDay(new Date(vm.about.created))}` : "";
      return `Beginning of ${vm.name}${made}`;
    },
    hintText() {
      if (this.hint || this.usage) return this.hint || this.usage;
      const waiting = this.pending ? ` ${this.pending} waiting` : "";
      if (!["live", "slow"].includes(this.link.state)) return "Will send when the relay is back." + waiting;
      if (this.writers.length) return typingText(this.writers);
      if (!this.about.member) return `Sending adds you to ${this.name}`;
      return "Enter sends, Shift+Enter adds a line";
    },
  },

  // Objects that own DOM or timers stay outside of Vue's reactivity.
  created() {
    this.epoch = null;
  },

  mounted() {
    this.log = new Log(this.$refs.rows, this.desk());
    this.announcer = new Announcer(this.$refs.announcer);
    this.follow = new Follow(this.$refs.box, this.$refs.rows, () => this.onFollow());
    this.composer = new Composer(this.$refs.field, {
      send: (text) => this.write(text),
      typing: (room, typing) => isLive() && this.$emit("typing", { room, typing }),
      changed: () => this.onCompose(),
      keys: (event) => this.onMenuKey(event),
      allows: (text) => this.allows(text),
    });
    this.outbox = new Outbox({
      viewer: this.viewer,
      send: (ask) => this.$emit("send", ask),
      isLive,
      changed: () => this.showOutbox(),
    });
    onLive(() => this.onLive());
    this.ticking = setInterval(() => this.tick(), 500);
    this.leaving = () => this.composer.flush();
    addEventListener("pagehide", this.leaving);
  },

  beforeUnmount() {
    clearInterval(this.ticking);
    removeEventListener("pagehide", this.leaving);
    this.follow.close();
  },

  methods: {
    ...writing,
    ...commanding,
    ...working,

    // ---- called by the relay

    open(page) {
      const again = page.room === this.about.room && page.epoch === this.epoch;
      this.about = pick(page, this.about);
      this.epoch = page.epoch;
      this.more = page.more;
      this.truncated = page.oldest > 1;
      this.state = "ready";
      this.error = "";
      this.loading = false;
      this.unseen = 0;
      this.log.clear();
      this.log.append(page.entries);
      this.settleSeen(page.entries);
      this.composer.open(page.room);
      this.restoreWaiting();
      this.updateCount();
      this.placeAtMark(again);
      this.outbox.pump();
      if (matchMedia("(min-width: 1024px) and (pointer: fine)").matches) this.$refs.field.focus({ preventScroll: true });
    },

    push(entries) {
      if (entries[0].o > this.log.last + 1 && this.log.last) return this.$emit("newer", { room: this.about.room, after: this.log.last });
      this.add(entries);
    },

    newer(page) {
      if (page.room !== this.about.room) return;
      this.add(page.entries);
      if (page.more && page.entries.length) this.$emit("newer", { room: page.room, after: this.log.last });
    },

    older(page) {
      if (page.room !== this.about.room) return;
      const box = this.$refs.box;
      const anchor = this.log.topRow(box.getBoundingClientRect().top);
      const before = anchor?.getBoundingClientRect().top;
      box.style.overflowAnchor = "none"; // the browser's own correction would come on top of ours
      this.log.prepend(page.entries);
      this.more = page.more && page.entries.length > 0;
      this.truncated = page.oldest > 1;
      this.updateCount();
      this.$nextTick(() => {
        if (anchor) box.scrollTop += anchor.getBoundingClientRect().top - before;
        this.follow.top = box.scrollTop;
        this.loading = false;
        requestAnimationFrame(() => (box.style.overflowAnchor = ""));
      });
    },

    failed({ room, what, message }) {
      if (room !== this.about.room) return;
      this.loading = false;
      if (what !== "remove") this.error = `Could not load messages: ${message}.`;
    },

    settle(answer) {
      if (!answer.ok) return this.refuses(answer) || this.outbox.settle(answer.key, answer);
      this.outbox.settle(answer.key);
      const row = this.log.keys.get(answer.key);
      if (row && !answer.o) this.log.drop(answer.key);
      else if (row) row.dataset.state = "accepted";
      this.updateCount();
      this.tell(answer);
    },

    writing(writers) {
      this.writers = writers;
    },

    describe(about) {
      this.about = pick(about, this.about);
    },

    // ---- messages

    add(entries) {
      this.fresh = true;
      const fresh = this.log.append(entries);
      this.fresh = false;
      if (!fresh.length) return;
      this.settleSeen(fresh);
      const others = fresh.filter((entry) => entry.from !== this.viewer && ["text", "task"].includes(entry.kind));
      if (!this.follow.on) this.unseen += others.length;
      if (this.log.trim(this.follow.on)) this.more = true;
      this.follow.settle();
      this.updateCount();
      if (others.length) {
        this.announcer.say(others, this.name);
        if (document.hidden && !this.log.newLine) this.log.markNew(others[0].o - 1, this.viewer);
      }
      this.readSoon();
    },

    // What stands in the room was stored, whether or not an answer ever came.
    settleSeen(entries) {
      const waiting = new Set(this.outbox.entries().map((entry) => entry.key));
      for (const entry of entries) if (entry.from === this.viewer && waiting.has(entry.key)) this.outbox.settle(entry.key);
    },

    updateCount() {
      this.count = this.log.rows.size + this.log.keys.size;
    },

    placeAtMark(again) {
      const mark = markOf(this.about.room, this.epoch);
      if (mark !== null && !again) this.log.markNew(mark, this.viewer);
      const line = this.log.newLine;
      this.follow.resume();
      if (line) {
        this.follow.set(false);
        this.$refs.box.scrollTop += line.getBoundingClientRect().top - this.$refs.box.getBoundingClientRect().top - this.$refs.box.clientHeight / 3;
        this.follow.set(this.follow.atEnd);
      }
      if (mark === null) this.markRead();
      else this.readSoon();
    },

    // ---- reading

    onFollow() {
      this.following = this.follow.on;
      if (this.follow.on) this.unseen = 0;
      if (this.$refs.box.scrollTop < NEAR_TOP && this.more && this.$refs.box.scrollHeight > this.$refs.box.clientHeight) this.loadOlder();
      this.readSoon();
    },

    loadOlder() {
      if (this.loading || !this.more || !isLive()) return;
      this.loading = true;
      setTimeout(() => (this.loading = false), OLDER_WAIT);
      this.$emit("older", { room: this.about.room, before: this.log.first });
    },

    again() {
      this.error = "";
      this.loading = false;
      if (this.log.last) this.$emit("newer", { room: this.about.room, after: this.log.last });
      this.loadOlder();
    },

    readSoon() {
      clearTimeout(this.reading);
      if (this.isSeen()) this.reading = setTimeout(() => this.isSeen() && this.markRead(), READ_AFTER);
    },

    isSeen() {
      return this.follow.atEnd && !document.hidden && document.hasFocus() && this.$el.offsetParent !== null;
    },

    markRead() {
      const room = this.about.room;
      if (this.log.last && setMark(room, this.log.last, this.epoch)) dispatchEvent(new CustomEvent("clawnet:read", { detail: { room, offset: this.log.last } }));
    },

    onLogKey(event) {
      const row = document.activeElement.closest?.("article");
      if (row?.card && !event.ctrlKey && !event.metaKey && !event.altKey && row.card.onKey(event.key)) return event.preventDefault();
      const step = { ArrowUp: -1, k: -1, ArrowDown: 1, j: 1 }[event.key];
      if (event.key === "Escape") return this.follow.resume();
      if (!step || event.ctrlKey || event.metaKey || event.altKey || event.target.closest("pre, button, a")) return;
      const rows = [...this.$refs.rows.querySelectorAll("article")];
      const place = rows.indexOf(document.activeElement);
      const next = place < 0 ? rows.at(-1) : rows[place + step];
      event.preventDefault();
      if (step < 0) this.follow.letGo();
      next?.focus();
    },

    onLive() {
      this.outbox.reconnected();
      // Nothing was pushed while the link was down that NiceGUI's own replay could not lose: ask once.
      if (this.about.room && this.log.last) this.$emit("newer", { room: this.about.room, after: this.log.last });
    },
  },
};

const FIELDS = ["room", "kind", "title", "topic", "count", "created", "notice", "member"];
const pick = (from, before) => Object.fromEntries(FIELDS.map((name) => [name, from[name] ?? before[name]]));

function typingText(writers) {
  if (writers.length === 1) return `${writers[0]} is typing`;
  return writers.length < 4 ? `${writers.join(", ")} are typing` : `${writers.length} agents are typing`;
}
