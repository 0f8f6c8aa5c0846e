// Tasks as rows, or as cards in four columns. Neither moves while somebody reads: who holds them decides.
import { walkRows } from "./arrows.js";
import { elapsed, full, hhmmss } from "./times.js";

const SORTED = { command: "Command", agent: "Agent", created: "Asked", elapsed: "Elapsed" };
const HEADS = [["status", "Status", ""], ["command", "Command", ""], ["agent", "Agent", ""], ["room", "Room", "wide room"], ["by", "Asked by", "wide by"], ["created", "Asked", "wide"], ["elapsed", "Elapsed", "took"], ["exit", "Exit", "wide by"], ["attempt", "Attempt", "wide by"]];
const LANES = [["queued", "Queued", ["queued", "dispatched"]], ["waiting", "Needs you", ["needs_approval"]], ["running", "Running", ["running", "cancelling"]], ["done", "Done, last 24 h", null]];
const DAY = 86400000;

export const took = (row, tick) => elapsed((row.ended ? new Date(row.ended) : tick) - new Date(row.started));

export const sortedTasks = (rows, sort, tick) => {
  const key = { command: (row) => row.command, agent: (row) => row.to, created: (row) => row.created, elapsed: (row) => (row.ended ? new Date(row.ended) : tick) - new Date(row.started) }[sort.replace("-", "")];
  const way = sort.startsWith("-") ? -1 : 1;
  return key ? [...rows].sort((one, other) => way * (key(one) < key(other) ? -1 : key(one) > key(other) ? 1 : 0)) : rows;
};

export const OpsTable = {
  props: { rows: Array, chosen: String, tick: Number, sort: String, place: Function },
  emits: ["open", "sort"],
  template: `
    <table class="grid ops-table" data-testid="ops-table" @keydown="walkRows">
      <caption class="spoken">Tasks, {{ sort ? "sorted" : "newest first" }}</caption>
      <thead><tr><th v-for="[name, words, kind] in heads" :key="name" scope="col" :class="kind" :aria-sort="way(name)"><button v-if="sorted[name]" type="button" class="sort" :data-testid="'ops-sort-' + name" @click="$emit('sort', sort === name ? '-' + name : sort === '-' + name ? '' : name)">{{ words }}</button><template v-else>{{ words }}</template></th></tr></thead>
      <tbody>
        <tr v-for="row in rows" :key="row.id" :data-testid="'ops-row-' + row.id" :data-state="row.state" :data-tone="row.tone" :class="{ chosen: row.id === chosen }" @click="$emit('open', row, $event)">
          <td><span class="pill"><span aria-hidden="true">{{ row.glyph }}</span> {{ row.word }}</span></td>
          <th scope="row" class="command"><a :id="'task-' + row.id" :href="place(row.path)" :title="row.command" :data-testid="'ops-open-' + row.id" :aria-current="row.id === chosen ? 'true' : null"><code>{{ row.command }}</code></a><span v-if="row.percent !== null && !row.over" class="help"> {{ Math.round(row.percent) }} %</span></th>
          <td><bdi>@{{ row.to }}</bdi></td>
          <td class="wide room"><bdi>{{ row.room }}</bdi></td>
          <td class="wide by"><bdi>@{{ row.by }}</bdi></td>
          <td class="wide number"><time :datetime="row.created" :title="full(row.created)">{{ clock(row.created) }}</time></td>
          <td class="number took">{{ took(row, tick) }}</td>
          <td class="wide by number">{{ row.exit ?? "–" }}</td>
          <td class="wide by number">{{ row.attempt || "–" }}</td>
        </tr>
      </tbody>
    </table>`,
  data: () => ({ heads: HEADS, sorted: SORTED }),
  methods: {
    took,
    walkRows,
    full: (iso) => full(new Date(iso)),
    clock: (iso) => hhmmss(new Date(iso)),
    way(name) {
      if (!this.sort) return name === "created" ? "descending" : null;
      if (this.sort.replace("-", "") !== name) return null;
      return this.sort.startsWith("-") ? "descending" : "ascending";
    },
  },
};

export const OpsBoard = {
  props: { rows: Array, chosen: String, tick: Number, place: Function },
  template: `
    <div class="board" data-testid="ops-board">
      <section v-for="lane in lanes" :key="lane.name" class="lane" :aria-label="lane.words" :data-testid="'ops-col-' + lane.name">
        <h3>{{ lane.words }} <span class="badge">{{ lane.rows.length }}</span></h3>
        <ul>
          <li v-for="row in lane.rows" :key="row.id" class="lane-card" :data-tone="row.tone" :data-state="row.state" :class="{ chosen: row.id === chosen }" :data-testid="'ops-card-' + row.id">
            <a :id="'task-' + row.id" :href="place(row.path)" :title="row.command" :data-testid="'ops-open-' + row.id"><code>{{ row.command }}</code></a>
            <p><span class="pill"><span aria-hidden="true">{{ row.glyph }}</span> {{ row.word }}</span><span class="number">{{ took(row, tick) }}</span></p>
            <p class="help"><bdi>@{{ row.to }}</bdi><template v-if="row.percent !== null && !row.over">, {{ Math.round(row.percent) }} %</template><template v-else-if="!row.over && row.said">, <bdi>{{ row.said.split("\\n").at(-1) }}</bdi></template></p>
          </li>
        </ul>
        <p v-if="!lane.rows.length" class="help">None</p>
      </section>
    </div>`,
  computed: {
    lanes() {
      const since = new Date(this.tick - DAY).toISOString();
      return LANES.map(([name, words, states]) => ({ name, words, rows: this.rows.filter((row) => (states ? states.includes(row.state) : row.over && row.created >= since)) }));
    },
  },
  methods: { took },
};
