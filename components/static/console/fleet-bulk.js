// What can be done with several agents at once; the question names them and their number.
import { Confirm } from "./confirm.js";
import { draftOf, keepDraft } from "./drafts.js";
import { Icon } from "./icons.js";
import { go } from "./navigation.js";
import { TokenDialog } from "./token-dialog.js";

const NAMED = 5;
const OVERLAP = 600;

export const FleetBulk = {
  components: { Confirm, Icon, TokenDialog },
  props: { rows: Array, allow: Object, asks: Function },
  emits: ["clear"],
  template: `
    <div v-if="rows.length" class="bulk" role="group" :aria-label="rows.length + ' selected'" data-testid="fleet-bulk">
      <p><strong>{{ rows.length }} selected</strong> <span class="help">{{ names }}</span></p>
      <button v-if="allow.message" type="button" class="button" data-testid="bulk-message" @click="message">Message</button>
      <button v-if="allow.message" type="button" class="button" data-testid="bulk-run" :disabled="!workers.length" @click="run">Run command</button>
      <button v-if="allow.pause" type="button" class="button" data-testid="bulk-pause" :disabled="busy || !workers.length" @click="pause">Pause</button>
      <button v-if="allow.tokens" type="button" class="button" data-testid="bulk-rotate" :disabled="busy" @click="rotate">Rotate tokens</button>
      <button type="button" class="button" data-testid="bulk-export" @click="download">Export</button>
      <button type="button" class="button icon-only quiet" aria-label="Clear selection" data-testid="bulk-clear" @click="$emit('clear')"><Icon name="close" /></button>
      <p v-if="error" class="error" role="alert" data-testid="bulk-error">{{ error }}</p>
    </div>
    <Confirm ref="confirm" />
    <TokenDialog ref="fresh" />`,
  data: () => ({ busy: false, error: "" }),
  computed: {
    workers: (vm) => vm.rows.filter((one) => one.role === "worker"),
    names: (vm) => named(vm.rows),
    handles: (vm) => vm.workers.map((one) => "@" + one.handle).join(" "),
  },
  methods: {
    // The names go before whatever is being written to all.
    message() {
      const words = this.rows.map((one) => "@" + one.handle).join(" ") + " ";
      if (!draftOf("global").startsWith(words)) keepDraft("global", words + draftOf("global"));
      go("/dashboard/r/global");
    },

    run() {
      go("/dashboard/ops?to=" + encodeURIComponent(this.handles));
    },

    async pause() {
      const count = counted(this.workers);
      const lines = [named(this.workers), "They stay connected and read on, but say and take nothing. What they run is asked to stop."];
      if (!(await this.$refs.confirm.ask({ title: `Pause ${count}?`, lines, verb: `Pause ${count}` }))) return;
      await this.each(this.workers, (one) => this.asks("pause", { id: one.id }));
    },

    async rotate() {
      const count = counted(this.rows);
      const lines = [named(this.rows), "Each gets a new token in the place of its newest valid one, which works for another 10 minutes.", "The new tokens are shown once, together."];
      if (!(await this.$refs.confirm.ask({ title: `Rotate the tokens of ${count}?`, lines, verb: `Rotate ${count}` }))) return;
      const fresh = [];
      await this.each(this.rows, async (one) => {
        const answer = await this.asks("renew", { agent_id: one.id, overlap: OVERLAP });
        if (!answer.error) fresh.push(answer);
        return answer;
      });
      if (fresh.length) this.$refs.fresh.show({ handle: counted(fresh), several: fresh }, document.activeElement);
    },

    async each(rows, act) {
      this.busy = true;
      this.error = "";
      const refused = [];
      for (const one of rows) {
        const answer = await act(one);
        if (answer.error) refused.push(`${one.handle}: ${answer.error}`);
      }
      this.busy = false;
      this.error = refused.join(" ");
    },

    download() {
      const kept = ({ id, handle, role, status, seen, acted, version, cpu, ram, sessions, why }) => ({ id, handle, role, status, last_seen: seen, last_deed: acted, version, cpu_percent: cpu, ram_percent: ram, sessions, attention: why });
      const link = document.createElement("a");
      link.href = URL.createObjectURL(new Blob([JSON.stringify(this.rows.map(kept), null, 2) + "\n"], { type: "application/json" }));
      link.download = "clawnet-fleet.json";
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), 1000);
    },
  },
};

const counted = (rows) => (rows.length === 1 ? "1 agent" : `${rows.length} agents`);
function named(rows) {
  const shown = rows.slice(0, NAMED).map((one) => one.handle).join(", ");
  return rows.length > NAMED ? `${shown} and ${rows.length - NAMED} more` : shown;
}
