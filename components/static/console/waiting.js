// Agents that ask to be let in: who, from where, since when, and how long they still wait.
import { ROLES } from "./agent-danger.js";
import { hhmmss } from "./times.js";

export const Waiting = {
  props: { rows: Array, asks: Function, now: Number },
  template: `
    <section class="waiting" aria-labelledby="waiting-title" data-testid="waiting">
      <h3 id="waiting-title">Waiting to be let in <span class="badge warn">{{ rows.length }}</span></h3>
      <ul>
        <li v-for="row in rows" :key="row.id" :data-testid="'join-' + row.id">
          <div class="who-asks"><strong><bdi>{{ row.agent }}</bdi></strong><span v-if="row.handle && row.handle !== row.agent"> as <bdi>@{{ row.handle }}</bdi></span>
            <p class="help">from {{ row.address || 'an unknown address' }}, asked at {{ at(row) }}, <span :data-testid="'join-left-' + row.id">{{ left(row) }}</span></p></div>
          <label class="spoken" :for="'join-role-' + row.id">Role of {{ row.agent }}</label>
          <select :id="'join-role-' + row.id" v-model="picked[row.id]" :data-testid="'join-role-' + row.id"><option v-for="(words, value) in roles" :key="value" :value="value">{{ value }}</option></select>
          <button type="button" class="button primary" :disabled="busy === row.id" :data-testid="'join-admit-' + row.id" :aria-label="'Admit ' + row.agent" @click="decide('admit', row)">Admit</button>
          <button type="button" class="button" :disabled="busy === row.id" :data-testid="'join-deny-' + row.id" :aria-label="'Deny ' + row.agent" @click="decide('deny', row)">Deny</button>
        </li>
      </ul>
      <p v-if="error" class="error" role="alert" data-testid="waiting-error">{{ error }}</p>
    </section>`,

  data: () => ({ picked: {}, roles: ROLES, busy: "", error: "" }),

  created() {
    this.pick();
  },

  watch: {
    rows: "pick",
  },

  methods: {
    // An agent is let in as a worker unless somebody picks another role.
    pick() {
      for (const row of this.rows) this.picked[row.id] ??= "worker";
    },

    at: (row) => hhmmss(new Date(row.asked)),

    left(row) {
      const seconds = Math.max(0, Math.floor((new Date(row.asked).getTime() + row.lasts * 1000 - this.now) / 1000));
      return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")} left`;
    },

    async decide(what, row) {
      this.busy = row.id;
      const detail = what === "admit" ? { id: row.id, role: this.picked[row.id] } : { id: row.id };
      const answer = await this.asks(what, detail);
      this.busy = "";
      this.error = answer.error ? `${row.agent}: ${answer.error}` : "";
    },
  },
};
