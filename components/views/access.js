// Where the operator is signed in, and with which tokens.
import { Asking } from "clawnet/ask.js";
import { Condition } from "clawnet/condition.js";
import { isLive } from "clawnet/connection.js";
import { SettingsForm } from "clawnet/settings-form.js";
import { Skeleton } from "clawnet/skeleton.js";
import { Tokens } from "clawnet/tokens.js";
import { Waiting } from "clawnet/waiting.js";

const span = (minutes) => (minutes < 1 ? "less than a minute" : minutes < 120 ? `${minutes} min` : `${Math.floor(minutes / 60)} h`);

export default {
  mixins: [Asking],
  components: { Condition, SettingsForm, Skeleton, Tokens, Waiting },
  template: `
    <section class="part" aria-labelledby="access-title">
      <h3 id="access-title">Access</h3>
      <h4>Where you are signed in</h4>
      <Skeleton v-if="!sessions" name="sessions" text="Loading sessions" :rows="2" shape="row" />
      <ul v-else class="key-list" aria-label="Sessions">
        <li v-for="one in sessions" :key="one.name" :data-testid="'session-' + one.name" :data-own="one.own">
          <div class="key-line">
            <span class="pill" :data-key="one.own ? 'valid' : 'none'">{{ one.own ? 'This browser' : 'Another browser' }}</span><span>{{ one.address || 'unknown address' }}</span>
            <form v-if="one.own" class="key-actions" method="post" action="/logout"><button type="submit" class="button" data-testid="session-out-own">Sign out</button></form>
            <span v-else class="key-actions"><button type="button" class="button" :data-testid="'session-out-' + one.name" :aria-label="'Sign out the browser at ' + (one.address || 'an unknown address')" @click="signOut(one)">Sign out</button></span>
          </div>
          <p class="help">Opened {{ span(one.age) }} ago, last used {{ one.own ? 'now' : span(one.rest) + ' ago' }}. {{ one.kept ? 'Kept for 30 days.' : 'Ends after 30 min of rest or 12 h.' }}</p>
        </li>
      </ul>
      <p v-if="error" class="error" role="alert">{{ error }}</p>
      <h4>Who may use this console</h4>
      <ul class="lines operators" data-testid="operators"><li v-for="each in operators" :key="each.id"><span class="presence" :data-status="each.status" aria-hidden="true"></span><a class="link" :href="each.path"><bdi>{{ each.handle }}</bdi></a> <span class="role">{{ each.role }}</span><span class="help">{{ each.word }}</span></li></ul>
      <template v-if="admits"><h4>Admission</h4><p class="help">Manual: who asks to be let in waits ten minutes for a master.<span v-if="!waiting.length" data-testid="nobody-waits"> Nobody waits now.</span></p><Waiting v-if="waiting.length" :rows="waiting" :asks="ask" :now="now" /></template>
      <template v-if="rules"><h4>Rules for asking</h4>
        <p class="help">They hold for agents that ask to be let in. Who has a token comes in by it. An id may have * and ?, a network is written as 10.0.0.0/8. Blocked goes before allowed.</p>
        <SettingsForm :rows="rules.form" :only="rules.only" :last="rules.last" :asks="ask" :live="live" :read-only="!rules.writes" /></template>
      <h4>Your tokens</h4>
      <Tokens :agent="agent" :handle="agent" :shown="tokens" :issues="issues" :asks="ask" :now="now" />
      <p class="help">Tokens of agents are in <a class="link" href="/dashboard/settings/tokens">Tokens</a>.</p>
    </section>`,
  data: () => ({ operators: [], rules: null, admits: false, waiting: [], agent: "", sessions: null, tokens: null, issues: false, error: "", now: Date.now() }),
  computed: { live: () => isLive() },
  mounted() {
    this.timer = setInterval(() => (this.now = Date.now()), 1000);
  },
  beforeUnmount() {
    clearInterval(this.timer);
  },
  methods: {
    span,
    show(picture) {
      Object.assign(this, picture);
    },
    async signOut(one) {
      const answer = await this.ask("sign_out", { id: one.name });
      this.error = answer.error ?? "";
    },
  },
};
