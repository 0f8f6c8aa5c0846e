// One agent in full, beside the list: who it is, its tokens, what was done to it.
import { Condition, kindOf } from "./condition.js";
import { Confirm } from "./confirm.js";
import { Icon } from "./icons.js";
import { go, here } from "./navigation.js";
import { full, span, stampMs } from "./times.js";
import { keyState, Tokens } from "./tokens.js";

const TABS = [["overview", "Overview"], ["token", "Token"], ["history", "History"]];
export const ROLES = { worker: "Worker: takes part", warden: "Warden: reads everything, says nothing", master: "Master: may do everything" };

export const AgentDrawer = {
  components: { Condition, Confirm, Icon, Tokens },
  props: { one: Object, tokens: Object, history: Object, allow: Object, asks: Function, now: Number, back: String },
  template: `
    <aside class="drawer" ref="drawer" tabindex="-1" :aria-label="'Agent ' + (one.handle ?? one.id)" data-testid="agent-drawer" @keydown.esc="onEscape">
      <header class="drawer-head">
        <span v-if="one.known" class="presence" :data-status="one.status" aria-hidden="true"></span>
        <h3><bdi>{{ one.handle ?? one.id }}</bdi></h3><span v-if="one.known" class="role">{{ one.role }}</span>
        <a v-if="one.known && !one.you && allow.message" class="button" data-testid="agent-message" :href="one.dm">Message</a>
        <a class="button icon-only quiet" data-testid="agent-close" aria-label="Close agent details" :href="back"><Icon name="close" /></a>
      </header>
      <Condition v-if="!one.known" name="agent" kind="empty" :text="'There is no agent with the id ' + one.id + '.'" />
      <template v-else>
        <nav class="subtabs" :aria-label="'Details of ' + one.handle">
          <a v-for="[name, words] in tabs" :key="name" :href="place(name)" :data-testid="'agent-tab-' + name" :aria-current="tab === name ? 'page' : null">{{ words }}</a>
        </nav>
        <div class="drawer-body" v-if="tab === 'overview'">
          <dl class="sheet">
            <dt>Status</dt><dd data-testid="agent-status" :data-state="one.status">{{ one.word }} since <time :datetime="one.since" :title="full(one.since)">{{ full(one.since) }}</time></dd>
            <template v-if="one.paused || (allow.pause && one.pauses)"><dt>Work</dt>
            <dd data-testid="agent-work" :data-paused="String(one.paused)"><span v-if="one.paused" class="pill paused">Paused</span>{{ one.paused ? (one.alone ? ' by itself' : ' with the whole fleet') : 'May work' }}<template v-if="one.why">: <bdi>{{ one.why }}</bdi></template>
              <template v-if="allow.pause && one.pauses">
                <button v-if="!one.paused" type="button" class="button small" data-testid="agent-pause" :disabled="busy" @click="pause">Pause</button>
                <button v-else-if="one.alone" type="button" class="button small" data-testid="agent-resume" :disabled="busy" @click="changed('resume', { id: one.id }, true)">Resume</button></template>
              <p v-if="refused.pause || refused.resume" class="error" role="alert" data-testid="agent-pause-error">{{ refused.pause || refused.resume }}</p>
            </dd></template>
            <dt>Last seen</dt><dd>{{ one.seen ? span(now - new Date(one.seen)) + ' ago, ' + full(one.seen) : 'Never' }}</dd>
            <dt>Handle</dt>
            <dd>
              <form v-if="naming" class="inline" @submit.prevent="rename">
                <input v-model.trim="name" aria-label="New handle" aria-describedby="handle-help" maxlength="32" required autocomplete="off" autocapitalize="none" spellcheck="false" data-testid="agent-handle" ref="handle" @keydown.esc.stop.prevent="stop('naming', 'renamer')" />
                <button type="submit" class="button primary" data-testid="agent-handle-save" :disabled="busy">Save</button>
                <button type="button" class="button" @click="stop('naming', 'renamer')">Cancel</button>
              </form>
              <template v-else><bdi data-testid="agent-handle-now">@{{ one.handle }}</bdi>
                <button v-if="one.renames" type="button" ref="renamer" class="button small" data-testid="agent-rename" @click="begin('naming', 'handle')">Rename</button></template>
              <p v-if="naming" id="handle-help" class="help">1 to 32 of a-z, 0-9, - and _. The former handle rests for 30 days. Recorded in the audit trail.</p>
              <p v-if="refused.rename" class="error" role="alert" data-testid="agent-handle-error">{{ refused.rename }}</p>
            </dd>
            <dt>Role</dt>
            <dd>
              <form v-if="ranking" class="inline" @submit.prevent="changeRole">
                <select v-model="role" aria-label="New role" data-testid="agent-role" ref="rank" @keydown.esc.stop.prevent="stop('ranking', 'ranker')"><option v-for="(words, value) in roles" :key="value" :value="value">{{ words }}</option></select>
                <button type="submit" class="button primary" data-testid="agent-role-save" :disabled="busy">Save</button>
                <button type="button" class="button" @click="stop('ranking', 'ranker')">Cancel</button>
              </form>
              <template v-else><span data-testid="agent-role-now">{{ one.role }}</span>
                <button v-if="allow.role" type="button" ref="ranker" class="button small" data-testid="agent-change-role" @click="begin('ranking', 'rank')">Change role</button></template>
              <p v-if="refused.role" class="error" role="alert" data-testid="agent-role-error">{{ refused.role }}</p>
            </dd>
            <template v-if="one.key"><dt>Token</dt><dd><a class="link key" :data-key="key[0]" :href="place('token')">{{ key[1] }}</a></dd></template>
            <dt>Id</dt><dd><code>{{ one.id }}</code></dd>
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
        <div class="drawer-body" v-else-if="tab === 'token'">
          <Tokens :agent="one.id" :handle="one.handle" :shown="tokens?.id === one.id ? tokens : null" :issues="allow.tokens" :asks="asks" :now="now" />
        </div>
        <div class="drawer-body" v-else>
          <h4>Handles</h4>
          <ul v-if="mine" class="lines" data-testid="agent-handles">
            <li v-for="each in mine.names" :key="each.taken"><bdi>@{{ each.handle }}</bdi><span class="help">{{ each.released ? full(each.taken) + ' to ' + full(each.released) : 'since ' + full(each.taken) }}</span></li>
          </ul>
          <h4>What was done to it</h4>
          <Condition v-if="!mine" name="history" kind="loading" text="Loading history" />
          <Condition v-else-if="mine.error" name="history" :kind="kind" :text="kind === 'forbidden' ? 'Only masters and wardens read the audit trail.' : 'Could not load the history. ' + mine.error" />
          <Condition v-else-if="!mine.rows.length" name="history" kind="empty" text="Nothing in the records that were looked at." />
          <ul v-else class="lines" data-testid="agent-history">
            <li v-for="row in mine.rows" :key="row.seq"><code>{{ row.action }}</code><span v-if="row.change" class="change">{{ row.change[0] }} <span aria-hidden="true">→</span><span class="spoken"> became </span> {{ row.change[1] }}</span>
              <span class="help">by <bdi>{{ row.actor || 'nobody' }}</bdi>, {{ stamp(row.ts) }}</span></li>
          </ul>
          <a class="link more-link" data-testid="agent-audit" :href="'/dashboard/audit?target=' + encodeURIComponent(one.id)">All in the audit trail</a>
        </div>
      </template>
      <Confirm ref="confirm" />
    </aside>`,

  data: () => ({ tabs: TABS, roles: ROLES, naming: false, ranking: false, name: "", role: "worker", busy: false, refused: {}, here }),

  computed: {
    tab: (vm) => (TABS.some(([name]) => name === vm.one.tab) ? vm.one.tab : "overview"),
    mine: (vm) => (vm.history?.id === vm.one.id ? vm.history : null),
    kind: (vm) => kindOf(vm.mine),
    key: (vm) => keyState(vm.one.key, vm.now),
  },

  watch: {
    "one.id"() {
      Object.assign(this, { naming: false, ranking: false, refused: {} });
      this.$refs.drawer.focus();
    },
  },

  mounted() {
    this.$refs.drawer.focus();
  },

  methods: {
    full: (iso) => full(new Date(iso)),
    stamp: (iso) => stampMs(new Date(iso)),
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

    async begin(what, field) {
      Object.assign(this, { naming: false, ranking: false, name: this.one.handle, role: this.one.role, refused: {}, [what]: true });
      await this.$nextTick();
      this.$refs[field].focus();
    },

    async stop(what, opener) {
      Object.assign(this, { [what]: false, refused: {} });
      await this.$nextTick();
      this.$refs[opener]?.focus();
    },

    async rename() {
      if (await this.changed("rename", { handle: this.name })) this.stop("naming", "renamer");
    },

    async changeRole() {
      const risky = this.role === "master" || this.one.you;
      const words = { title: `Make ${this.one.handle} a ${this.role}?`, verb: `Make ${this.role}` };
      const lines = [this.one.you ? "This is your own role: you may lose what you need to undo it." : "Masters may do everything, and take that from others."];
      if (risky && this.role !== this.one.role && !(await this.$refs.confirm.ask({ ...words, lines }))) return;
      if (await this.changed("role", { role: this.role })) this.stop("ranking", "ranker");
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
