// Rooms and direct messages. Which one is open comes from the address; drafts and choices from this browser.
import { walk } from "clawnet/arrows.js";
import { Asking } from "clawnet/ask.js";
import { drafts } from "clawnet/drafts.js";
import { isLive, link } from "clawnet/connection.js";
import { Icon } from "clawnet/icons.js";
import { go, here } from "clawnet/navigation.js";
import { needing } from "clawnet/needs-you.js";
import { outbox } from "clawnet/outbox.js";
import { choiceOf, chooseFor, choices } from "clawnet/room-choices.js";
import { RowMenu } from "clawnet/row-menu.js";
import { elapsed, hhmm, now, span } from "clawnet/times.js";
import { toast } from "clawnet/toasts.js";

const HOME = "/dashboard";
const SIGNS = { Approvals: "!", Failed: "✕", Mentions: "@", "Agents waiting": "+" };
const FILTERED = 15; // rows from which on the filter is always there

export default {
  mixins: [Asking],
  components: { Icon, RowMenu },
  template: `
    <div class="conversations" :data-muted-links="!live" @keydown="onKey">
      <div class="sidebar-head"><strong aria-hidden="true">Conversations</strong><button type="button" class="button icon-only quiet" data-toggles="sidebar" aria-label="Close the conversations"><Icon name="close" /></button></div>
      <p v-if="!live" class="help" role="status" data-testid="sidebar-as-of">As of {{ asOf }}</p>
      <input v-if="filtering || many" ref="filter" type="search" v-model="filter" placeholder="Filter conversations" aria-label="Filter conversations" data-testid="sidebar-filter" @keydown.esc.stop="endFilter" @keydown.enter.prevent="first" />
      <template v-if="needing.rows.length">
        <div class="section-head"><h2 id="needs-head">Needs you</h2><span class="badge warn">{{ capped(needed) }}</span></div>
        <ul aria-labelledby="needs-head" data-testid="sidebar-needs">
          <li v-for="need in needing.rows.slice(0, 5)" :key="need.id"><a :href="need.chat || need.path" class="row need" :data-testid="'sidebar-need-' + need.id" :data-kind="need.kind" :title="need.text + ', ' + need.detail">
            <span v-if="signs[need.kind]" class="sign" aria-hidden="true">{{ signs[need.kind] }}</span><Icon v-else name="key" /><bdi class="name">{{ need.text }}</bdi><span class="spoken">, {{ need.detail }}</span><span v-if="need.since || need.ends" class="age">{{ age(need) }}</span></a></li>
        </ul>
        <button v-if="needing.rows.length > 5" type="button" class="row all" data-toggles="needs">All that needs you ({{ needing.rows.length }})</button>
      </template>
      <div class="section-head">
        <h2 id="rooms-head">Rooms</h2>
        <button v-if="writes" type="button" class="button icon-only quiet" data-testid="new-room" data-dialog="room" aria-label="New room"><Icon name="plus" /></button>
      </div>
      <div v-if="!loaded" class="skeleton" data-testid="sidebar-loading"><p class="spoken">Loading conversations</p><div v-for="n in 6" :key="n" aria-hidden="true"></div></div>
      <ul aria-labelledby="rooms-head">
        <li v-for="row in shownRooms" :key="row.key" class="row-box">
          <a :href="row.path" class="row" :class="{ unread: row.unread && !row.muted, muted: row.muted }" :data-testid="'room-' + row.key" :data-room="row.id" data-kind="room" :title="row.name" :aria-current="isOpen(row) ? 'page' : null" @contextmenu.prevent="$refs.menu.show(row, $event.currentTarget)">
            <span v-if="!row.private" class="sign" aria-hidden="true">#</span><Icon v-else name="lock" />
            <bdi class="name">{{ row.name }}</bdi><span v-if="row.private" class="spoken">, private</span>
            <span v-if="row.pinned" class="mark"><Icon name="pin" /><span class="spoken">, pinned</span></span>
            <span v-if="row.muted" class="mark"><Icon name="muted" /><span class="spoken">, muted</span></span>
            <span v-if="unsent[row.id]" class="mark err" :data-testid="'room-unsent-' + row.key">{{ unsent[row.id] }} not sent</span>
            <span v-else-if="drafts.rooms[row.id]" class="draft" :data-testid="'room-draft-' + row.key"><Icon name="pencil" /><span class="spoken">, draft</span></span>
            <span v-if="row.mentions" class="badge mention" :data-testid="'room-mention-' + row.key"><span aria-hidden="true">@{{ capped(row.mentions) }}</span><span class="spoken">, {{ row.mentions }} mentions</span></span>
            <span v-else-if="row.unread && !row.muted" class="badge" :data-testid="'room-unread-' + row.key"><span aria-hidden="true">{{ capped(row.unread) }}</span><span class="spoken">, {{ row.unread }} unread</span></span>
          </a>
          <button type="button" class="row-more" :data-testid="'room-menu-' + row.key" :aria-label="'Menu of ' + row.name" @click="$refs.menu.show(row, $event.currentTarget)"><Icon name="more" /></button>
        </li>
      </ul>
      <p v-if="loaded && !shownRooms.length" class="help">{{ filter ? 'No room matches.' : 'No rooms yet.' }}</p>
      <button v-if="archived.length" type="button" class="row all" :aria-expanded="String(old)" data-testid="archived-rooms" @click="old = !old">Archived ({{ archived.length }})</button>
      <ul v-if="old" aria-label="Archived rooms"><li v-for="row in archived" :key="row.key"><a :href="row.path" class="row muted" :data-testid="'room-' + row.key" :aria-current="isOpen(row) ? 'page' : null"><span class="sign" aria-hidden="true">#</span><bdi class="name">{{ row.name }}</bdi></a></li></ul>
      <div class="section-head"><h2 id="dms-head">Direct messages</h2></div>
      <ul aria-labelledby="dms-head">
        <li v-for="row in shownDirect" :key="row.key" class="row-box">
          <a :href="row.path" class="row" :class="{ unread: row.unread && !row.muted, muted: row.muted }" :data-testid="'dm-' + row.key" :data-room="row.id" data-kind="dm" :title="row.name" :aria-current="isOpen(row) ? 'page' : null" @contextmenu.prevent="$refs.menu.show(row, $event.currentTarget)">
            <span class="presence" :data-status="row.status" aria-hidden="true"></span>
            <bdi class="name">{{ row.name }}</bdi><span class="spoken">, {{ row.status }}</span>
            <span v-if="row.muted" class="mark"><Icon name="muted" /><span class="spoken">, muted</span></span>
            <span v-if="unsent[row.id]" class="mark err" :data-testid="'room-unsent-' + row.key">{{ unsent[row.id] }} not sent</span>
            <span v-else-if="row.id && drafts.rooms[row.id]" class="draft" :data-testid="'room-draft-' + row.key"><Icon name="pencil" /><span class="spoken">, draft</span></span>
            <span v-if="row.unread && !row.muted" class="badge" :class="{ mention: row.mentions }" :data-testid="'room-unread-' + row.key"><span aria-hidden="true">{{ capped(row.unread) }}</span><span class="spoken">, {{ row.unread }} unread</span></span>
          </a>
          <button type="button" class="row-more" :data-testid="'room-menu-' + row.key" :aria-label="'Menu of ' + row.name" @click="$refs.menu.show(row, $event.currentTarget)"><Icon name="more" /></button>
        </li>
      </ul>
      <p v-if="!direct.length && loaded" class="help">No agents have connected yet. <a href="/dashboard/settings/connect">Connect an agent</a></p>
      <a v-if="agents > 0" class="row all" href="/dashboard/fleet">All agents ({{ agents }})</a>
      <RowMenu ref="menu" :writes="writes" @leave="leave" />
    </div>`,

  data: () => ({ rooms: [], direct: [], agents: 0, writes: false, loaded: false, drafts, here, link, choices, outbox, needing, signs: SIGNS, tick: now(), filter: "", filtering: false, old: false }),

  computed: {
    live: (vm) => vm.link && isLive(),
    needed: (vm) => vm.needing.rows.reduce((sum, need) => sum + need.count, 0),
    asOf: (vm) => hhmm(new Date(vm.link.last)),
    many: (vm) => vm.rooms.length + vm.direct.length > FILTERED,
    unsent: (vm) => vm.outbox.failed,
    // Global first, then what is pinned, then what is new, then by name as they came.
    shownRooms: (vm) => {
      const rows = vm.dressed(vm.rooms.filter((row) => !row.archived));
      const place = (row) => (row.id === "global" ? 0 : row.pinned ? 1 : row.unread && !row.muted ? 2 : 3);
      return rows.sort((one, other) => place(one) - place(other));
    },
    archived: (vm) => vm.rooms.filter((row) => row.archived),
    shownDirect: (vm) => vm.dressed(vm.direct),
  },

  mounted() {
    this.asked = () => this.beginFilter();
    addEventListener("clawnet:filter", this.asked);
    this.ticking = setInterval(() => this.needing.rows.length && (this.tick = now()), 1000);
  },

  unmounted() {
    clearInterval(this.ticking);
    removeEventListener("clawnet:filter", this.asked);
  },

  methods: {
    show(lists) {
      Object.assign(this, lists, { loaded: true });
    },

    async leave(row) {
      const answer = await this.ask("leave", { room: row.id });
      if (answer.error) return toast({ text: answer.error, kind: "error" });
      const back = () => this.ask("join", { room: row.id });
      toast({ text: `You have left #${row.name}.`, undo: row.private ? null : back });
    },

    dressed(rows) {
      const wanted = this.filter.trim().toLowerCase();
      return rows.filter((row) => row.name.toLowerCase().includes(wanted)).map((row) => ({ ...row, ...(row.id ? choiceOf(row.id) : {}), key: row.key }));
    },

    beginFilter() {
      this.filtering = true;
      this.$nextTick(() => this.$refs.filter.focus());
    },

    endFilter() {
      this.filter = "";
      this.filtering = false;
      document.getElementById("composer")?.focus();
    },

    first() {
      const row = this.shownRooms[0] ?? this.shownDirect[0];
      if (row) go(row.path);
      this.endFilter();
    },

    // One goes up and down the list with arrows; Shift+F10 is the key for menus.
    onKey(event) {
      if (event.target.closest("a.row") && !event.altKey) walk(event, [...this.$el.querySelectorAll("a.row")]);
    },

    isOpen(row) {
      return this.here.path === decodeURI(row.path) || (row.key === "global" && this.here.path === HOME);
    },

    // What counts down is told to the second, what is over only roughly.
    age(need) {
      if (need.ends) return span(new Date(need.ends) - this.tick);
      const since = this.tick - new Date(need.since);
      return need.expires && since < 3600000 ? elapsed(since) : span(since);
    },

    capped: (count) => (count > 99 ? "99+" : count),
    chooseFor,
  },
};
