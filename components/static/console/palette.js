// Search or run: everything that has a name, found by typing. What it looks through is asked for when it opens.
import { go } from "./navigation.js";
import { load, save } from "./store.js";
import { RISKS } from "./completing.js";
import { backward, begin, flowRows, onward, stepName } from "./palette-flow.js";

const RECENT = 8;
const IN_GROUP = 8;
const MAX = 40;
const SAY = 300;
const SIGNS = { "#": "Rooms", "@": "Agents", "/": "Commands", ">": "Actions", ":": "Tasks" };

// Smaller is better: the beginning, the beginning of a word, somewhere, all letters in this order; null for none.
export function rank(words, wanted) {
  if (!wanted) return 0;
  const text = words.toLowerCase();
  const at = text.indexOf(wanted);
  if (at === 0) return 0;
  if (at > 0) return /[\s_/#@>-]/.test(text[at - 1]) ? 1 : 2;
  let place = -1;
  for (const letter of wanted) if ((place = text.indexOf(letter, place + 1)) < 0) return null;
  return 3;
}

// The rows of the palette for what was typed.
export function looked(rows, typed, recent) {
  const sign = SIGNS[typed[0]];
  const text = (sign ? typed.slice(1) : typed).trim().toLowerCase();
  const wanted = sign === "Commands" ? text.split(/\s/)[0] : text; // behind a command stands what it is to do
  if (!typed.trim()) {
    const known = new Map(rows.map((row) => [row.id, row]));
    const last = recent.map((id) => known.get(id)).filter(Boolean).map((row) => ({ ...row, group: "Recent" }));
    return [...last, ...rows.filter((row) => row.group !== "Tasks" && !recent.includes(row.id)).slice(0, MAX)].slice(0, MAX);
  }
  const found = [];
  for (const group of Object.values(SIGNS)) {
    if (sign && group !== sign) continue;
    const ranked = rows.filter((row) => row.group === group).map((row) => [rank(row.words, wanted), row]).filter(([place]) => place !== null);
    ranked.sort(([one], [other]) => one - other);
    found.push(...ranked.slice(0, sign ? MAX : IN_GROUP).map(([place, row]) => ({ ...row, place })));
  }
  const order = Object.values(SIGNS);
  const best = (group) => Math.min(...found.filter((row) => row.group === group).map((row) => row.place));
  found.sort((one, other) => (one.group === other.group ? 0 : best(one.group) - best(other.group) || order.indexOf(one.group) - order.indexOf(other.group)));
  return found.slice(0, MAX);
}

export const Palette = {
  props: { asks: Function, actions: Array, where: String },
  template: `
    <dialog ref="box" class="palette" aria-label="Command palette" data-testid="palette" @close="back" @click.self="$refs.box.close()">
      <p v-if="flow" class="palette-steps" data-testid="palette-steps"><code>/{{ flow.command.name }}</code><code v-for="each in flow.targets" :key="each">{{ each }}</code><span class="help">{{ flow.step === "target" ? "for whom" : "with what" }}</span></p>
      <input ref="field" v-model="typed" type="text" role="combobox" aria-expanded="true" aria-controls="palette-list" aria-autocomplete="list" autocomplete="off" spellcheck="false" maxlength="500"
        :aria-activedescendant="shown.length ? 'palette-' + at : null" :aria-label="flow ? stepName(flow) : 'Search or run'" :placeholder="flow ? stepName(flow) : 'Search or run'" data-testid="palette-input" @keydown="onKey" />
      <ul id="palette-list" ref="list" role="listbox" aria-label="Results">
        <template v-for="(row, place) in shown" :key="row.id">
          <li v-if="place === 0 || shown[place - 1].group !== row.group" role="presentation" class="palette-group">{{ row.group }}</li>
          <li :id="'palette-' + place" role="option" :aria-selected="String(place === at)" :data-testid="'palette-option-' + row.id" @mousemove="at = place" @click="take(row)">
            <strong>{{ row.text }}</strong><span v-if="row.args" class="args">{{ row.args }}</span><span class="says">{{ row.help }}</span><span v-if="row.risk" class="risk" :data-risk="row.risk">{{ risks[row.risk] }}</span></li>
        </template>
      </ul>
      <p v-if="flow" class="palette-foot" aria-hidden="true"><span>↑↓ move</span><span>Enter take</span><span>Backspace back</span><span>Esc close</span></p>
      <p v-else class="palette-foot" aria-hidden="true"><span>↑↓ move</span><span>Enter take</span><span>Tab complete</span><span># rooms</span><span>@ agents</span><span>/ commands</span><span>&gt; actions</span><span>: tasks</span></p>
      <p class="spoken" role="status">{{ said }}</p>
    </dialog>`,

  data: () => ({ typed: "", flow: null, at: 0, index: null, recent: load("recent", []), said: "", risks: RISKS }),

  computed: {
    rows() {
      const { rooms = [], agents = [], commands = [], tasks = [] } = this.index ?? {};
      return [
        ...this.actions.map((each) => ({ id: "do-" + each.id, group: "Actions", text: each.text, words: each.text, help: each.help ?? "", run: each.run })),
        ...rooms.map((each) => ({ id: "room-" + each.path, group: "Rooms", text: "#" + each.name, words: each.name, help: each.topic, path: each.path })),
        ...agents.map((each) => ({ id: "agent-" + each.handle, group: "Agents", text: "@" + each.handle, words: each.handle, help: `${each.word}, ${each.role}`, path: each.dm })),
        ...commands.map((each) => ({ id: "command-" + each.name, group: "Commands", text: "/" + each.name, words: each.name, args: each.args, help: each.help, risk: each.risk, command: each })),
        ...tasks.map((each) => ({ id: "task-" + each.id, group: "Tasks", text: each.command, words: `${each.command} ${each.id}`, help: `${each.glyph} ${each.word} on @${each.to}`, path: each.path })),
      ];
    },
    direct: (vm) => vm.where.startsWith("@"),
    workers: (vm) => (vm.index?.agents ?? []).filter((each) => each.role === "worker"),
    shown: (vm) => {
      if (vm.flow) return flowRows(vm.flow, vm.typed, { agents: vm.workers, where: vm.where, rank });
      const found = looked(vm.rows, vm.typed, vm.recent);
      const text = vm.typed.trim();
      return text ? [...found, { id: "search", group: "Messages", text: `Search messages for “${text}”`, help: "in " + vm.where, run: () => vm.ask("search", text) }] : found;
    },
  },

  watch: {
    typed() {
      this.at = 0;
      clearTimeout(this.saying);
      this.saying = setTimeout(() => (this.said = this.shown.length === 1 ? "1 result" : `${this.shown.length} results`), SAY);
    },
  },

  methods: {
    stepName,

    show() {
      if (this.$refs.box.open) return this.$refs.box.close();
      Object.assign(this, { typed: "", flow: null, at: 0, opener: document.activeElement, left: false, said: "" });
      this.$refs.box.showModal();
      this.$refs.field.focus();
      this.loads = this.asks("index").then((answer) => answer.error || (this.index = answer));
    },

    // Who types faster than the first list comes means what will be in it.
    async enter() {
      if (!this.index) await this.loads;
      if (this.$refs.box.open && this.shown[this.at]) this.take(this.shown[this.at]);
    },

    onKey(event) {
      if (event.isComposing) return;
      const move = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      if (move) this.point((this.at + move + this.shown.length) % this.shown.length);
      else if (event.key === "Enter") this.enter();
      else if (event.key === "Backspace" && this.flow && !this.typed) this.lead(backward(this.flow, this.direct));
      else if (event.key === "Tab" && !event.shiftKey && this.shown[this.at]) this.complete(this.shown[this.at]);
      else return;
      event.preventDefault();
    },

    complete(row) {
      if (row.target !== undefined) this.step(row);
      else if (!this.flow) this.typed = row.command ? row.text + " " : row.text;
    },

    point(place) {
      this.at = place;
      this.$nextTick(() => document.getElementById("palette-" + place)?.scrollIntoView({ block: "nearest" }));
    },

    lead(flow, typed = "") {
      Object.assign(this, { flow, typed, at: 0 });
      this.$refs.field.focus();
    },

    step(row) {
      const flow = onward(this.flow, row.target);
      this.lead(flow, flow.step === "args" ? flow.text : "");
    },

    take(row) {
      if (row.target !== undefined) return this.step(row);
      if (row.needs) return;
      this.recent = [row.id, ...this.recent.filter((id) => id !== row.id)].filter((id) => !["search", "run"].includes(id)).slice(0, RECENT);
      save("recent", this.recent);
      if (row.command) {
        const flow = begin(row.command, this.typed.trim(), this.direct);
        return this.lead(flow, flow.step === "args" ? flow.text : "");
      }
      this.left = true;
      this.$refs.box.close();
      if (row.line) this.ask("run", row.line);
      else if (row.path) go(row.path);
      else row.run();
    },

    // What goes to the chat: it is opened first where another view stands.
    ask(what, text) {
      this.$emit("chat", { what, text });
    },

    back() {
      if (!this.left) this.opener?.focus();
    },
  },
  emits: ["chat"],
};
