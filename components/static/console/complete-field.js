// A field with a list of what could be meant: moved through by keys, taken with Tab or Enter, shut with Escape.
let count = 0;
const NONE = { rows: [], from: 0, to: 0, what: "" };
const SHOWN = 8;

export const CompleteField = {
  props: { modelValue: String, label: String, placeholder: String, name: String, source: Function, code: Boolean },
  emits: ["update:modelValue", "enter", "leave"],
  template: `
    <div class="complete" @focusout="onLeave">
      <input ref="field" :id="id" type="text" :class="{ typed: code }" :value="modelValue" :placeholder="placeholder" :aria-label="label" role="combobox" aria-autocomplete="list" :aria-expanded="String(open)" :aria-controls="id + '-list'" :aria-activedescendant="open ? id + '-' + at : null" maxlength="4000" autocomplete="off" autocapitalize="none" spellcheck="false" :data-testid="name" @input="onInput" @click="suggest" @keydown="onKey" />
      <ul v-show="open" :id="id + '-list'" class="complete-list" role="listbox" :aria-label="found.what || label" :data-testid="name + '-menu'">
        <li v-for="(row, place) in found.rows" :key="row.id" :id="id + '-' + place" role="option" :aria-selected="String(place === at)" :data-testid="name + '-option-' + row.id.replace(/^[/@]/, '')" @mousedown.prevent="accept(place)">
          <strong><bdi>{{ row.id }}</bdi></strong><span v-if="row.args" class="args">{{ row.args }}</span><span class="says"><bdi>{{ row.help }}</bdi></span><span v-if="row.status" class="note">{{ row.status }}</span><span v-if="row.risk" class="risk" :data-risk="row.risk">{{ row.risk > 1 ? 'destroys something' : 'changes something' }}</span></li>
      </ul>
    </div>`,
  data: () => ({ id: `complete-${++count}`, found: NONE, at: 0 }),
  computed: { open: (vm) => vm.found.rows.length > 0 },
  watch: {
    // What there is to choose from may come after the first letters.
    source() {
      if (this.looking && document.activeElement === this.$refs.field) this.suggest();
    },
  },
  methods: {
    focus() {
      this.$refs.field.focus();
    },

    onInput(event) {
      this.$emit("update:modelValue", event.target.value);
      this.suggest();
    },

    suggest() {
      const { value, selectionStart } = this.$refs.field;
      const found = this.source(value, selectionStart);
      this.looking = true;
      const done = !found || (found.rows.length === 1 && found.rows[0].id === found.typed);
      this.found = done ? NONE : { ...found, rows: found.rows.slice(0, SHOWN) };
      this.at = 0;
    },

    shut() {
      this.looking = false;
      this.found = NONE;
    },

    onLeave() {
      this.shut();
      this.$emit("leave");
    },

    accept(place) {
      const { rows, from, to } = this.found;
      const { value } = this.$refs.field;
      const text = rows[place].text;
      const rest = value.slice(to);
      const gap = text.endsWith(":") || rest.startsWith(" ") ? "" : " ";
      this.$emit("update:modelValue", value.slice(0, from) + text + gap + rest);
      this.$nextTick(() => {
        const caret = from + text.length + (text.endsWith(":") ? 0 : 1);
        this.$refs.field.setSelectionRange(caret, caret);
        text.endsWith(":") ? this.suggest() : this.shut();
      });
    },

    onKey(event) {
      if (event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
      const moved = this.open && { ArrowDown: this.at + 1, ArrowUp: this.at - 1 }[event.key];
      if (typeof moved === "number") this.at = (moved + this.found.rows.length) % this.found.rows.length;
      else if (event.key === "ArrowDown") this.suggest();
      else if (event.key === "Escape" && this.open) this.shut();
      else if (this.open && !this.isExact() && (event.key === "Enter" || (event.key === "Tab" && !event.shiftKey))) this.accept(this.at);
      else if (event.key === "Enter") (this.shut(), this.$emit("enter"));
      else return;
      event.preventDefault();
      event.stopPropagation();
    },

    // What stands there in full already is not completed but meant.
    isExact() {
      const { rows, typed } = this.found;
      return rows[this.at]?.id === typed;
    },
  },
};
