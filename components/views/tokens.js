// The tokens of all agents: how each stands, and in full when it is opened.
import { Asking } from "clawnet/ask.js";
import { Condition, kindOf } from "clawnet/condition.js";
import { Icon } from "clawnet/icons.js";
import { Skeleton } from "clawnet/skeleton.js";
import { full, now, span } from "clawnet/times.js";
import { keyState, Tokens } from "clawnet/tokens.js";

export default {
  mixins: [Asking],
  components: { Condition, Icon, Skeleton, Tokens },
  template: `
    <section class="part" aria-labelledby="tokens-title">
      <h3 id="tokens-title">Tokens</h3>
      <Skeleton v-if="!shown" name="all-tokens" text="Loading tokens" :rows="5" shape="row" />
      <Condition v-else-if="shown.error" name="all-tokens" :kind="kind" :text="kind === 'forbidden' ? 'Only masters see the tokens of others.' : shown.error" />
      <template v-else>
        <p v-if="shown.shared" class="once" data-testid="tokens-shared">Clients of the first protocol share one secret, which opens the door for all of them (CLAWNET_SECRET_KEY). Give each agent its own token.</p>
        <input type="search" class="filter wide-filter" v-model="q" placeholder="Filter agents" aria-label="Filter agents" data-testid="all-tokens-filter" />
        <div class="table-box" tabindex="0" role="region" aria-label="Tokens of all agents">
          <table class="grid tokens-table" data-testid="all-tokens">
            <caption class="spoken">Agents and how they stand with their tokens</caption>
            <thead><tr><th scope="col">Agent</th><th scope="col">State</th><th scope="col" class="wide">Created</th><th scope="col">Last used</th><th scope="col" class="wide">From</th></tr></thead>
            <tbody v-for="row in rows" :key="row.agent">
              <tr :data-testid="'holder-' + row.agent" :data-key="state(row)[0]">
                <th scope="row"><button type="button" class="fold" :aria-expanded="String(open === row.agent)" :aria-label="'Tokens of ' + row.handle" :data-testid="'holder-open-' + row.agent" @click="open = open === row.agent ? '' : row.agent"><Icon name="fold" /><bdi>{{ row.handle }}</bdi></button></th>
                <td><span class="key" :data-key="state(row)[0]">{{ state(row)[1] }}</span></td>
                <td class="wide number">{{ row.created ? full(row.created) : "–" }}</td>
                <td class="number">{{ row.used ? span(now - new Date(row.used)) + " ago" : "Never used yet" }}</td>
                <td class="wide number">{{ row.address || "–" }}</td>
              </tr>
              <tr v-if="open === row.agent" class="more-row"><td colspan="5"><div class="holder-body"><Tokens :agent="row.agent" :handle="row.handle" :shown="{ rows: row.rows }" :issues="shown.issues" :asks="ask" :now="now" /></div></td></tr>
            </tbody>
          </table>
        </div>
      </template>
    </section>`,
  data: () => ({ shown: null, open: "", q: "", now: now().getTime() }),
  computed: {
    kind: (vm) => kindOf(vm.shown),
    rows: (vm) => vm.shown.rows.filter((row) => `${row.agent} ${row.handle}`.toLowerCase().includes(vm.q.toLowerCase())),
  },
  mounted() {
    this.timer = setInterval(() => (this.now = now().getTime()), 1000);
  },
  beforeUnmount() {
    clearInterval(this.timer);
  },
  methods: {
    span,
    full: (iso) => full(new Date(iso)),
    state(row) {
      return keyState(row.key, this.now);
    },
    show(shown) {
      this.shown = shown;
    },
  },
};
