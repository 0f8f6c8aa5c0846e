// The table of keys, and what one can choose about them.
import { KEYS } from "./keys.js";
import { prefer, prefs } from "./prefs.js";

export const Help = {
  template: `
    <dialog ref="box" class="broad" aria-labelledby="help-title" data-testid="help" @close="opener?.focus()">
      <h2 id="help-title">Keys</h2>
      <div class="help-tables" tabindex="0" role="region" aria-label="Table of keys">
        <table v-for="[group, rows] in keys" :key="group"><caption>{{ group }}</caption>
          <tbody><tr v-for="[key, words] in rows" :key="key"><th scope="row"><kbd>{{ key }}</kbd></th><td>{{ words }}</td></tr></tbody></table>
      </div>
      <label class="check"><input type="checkbox" :checked="prefs.singleKeys" data-testid="keys-single" @change="prefer('singleKeys', $event.target.checked)" /> Single keys act (without them, typing goes to the composer)</label>
      <label class="check"><input type="checkbox" :checked="!prefs.enterSends" data-testid="keys-enter" @change="prefer('enterSends', !$event.target.checked)" /> Ctrl+Enter sends, Enter begins a line</label>
      <div class="buttons"><button type="button" class="button" autofocus @click="$refs.box.close()">Close</button></div>
    </dialog>`,
  data: () => ({ keys: KEYS, prefs, opener: null }),
  methods: {
    prefer,
    show(opener) {
      if (this.$refs.box.open) return this.$refs.box.close();
      this.opener = opener;
      this.$refs.box.showModal();
    },
  },
};
