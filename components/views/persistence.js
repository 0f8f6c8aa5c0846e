// Where everything is kept, and the way to another store: try it, then switch.
import { Asking } from "clawnet/ask.js";
import { Condition, kindOf } from "clawnet/condition.js";
import { Confirm } from "clawnet/confirm.js";
import { Icon } from "clawnet/icons.js";
import { Rules } from "clawnet/rules.js";
import { Skeleton } from "clawnet/skeleton.js";

const KINDS = [
  ["sqlite", "SQLite file", "sqlite:", "data/clawnet.db", "One file beside the relay. On disk before it is acknowledged."],
  ["json", "JSON file", "json:", "data/clawnet.jsonl", "A journal of lines that a person can read. On disk before it is acknowledged."],
  ["postgresql", "PostgreSQL or Supabase", "", "postgresql://user:password@host:5432/clawnet", "A database elsewhere. The password is kept by the relay and shown to nobody."],
];
const COUNTED = [["messages", "Messages"], ["rooms", "Rooms"], ["dms", "Direct talks"], ["agents", "Agents"], ["tasks", "Tasks"], ["audit_records", "Audit records"]];
const DURABLE = { memory: "In memory: gone when the relay stops", disk: "On disk before it is acknowledged" };

export default {
  mixins: [Asking],
  components: { Condition, Confirm, Icon, Rules, Skeleton },
  template: `
    <section class="part" aria-labelledby="persistence-title">
      <h3 id="persistence-title">Persistence</h3>
      <Skeleton v-if="!store" name="persistence" text="Loading the store" :rows="4" shape="form" />
      <Condition v-else-if="store.error" name="persistence" :kind="kind" :text="kind === 'forbidden' ? 'Only masters and wardens see where everything is kept.' : store.error" />
      <template v-else>
        <dl class="sheet">
          <dt>Store</dt><dd><code data-testid="persistence-address">{{ store.address }}</code></dd>
          <dt>State</dt><dd data-testid="persistence-state" :data-state="store.writable ? 'ok' : 'away'"><span class="pill" :data-key="store.writable ? 'valid' : 'expired'">{{ store.writable ? 'Answers and takes writes' : 'Away: nothing can be read or written' }}</span></dd>
          <dt>Durability</dt><dd data-testid="persistence-durability">{{ durability }}</dd>
          <dt>Epoch</dt><dd><code>{{ store.epoch }}</code></dd>
          <template v-if="store.size !== null"><dt>Size</dt><dd data-testid="persistence-size">{{ bytes(store.size) }}</dd></template>
        </dl>
        <dl v-if="store.counts" class="tiles" data-testid="persistence-counts"><div v-for="[name, words] in counted" :key="name"><dt>{{ words }}</dt><dd>{{ store.counts[name].toLocaleString("en") }}</dd></div></dl>
        <template v-if="store.backs_up"><h4>Export</h4>
          <p class="help">Everything as one file of lines: messages, rooms, agents, tokens without their secrets, and the audit trail. <code>clownet-cli restore</code> brings it back into an empty store. Taking it is recorded.</p>
          <p><a class="button" download href="/dashboard/backup" data-testid="persistence-export">Download everything</a></p></template>
        <h4>Switch to another store</h4>
        <p v-if="store.pinned" class="pinned" data-testid="persistence-pinned"><Icon name="lock" /> Set by CLAWNET_STORE. Unset it to choose a store here; another one can still be tested.</p>
        <form class="switch" @submit.prevent="test">
          <fieldset>
            <legend>Kind</legend>
            <label v-for="[name, words] in kinds" :key="name" class="check"><input type="radio" name="store-kind" :value="name" v-model="chosen" :data-testid="'persistence-kind-' + name" @change="forget" /> {{ words }}</label>
          </fieldset>
          <label for="store-address">{{ chosen === 'postgresql' ? 'URL' : 'Path' }}</label>
          <input id="store-address" v-model.trim="path" :placeholder="kindRow[3]" required maxlength="2000" autocomplete="off" autocapitalize="none" spellcheck="false" aria-describedby="store-help" data-testid="persistence-url" @input="forget" />
          <p id="store-help" class="help">{{ kindRow[4] }}</p>
          <div class="buttons">
            <button type="submit" class="button" data-testid="persistence-test" :disabled="Boolean(busy) || !store.switches">{{ busy === 'test' ? 'Testing…' : 'Test connection' }}</button>
            <button type="button" class="button primary" data-testid="persistence-switch" :disabled="Boolean(busy) || store.pinned || !store.switches || !path" @click="switchOver">{{ busy === 'switch' ? 'Switching…' : 'Switch' }}</button>
          </div>
          <div class="outcome" role="status" data-testid="persistence-outcome" :data-state="outcome.state"><template v-if="outcome.text"><Icon :name="outcome.state === 'ok' ? 'check' : 'warning'" /> <p>{{ outcome.text }} <a v-if="outcome.audit" class="link" href="/dashboard/audit?action=persistence">See it in the audit trail</a></p></template></div>
        </form>
        <p class="help">Switching carries everything over: messages, rooms, agents, tokens and the audit trail. Offsets and epoch stay, agents stay connected; writes wait until it is done. The store left behind keeps what it has.</p>
        <h4>Retention</h4>
        <Rules :rows="store.retention" what="Retention" />
      </template>
      <Confirm ref="confirm" />
    </section>`,

  data: () => ({ store: null, kinds: KINDS, counted: COUNTED, chosen: "sqlite", path: "", busy: "", outcome: {} }),

  computed: {
    kind: (vm) => kindOf(vm.store),
    kindRow: (vm) => KINDS.find(([name]) => name === vm.chosen),
    address: (vm) => vm.kindRow[2] + vm.path,
    shown: (vm) => vm.address.replace(/(:\/\/[^:/@]*:)[^@]*@/, "$1***@"),
    durability: (vm) => DURABLE[vm.store.durability],
  },

  methods: {
    show(store) {
      this.store = store;
    },

    bytes(size) {
      return size < 1e6 ? `${Math.max(1, Math.round(size / 1000)).toLocaleString("en")} kB` : `${(size / 1e6).toFixed(1)} MB`;
    },

    forget() {
      this.outcome = {};
    },

    async test() {
      const answer = await this.during("test");
      const text = answer.error ?? `${this.shown} can be opened. It answered in ${answer.ms} ms. Nothing has changed.`;
      this.outcome = { state: answer.error ? "failed" : "ok", text };
    },

    async switchOver() {
      const sure = await this.$refs.confirm.ask({
        title: "Switch to another store?",
        lines: [`From ${this.store.address} to ${this.shown}.`, "Everything is carried over; writes wait until it is done. If it fails, the relay stays with the store it has."],
        verb: "Switch store",
      });
      if (!sure) return;
      const answer = await this.during("switch");
      this.outcome = answer.error ? { state: "failed", text: `${answer.error} Nothing has changed.` } : { state: "ok", text: `Everything is now kept in ${answer.address}.`, audit: true };
      if (!answer.error) this.path = "";
    },

    async during(what) {
      this.outcome = {};
      this.busy = what;
      const answer = await this.ask(what, { address: this.address });
      this.busy = "";
      return answer;
    },
  },
};
