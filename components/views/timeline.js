// A room: header, messages, composer. Vue draws the frame once; rows are plain DOM, so that nothing is drawn twice.
import { Announcer } from "clawnet/announcer.js";
import { Asking } from "clawnet/ask.js";
import { commanding, commandingData } from "clawnet/commanding.js";
import { RISKS } from "clawnet/completing.js";
import { Composer } from "clawnet/composer.js";
import { isLive, link, onLive } from "clawnet/connection.js";
import { Follow } from "clawnet/follow.js";
import { handling } from "clawnet/handling.js";
import { Happenings } from "clawnet/happenings.js";
import { Icon } from "clawnet/icons.js";
import { Log } from "clawnet/log.js";
import { MessageDialogs } from "clawnet/message-dialogs.js";
import { Outbox } from "clawnet/outbox.js";
import { prefs } from "clawnet/prefs.js";
import { reading } from "clawnet/reading.js";
import { choiceOf, chooseFor } from "clawnet/room-choices.js";
import { onNavigate } from "clawnet/navigation.js";
import { RoomSearch } from "clawnet/room-search.js";
import { switching } from "clawnet/switching.js";
import { toast } from "clawnet/toasts.js";
import { hhmm, longDay } from "clawnet/times.js";
import { working } from "clawnet/working.js";
import { writing } from "clawnet/writing.js";

const KINDS = { all: "All", messages: "Messages", tasks: "Tasks" };

