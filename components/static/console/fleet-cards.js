// The fleet as cards: enough of each agent to see how it fares.
import { Load, ago } from "./fleet-table.js";
import { full, span } from "./times.js";

export const FleetCards = {
  components: { Load },
  props: { groups: Array, chosen: String, picked: Set, picks: Boolean, allow: Object, now: Number, place: Function },
  emits: ["pick"],
  template: `
    <div class="cards-box" data-testid="fleet-view-cards">
      <section v-for="group in groups" :key="group.name" :aria-label="group.words || 'Agents'">
        <h3 v-if="group.words" :data-testid="'fleet-group-' + group.name.toLowerCase().replaceAll(' ', '-')">{{ group.words }}</h3>
        <ul class="agent-cards">
          <li v-for="one in group.rows" :key="one.id" class="agent-card" :class="{ chosen: one.id === chosen, worried: one.why.length }" :data-testid="'fleet-card-' + one.id" :data-state="one.status">
            <div class="agent-line"><label v-if="picks" class="pick"><input type="checkbox" :checked="picked.has(one.id)" :aria-label="'Select ' + one.handle" :data-testid="'fleet-pick-' + one.id" @change="$emit('pick', [one.id], $event.target.checked)" /></label>
              <span class="presence" :data-status="one.status" aria-hidden="true"></span><span class="word">{{ one.word }}</span>
              <a :id="'agent-' + one.id" class="agent-name" :href="place(one.path)" :data-testid="'fleet-open-' + one.id" :aria-current="one.id === chosen ? 'true' : null"><bdi>{{ one.handle }}</bdi></a><span v-if="one.you" class="help">you</span>
              <span class="role">{{ one.role }}</span></div>
            <p class="agent-doing" dir="auto" :title="one.doing || one.note"><span v-if="one.paused" class="pill paused" :data-testid="'fleet-paused-' + one.id">Paused</span><code v-if="one.doing">{{ one.doing }}</code><template v-else>{{ one.note || nothing(one) }}</template></p>
            <dl v-if="one.samples.length" class="loads"><div><dt>CPU</dt><dd><Load :one="one" name="cpu" :now="now" /></dd></div><div><dt>RAM</dt><dd><Load :one="one" name="ram" :now="now" /></dd></div></dl>
            <p v-else class="help no-load">{{ one.status === "offline" ? "Nothing reported" : "Tells nothing of its machine" }}</p>
            <p class="help agent-facts"><span v-if="one.version" :class="{ behind: one.behind }">{{ one.version }}</span><span v-if="one.sessions != null">{{ one.sessions }} {{ one.sessions === 1 ? "session" : "sessions" }}</span><span>{{ since(one) }}</span></p>
            <p v-if="one.why.length" class="agent-why" :data-testid="'fleet-why-' + one.id">{{ one.why.join(", ") }}</p>
            <div class="agent-acts">
              <a v-if="allow.message && !one.you" class="button small" :href="one.dm" :aria-label="'Message ' + one.handle" :data-testid="'fleet-message-' + one.id">Message</a>
              <a v-if="allow.message && !one.you && one.role === 'worker'" class="button small" :href="'/dashboard/ops?to=' + encodeURIComponent('@' + one.handle)" :aria-label="'Run a command on ' + one.handle" :data-testid="'fleet-run-' + one.id">Run</a>
              <a class="link" :href="place(one.path)" :aria-label="'Open ' + one.handle">Open</a></div>
          </li>
        </ul>
      </section>
    </div>`,
  methods: {
    nothing: (one) => (one.status === "offline" ? "Not here" : one.status === "idle" ? "Idle" : "At rest"),
    since(one) {
      if (one.status === "offline") return one.seen ? `last seen ${ago(one.seen, this.now)}${ago(one.seen, this.now) === "now" ? "" : " ago"}` : "never seen";
      return `${one.status} for ${span(this.now - new Date(one.since))}`;
    },
    full: (iso) => full(new Date(iso)),
  },
};
