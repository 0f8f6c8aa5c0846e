// One task in full over the conversation: opened and closed by the address, so that the conversation stays as it is.
import { Asking } from "clawnet/ask.js";
import { TaskDrawer } from "clawnet/task-drawer.js";
import { now } from "clawnet/times.js";

export default {
  mixins: [Asking],
  components: { TaskDrawer },
  template: `<div class="beside"><TaskDrawer v-if="one.id" :one="one" :steps="past" :asks="ask" :tick="tick" :since="since" :back="one.path" /></div>`,

  data: () => ({ one: {}, past: null, since: "", tick: now().getTime() }),

  mounted() {
    this.timer = setInterval(() => this.one.id && (this.tick = now().getTime()), 1000);
  },

  beforeUnmount() {
    clearInterval(this.timer);
  },

  methods: {
    // ---- called by the relay

    open(one) {
      const left = this.one.id;
      if (one.id !== left) this.since = "";
      else if (one.state !== this.one.state) this.since = now().toISOString();
      this.one = one;
      if (left && !one.id) this.$nextTick(() => (document.querySelector(`[data-testid="task-open-${CSS.escape(left)}"]`) ?? document.getElementById("composer"))?.focus());
    },

    steps(past) {
      this.past = past;
    },
  },
};
