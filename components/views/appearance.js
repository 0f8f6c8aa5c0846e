// What this browser shows and how; kept in the browser alone.
import { appearance, choose, DENSITIES, THEMES } from "clawnet/appearance.js";
import { toggleZone, zone } from "clawnet/times.js";

export default {
  template: `
    <section class="part" aria-labelledby="appearance-title">
      <h3 id="appearance-title">Appearance</h3>
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
    </section>`,
  data: () => ({ appearance, zone, groups: [["theme", "Theme", THEMES], ["density", "Density", DENSITIES]] }),
  methods: { choose, toggleZone },
};
