// The kill switch: all workers at once, and back again.
import { Confirm } from "./confirm.js";

export const Halt = {
  components: { Confirm },
  props: { all: Boolean, allow: Boolean, asks: Function, workers: Number },
  template: `
    <div v-if="all || (allow && workers)" class="halt" data-testid="fleet-halt" :data-paused="String(all)">
      <p v-if="all || error" role="status"><template v-if="all">The whole fleet is paused: no worker says or takes anything.</template><span v-if="error" class="error" role="alert"> {{ error }}</span></p>
      <button v-if="allow && !all" type="button" class="button" data-testid="fleet-pause" :disabled="busy" @click="pause">Pause fleet</button>
      <button v-else-if="allow" type="button" class="button" data-testid="fleet-resume" :disabled="busy" @click="run('resume')">Resume fleet</button>
      <Confirm ref="confirm" />
    </div>`,
  data: () => ({ busy: false, error: "" }),
  methods: {
    async pause() {
      const count = this.workers === 1 ? "1 worker" : `${this.workers} workers`;
      const lines = ["They stay connected and read on, but say and take nothing.", "All that they run is asked to stop."];
      if (await this.$refs.confirm.ask({ title: `Pause ${count}?`, lines, verb: `Pause ${count}` })) this.run("pause");
    },

    async run(what) {
      this.busy = true;
      const answer = await this.asks(what, { id: "@all" });
      this.busy = false;
      this.error = answer.error ?? "";
    },
  },
};
