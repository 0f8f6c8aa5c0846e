// The frame of the console: bars, banner, overlays, dialogs, keys. Everything here answers without the relay.
import "clawnet/appearance.js";
import { Asking } from "clawnet/ask.js";
import { isLive, link, lost, onLive, retry, start } from "clawnet/connection.js";
import { Icon } from "clawnet/icons.js";
import { allMarks, baseline, onMarks } from "clawnet/marks.js";
import { go, here, onNavigate } from "clawnet/navigation.js";
import { hhmm, hhmmss, toggleZone, zone, zoneName } from "clawnet/times.js";
import { Dialogs } from "clawnet/dialogs.js";
import { NeedsYou, unnoted } from "clawnet/needs-you.js";
import { Toasts } from "clawnet/toasts.js";

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
const WIDE = matchMedia("(min-width: 1280px)");

export default {
  mixins: [Asking],
  components: { Icon, Dialogs, NeedsYou, Toasts },
  props: { handle: String, role: String, version: String, view: String },
  emits: ["navigate", "create", "marks", "read"],
  template: `
    <div class="shell" data-testid="app-shell" :data-view="current" :data-open="open" :data-panel="panel" :data-link="link.state" @keydown.esc="close">
      <a class="skip" href="#composer" data-testid="skip-composer" @click.prevent="focus('composer')">Skip to composer</a>
      <a class="skip" href="#conversation" data-testid="skip-conversation" @click.prevent="focus('conversation')">Skip to conversation</a>
      <header class="top">
        <button type="button" class="button icon-only sidebar-button" data-testid="open-sidebar" aria-label="Conversations"
          :aria-expanded="String(open === 'sidebar')" @click="toggle('sidebar')"><Icon name="menu" /></button>
        <h1><a href="/dashboard">ClawNet</a></h1>
        <nav class="tabs" aria-label="Primary">
          <a v-for="[name, words, path] in tabs" :key="name" :href="path" :data-testid="'tab-' + name"
             :aria-current="current === name ? 'page' : null">{{ words }}<span v-if="name === 'chat' && mentions" class="badge mention" :aria-label="mentions + ' mentions'">{{ mentions }}</span><span v-if="name === 'ops' && failed" class="badge" data-testid="ops-failed">{{ failed }}<span class="spoken"> failed</span></span></a>
        </nav>
        <p class="where">{{ title }}</p>
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
            <button type="button" class="button" @click="retry()">Retry now</button>
          </div>
        </div>
        <button type="button" class="button quiet clock" data-testid="clock" :aria-label="clock + ', switch between local time and UTC'" @click="toggleZone()">{{ clock }}</button>
        <div class="menu">
          <button type="button" class="button quiet user" data-testid="user-menu" :aria-label="'Account of ' + handle"
            :aria-expanded="String(open === 'user')" @click="toggle('user')"><Icon name="user" /><span class="user-name">{{ handle }}</span></button>
          <div v-if="open === 'user'" class="popover" role="group" aria-label="Account">
            <p><bdi>{{ handle }}</bdi> <span class="role">{{ role }}</span></p>
            <form method="post" action="/logout"><button type="submit" class="button" data-testid="sign-out">Sign out</button></form>
          </div>
        </div>
      </header>
      <div class="banner" v-if="link.shown" role="alert" data-testid="conn-banner">
        <Icon name="warning" /><p>{{ banner }}</p>
        <button type="button" class="button" data-testid="conn-retry" @click="retry()">Retry now</button>
      </div>
      <div class="banner back" v-else-if="back" role="status">{{ back }}</div>
      <nav class="sidebar" id="sidebar" aria-label="Conversations" data-testid="sidebar"><slot name="sidebar"></slot></nav>
      <slot></slot>
      <aside class="panel" aria-label="Room details" data-testid="room-panel"><slot name="panel"></slot></aside>
      <div class="shade" @click="close" aria-hidden="true"></div>
      <nav class="bottom" aria-label="Primary, bottom">
        <a v-for="[name, words, path] in tabs" :key="name" :href="path" :aria-current="current === name ? 'page' : null">
          <Icon :name="name" /><span>{{ words }}</span></a>
      </nav>
      <Dialogs ref="dialogs" :handle="handle" @create="$emit('create', $event)" />
      <Toasts ref="toasts" />
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
    link,
    zone,
    here,
  }),

  computed: {
    chip() {
      if (this.link.state === "slow") return `Slow ${(this.link.latency / 1000).toFixed(1)} s`;
      if (this.link.state === "offline") return `Offline since ${hhmm(new Date(this.link.since))}`;
      return WORDS[this.link.state];
    },
    clock() {
      const date = new Date(this.now);
      return this.zone.utc !== null ? `${hhmm(date)} ${zoneName(date)}` : "";
    },
    waits: (vm) => vm.now && unnoted(vm.waiting),
    needed: (vm) => vm.waits.reduce((sum, need) => sum + need.count, 0),
    failed: (vm) => Math.min(vm.waits.filter((need) => need.kind === "Failed").length, 99),
    lastContact: (vm) => hhmmss(new Date(vm.link.last)),
    banner() {
      const since = `Last contact ${hhmmss(new Date(this.link.last))}`;
      if (this.link.state === "offline") return `Offline since ${hhmm(new Date(this.link.since))}. Messages you send will wait here. ${since}`;
      return `Reconnecting. Messages you send will wait here. ${since}`;
    },
  },

  mounted() {
    start();
    onLive(() => this.welcomeBack());
    onNavigate((path) => this.arrive(path));
    onMarks(() => this.tellMarks());
    addEventListener("clawnet:read", (event) => this.$emit("read", event.detail));
    document.addEventListener("click", (event) => this.onClick(event));
    document.addEventListener("keydown", (event) => this.onKey(event));
    setInterval(() => (this.now = Date.now()), 1000);
    WIDE.addEventListener("change", () => (this.panel = WIDE.matches));
    this.tellMarks();
    const old = OLD_TABS[location.hash];
    if (old) go(old === "chat" ? "/dashboard" : "/dashboard/" + old, { replace: true });
  },

  methods: {
    retry,
    toggleZone,

    // ---- called by the relay

    place({ view, title }) {
      this.current = view;
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

    replace(path) {
      go(path, { replace: true });
    },

    notify(notice) {
      this.$refs.toasts.show(notice);
    },

    created(answer) {
      this.$refs.dialogs.created(answer);
      if (answer.path) go(answer.path);
    },

    signedOut() {
      lost();
      this.$refs.dialogs.askToSignIn();
    },

    // ---- where one is

    arrive(path) {
      this.close();
      this.$emit("navigate", path);
    },

    nameTab() {
      const count = Math.min(this.needed, 99);
      document.title = `${count ? `(${count}) ` : ""}${this.title} · ClawNet`;
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
      const inMenu = event.target.closest(".menu, .sidebar-button, .sidebar");
      if (!inMenu && this.open !== "sidebar") this.open = "";
    },

    onKey(event) {
      if (event.key === "Escape" && this.open) return this.close();
      const typing = event.target.closest?.("input, textarea, select, [contenteditable]");
      if (typing || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
      if (document.querySelector("dialog[open]")) return;
      const act = {
        c: () => this.focus("composer"),
        u: () => (this.toggle("needs"), this.$refs.needs.focus()),
        "/": () => document.querySelector(".page input[type=search]")?.focus(),
        "[": () => this.toggle("sidebar"),
        "]": () => this.toggle("panel"),
      }[event.key];
      if (!act) return;
      event.preventDefault();
      act();
    },

    isLive,
  },

  watch: {
    "link.state"(state) {
      document.documentElement.dataset.link = state;
      if (state === "unauthorised") this.$refs.dialogs.askToSignIn();
    },
  },
};
