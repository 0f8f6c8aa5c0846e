// A question to the relay and its answer: `const answer = await this.ask("rename", {...})`.
import { isLive } from "./connection.js";

const PATIENCE = 30000;
const LOST = { error: "The relay does not answer. Whether it was done is not known: look before you try again.", code: "lost" };
const OFFLINE = { error: "The relay does not answer now. Nothing was sent.", code: "offline" };
let last = 0;

export const Asking = {
  emits: ["ask"],
  created() {
    this.questions = new Map();
  },
  methods: {
    // What is asked while the link is down must not be done minutes later, when it has come back.
    async ask(what, detail = {}) {
      if (!isLive()) return OFFLINE;
      const n = ++last;
      return new Promise((resolve) => {
        this.questions.set(n, resolve);
        setTimeout(() => this.answered({ n, ...LOST }), PATIENCE);
        this.$emit("ask", { n, what, ...detail });
      });
    },

    answered({ n, ...answer }) {
      this.questions.get(n)?.(answer);
      this.questions.delete(n);
    },
  },
};
