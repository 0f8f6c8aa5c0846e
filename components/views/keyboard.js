// Which keys do what, and whether single keys do anything.
import { KEYS } from "clawnet/keys.js";
import { prefer, prefs } from "clawnet/prefs.js";

export default {
  template: `
    <section class="part" aria-labelledby="keyboard-title">
      <h3 id="keyboard-title">Keyboard</h3>
      <fieldset>
        <legend>Single keys</legend>
        <label class="check"><input type="checkbox" :checked="prefs.singleKeys" data-testid="keyboard-single" @change="prefer('singleKeys', $event.target.checked)" /> A single letter acts when no field has the focus</label>
      </fieldset>
      <fieldset>
        <legend>Send with</legend>
        <label v-for="[value, words] in [[true, 'Enter'], [false, 'Ctrl Enter']]" :key="words" class="check"><input type="radio" name="send" :checked="prefs.enterSends === value" :data-testid="'keyboard-send-' + (value ? 'enter' : 'ctrl')" @change="prefer('enterSends', value)" /> {{ words }}</label>
      </fieldset>
      <template v-for="[group, rows] in keys" :key="group">
        <h4>{{ group }}</h4>
        <dl class="sheet key-sheet"><template v-for="[key, words] in rows" :key="key"><dt><kbd>{{ key }}</kbd></dt><dd>{{ words }}</dd></template></dl>
      </template>
      <p class="help">Kept in this browser.</p>
    </section>`,
  data: () => ({ keys: KEYS, prefs }),
  methods: { prefer },
};
