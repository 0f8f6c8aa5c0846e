// Short notices for what is not visible in place; errors stay until they are closed.
import { Icon } from "./icons.js";

const MAX = 3;
const STAY = 5000;
let last = 0;

export const Toasts = {
  components: { Icon },
  template: `
    <div class="toasts">
      <div v-for="toast in toasts" :key="toast.id" class="toast" :class="toast.kind" data-testid="toast" :role="toast.kind === 'error' ? 'alert' : 'status'">
        <p>{{ toast.text }}</p>
        <button type="button" class="button icon-only quiet" aria-label="Close notice" @click="close(toast.id)"><Icon name="close" /></button>
      </div>
    </div>`,
  data: () => ({ toasts: [] }),
  methods: {
    show({ text, kind = "info" }) {
      const id = ++last;
      this.toasts = [...this.toasts, { id, text, kind }].slice(-MAX);
      if (kind !== "error") setTimeout(() => this.close(id), STAY);
    },
    close(id) {
      this.toasts = this.toasts.filter((toast) => toast.id !== id);
    },
  },
};