export default {
  mixins: [Asking],
  components: { Icon, MessageDialogs, RoomSearch },
  props: { viewer: String, handle: String, nick: Number },
  emits: ["send", "older", "newer", "latest", "typing"],
  template: `
    <section class="chat" aria-labelledby="room-title">
      <header class="room-header" data-testid="room-header">
        <h2 id="room-title"><span class="sign" aria-hidden="true">{{ sign }}</span><bdi>{{ about.title }}</bdi></h2>
        <p class="topic" :title="about.topic" dir="auto">{{ peerSaid || about.topic }}</p>
        <p class="count">{{ about.peer ? "" : about.count }}{{ asOf }}</p>
        <button v-if="about.peer && writes" type="button" class="button quiet run-command" data-testid="room-run" @click="type('/')">Run command</button>
        <a v-if="about.peer" class="button quiet" :href="about.peer.path" data-testid="room-open-agent">Open agent</a>
        <label class="spoken" for="room-kinds">Show</label>
        <select id="room-kinds" class="button" :value="kinds" data-testid="room-filter" @change="show($event.target.value)"><option v-for="(words, name) in allKinds" :key="name" :value="name">{{ words }}</option></select>
        <button type="button" ref="finder" class="button icon-only" data-testid="room-search-toggle" aria-label="Search in this room" title="Search in this room (/)" :aria-expanded="String(searching)" @click="search()"><Icon name="search" /></button>
        <button type="button" class="button" data-testid="room-panel-toggle" data-toggles="panel"><Icon name="panel" /><span class="panel-words">Room details</span></button>
      </header>
      <RoomSearch v-if="searching" ref="search" :room="about.room" :name="name" :path="about.path" :asks="ask" @close="closeSearch" />
      <div class="log" ref="box" role="log" aria-live="off" tabindex="0" id="conversation" data-testid="timeline" :data-state="state"
           :aria-label="'Messages in ' + name" :aria-busy="loading || state === 'loading'" @keydown="onLogKey">
        <div class="log-start">
          <button v-if="more" type="button" class="button quiet" data-testid="load-older" @click="loadOlder">Load older messages</button>
          <p v-else-if="state === 'ready' && count" class="beginning">{{ beginning }}</p>
        </div>
        <div v-if="state === 'loading'" class="skeleton" data-testid="timeline-loading"><p class="spoken">Loading messages</p><div v-for="n in 8" :key="n" aria-hidden="true"></div></div>
        <p v-if="state === 'ready' && !count" class="empty" data-testid="timeline-empty">
          No messages yet. Say something, or type / to run a command.</p>
        <p v-if="lost" class="error notice" role="status" data-testid="timeline-lost">This message is no longer stored. Here is the end of the room.</p>
        <p v-if="error" class="error notice" data-testid="timeline-error" role="alert">{{ error }}
          <button type="button" class="button small" @click="again">Retry</button></p>
        <div ref="rows" class="rows" :data-kinds="kinds"></div>
        <p v-if="asOf && count" class="gap" data-testid="timeline-gap">Messages after {{ lastContact }} may be missing.</p>
      </div>
      <div class="to-end" v-show="!following">
        <button type="button" class="jump" data-testid="jump-latest" @click="toLatest()">
          <Icon name="down" /> {{ unseen ? unseen.toLocaleString("en") + " new" : detached ? "Back to latest" : "Latest messages" }}</button>
      </div>
      <footer class="composer" :class="{ tall }">
        <p v-if="notice" class="notice" data-testid="composer-notice">{{ notice }}
          <button v-if="about.archived && about.writes" type="button" class="button small" data-testid="composer-unarchive" @click="unarchive">Unarchive</button></p>
        <p v-if="refusal" class="refusal" role="alert" data-testid="composer-refusal">{{ refusal.why }}
          <button v-if="refusal.literal" type="button" class="button small" data-testid="composer-as-text" @click="asText">Send as text</button></p>
        <p v-if="wait && !notice" class="notice limited" data-testid="composer-limited">Slow down: the relay takes no more for <span class="number">{{ wait }} s</span>. What you send waits and goes by itself.</p>
        <p v-if="pasted" class="offer">That was a long text. <button type="button" class="button small" data-testid="composer-fence" @click="composer.fence()">Paste as code block</button></p>
        <div v-if="question" class="question" role="group" aria-labelledby="composer-question" data-testid="composer-confirm" @keydown.esc.stop="back">
          <p id="composer-question"><strong>{{ question.words }}</strong> <bdi>{{ question.who }}</bdi><span v-if="question.risk">. It {{ question.risk }}.</span></p>
          <button type="button" ref="no" class="button" data-testid="composer-confirm-no" @click="back">Cancel</button>
          <button type="button" class="button danger" data-testid="composer-confirm-yes" @click="confirm">{{ question.verb }}</button>
        </div>
        <div v-if="menu.rows.length" class="menu-box" data-testid="composer-menu">
          <ul id="composer-menu" role="listbox" :aria-label="menu.what">
            <template v-for="[row, place] in inMenu" :key="row.id"><li v-if="row.group && row.group !== menu.rows[place - 1]?.group" role="presentation" class="palette-group">{{ row.group }}</li>
            <li :id="'composer-option-' + place" role="option" :aria-selected="String(place === menu.at)" :aria-posinset="place + 1" :aria-setsize="menu.rows.length" :data-testid="'composer-option-' + row.id.slice(1)"
              @mousedown.prevent="accept(place)"><span v-if="row.status" class="presence" :data-status="row.status" aria-hidden="true"></span><strong>{{ row.text }}</strong><span v-if="row.args" class="args">{{ row.args }}</span>
              <span class="says"><span v-if="row.status">{{ row.status }}, </span>{{ row.help }}</span><span v-if="row.risk" class="risk" :data-risk="row.risk">{{ risks[row.risk] }}</span><span v-if="!row.group" class="note">{{ row.note }}</span></li></template>
          </ul>
          <p v-if="inMenu.length < menu.rows.length" class="help" aria-hidden="true">{{ inMenu[0][1] + 1 }} to {{ inMenu.at(-1)[1] + 1 }} of {{ menu.rows.length }}</p>
        </div>
        <form v-show="!notice" @submit.prevent="composer.submit()">
          <textarea ref="field" id="composer" rows="1" dir="auto" data-testid="composer-input" enterkeyhint="send" aria-autocomplete="list"
            :aria-controls="menu.rows.length ? 'composer-menu' : null" :aria-activedescendant="menu.rows.length ? 'composer-option-' + menu.at : null"
            aria-describedby="composer-hint" :aria-label="'Message ' + name" :placeholder="'Message ' + name"></textarea>
          <button type="button" class="button icon-only quiet" data-testid="composer-expand" :aria-label="tall ? 'Smaller field' : 'Larger field'" :aria-pressed="String(tall)" @click="tall = !tall"><Icon :name="tall ? 'down' : 'up'" /></button>
          <button type="submit" class="button primary" data-testid="composer-send" :aria-disabled="!ready"
            ><span v-if="wait" data-testid="composer-countdown">Send in {{ wait }} s</span><span v-else>Send</span></button>
        </form>
        <p class="hint" id="composer-hint" data-testid="composer-hint" :class="{ warn: over }"><template v-if="usage && !hint">{{ usage.name }}<template v-for="{ sign, now } in usage.signs">{{ " " }}<strong v-if="now">{{ sign }}</strong><template v-else>{{ sign }}</template></template>: {{ usage.help }}. {{ usage.risk }}</template><template v-else>{{ hintText }}</template></p>
      </footer>
      <div class="spoken" role="status" ref="announcer" data-testid="live-announcer"></div>
      <MessageDialogs ref="dialogs" :remove="removeMessage" :receipts-of="receiptsOf" />
    </section>`,

  data: () => ({
    about: { room: "", kind: "global", title: "", topic: "", count: "", notice: "", member: true, writes: false, archived: false, path: "/dashboard", peer: null },
    allKinds: KINDS,
    kinds: "all",
    searching: false,
    pasted: false,
    tall: false,
    detached: false,
    lost: false,
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
    prefs,
    ...commandingData(),
  }),

  computed: {
    writes: (vm) => vm.about.writes && !vm.notice,
    sign: (vm) => (vm.about.kind === "dm" ? "@" : "#"),
    name: (vm) => (vm.about.kind === "dm" ? "@" : "#") + vm.about.title,
    asOf: (vm) => (["live", "slow"].includes(vm.link.state) ? "" : `, as of ${hhmm(new Date(vm.link.last))}`),
    lastContact: (vm) => hhmm(new Date(vm.link.last)),
    peerSaid: ({ about: { peer } }) => peer && [peer.word, peer.role, peer.status === "online" ? peer.note : peer.seen && `last seen ${hhmm(new Date(peer.seen))}`].filter(Boolean).join(", "),
    notice: (vm) => (vm.link.state === "unauthorised" ? "Sign in to send." : vm.about.notice),
    over: (vm) => vm.hint.includes("too many"),
    // A window on the rows instead of a box that scrolls: that one would have to be a stop for the Tab key.
    inMenu: (vm) => {
      const size = innerHeight < 600 ? 4 : innerWidth < 768 ? 6 : 9;
      const from = Math.max(0, Math.min(vm.menu.at - size + 2, vm.menu.rows.length - size));
      return vm.menu.rows.map((row, place) => [row, place]).slice(from, from + size);
    },
    beginning: (vm) => {
      if (vm.truncated) return "Older messages are not kept.";
      const made = vm.about.created ? `, created ${longDay(new Date(vm.about.created))}` : "";
      return `Beginning of ${vm.name}${made}`;
    },
    hintText() {
      if (this.hint) return this.hint;
      const waiting = this.pending ? ` ${this.pending} waiting` : "";
      if (this.link.state === "unauthorised") return "";
      if (!["live", "slow"].includes(this.link.state)) return "Will send when the relay is back." + waiting;
      if (this.writers.length) return typingText(this.writers);
      if (!this.about.member) return `Sending adds you to ${this.name}`;
      return this.prefs.enterSends ? "Enter sends, Shift+Enter adds a line" : "Ctrl+Enter sends, Enter adds a line";
    },
  },

  // Objects that own DOM or timers stay outside of Vue's reactivity.
  created() {
    this.epoch = null;
    this.spoke = new Map(); // when somebody spoke here last, by handle
  },

  mounted() {
    this.log = new Log(this.$refs.rows, this.desk());
    this.happenings = new Happenings(this.log);
    this.tools = this.makeTools();
    this.announcer = new Announcer(this.$refs.announcer);
    this.follow = new Follow(this.$refs.box, this.$refs.rows, () => this.onFollow());
    this.composer = new Composer(this.$refs.field, {
      send: (text) => this.write(text),
      typing: (room, typing) => isLive() && this.$emit("typing", { room, typing }),
      changed: () => this.onCompose(),
      keys: (event) => this.onMenuKey(event),
      allows: (text) => this.allows(text),
      leave: () => this.$refs.box.focus({ preventScroll: true }),
    });
    this.outbox = new Outbox({
      viewer: this.viewer,
      send: (ask) => this.$emit("send", ask),
      isLive,
      changed: () => this.showOutbox(),
    });
    onLive(() => this.onLive());
    onNavigate(() => this.leaveSoon());
    this.ticking = setInterval(() => this.tick(), 500);
    this.leaving = () => this.composer.flush();
    addEventListener("pagehide", this.leaving);
    this.asked = (event) => this.onAsked(event.detail);
    addEventListener("clawnet:chat", this.asked);
  },

  beforeUnmount() {
    clearInterval(this.ticking);
    removeEventListener("pagehide", this.leaving);
    removeEventListener("clawnet:chat", this.asked);
    this.follow.close();
  },

  methods: {
    ...reading,
    ...handling,
    ...writing,
    ...commanding,
    ...working,
    ...switching,

    // ---- called by the relay

    open(page) {
      this.arrived();
      const again = page.room === this.about.room && page.epoch === this.epoch;
      this.about = pick(page, this.about);
      this.epoch = page.epoch;
      this.more = page.older;
      this.detached = this.follow.held = page.newer;
      this.truncated = page.oldest > 1;
      this.lost = page.lost;
      this.state = "ready";
      this.error = "";
      this.loading = this.unreadKept = false;
      this.unseen = 0;
      this.kinds = choiceOf(page.room).kinds ?? "all";
      if (!again) this.closeSearch(false);
      this.log.clear();
      this.spoke.clear();
      this.log.append(page.entries);
      this.settleSeen(page.entries);
      this.composer.open(page.room);
      this.restoreWaiting();
      this.updateCount();
      this.place(again, page.target);
      dispatchEvent(new CustomEvent("clawnet:opened"));
      this.outbox.pump();
      if (!page.target && matchMedia("(min-width: 1024px) and (pointer: fine)").matches) this.$refs.field.focus({ preventScroll: true });
    },

    push(entries) {
      if (!this.about.room) return; // what is on its way holds it as well
      if (this.detached) return void (this.unseen += this.ofOthers(entries).length);
      if (entries[0].o > this.log.last + 1 && this.log.last) return this.$emit("newer", { room: this.about.room, after: this.log.last });
      this.add(entries);
    },

    newer(page) {
      if (page.room !== this.about.room) return;
      const was = this.detached;
      this.loading = false;
      if (this.catching) dispatchEvent(new CustomEvent("clawnet:caught-up", { detail: this.ofOthers(page.entries).length }));
      this.catching = false;
      this.add(page.entries);
      this.detached = this.follow.held = was && page.newer && page.entries.length > 0;
      if (!was && page.newer && page.entries.length) this.$emit("newer", { room: page.room, after: this.log.last });
      if (was && !this.detached) this.onFollow();
    },

    older(page) {
      if (page.room !== this.about.room) return;
      const box = this.$refs.box;
      const anchor = this.log.topRow(box.getBoundingClientRect().top);
      const before = anchor && this.distance(anchor, 0);
      box.style.overflowAnchor = "none"; // the browser's own correction would come on top of ours
      this.log.prepend(page.entries);
      // What is new can reach back beyond the page that was shown first.
      if (this.log.newLine && this.mark !== null && page.entries[0]?.o > this.mark) this.log.markNew(this.mark, this.viewer);
      this.more = page.older && page.entries.length > 0;
      this.truncated = page.oldest > 1;
      this.updateCount();
      this.$nextTick(() => {
        if (anchor) box.scrollTop += this.distance(anchor, 0) - before;
        this.follow.top = box.scrollTop;
        this.loading = false;
        requestAnimationFrame(() => (box.style.overflowAnchor = ""));
      });
    },

    failed(answer) {
      const { room, what, message } = answer;
      if (what === "open") this.fail(answer);
      else if (room !== this.about.room) return;
      this.loading = false;
      this.error = `Could not load messages: ${message}.`;
    },

    // The room is open, but what was said in it is not to be had: one can write all the same.
    fail(answer) {
      this.arrived();
      this.about = pick(answer, this.about);
      this.state = "failed";
      this.more = this.detached = this.follow.held = false;
      this.log.clear();
      this.composer.open(answer.room);
      this.restoreWaiting();
      this.updateCount();
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

    happened(happenings) {
      if (!this.about.room || this.detached) return;
      this.happenings.add(happenings);
      this.follow.settle();
    },

    describe(about) {
      if (this.about.room) this.about = pick(about, this.about);
    },

    // ---- messages

    add(entries) {
      this.fresh = true;
      const fresh = this.log.append(entries);
      this.fresh = false;
      if (!fresh.length) return;
      this.settleSeen(fresh);
      const others = this.detached ? [] : this.ofOthers(fresh);
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

    ofOthers(entries) {
      return entries.filter((entry) => entry.from !== this.viewer && ["text", "task"].includes(entry.kind));
    },

    // What stands in the room was stored, whether or not an answer ever came.
    settleSeen(entries) {
      for (const { name, ts, kind } of entries) if (kind === "text") this.spoke.set(name, Date.parse(ts));
      const waiting = new Set(this.outbox.entries().map((entry) => entry.key));
      for (const entry of entries) if (entry.from === this.viewer && waiting.has(entry.key)) this.outbox.settle(entry.key);
    },

    updateCount() {
      this.count = this.log.rows.size + this.log.keys.size;
    },

    // ---- keys and what the frame asks

    onLogKey(event) {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      const row = document.activeElement.closest?.("article");
      if (row?.card && row.card.onKey(event.key)) return event.preventDefault();
      if (this.onToolKey(event, row)) return event.preventDefault();
      if (event.key === "Escape") return event.shiftKey ? undefined : this.toLatest();
      if (event.key === "End") return this.toLatest();
      if (["PageUp", "Home"].includes(event.key)) this.follow.letGo();
      const step = { ArrowUp: -1, k: -1, ArrowDown: 1, j: 1 }[event.key];
      if (!step || event.target.closest("pre, button, a, input")) return;
      const rows = [...this.$refs.rows.querySelectorAll("article")].filter((each) => each.offsetParent);
      const place = rows.indexOf(document.activeElement);
      const next = place < 0 ? rows.at(-1) : rows[place + step];
      event.preventDefault();
      if (step < 0) this.follow.letGo();
      next?.focus();
    },

    onAsked({ what, text }) {
      if (what === "search") this.search(text);
      if (what === "type") this.type(text);
      if (what === "run") this.run(text);
    },

    search(text = "") {
      this.searching = true;
      this.$nextTick(() => this.$refs.search.open(text));
    },

    closeSearch(back = true) {
      if (!this.searching) return;
      this.searching = false;
      if (back) this.$refs.finder.focus();
    },

    show(kinds) {
      this.kinds = kinds;
      chooseFor(this.about.room, "kinds", kinds === "all" ? null : kinds);
      this.$nextTick(() => this.follow.settle());
    },

    // A line that was begun elsewhere; one that is whole is sent, and asks first where that is due.
    type(text) {
      const before = this.composer.text.trim();
      if (text && before && !text.startsWith(before)) {
        this.composer.sent.push(before);
        toast({ text: "What stood in the composer can be had again: empty it and press the up arrow." });
      }
      if (text) this.composer.set(text);
      this.composer.toEnd();
      if (text) this.composer.onInput();
    },

    // A whole line: it goes at once, or asks first where that is due; the draft comes back behind it.
    run(line) {
      const draft = this.composer.text;
      this.composer.set(line);
      this.composer.submit();
      if (!draft.trim()) return;
      if (this.composer.text) this.composer.sent.push(draft.trim());
      else this.composer.set(draft);
      this.composer.onInput();
    },

    async unarchive() {
      const answer = await this.ask("change", { room: this.about.room, archived: false });
      if (answer.error) this.error = answer.error;
    },

    onLive() {
      this.outbox.reconnected();
      this.catching = true;
      // Nothing was pushed while the link was down that NiceGUI's own replay could not lose: ask once.
      if (this.about.room && this.log.last && !this.detached) this.$emit("newer", { room: this.about.room, after: this.log.last });
    },
  },
};

const FIELDS = ["room", "kind", "title", "topic", "count", "created", "notice", "member", "writes", "archived", "path", "peer"];
const pick = (from, before) => Object.fromEntries(FIELDS.map((name) => [name, from[name] ?? before[name]]));

function typingText(writers) {
  if (writers.length === 1) return `${writers[0]} is typing`;
  return writers.length < 4 ? `${writers.join(", ")} are typing` : `${writers.length} agents are typing`;
}
