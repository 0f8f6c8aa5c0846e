// One agent in full, beside the list: who it is, its tokens, what was done to it.
import { AgentDanger } from "./agent-danger.js";
import { Charts } from "./charts.js";
import { Condition, kindOf } from "./condition.js";
import { Confirm } from "./confirm.js";
import { Copy } from "./copy.js";
import { Icon } from "./icons.js";
import { go, here } from "./navigation.js";
import { Skeleton } from "./skeleton.js";
import { full, hhmmss, span, stampMs } from "./times.js";
import { keyState, Tokens } from "./tokens.js";

const TABS = [["overview", "Overview"], ["tasks", "Tasks"], ["sessions", "Sessions"], ["token", "Token"], ["history", "History"], ["danger", "Danger"]];

export const AgentDrawer = {
  components: { AgentDanger, Charts, Condition, Confirm, Copy, Icon, Skeleton, Tokens },
  props: { one: Object, sign: Object, tokens: Object, history: Object, allow: Object, asks: Function, now: Number, back: String },
  template: `
    <aside class="drawer" ref="drawer" tabindex="-1" :aria-label="'Agent ' + (one.handle ?? one.id)" data-testid="agent-drawer" @keydown.esc="onEscape">
      <header class="drawer-head">
        <span v-if="one.known" class="presence" :data-status="one.status" aria-hidden="true"></span>
        <h3><bdi>{{ one.handle ?? one.id }}</bdi></h3><span v-if="one.known" class="role">{{ one.role }}</span>
        <a v-if="one.known && !one.you && allow.message" class="button" data-testid="agent-message" :href="one.dm">Message</a>
        <a v-if="one.known && !one.you && allow.message && one.role === 'worker'" class="button" data-testid="agent-run" :href="'/dashboard/ops?to=' + encodeURIComponent('@' + one.handle)">Run</a>
        <a class="button icon-only quiet" data-testid="agent-close" aria-label="Close agent details" :href="back"><Icon name="close" /></a>
      </header>
      <Condition v-if="!one.known" name="agent" kind="empty" :text="'There is no agent with the id ' + one.id + '.'" />
      <template v-else>
        <nav class="subtabs" :aria-label="'Details of ' + one.handle">
          <a v-for="[name, words] in tabs" :key="name" :href="place(name)" :data-testid="'agent-tab-' + name" :aria-current="tab === name ? 'page' : null">{{ words }}</a>
        </nav>
        <div class="drawer-body" v-if="tab === 'overview'">
          <p v-if="why.length" class="agent-why" data-testid="agent-why">{{ why.join(", ") }}</p>
          <Charts v-if="one.curves" :curves="one.curves" :high="sign?.high ?? []" :now="now" />
          <dl class="sheet">
            <dt>Status</dt><dd data-testid="agent-status" :data-state="one.status">{{ one.word }} since <time :datetime="one.since" :title="full(one.since)">{{ full(one.since) }}</time></dd>
            <template v-if="one.paused || (allow.pause && one.pauses)"><dt>Work</dt>
            <dd data-testid="agent-work" :data-paused="String(one.paused)"><span v-if="one.paused" class="pill paused">Paused</span>{{ one.paused ? (one.alone ? ' by itself' : ' with the whole fleet') : 'May work' }}<template v-if="one.why">: <bdi>{{ one.why }}</bdi></template>
              <template v-if="allow.pause && one.pauses">
                <button v-if="!one.paused" type="button" class="button small" data-testid="agent-pause" :disabled="busy" @click="pause">Pause</button>
                <button v-else-if="one.alone" type="button" class="button small" data-testid="agent-resume" :disabled="busy" @click="changed('resume', { id: one.id }, true)">Resume</button></template>
              <p v-if="refused.pause || refused.resume" class="error" role="alert" data-testid="agent-pause-error">{{ refused.pause || refused.resume }}</p>
            </dd></template>
            <dt>Last seen</dt><dd>{{ seen ? span(now - new Date(seen)) + ' ago, ' + full(seen) : 'Never' }}</dd>
            <dt>Handle</dt>
            <dd>
              <form v-if="naming" class="inline" @submit.prevent="rename">
                <input v-model.trim="name" aria-label="New handle" aria-describedby="handle-help" maxlength="32" required autocomplete="off" autocapitalize="none" spellcheck="false" data-testid="agent-handle" ref="handle" @keydown.esc.stop.prevent="stop" />
                <button type="submit" class="button primary" data-testid="agent-handle-save" :disabled="busy">Save</button>
                <button type="button" class="button" @click="stop">Cancel</button>
              </form>
              <template v-else><bdi data-testid="agent-handle-now">@{{ one.handle }}</bdi>
                <button v-if="one.renames" type="button" ref="renamer" class="button small" data-testid="agent-rename" @click="begin">Rename</button></template>
              <p v-if="naming" id="handle-help" class="help">1 to 32 of a-z, 0-9, - and _. The former handle rests for 30 days. Recorded in the audit trail.</p>
              <p v-if="refused.rename" class="error" role="alert" data-testid="agent-handle-error">{{ refused.rename }}</p>
            </dd>
            <dt>Role</dt><dd>{{ one.role }} <a v-if="allow.role" class="link" data-testid="agent-to-role" :href="place('danger')">Change</a></dd>
            <template v-if="one.key"><dt>Token</dt><dd><a class="link key" :data-key="key[0]" :href="place('token')">{{ key[1] }}</a></dd></template>
            <dt>Id</dt><dd><code>{{ one.id }}</code> <Copy :text="one.id" what="id" words="Copy" /></dd>
            <template v-if="sign?.acted"><dt>Last deed</dt><dd>{{ full(sign.acted) }}</dd></template>
            <dt>Enrolled</dt><dd>{{ full(one.created) }}</dd>
            <template v-if="one.note"><dt>Says</dt><dd dir="auto">{{ one.note }}</dd></template>
          </dl>
          <template v-if="one.telemetry">
            <h4>What it says of itself <span class="help">reported {{ since(one.telemetry.reported) }}</span></h4>
            <dl class="sheet" data-testid="agent-telemetry">
              <template v-if="one.telemetry.health"><dt>OpenClaw</dt><dd><span class="pill" data-testid="agent-openclaw" :data-key="one.telemetry.health === 'ok' ? 'valid' : 'expired'">{{ one.telemetry.health === 'ok' ? 'Healthy' : 'Not healthy' }}</span></dd></template>
              <template v-for="([name, text], place) in [...one.telemetry.openclaw, ...one.telemetry.machine]" :key="place"><dt>{{ name }}</dt><dd><bdi>{{ text }}</bdi></dd></template>
            </dl>
          </template>
          <p v-if="!allow.role" class="help">Only masters change handles, roles and tokens of others.</p>
        </div>
        <div class="drawer-body" v-else-if="tab === 'tasks'">
          <Condition v-if="!one.tasks.length" name="agent-tasks" kind="empty" text="It was asked to do nothing yet." />
          <ul v-else class="lines task-lines" data-testid="agent-tasks"><li v-for="row in one.tasks" :key="row.id" :data-tone="row.tone"><span class="pill"><span aria-hidden="true">{{ row.glyph }}</span> {{ row.word }}</span> <a class="link" :href="row.path"><code>{{ row.command }}</code></a><span class="help">{{ clock(row.created) }}</span></li></ul>
          <a class="link more-link" :href="'/dashboard/ops?q=' + encodeURIComponent('agent:' + one.handle)">All in Ops</a>
        </div>
        <div class="drawer-body" v-else-if="tab === 'sessions'">
          <Condition v-if="!one.sessions.length" name="agent-sessions" kind="empty" :text="one.telemetry ? 'It reports no sessions.' : 'It has reported nothing of its sessions.'" />
          <ul v-else class="lines" data-testid="agent-sessions"><li v-for="(row, place) in one.sessions" :key="place"><strong><bdi>{{ row.name }}</bdi></strong><span class="help"><bdi>{{ row.about }}</bdi></span></li></ul>
          <p class="help">As the agent itself reports them. <a v-if="allow.message" class="link" :href="'/dashboard/ops?to=' + encodeURIComponent('@' + one.handle) + '&cmd=%2Fsessions'">Ask for them now</a></p>
        </div>
        <div class="drawer-body" v-else-if="tab === 'token'">
          <Tokens :agent="one.id" :handle="one.handle" :shown="tokens?.id === one.id ? tokens : null" :issues="allow.tokens" :asks="asks" :now="now" />
        </div>
        <div class="drawer-body" v-else-if="tab === 'danger'">
          <AgentDanger :one="one" :allow="allow" :asks="asks" />
        </div>
        <div class="drawer-body" v-else>
          <h4>Handles</h4>
          <ul v-if="mine" class="lines" data-testid="agent-handles">
            <li v-for="each in mine.names" :key="each.taken"><bdi>@{{ each.handle }}</bdi><span class="help">{{ each.released ? full(each.taken) + ' to ' + full(each.released) : 'since ' + full(each.taken) }}</span></li>
          </ul>
          <h4>What was done to it</h4>
          <Skeleton v-if="!mine" name="history" text="Loading history" :rows="4" shape="row" />
          <Condition v-else-if="mine.error" name="history" :kind="kind" :text="kind === 'forbidden' ? 'Only masters and wardens read the audit trail.' : 'Could not load the history. ' + mine.error" />
          <Condition v-else-if="!mine.rows.length" name="history" kind="empty" text="Nothing in the records that were looked at." />
          <ul v-else class="lines" data-testid="agent-history">
            <li v-for="row in mine.rows" :key="row.seq"><code>{{ row.action }}</code><span v-if="row.change" class="change">{{ row.change[0] }} <span aria-hidden="true">→</span><span class="spoken"> became </span> {{ row.change[1] }}</span>
              <span class="help">by <bdi>{{ row.actor || 'nobody' }}</bdi>, {{ stamp(row.ts) }}</span></li>
          </ul>
          <p class="more-links"><a class="link more-link" data-testid="agent-audit" :href="'/dashboard/audit?target=' + encodeURIComponent(one.id)">All in the audit trail</a>
            <a class="link more-link" data-testid="agent-log" :href="'/dashboard/logs?of=agent&agent=' + encodeURIComponent(one.id)">Its log</a></p>
        </div>
      </template>
      <Confirm ref="confirm" />
    </aside>`,

  data: () => ({ naming: false, name: "", busy: false, refused: {}, here }),

  computed: {
    // Who may do none of it needs no tab of it.
    tabs: (vm) => TABS.filter(([name]) => name !== "danger" || vm.allow.role),
    tab: (vm) => (vm.tabs.some(([name]) => name === vm.one.tab) ? vm.one.tab : "overview"),
    seen: (vm) => vm.sign?.seen ?? vm.one.seen,
    why: (vm) => vm.sign?.worries ?? [],
    mine: (vm) => (vm.history?.id === vm.one.id ? vm.history : null),
    kind: (vm) => kindOf(vm.mine),
    key: (vm) => keyState(vm.one.key, vm.now),
  },

  watch: {
    "one.id"() {
      Object.assign(this, { naming: false, refused: {} });
      this.$refs.drawer.focus();
    },
  },

  mounted() {
    this.$refs.drawer.focus();
  },

  methods: {
    full: (iso) => full(new Date(iso)),
    stamp: (iso) => stampMs(new Date(iso)),
    clock: (iso) => hhmmss(new Date(iso)),
    span,

    place(tab) {
      const query = new URLSearchParams(this.here.search);
      if (tab === "overview") query.delete("tab");
      else query.set("tab", tab);
      return this.one.path + (query.size ? `?${query}` : "");
    },

    onEscape(event) {
      if (event.target.closest("dialog")) return;
      event.stopPropagation();
      go(this.back);
    },

    async begin() {
      Object.assign(this, { naming: true, name: this.one.handle, refused: {} });
      await this.$nextTick();
      this.$refs.handle.focus();
    },

    async stop() {
      Object.assign(this, { naming: false, refused: {} });
      await this.$nextTick();
      this.$refs.renamer?.focus();
    },

    async rename() {
      if (await this.changed("rename", { handle: this.name })) this.stop();
    },

    since(iso) {
      return iso ? `${span(this.now - new Date(iso))} ago` : "never";
    },

    async pause() {
      const lines = ["It stays connected and reads on, but says and takes nothing, and what it runs is asked to stop."];
      if (await this.$refs.confirm.ask({ title: `Pause ${this.one.handle}?`, lines, verb: "Pause" })) this.changed("pause", { id: this.one.id }, true);
    },

    async changed(what, detail, named = false) {
      this.busy = true;
      const answer = await this.asks(what, { ...(named ? {} : { agent_id: this.one.id }), ...detail });
      this.busy = false;
      this.refused = answer.error ? { [what]: answer.error } : {};
      return !answer.error;
    },
  },
};
