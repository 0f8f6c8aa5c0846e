// The fleet as a table: one row an agent, in groups. Moves by keys, picks by checkbox.
import { walkRows } from "./arrows.js";
import { Icon } from "./icons.js";
import { Spark } from "./spark.js";
import { full, span } from "./times.js";

export const COLUMNS = { role: "Role", doing: "Doing", cpu: "CPU", ram: "RAM", latency: "Latency", version: "Version", sessions: "Sessions", seen: "Last seen", acted: "Last deed", token: "Token", why: "Attention" };
const SORTED = ["role", "cpu", "ram", "version", "sessions", "seen", "acted"];

export const ago = (iso, now) => (now - new Date(iso) < 60000 ? "now" : span(now - new Date(iso)));
const percent = (value) => (value == null ? "–" : `${Math.round(value)} %`);

export const Load = {
  components: { Spark },
  props: { one: Object, name: String, now: Number },
  template: `
    <span class="load" :class="{ high: one.high.includes(name) }" :data-testid="'fleet-' + name + '-' + one.id"><span class="load-value">{{ percent(one[name]) }}</span><Spark v-if="one.samples.length" :samples="one.samples" :column="name === 'cpu' ? 1 : 2" :name="name.toUpperCase()" :now="now" /><span v-if="one.high.includes(name)" class="load-word">high</span></span>`,
  methods: { percent },
};

export const FleetTable = {
  components: { Icon, Load },
  props: { groups: Array, chosen: String, picked: Set, sort: String, hidden: Array, picks: Boolean, tokens: Boolean, now: Number, place: Function },
  emits: ["sort", "pick", "open", "menu"],
  template: `
    <table class="grid fleet-table" data-testid="fleet-view-table" @keydown="onKey">
      <caption class="spoken">Agents, whether they are there, and how they fare</caption>
      <thead><tr>
        <th v-if="picks" scope="col" class="picks"><label class="pick"><input type="checkbox" :checked="all" aria-label="Select all agents shown" data-testid="fleet-pick-all" @change="$emit('pick', ids, $event.target.checked)" /></label></th>
        <th scope="col" :aria-sort="way('status')"><button type="button" class="sort" @click="turn('status')">Status</button></th>
        <th scope="col" :aria-sort="way('agent')"><button type="button" class="sort" @click="turn('agent')">Agent</button></th>
        <th v-for="name in columns" :key="name" scope="col" :class="'col-' + name" :aria-sort="way(name)"><button v-if="sorted.includes(name)" type="button" class="sort" @click="turn(name)">{{ words[name] }}</button><template v-else>{{ words[name] }}</template></th>
        <th scope="col" class="col-menu"><span class="spoken">Menu</span></th>
      </tr></thead>
      <tbody v-for="group in groups" :key="group.name">
        <tr v-if="group.words" class="group"><th :colspan="columns.length + 3 + picks" scope="rowgroup" :data-testid="'fleet-group-' + group.name.toLowerCase().replaceAll(' ', '-')">{{ group.words }}</th></tr>
        <tr v-for="one in group.rows" :key="one.id" :data-testid="'fleet-row-' + one.id" :data-state="one.status" :class="{ chosen: one.id === chosen, worried: one.why.length }" @click="$emit('open', one, $event)">
          <td v-if="picks" class="picks"><label class="pick"><input type="checkbox" :checked="picked.has(one.id)" :aria-label="'Select ' + one.handle" :data-testid="'fleet-pick-' + one.id" @change="$emit('pick', [one.id], $event.target.checked)" /></label></td>
          <td><span class="presence" :data-status="one.status" aria-hidden="true"></span>{{ one.word }}<span v-if="one.paused" class="pill paused" :data-testid="'fleet-paused-' + one.id">Paused</span></td>
          <th scope="row"><a :id="'agent-' + one.id" :href="place(one.path)" :data-testid="'fleet-open-' + one.id" :aria-current="one.id === chosen ? 'true' : null"><bdi>{{ one.handle }}</bdi><span v-if="one.you" class="help"> you</span></a></th>
          <template v-for="name in columns" :key="name">
            <td v-if="name === 'doing'" class="col-doing note" dir="auto" :title="one.doing || one.note"><code v-if="one.doing">{{ one.doing }}</code><template v-else>{{ one.note || rest(one) }}</template></td>
            <td v-else-if="name === 'cpu' || name === 'ram'" :class="'col-' + name"><Load :one="one" :name="name" :now="now" /></td>
            <td v-else-if="name === 'seen' || name === 'acted'" :class="'number col-' + name"><time v-if="one[name]" :datetime="one[name]" :title="full(one[name])">{{ ago(one[name], now) }}</time><span v-else>{{ name === 'seen' ? 'never' : '–' }}</span></td>
            <td v-else-if="name === 'token'" class="col-token"><span class="key" :data-testid="'fleet-token-' + one.id" :data-key="one.keyState[0]">{{ one.keyState[1] }}</span></td>
            <td v-else-if="name === 'why'" class="col-why why-cell" :data-testid="'fleet-why-' + one.id" :title="one.why.join(', ')">{{ one.why.join(", ") }}</td>
            <td v-else-if="name === 'version'" class="col-version" :class="{ behind: one.behind }">{{ one.version || "–" }}</td>
            <td v-else-if="name === 'latency'" class="number col-latency">{{ one.latency == null ? "–" : one.latency + " ms" }}</td>
            <td v-else-if="name === 'sessions'" class="number col-sessions">{{ one.sessions ?? "–" }}</td>
            <td v-else :class="'col-' + name">{{ one[name] }}</td>
          </template>
          <td class="col-menu"><button type="button" class="button icon-only quiet" aria-haspopup="dialog" :aria-label="'Menu of ' + one.handle" :data-testid="'fleet-menu-of-' + one.id" @click="$emit('menu', one, $event.currentTarget)"><Icon name="more" /></button></td>
        </tr>
      </tbody>
    </table>`,
  data: () => ({ words: COLUMNS, sorted: SORTED }),
  computed: {
    columns: (vm) => Object.keys(COLUMNS).filter((name) => !vm.hidden.includes(name) && (name !== "token" || vm.tokens)),
    ids: (vm) => vm.groups.flatMap((group) => group.rows.map((one) => one.id)),
    all: (vm) => vm.ids.length > 0 && vm.ids.every((id) => vm.picked.has(id)),
  },
  methods: {
    ago,
    full: (iso) => full(new Date(iso)),
    rest(one) {
      return one.status === "online" ? "" : one.status === "idle" ? `idle ${span(this.now - new Date(one.since))}` : "";
    },
    way(name) {
      if (this.sort.replace("-", "") !== name) return null;
      return this.sort.startsWith("-") ? "descending" : "ascending";
    },
    turn(name) {
      this.$emit("sort", this.sort === name ? "-" + name : name);
    },
    // Up and down lead from agent to agent, the space bar picks the one that has the focus.
    onKey(event) {
      const link = walkRows(event);
      if (!link || event.key !== " ") return;
      event.preventDefault();
      this.$emit("pick", [link.id.slice(6)], !this.picked.has(link.id.slice(6)));
    },
  },
};
