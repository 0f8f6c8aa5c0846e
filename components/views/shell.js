// The frame of the console: bars, banner, overlays, dialogs, keys. Everything here answers without the relay.
import { nextTheme } from "clawnet/appearance.js";
import { Asking } from "clawnet/ask.js";
import { isLive, link, lost, onLive, retry, start } from "clawnet/connection.js";
import { nextUnread, openRoom, step } from "clawnet/conversations.js";
import { Help } from "clawnet/help.js";
import { Icon } from "clawnet/icons.js";
import { Keys } from "clawnet/keys.js";
import { allMarks, baseline, onMarks, readAll, setMark } from "clawnet/marks.js";
import { go, here, keepConversation, lastConversation, onNavigate } from "clawnet/navigation.js";
import { elapsed, hhmm, hhmmss, relayNow, toggleZone, zone, zoneName } from "clawnet/times.js";
import { Dialogs } from "clawnet/dialogs.js";
import { needing, NeedsYou, unnoted } from "clawnet/needs-you.js";
import { badge } from "clawnet/notify.js";
import { outbox } from "clawnet/outbox.js";
import { Palette } from "clawnet/palette.js";
import { choiceOf, chooseFor } from "clawnet/room-choices.js";
import { copyText } from "clawnet/rows.js";
import { load, save } from "clawnet/store.js";
import { Notices, toast, Toasts } from "clawnet/toasts.js";

const TABS = [
  ["chat", "Chat", "/dashboard"],
  ["fleet", "Fleet", "/dashboard/fleet"],
  ["ops", "Ops", "/dashboard/ops"],
  ["logs", "Logs", "/dashboard/logs"],
  ["settings", "Settings", "/dashboard/settings"],
];
const OLD_TABS = { "#overview": "fleet", "#fleet": "fleet", "#management": "fleet", "#ops": "ops", "#intel": "chat", "#logs": "logs", "#settings": "settings", "#docs": "settings/connect" };
const WORDS = { live: "Live", slow: "Slow", stale: "Reconnecting", reconnecting: "Reconnecting", offline: "Offline", unauthorised: "Signed out" };
const BACK = 4000;
const SIDES = [200, 360]; // px, how narrow and how wide the list may be
const MARKED = "data:image/svg+xml," + encodeURIComponent('<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="7" fill="#0E1116"/><g fill="none" stroke="#E4572E" stroke-width="2.6" stroke-linecap="round"><path d="M9 24C5 17 8 9 14 7"/><path d="M16 25c-3-7-2-13 3-17"/></g><circle cx="24" cy="8" r="6" fill="#E8B04B"/></svg>');
const WIDE = matchMedia("(min-width: 1280px)");

