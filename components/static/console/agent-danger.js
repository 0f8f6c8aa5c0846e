// What can't be taken back lightly about one agent: its role, its links, its tokens, whether it may come again.
import { Confirm } from "./confirm.js";

export const ROLES = { worker: "Worker: takes part", warden: "Warden: reads everything, says nothing", master: "Master: may do everything" };

export const AgentDanger = {
  components: { Confirm },
  props: { one: Object, allow: Object, asks: Function },
  template: `
    <div class="danger-list" data-testid="agent-danger">
      <section v-if="allow.role" aria-labelledby="danger-role"><h4 id="danger-role">Change role</h4>
        <p class="help">It is a <strong data-testid="agent-role-now">{{ one.role }}</strong>. Another role holds at once, on all its connections.</p>
        <form v-if="ranking" class="inline" @submit.prevent="changeRole">
          <select v-model="role" aria-label="New role" data-testid="agent-role" ref="rank" @keydown.esc.stop.prevent="stop"><option v-for="(words, value) in roles" :key="value" :value="value">{{ words }}</option></select>
          <button type="submit" class="button primary" data-testid="agent-role-save" :disabled="busy">Save</button><button type="button" class="button" @click="stop">Cancel</button>
        </form>
        <button v-else type="button" ref="ranker" class="button" data-testid="agent-change-role" @click="begin">Change role</button>
        <p v-if="refused.role" class="error" role="alert" data-testid="agent-role-error">{{ refused.role }}</p></section>
      <template v-if="!one.you">
        <section v-if="allow.disconnect" aria-labelledby="danger-cut"><h4 id="danger-cut">Disconnect</h4>
          <p class="help">Closes its connections. It may come back at once, and reads on where it was.</p>
          <button type="button" class="button danger" data-testid="agent-disconnect" :disabled="busy || one.status === 'offline'" @click="disconnect">Disconnect</button>
          <p v-if="one.status === 'offline'" class="help">It is offline.</p>
          <p v-if="cut !== null" class="help" role="status" data-testid="agent-cut">{{ cut === 1 ? "1 connection was closed." : cut + " connections were closed." }}</p>
          <p v-if="refused.disconnect" class="error" role="alert">{{ refused.disconnect }}</p></section>
        <section v-if="allow.tokens" aria-labelledby="danger-out"><h4 id="danger-out">Shut it out</h4>
          <p class="help">Revokes all its tokens and closes its connections. It comes back only with a new token.</p>
          <button type="button" class="button danger" data-testid="agent-shut-out" :disabled="busy || one.key?.state !== 'valid'" @click="shutOut">Revoke all tokens</button>
          <p v-if="one.key && one.key.state !== 'valid'" class="help">It has no token that works.</p>
          <p v-if="refused.shut_out" class="error" role="alert">{{ refused.shut_out }}</p></section>
        <section v-if="allow.block" aria-labelledby="danger-block"><h4 id="danger-block">Block</h4>
          <template v-if="one.blocked"><p class="help" data-testid="agent-blocked"><span class="pill" data-key="expired">Blocked</span> It may not ask to be let in. <a class="link" href="/dashboard/settings/access">Who is blocked</a></p>
            <button type="button" class="button" data-testid="agent-unblock" :disabled="busy" @click="done('unblock')">Unblock</button></template>
          <template v-else><p class="help">Revokes all its tokens, and it may not ask to be let in again.</p>
            <button type="button" class="button danger" data-testid="agent-block" :disabled="busy" @click="block">Block</button></template>
          <p v-if="refused.block || refused.unblock" class="error" role="alert">{{ refused.block || refused.unblock }}</p></section>
      </template>
      <p v-else class="help">Nobody cuts, shuts out or blocks oneself.</p>
      <Confirm ref="confirm" />
    </div>`,

  data: () => ({ ranking: false, role: "worker", roles: ROLES, busy: false, refused: {}, cut: null }),

  watch: {
    "one.id"() {
      Object.assign(this, { ranking: false, refused: {}, cut: null });
    },
  },

  methods: {
    async begin() {
      Object.assign(this, { ranking: true, role: this.one.role, refused: {} });
      await this.$nextTick();
      this.$refs.rank.focus();
    },

    async stop() {
      Object.assign(this, { ranking: false, refused: {} });
      await this.$nextTick();
      this.$refs.ranker?.focus();
    },

    async changeRole() {
      const risky = this.role === "master" || this.one.you;
      const words = { title: `Make ${this.one.handle} a ${this.role}?`, verb: `Make ${this.role}` };
      const lines = [this.one.you ? "This is your own role: you may lose what you need to undo it." : "Masters may do everything, and take that from others."];
      if (risky && this.role !== this.one.role && !(await this.sure({ ...words, lines }))) return;
      if (await this.done("role", { agent_id: this.one.id, role: this.role })) this.stop();
    },

    async disconnect() {
      const lines = ["It may come back at once. What it runs goes on, and is taken up again."];
      if (!(await this.sure({ title: `Disconnect ${this.one.handle}?`, lines, verb: "Disconnect" }))) return;
      const answer = await this.done("disconnect");
      if (answer) this.cut = answer.closed;
    },

    async shutOut() {
      const lines = ["Its connections are closed at once, and what it runs is not finished. This can't be undone."];
      if (await this.sure({ title: `Shut ${this.one.handle} out?`, lines, verb: "Revoke all tokens" })) this.done("shut_out");
    },

    async block() {
      const lines = ["All its tokens are revoked at once; that can't be undone.", "It may not ask to be let in until somebody unblocks it."];
      if (await this.sure({ title: `Block ${this.one.handle}?`, lines, verb: `Block ${this.one.handle}` })) this.done("block");
    },

    sure(question) {
      return this.$refs.confirm.ask(question);
    },

    async done(what, detail = { id: this.one.id }) {
      this.busy = true;
      const answer = await this.asks(what, detail);
      this.busy = false;
      this.refused = answer.error ? { [what]: answer.error } : {};
      return answer.error ? null : answer;
    },
  },
};
