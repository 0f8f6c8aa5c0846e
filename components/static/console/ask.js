// A question to the relay and its answer: `const answer = await this.ask("rename", {...})`.
const PATIENCE = 30000;
const LOST = { error: "The relay does not answer. Whether it was done is not known: look before you try again.", code: "lost" };
let last = 0;

export const Asking = {
  emits: ["ask"],
  created() {
    this.questions = new Map();
  },
  methods: {
    ask(what, detail = {}) {
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