export default {
  mixins: [Asking],
  components: { Icon, Dialogs, Help, NeedsYou, Notices, Palette, Toasts },
  props: { handle: String, role: String, version: String, view: String },
  emits: ["navigate", "create", "marks", "read"],
  template: `
    <div class="shell" data-testid="app-shell" :data-view="current" :data-open="open" :data-panel="panel" :data-link="link.state" :style="{ '--side': side + 'px' }" @keydown.esc="close">
      <a class="skip" href="#composer" data-testid="skip-composer" @click.prevent="focus('composer')">Skip to composer</a>
      <a class="skip" href="#conversation" data-testid="skip-conversation" @click.prevent="focus('conversation')">Skip to conversation</a>
      <header class="top">
        <button type="button" class="button icon-only sidebar-button" data-testid="open-sidebar" aria-label="Conversations"
          :aria-expanded="String(open === 'sidebar')" @click="toggle('sidebar')"><Icon name="menu" /></button>
        <h1><a :href="lastChat">ClawNet</a></h1>
        <nav class="tabs" aria-label="Primary">
          <a v-for="[name, words, path] in tabs" :key="name" :href="name === 'chat' ? lastChat : path" :data-testid="'tab-' + name"
             :aria-current="current === name ? 'page' : null">{{ words }}<span v-if="name === 'chat' && mentions" class="badge mention" :aria-label="mentions + ' mentions'">{{ mentions }}</span><span v-if="name === 'ops' && failed" class="badge" data-testid="ops-failed">{{ failed }}<span class="spoken"> failed</span></span></a>
        </nav>
        <p class="where">{{ title }}</p>
        <button type="button" class="button open-palette" data-testid="open-palette" title="Search or run (Ctrl+K)" @click="$refs.palette.show()"><Icon name="search" /><span class="palette-words">Search or run</span><kbd aria-hidden="true">Ctrl K</kbd></button>
        <div class="menu">
          <button type="button" ref="needs" class="button needs" :class="{ quiet: !needed }" data-testid="needs-you" :data-count="needed" :aria-expanded="String(open === 'needs')"
            :aria-label="needed + (needed === 1 ? ' item needs you' : ' items need you')" @click="toggle('needs')"><Icon name="bell" /><span aria-hidden="true">{{ needed }}</span></button>
          <NeedsYou v-if="open === 'needs'" :rows="waits" :asks="ask" />
        </div>
        <div class="menu">
          <button type="button" class="button quiet chip" data-testid="conn-chip" :data-state="link.state" :aria-label="chip + ', connection'"
            :aria-expanded="String(open === 'link')" @click="toggle('link')">
            <span class="dot" aria-hidden="true"></span><span class="chip-text">{{ chip }}</span></button>
          <div v-if="open === 'link'" class="popover" role="group" aria-label="Connection">
            <dl><dt>State</dt><dd>{{ chip }}</dd><dt>Latency</dt><dd>{{ Math.round(link.latency) }} ms</dd>
            <dt>Last contact</dt><dd>{{ lastContact }}</dd><dt>Relay</dt><dd>ClawNet {{ version }}</dd></dl>
            <div class="buttons"><button type="button" class="button" @click="retry()">Retry now</button><button type="button" class="button" data-testid="conn-copy" @click="copyDiagnostics">Copy diagnostics</button></div>
          </div>
        </div>
        <button type="button" class="button quiet clock" data-testid="clock" :aria-label="clock + ', switch between local time and UTC'" @click="toggleZone()">{{ clock }}</button>
        <div class="menu">
          <button type="button" class="button quiet user" data-testid="user-menu" :aria-label="'Account of ' + handle"
            :aria-expanded="String(open === 'user')" @click="toggle('user')"><Icon name="user" /><span class="user-name">{{ handle }}</span></button>
          <div v-if="open === 'user'" class="popover" role="group" aria-label="Account">
            <p><bdi>{{ handle }}</bdi> <span class="role">{{ role }}</span></p>
            <button type="button" class="button" data-testid="open-notices" @click="$refs.notices.show($event.currentTarget)">Notices</button>
            <button type="button" class="button" data-testid="open-help" @click="$refs.help.show($event.currentTarget)">Keys</button>
            <button type="button" class="button" data-testid="next-theme" @click="nextTheme()">Next theme</button>
            <form method="post" action="/logout"><button type="submit" class="button" data-testid="sign-out">Sign out</button></form>
          </div>
        </div>
      </header>
      <div class="banner" v-if="link.shown" role="alert" data-testid="conn-banner">
        <Icon name="warning" /><p>{{ banner }}</p>
        <button type="button" class="button" data-testid="conn-retry" @click="retry()">Retry now</button>
      </div>
      <div class="banner" v-else-if="end" data-testid="session-ending">
        <Icon name="wait" /><p><span role="alert">Your session ends at {{ endsAt }}.</span> <span aria-hidden="true" class="number">{{ endsIn }} left.</span> What you have written stays here.</p>
        <button v-if="end.stay" type="button" class="button" data-testid="session-stay" @click="ask('stay')">Stay signed in</button>
        <button v-else type="button" class="button" data-testid="session-renew" @click="$refs.dialogs.askToSignIn($event.currentTarget)">Sign in again</button>
      </div>
      <div class="banner back" v-else-if="back" role="status">{{ back }}</div>
      <nav class="side" aria-label="Conversations"><div class="sidebar" id="sidebar" data-testid="sidebar"><slot name="sidebar"></slot></div>
      <div class="resizer" role="separator" aria-orientation="vertical" aria-label="Width of the conversations" aria-controls="sidebar" tabindex="0" data-testid="sidebar-width"
        :aria-valuenow="side" :aria-valuemin="sides[0]" :aria-valuemax="sides[1]" @pointerdown="drag" @keydown.left.stop.prevent="widen(side - 16)" @keydown.right.stop.prevent="widen(side + 16)" @dblclick="widen(248)"></div></nav>
      <slot></slot>
      <aside class="panel" aria-label="Room details" data-testid="room-panel"><slot name="panel"></slot></aside>
      <div class="shade" @click="close" aria-hidden="true"></div>
      <nav class="bottom" aria-label="Primary, bottom">
        <a v-for="[name, words, path] in tabs" :key="name" :href="name === 'chat' ? lastChat : path" :aria-current="current === name ? 'page' : null">
          <Icon :name="name" /><span>{{ words }}</span></a>
      </nav>
      <Dialogs ref="dialogs" :handle="handle" :asks="ask" @create="$emit('create', $event)" />
      <Palette ref="palette" :asks="ask" :actions="actions" :where="chatTitle" @chat="toChat" />
      <Help ref="help" />
      <Notices ref="notices" />
      <Toasts />
    </div>`,

  data: (vm) => ({
    tabs: TABS,
    current: vm.view,
    title: "",
    mentions: 0,
    waiting: [],
    open: "",
    panel: WIDE.matches,
    now: Date.now(),
    back: "",
    lastChat: lastConversation(),
    side: Math.min(Math.max(Number(load("side", 248)) || 248, SIDES[0]), SIDES[1]),
    sides: SIDES,
    chatTitle: "#global",
    end: null,
    link,
    outbox,
    zone,
    here,
  }),

  computed: {
    chip() {
      if (isLive() && this.slowDown) return `Slow down: ${this.slowDown} s`;
      if (this.link.state === "slow") return `Slow ${(this.link.latency / 1000).toFixed(1)} s`;
      if (this.link.state === "offline") return `Offline since ${hhmm(new Date(this.link.since))}`;
      return WORDS[this.link.state];
    },
    clock() {
      const date = new Date(this.now);
      return this.zone.utc !== null ? `${hhmm(date)} ${zoneName(date)}` : "";
    },
    actions() {
      const doing = (id, text, run, help = "") => ({ id, text, run, help });
      const show = (name) => () => this.$refs.dialogs.show(name, document.querySelector('[data-testid="open-palette"]'));
      return [
        ...TABS.map(([name, words, path]) => doing(name, `Go to ${words}`, () => go(path))),
        doing("audit", "Go to Audit", () => go("/dashboard/audit")),
        ...(this.role === "master" ? [doing("room", "New room", show("room"))] : []),
        doing("read", "Mark all read", () => this.allRead(), "Shift Esc"),
        doing("needs", "Needs you", () => this.keyActs().needs(), "u"),
        doing("theme", "Next theme", nextTheme, "t"),
        doing("zone", "Switch between local time and UTC", toggleZone),
        doing("keys", "Keys", () => this.$refs.help.show(null), "?"),
        doing("notices", "Notices", () => this.$refs.notices.show(null)),
        doing("connect", "Connect an agent", () => go("/dashboard/settings/connect")),
        doing("sign-out", "Sign out", () => document.querySelector('form[action="/logout"]')?.requestSubmit() ?? this.signOut()),
      ];
    },
    waits: (vm) => vm.now && unnoted(vm.waiting),
    needed: (vm) => vm.waits.reduce((sum, need) => sum + need.count, 0),
    failed: (vm) => Math.min(vm.waits.filter((need) => need.kind === "Failed").length, 99),
    slowDown: (vm) => Math.max(0, Math.ceil((vm.outbox.blocked - vm.now) / 1000)),
    endsAt: (vm) => hhmm(new Date(vm.end.at)),
    endsIn: (vm) => elapsed(new Date(vm.end.at) - relayNow(vm.now)),
    lastContact: (vm) => hhmmss(new Date(vm.link.last)),
    banner() {
      const since = `Last contact ${hhmmss(new Date(this.link.last))}`;
      if (this.link.state === "offline") return `Offline since ${hhmm(new Date(this.link.since))}. Messages you send will wait here. ${since}`;
      return `Reconnecting. Messages you send will wait here. ${since}`;
    },
  },

  created() {
    this.waiters = []; // what is to happen in a view that is on its way
  },

  mounted() {
    start();
    onLive(() => this.welcomeBack());
    onNavigate((path) => this.arrive(path));
    onMarks(() => this.tellMarks());
    addEventListener("clawnet:read", (event) => this.$emit("read", event.detail));
    document.addEventListener("click", (event) => this.onClick(event));
    this.keys = new Keys(this.keyActs());
    document.addEventListener("keydown", (event) => this.onKey(event));
    addEventListener("clawnet:marks", () => this.tellMarks());
    addEventListener("clawnet:panel", () => (this.panel = true));
    addEventListener("clawnet:read-room", (event) => this.readRoom(event.detail));
    addEventListener("clawnet:caught-up", ({ detail: count }) => this.back && count && (this.back = `Back online. ${count === 1 ? "1 message" : `${count} messages`} received.`));
    addEventListener("clawnet:opened", () => this.waiters.splice(0).forEach((tell) => tell()));
    setInterval(() => (this.now = Date.now()), 1000);
    WIDE.addEventListener("change", () => (this.panel = WIDE.matches));
    this.$watch(() => badge(this.waits), () => this.nameTab());
    this.tellMarks();
    const old = OLD_TABS[location.hash];
    if (old) go(old === "chat" ? "/dashboard" : "/dashboard/" + old, { replace: true });
  },

  methods: {
    retry,
    toggleZone,

    signOut() {
      this.open = "user";
      this.$nextTick(() => document.querySelector('form[action="/logout"]').requestSubmit());
    },

    // ---- called by the relay

    place({ view, title }) {
      this.current = view;
      if (view === "chat") this.chatTitle = title;
      if (view === "chat") this.lastChat = keepConversation(location.pathname);
      this.title = title;
      this.nameTab();
    },

    counts({ mentions }) {
      this.mentions = Math.min(mentions, 99);
      this.nameTab();
    },

    needs(waiting) {
      this.waiting = waiting;
      this.nameTab();
    },

    baseline,

    ending(end) {
      this.end = end;
    },

    replace(path) {
      go(path, { replace: true });
    },

    notify: toast,

    created(answer) {
      this.$refs.dialogs.created(answer);
      if (answer.path) go(answer.path);
    },

    signedOut() {
      this.end = null;
      lost();
      this.$refs.dialogs.askToSignIn();
    },

    // ---- where one is

    arrive(path) {
      this.close();
      this.$emit("navigate", path);
    },

    nameTab() {
      const count = Math.min(badge(this.waits), 99);
      document.title = `${count ? `(${count}) ` : ""}${this.title} · ClawNet`;
      this.markIcon(count > 0);
    },

    // The icon of the tab gets a dot when something needs somebody.
    markIcon(marked) {
      const link = document.querySelector("link[rel~=icon]");
      if (!link || marked === this.marked) return;
      this.marked = marked;
      this.plain ??= link.href;
      link.href = marked ? MARKED : this.plain;
    },

    tellMarks() {
      const marks = allMarks();
      this.$emit("marks", { epoch: marks.epoch, rooms: marks.rooms });
    },

    welcomeBack() {
      this.back = "Back online.";
      clearTimeout(this.backTimer);
      this.backTimer = setTimeout(() => (this.back = ""), BACK);
    },

    // ---- overlays and keys

    toggle(name) {
      if (name === "panel") this.panel = !this.panel;
      else this.open = this.open === name ? "" : name;
    },

    close() {
      this.open = "";
      if (!WIDE.matches) this.panel = false;
    },

    focus(id) {
      document.getElementById(id)?.focus();
    },

    onClick(event) {
      const toggles = event.target.closest("[data-toggles]")?.dataset.toggles;
      if (toggles) return this.toggle(toggles);
      const dialog = event.target.closest("[data-dialog]");
      if (dialog) return this.$refs.dialogs.show(dialog.dataset.dialog, dialog);
      // The path as it was: what was clicked may be gone by now.
      const inMenu = event.composedPath().some((each) => each.matches?.(".menu, .sidebar-button, .sidebar"));
      if (!inMenu && this.open !== "sidebar") this.open = "";
    },

    onKey(event) {
      if (event.key === "Escape" && !event.shiftKey && this.open) return this.close();
      this.keys.onKey(event);
    },

    keyActs() {
      const needs = () => {
        this.toggle("needs");
        this.$nextTick(() => (document.querySelector(".needs-list a") ?? this.$refs.needs).focus());
      };
      return {
        palette: () => this.$refs.palette.show(),
        help: () => this.$refs.help.show(document.activeElement),
        search: () => this.current === "chat" && this.toChat({ what: "search" }),
        conversation: step,
        unread: nextUnread,
        allRead: () => void this.allRead(),
        go: (path) => go(path === "/dashboard" ? this.lastChat : path),
        needs,
        filter: () => this.filter(),
        composer: () => (this.current === "chat" ? this.focus("composer") : this.toChat({ what: "type", text: "" })),
        find: () => (this.current === "chat" ? this.toChat({ what: "search" }) : document.querySelector(".page input[type=search]")?.focus()),
        fresh: () => document.querySelector("button.newer")?.click() ?? false,
        sidebar: () => this.toggle("sidebar"),
        panel: () => this.toggle("panel"),
        mute: () => this.mute(),
        theme: nextTheme,
      };
    },

    widen(width) {
      this.side = Math.round(Math.min(Math.max(width, SIDES[0]), SIDES[1]));
      save("side", this.side);
    },

    drag(event) {
      const handle = event.currentTarget;
      const zoom = Number(getComputedStyle(document.documentElement).getPropertyValue("--zoom")) || 1;
      const move = ({ clientX }) => this.widen(clientX / zoom);
      handle.setPointerCapture(event.pointerId);
      handle.addEventListener("pointermove", move);
      handle.addEventListener("lostpointercapture", () => handle.removeEventListener("pointermove", move), { once: true });
    },

    filter() {
      if (this.current !== "chat") return false;
      if (getComputedStyle(document.getElementById("sidebar")).display === "none") this.open = "sidebar";
      dispatchEvent(new CustomEvent("clawnet:filter"));
    },

    mute() {
      const room = openRoom();
      if (!room) return false;
      const muted = !choiceOf(room).muted;
      chooseFor(room, "muted", muted);
      toast({ text: `${this.title} is ${muted ? "muted" : "heard again"}.`, undo: () => chooseFor(room, "muted", !muted) });
    },

    async allRead() {
      const heads = await this.ask("heads");
      if (heads.error) return toast({ text: heads.error, kind: "error" });
      const before = readAll(heads);
      this.tellMarks();
      toast({ text: "All conversations are marked read.", stay: 8000, undo: () => (before(), this.tellMarks()) });
    },

    async readRoom({ id }) {
      const { rooms, epoch, error } = await this.ask("heads");
      if (error) return toast({ text: error, kind: "error" });
      if (setMark(id, rooms[id], epoch)) this.$emit("read", { room: id, offset: rooms[id] });
    },

    // Something for the chat, which may have to come first.
    toChat(what) {
      const tell = () => this.$nextTick(() => dispatchEvent(new CustomEvent("clawnet:chat", { detail: what })));
      if (this.current === "chat") return tell();
      this.waiters.push(tell);
      go(this.lastChat);
    },

    copyDiagnostics() {
      const { state, latency, last } = this.link;
      const lines = [`ClawNet ${this.version}`, `link ${state}, ${Math.round(latency)} ms, last contact ${new Date(last).toISOString()}`, `socket ${window.socket?.io.engine?.transport?.name ?? "none"}`, location.pathname, navigator.userAgent];
      copyText(lines.join("\n")).then((done) => toast(done ? { text: "The diagnostics are copied." } : { text: lines.join(". "), kind: "error" }));
    },

    nextTheme,
    isLive,
  },

  watch: {
    waits(rows) {
      needing.rows = rows;
    },
    waiting() {
    },
    "link.state"(state) {
      document.documentElement.dataset.link = state;
      if (state === "unauthorised") this.$refs.dialogs.askToSignIn();
    },
  },
};
