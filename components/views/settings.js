// What this browser shows and how, and how it stands with the relay.
import { appearance, choose, DENSITIES, THEMES } from "clawnet/appearance.js";
import { link } from "clawnet/connection.js";
import { full, toggleZone, zone } from "clawnet/times.js";

export default {
  props: { handle: String, role: String, version: String },
  template: `
    <section class="settings" aria-labelledby="settings-title">
      <div class="page-head"><h2 id="settings-title">Settings</h2></div>
      <div class="settings-body">
        <h3>Appearance</h3>
        <fieldset v-for="[what, words, choices] in groups" :key="what">
          <legend>{{ words }}</legend>
          <label v-for="(label, name) in choices" :key="name" class="check">
            <input type="radio" :name="what" :value="name" :checked="appearance[what] === name" :data-testid="what + '-' + name" @change="choose(what, name)" /> {{ label }}</label>
        </fieldset>
        <fieldset>
          <legend>Time zone</legend>
          <label class="check"><input type="checkbox" :checked="zone.utc" data-testid="zone-utc" @change="toggleZone()" /> Show times in UTC</label>
        </fieldset>
        <p class="help">Kept in this browser.</p>
        <h3>Connection</h3>
        <dl>
          <dt>Signed in as</dt><dd><bdi>{{ handle }}</bdi> <span class="role">{{ role }}</span></dd>
          <dt>Relay</dt><dd>ClawNet {{ version }} at {{ host }}</dd>
          <dt>State</dt><dd data-testid="settings-link" :data-state="link.state">{{ link.state }}, {{ Math.round(link.latency) }} ms</dd>
          <dt>Last contact</dt><dd>{{ last }}</dd>
        </dl>
      </div>
    </section>`,
  data: () => ({ appearance, link, zone, host: location.host, groups: [["theme", "Theme", THEMES], ["density", "Density", DENSITIES]] }),
  computed: { last: (vm) => vm.zone.utc !== null && full(new Date(vm.link.last)) },
  methods: { choose, toggleZone },
};
