// A button that copies a text, also where the browser keeps the clipboard from pages without TLS.
import { Icon } from "./icons.js";

const SHOWN = 2000;

async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    const field = document.createElement("textarea");
    field.value = text;
    field.className = "spoken";
    // Inside of an open dialog everything else is inert, so the field has to stand in there.
    (document.querySelector("dialog[open]") ?? document.body).append(field);
    field.select();
    document.execCommand("copy");
    field.remove();
  }
}

export const Copy = {
  components: { Icon },
  props: { text: String, what: String, words: { type: String, default: "Copy" } },
  template: `
    <button type="button" class="button copy" :aria-label="done ? words + ': copied' : words + ' ' + what" @click="act">
      <Icon :name="done ? 'check' : 'copy'" /><span aria-live="polite">{{ done ? "Copied" : words }}</span></button>`,
  data: () => ({ done: false }),
  methods: {
    async act(event) {
      const button = event.currentTarget;
      await copy(this.text);
      button.focus();
      this.done = true;
      setTimeout(() => (this.done = false), SHOWN);
    },
  },
};

// A few lines that can be copied.
export const Snippet = {
  components: { Copy },
  props: { text: String, what: String, name: String },
  template: `
    <div class="code snippet">
      <div class="code-bar"><span>{{ what }}</span><Copy :text="text" :what="what" /></div>
      <pre tabindex="0" role="region" :aria-label="what" :data-testid="name">{{ text }}</pre>
    </div>`,
};
