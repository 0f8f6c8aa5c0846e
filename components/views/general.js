// Which relay this is, how the link to it stands, and the settings that it was started with.
import { Condition } from "clawnet/condition.js";
import { link } from "clawnet/connection.js";
import { Rules } from "clawnet/rules.js";
import { Skeleton } from "clawnet/skeleton.js";
import { full, hhmmss, now, span } from "clawnet/times.js";

export default {
  components: { Condition, Rules, Skeleton },
  template: `
    <section class="part" aria-labelledby="general-title">
      <h3 id="general-title">General</h3>
      <dl v-if="settings" class="sheet">
        <dt>Signed in as</dt><dd><bdi>{{ handle }}</bdi> <span class="role">{{ role }}</span></dd>
        <dt>Relay</dt><dd>ClawNet {{ version }} at {{ host }}</dd>
        <dt>Up since</dt><dd data-testid="settings-begun">{{ since }}</dd>
        <dt>Link</dt><dd data-testid="settings-link" :data-state="link.state">{{ link.state }}, {{ Math.round(link.latency) }} ms</dd>
        <dt>Last contact</dt><dd>{{ last }}</dd>
        <dt>Store</dt><dd data-testid="settings-store" :data-state="store.answers ? 'ok' : 'away'"><span class="pill" :data-key="store.answers ? 'valid' : 'expired'">{{ store.answers ? 'Answers' : 'Does not answer' }}</span> <span v-if="store.checked" class="help">checked {{ clock(store.checked) }}</span></dd>
      </dl>
      <h4>Settings in force</h4>
      <p class="help">Read once when the relay starts, from the environment, <code>.env</code> or options of <code>clownet-cli serve</code>. Secrets are never shown.</p>
      <Skeleton v-if="!settings" name="general" text="Loading settings" :rows="6" shape="form" />
      <Rules v-else :rows="settings" what="Settings in force" />
    </section>`,
  data: () => ({ store: {}, handle: "", role: "", version: "", begun: "", tick: 0, settings: null, host: location.host, link }),
  computed: {
    since: (vm) => (vm.begun ? `${full(new Date(vm.begun))}, for ${span(vm.tick - new Date(vm.begun))}` : "–"),
    last: (vm) => full(new Date(vm.link.last)),
  },
  methods: {
    clock: (iso) => hhmmss(new Date(iso)),
    show(picture) {
      Object.assign(this, picture, { tick: now().getTime() });
    },
  },
};
