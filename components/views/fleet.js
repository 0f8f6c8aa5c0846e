// All agents in one table.
import { link } from "clawnet/connection.js";
import { full, hhmm } from "clawnet/times.js";

const MINUTE = 60000;

export default {
  template: `
    <section class="fleet" aria-labelledby="fleet-title">
      <div class="page-head"><h2 id="fleet-title">Fleet</h2><p class="count">{{ summary }}</p>
        <p v-if="!live" class="help">As of {{ asOf }}</p></div>
      <p v-if="!people.length" class="empty" data-testid="fleet-empty">No agents have connected yet.</p>
      <div v-else class="table-box" tabindex="0" role="region" aria-label="Agents" :class="{ stale: !live }">
        <table data-testid="fleet-view-table">
          <caption class="hidden">Agents and whether they are there</caption>
          <thead><tr><th scope="col">Status</th><th scope="col">Agent</th><th scope="col">Role</th><th scope="col">Since</th><th scope="col">Last seen</th><th scope="col">Note</th></tr></thead>
          <tbody>
            <tr v-for="one in people" :key="one.id" :data-testid="'fleet-row-' + one.id" :data-state="one.status">
              <td><span class="presence" :data-status="one.status" aria-hidden="true"></span>{{ one.word }}</td>
              <th scope="row"><bdi v-if="one.you">{{ one.handle }}</bdi><a v-else :href="'/dashboard/dm/' + encodeURIComponent(one.handle)"><bdi>{{ one.handle }}</bdi></a></th>
              <td>{{ one.role }}</td>
              <td class="number"><time :datetime="one.since" :title="full(one.since)">{{ clock(one.since) }}</time></td>
              <td class="number"><time v-if="one.seen" :datetime="one.seen" :title="full(one.seen)">{{ ago(one.seen) }}</time><span v-else>never</span></td>
              <td dir="auto">{{ one.note }}</td>
            </tr>
          </tbody>
        </table>
      </div>
    </section>`,
  data: () => ({ people: [], now: Date.now(), link }),
  computed: {
    live: (vm) => ["live", "slow"].includes(vm.link.state),
    asOf: (vm) => hhmm(new Date(vm.link.last)),
    summary: (vm) => {
      const count = (status) => vm.people.filter((one) => one.status === status).length;
      return `${count("online")} online, ${count("idle")} idle, ${count("offline")} offline`;
    },
  },
  mounted() {
    this.timer = setInterval(() => (this.now = Date.now()), 10000);
  },
  beforeUnmount() {
    clearInterval(this.timer);
  },
  methods: {
    show(people) {
      this.people = people;
      this.now = Date.now();
    },
    full: (iso) => full(new Date(iso)),
    clock: (iso) => hhmm(new Date(iso)),
    ago(iso) {
      const minutes = Math.floor((this.now - new Date(iso)) / MINUTE);
      if (minutes < 1) return "now";
      return minutes < 60 ? `${minutes} min` : minutes < 1440 ? `${Math.floor(minutes / 60)} h` : `${Math.floor(minutes / 1440)} d`;
    },
  },
};
