// Gives a command to agents: whom, what, and for several a second question. Saved commands stand ready beside it.
import { CompleteField } from "./complete-field.js";
import { commandOf, question, usage } from "./completing.js";
import { newKey } from "./dom.js";
import { Icon } from "./icons.js";
import { commandSource, targetsIn, targetSource } from "./ops-words.js";

const LISTED = 6;

export const Dispatch = {
  components: { CompleteField, Icon },
  props: { words: Object, asks: Function, live: Boolean },
  template: `
    <div class="dispatch">
      <form class="dispatch-line" aria-label="Run a command" @submit.prevent="run">
        <CompleteField v-model="to" label="Run on" placeholder="@agent" name="dispatch-target" :source="targets" @enter="$refs.line.focus()" />
        <CompleteField ref="line" v-model="line" label="Command" placeholder="/command" name="dispatch-command" :source="commands" code @enter="run" />
        <button type="submit" class="button primary" data-testid="dispatch-run" :disabled="!ready" :title="live ? null : 'The relay does not answer now'">{{ doing }}</button>
        <button v-if="words.saves && line.trim() && !saving && !isSaved" type="button" class="button" data-testid="dispatch-save" @click="startSaving">Save as…</button>
      </form>
      <div v-if="saved.length" class="saved" role="group" aria-label="Saved commands">
        <span class="help">Saved</span>
        <span v-for="each in saved.slice(0, shown)" :key="each.name" class="saved-one"><button type="button" class="button small" :title="each.help" :data-testid="'saved-' + each.name" @click="take(each)">{{ each.name }}</button><button v-if="words.saves" type="button" class="button small icon-only quiet" :aria-label="'Forget ' + each.name" :data-testid="'saved-forget-' + each.name" @click="forget(each)"><Icon name="close" /></button></span>
        <button v-if="saved.length > shown" type="button" class="button small quiet" @click="shown = saved.length">{{ saved.length - shown }} more</button>
      </div>
      <form v-if="saving" class="inline saving" @submit.prevent="save"><label for="saved-name">Name</label><input id="saved-name" ref="name" v-model.trim="name" required maxlength="32" autocomplete="off" autocapitalize="none" spellcheck="false" data-testid="dispatch-save-name" @keydown.esc.stop.prevent="saving = false" /><button type="submit" class="button primary">Save command</button><button type="button" class="button" @click="saving = false">Cancel</button></form>
      <div v-if="asked" class="question" role="alertdialog" aria-label="Run on several agents?" data-testid="dispatch-confirm"><p><strong>{{ asked.words }}</strong> {{ asked.who }}<template v-if="asked.risk">. It {{ asked.risk }}.</template></p>
        <button type="button" ref="no" class="button" data-testid="dispatch-no" @click="asked = null">Cancel</button><button type="button" class="button danger" data-testid="dispatch-yes" @click="send">{{ asked.verb }}</button></div>
      <p v-if="hint" class="hint" data-testid="dispatch-hint">{{ hint }}</p>
      <p v-if="error" class="error" role="alert" data-testid="dispatch-error">{{ error }}</p>
      <p v-if="told" class="dispatch-told" role="status" data-testid="dispatch-told">{{ told.text }} <a v-if="told.path" class="link" :href="told.path">Open</a></p>
    </div>`,

  data: () => ({ to: "", line: "", key: "", busy: false, error: "", told: null, asked: null, saving: false, name: "", shown: LISTED, until: 0, clock: Date.now() }),

  computed: {
    targets: (vm) => targetSource(vm.words),
    commands: (vm) => commandSource(vm.words),
    saved: (vm) => vm.words.commands.filter((each) => each.category === "Saved"),
    isSaved: (vm) => vm.saved.some((each) => each.help === vm.line.trim() || "/" + each.name === vm.line.trim()),
    left: (vm) => Math.max(0, Math.ceil((vm.until - vm.clock) / 1000)),
    ready: (vm) => vm.live && !vm.busy && !vm.left && Boolean(targetsIn(vm.to).length) && vm.line.trim().startsWith("/"),
    doing: (vm) => (vm.left ? `Run in ${vm.left} s` : vm.busy ? "Sending" : "Run"),
    hint(vm) {
      const line = vm.line.trim();
      const told = vm.asked ? null : usage(line, line.length, vm.words.commands);
      return told ? `${[told.name, ...told.signs.map(({ sign }) => sign)].join(" ")}: ${told.help}. ${told.risk}` : "";
    },
  },

  watch: {
    to: "edited",
    line: "edited",
  },

  mounted() {
    const asked = new URLSearchParams(location.search);
    if (!asked.get("to")) return;
    this.to = asked.get("to") + " ";
    this.line = asked.get("cmd") ?? "";
    this.$nextTick(() => this.$refs.line.focus());
  },

  beforeUnmount() {
    clearInterval(this.timer);
  },

  methods: {
    edited() {
      this.key = this.error = "";
      this.asked = null;
    },

    // Whom a line means is judged as in the chat, where the names stand in the line itself.
    run() {
      if (!this.ready) return;
      this.told = null;
      const [head, ...rest] = this.line.trim().split(" ");
      const names = targetsIn(this.to);
      const whole = [head, ...names.map((name) => "@" + name), ...rest].join(" ");
      this.asked = commandOf(whole, this.words.commands) ? question(whole, this.words.commands, { people: this.words.people, kind: "room" }) : null;
      if (this.asked) this.$nextTick(() => this.$refs.no.focus());
      else this.send();
    },

    async send() {
      this.asked = null;
      this.busy = true;
      this.key ||= newKey();
      const answer = await this.asks("dispatch", { key: this.key, to: targetsIn(this.to), line: this.line.trim() });
      this.busy = false;
      if (answer.wait) this.count(answer.wait);
      if (answer.error) return void (this.error = answer.error);
      const told = answer.notice || (answer.tasks === 1 ? "Sent: 1 task." : `Sent: ${answer.tasks} tasks.`);
      const away = answer.away?.length ? ` Not here now: ${answer.away.map((each) => "@" + each).join(", ")}.` : "";
      this.line = "";
      this.$nextTick(() => (this.told = { text: told + away, path: answer.path }));
    },

    count(seconds) {
      this.until = Date.now() + seconds * 1000;
      clearInterval(this.timer);
      this.timer = setInterval(() => {
        this.clock = Date.now();
        if (!this.left) clearInterval(this.timer);
      }, 250);
      this.clock = Date.now();
    },

    take(each) {
      this.line = "/" + each.name;
      if (targetsIn(this.to).length) this.$refs.line.focus();
      else this.$el.querySelector("input").focus();
    },

    startSaving() {
      Object.assign(this, { saving: true, name: "", error: "" });
      this.$nextTick(() => this.$refs.name.focus());
    },

    async save() {
      const answer = await this.asks("save", { name: this.name, line: this.line.trim() });
      this.error = answer.error ?? "";
      if (!answer.error) this.saving = false;
    },

    async forget(each) {
      const answer = await this.asks("forget", { id: each.name });
      this.error = answer.error ?? "";
    },
  },
};
