// What this browser shows and how; kept in the browser alone.
import { appearance, choose, DENSITIES, SIZES, THEMES } from "clawnet/appearance.js";
import { prefer, prefs } from "clawnet/prefs.js";
import { chooseClock, chooseZone, clock, zone, ZONES } from "clawnet/times.js";

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
        <legend>Text</legend>
        <label class="check" for="font-size">Size <select id="font-size" class="button" :value="appearance.size" data-testid="font-size" @change="choose('size', Number($event.target.value))"><option v-for="size in sizes" :key="size" :value="size">{{ size }} px</option></select></label>
        <label class="check"><input type="checkbox" :checked="prefs.nickColours" data-testid="nick-colours" @change="prefer('nickColours', $event.target.checked)" /> Names in colours</label>
        <label class="check"><input type="checkbox" :checked="prefs.still" data-testid="still" @change="prefer('still', $event.target.checked)" /> No motion</label>
      </fieldset>
      <fieldset>
        <legend>Times</legend>
        <label v-for="[twelve, words] in [[false, '24 hours, as in 14:02'], [true, '12 hours, as in 2:02 pm']]" :key="words" class="check"><input type="radio" name="clock" :checked="clock.twelve === twelve" :data-testid="'clock-' + (twelve ? 12 : 24)" @change="chooseClock(twelve)" /> {{ words }}</label>
        <label class="check" for="zone">Times in <select id="zone" class="button" :value="zone.name" data-testid="zone" @change="chooseZone($event.target.value)"><option value="">the zone of this machine</option><option v-for="name in zones" :key="name" :value="name">{{ name }}</option></select></label>
      </fieldset>
      <p class="help">Kept in this browser.</p>
    </section>`,
  data: () => ({ appearance, clock, prefs, zone, zones: ZONES, sizes: SIZES, groups: [["theme", "Theme", THEMES], ["density", "Density", DENSITIES]] }),
  methods: { choose, chooseClock, chooseZone, prefer },
};
