// The tokens of one agent, and what can be done with them. `asks` carries a question to the relay.
import { Condition, kindOf } from "./condition.js";
import { Confirm } from "./confirm.js";
import { Icon } from "./icons.js";
import { Skeleton } from "./skeleton.js";
import { TokenDialog } from "./token-dialog.js";
import { full, span } from "./times.js";

const DAY = 86400;
const LIFETIMES = [["", "Never"], [DAY, "In 1 day"], [30 * DAY, "In 30 days"], [90 * DAY, "In 90 days"], [365 * DAY, "In 1 year"]];
const OVERLAPS = [[600, "10 minutes"], [3600, "1 hour"], [DAY, "24 hours"], [0, "Not at all: it ends now"]];
const SOON = 7 * DAY * 1000;

export function keyState(key, now) {
  if (key.state === "none") return ["none", "No token"];
  if (key.state === "revoked") return ["revoked", "Revoked"];
  const left = key.expires ? new Date(key.expires) - now : Infinity;
  if (key.state === "expired" || left <= 0) return ["expired", "Expired"];
  return left < SOON ? ["expiring", `Expires in ${span(left)}`] : ["valid", "Valid"];
}

export const Tokens = {
  components: { Condition, Confirm, Icon, Skeleton, TokenDialog },
  props: { agent: String, handle: String, shown: Object, issues: Boolean, asks: Function, now: Number },
  template: `
    <div class="keys" data-testid="tokens">
      <Skeleton v-if="!shown" name="tokens" text="Loading tokens" :rows="2" shape="row" />
      <Condition v-else-if="shown.error" name="tokens" :kind="kind" :text="kind === 'forbidden' ? 'Only masters see and change the tokens of others.' : shown.error" />
      <template v-else>
        <div class="keys-head"><p class="help">{{ summary }}</p>
          <button v-if="issues" type="button" class="button" data-testid="token-create" @click="choose('issue', null, $event)"><Icon name="plus" /> Create token</button></div>
        <Condition v-if="!shown.rows.length" name="tokens" kind="empty" text="No token: this agent can't sign in." />
        <ul class="key-list" aria-label="Tokens">
          <li v-for="row in shown.rows" :key="row.id" :data-testid="'token-' + row.id" :data-state="row.state">
            <div class="key-line">
              <span class="pill" :data-key="state(row)[0]">{{ state(row)[1] }}</span><code>{{ row.id }}</code><span v-if="row.own" class="help">signed in with it here</span>
              <span v-if="row.state === 'valid'" class="key-actions">
                <button type="button" class="button" :data-testid="'token-rotate-' + row.id" :aria-label="'Rotate token ' + row.id" @click="choose('rotate', row, $event)">Rotate</button>
                <button type="button" class="button" :data-testid="'token-revoke-' + row.id" :aria-label="'Revoke token ' + row.id" @click="revoke(row)">Revoke</button>
              </span>
            </div>
            <dl class="facts">
              <div><dt>Created</dt><dd :title="full(row.created)">{{ full(row.created) }}</dd></div>
              <div><dt>Last used</dt><dd :title="row.used ? full(row.used) : null">{{ row.used ? span(now - new Date(row.used)) + ' ago' : 'Never used yet' }}<template v-if="row.address"> from {{ row.address }}</template></dd></div>
              <div v-if="row.revoked"><dt>Revoked</dt><dd>{{ full(row.revoked) }}</dd></div>
              <div v-else><dt>{{ row.state === 'expired' ? 'Expired' : 'Expires' }}</dt><dd>{{ row.expires ? full(row.expires) : 'Never' }}</dd></div>
            </dl>
          </li>
        </ul>
      </template>
      <p v-if="error" class="error" role="alert" data-testid="tokens-refused">{{ error }}</p>
      <dialog ref="choice" aria-labelledby="choice-title" data-testid="token-choice" @close="opener?.focus()">
        <form @submit.prevent="act">
          <h2 id="choice-title">{{ step === 'issue' ? 'Create a token for ' : 'Rotate a token of ' }}<bdi>{{ handle }}</bdi></h2>
          <p v-if="step === 'rotate'">A new token takes the place of <code>{{ row?.id }}</code>. What the old one has opened is shut when it ends.</p>
          <fieldset>
            <legend>{{ step === 'issue' ? 'It expires' : 'The old token still works for' }}</legend>
            <label v-for="[value, words] in choices" :key="words" class="check"><input type="radio" name="choice" :value="value" v-model="picked" :data-testid="'token-choice-' + (value === '' ? 'never' : value)" /> {{ words }}</label>
          </fieldset>
          <p v-if="refusal" class="error" role="alert">{{ refusal }}</p>
          <div class="buttons">
            <button type="button" class="button" @click="$refs.choice.close()">Cancel</button>
            <button type="submit" class="button primary" data-testid="token-choice-do" :disabled="busy">{{ step === 'issue' ? 'Create token' : 'Rotate token' }}</button>
          </div>
        </form>
      </dialog>
      <Confirm ref="confirm" />
      <TokenDialog ref="fresh" />
    </div>`,

  data: () => ({ step: "issue", row: null, picked: "", busy: false, refusal: "", error: "", opener: null }),

  computed: {
    kind: (vm) => kindOf(vm.shown),
    choices: (vm) => (vm.step === "issue" ? LIFETIMES : OVERLAPS),
    summary: (vm) => {
      const valid = vm.shown.rows.filter((row) => row.state === "valid").length;
      return `${valid} valid of ${vm.shown.rows.length}`;
    },
  },

  methods: {
    full: (iso) => full(new Date(iso)),
    span,
    state: (row) => keyState(row, Date.now()),

    choose(step, row, event) {
      Object.assign(this, { step, row, picked: step === "issue" ? "" : 600, refusal: "", error: "", opener: event.currentTarget });
      this.$refs.choice.showModal();
    },

    async act() {
      this.busy = true;
      const answer = await this.asks(this.step, this.detail());
      this.busy = false;
      if (answer.error) return void (this.refusal = answer.error);
      const opener = this.opener;
      this.opener = null;
      this.$refs.choice.close();
      this.$refs.fresh.show(answer, opener);
    },

    detail() {
      if (this.step === "rotate") return { token: this.row.id, overlap: this.picked };
      return this.picked === "" ? { agent_id: this.agent } : { agent_id: this.agent, lifetime: this.picked };
    },

    async revoke(row) {
      this.error = "";
      const sure = await this.$refs.confirm.ask({
        title: `Revoke token ${row.id}?`,
        lines: [
          `Whatever it has opened for ${this.handle} is shut at once. This can't be undone.`,
          ...(row.own ? ["You are signed in with this token: you will be signed out."] : []),
        ],
        verb: "Revoke token",
      });
      if (!sure) return;
      const answer = await this.asks("revoke", { id: row.id });
      if (answer.error) this.error = answer.error;
    },
  },
};
