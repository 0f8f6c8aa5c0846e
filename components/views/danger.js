// What can't be taken back: letting go of history, and beginning anew. Says whom it concerns before it is done.
import { Asking } from "clawnet/ask.js";
import { Condition, kindOf } from "clawnet/condition.js";
import { Confirm } from "clawnet/confirm.js";
import { isLive } from "clawnet/connection.js";
import { Skeleton } from "clawnet/skeleton.js";

const AGES = { 1: "a day", 7: "7 days", 30: "30 days", 90: "90 days", 365: "a year" };
const counted = (number, noun) => (number === 1 ? `1 ${noun}` : `${number.toLocaleString("en")} ${noun}s`);

export default {
  mixins: [Asking],
  components: { Condition, Confirm, Skeleton },
  template: `
    <section class="part" aria-labelledby="danger-title">
      <h3 id="danger-title">Danger zone</h3>
      <Skeleton v-if="!seen" name="danger" text="Counting whom it would concern" :rows="2" shape="form" />
      <Condition v-else-if="seen.error" name="danger" :kind="kind" :text="kind === 'forbidden' ? 'Only masters do any of this.' : seen.error" />
      <Condition v-else-if="!seen.allowed" name="danger" kind="forbidden" text="Only masters do any of this." />
      <div v-else class="danger-list">
        <section aria-labelledby="danger-purge"><h4 id="danger-purge">Purge history</h4>
          <p class="help">Lets go of old messages in all rooms, direct messages included, at once and for good. Agents that have not read them are told of the gap. Rooms, agents, tokens and the audit trail stay.</p>
          <form class="inline" @submit.prevent="purge">
            <span class="paired"><label class="tool" for="purge-age">Older than</label> <select id="purge-age" v-model="days" data-testid="purge-days"><option v-for="(words, number) in ages" :key="number" :value="number">{{ words }}</option></select></span>
            <span class="paired"><label class="tool" for="purge-word">Type <strong>purge</strong></label> <input id="purge-word" v-model.trim="word" autocomplete="off" autocapitalize="none" spellcheck="false" data-testid="purge-word" /></span>
            <button type="submit" class="button danger" data-testid="purge" :disabled="!live || busy || word !== 'purge'">{{ busy ? 'Purging' : 'Purge' }}</button>
          </form>
          <p v-if="outcome" class="outcome" :data-state="outcome[0]" role="status" data-testid="purge-outcome">{{ outcome[1] }}</p></section>
        <section aria-labelledby="danger-restart"><h4 id="danger-restart">Restart the relay</h4>
          <p class="help" data-testid="restart-concerns">{{ concerns }}</p>
          <p v-if="!seen.lasts" class="outcome" data-state="warn"><span>Everything is kept in memory: messages, rooms, agents and tokens are lost. <a class="link" href="/dashboard/settings/persistence">Choose a store that lasts</a></span></p>
          <p v-if="!seen.restarts" class="help" data-testid="restart-impossible">It was started on any free port, so it would not come back at this address. Restart it where it was started.</p>
          <button type="button" class="button danger" data-testid="restart" :disabled="!live || busy || !seen.restarts" @click="restart">Restart</button>
          <p v-if="begun" class="outcome" data-state="warn" role="status" data-testid="restart-outcome">It restarts. You are asked to sign in again.</p>
          <p v-if="error" class="error" role="alert" data-testid="restart-error">{{ error }}</p></section>
      </div>
      <Confirm ref="confirm" />
    </section>`,
  data: () => ({ seen: null, days: "30", word: "", busy: false, outcome: null, begun: false, error: "", ages: AGES }),
  computed: {
    live: () => isLive(),
    kind: (vm) => kindOf(vm.seen),
    concerns: (vm) => `${counted(vm.seen.agents, "agent")} online, ${counted(vm.seen.running, "task")} running. Agents come back by themselves, and what they run is taken up again. All consoles have to sign in again.`,
  },
  methods: {
    show(seen) {
      this.seen = seen;
    },

    async purge() {
      const age = AGES[this.days];
      if (!(await this.$refs.confirm.ask({ title: `Purge all messages older than ${age}?`, lines: ["This can't be undone, and no backup is made."], verb: "Purge" }))) return;
      const answer = await this.during("purge", { days: Number(this.days) });
      this.outcome = answer.error ? ["failed", answer.error] : ["ok", answer.gone ? `${counted(answer.gone, "message")} older than ${age} ${answer.gone === 1 ? "is" : "are"} gone.` : `There was no message older than ${age}.`];
      if (!answer.error) this.word = "";
    },

    async restart() {
      const lines = [this.concerns, ...(this.seen.lasts ? [] : ["Everything is kept in memory, and is lost."])];
      if (!(await this.$refs.confirm.ask({ title: "Restart the relay?", lines, verb: "Restart" }))) return;
      const answer = await this.during("restart", {});
      this.error = answer.error ?? "";
      this.begun = !answer.error;
    },

    async during(what, detail) {
      this.busy = true;
      const answer = await this.ask(what, detail);
      this.busy = false;
      return answer;
    },
  },
};
