// The settings: their parts as a list, and the one that is open.
import { AsOf } from "clawnet/as-of.js";

const PARTS = [["general", "General"], ["appearance", "Appearance"], ["notifications", "Notifications"], ["keyboard", "Keyboard"], ["access", "Access"], ["tokens", "Tokens"], ["persistence", "Persistence"], ["limits", "Limits and safety"], ["connect", "Connect an agent"], ["danger", "Danger zone"]];

export default {
  components: { AsOf },
  template: `
    <section class="settings" aria-labelledby="settings-title">
      <div class="page-head"><h2 id="settings-title">Settings</h2></div>
      <AsOf />
      <div class="settings-grid">
        <nav class="parts" aria-label="Settings">
          <a v-for="[name, words] in parts" :key="name" :href="'/dashboard/settings/' + name" :data-testid="'settings-' + name" :aria-current="open === name ? 'page' : null">{{ words }}</a>
        </nav>
        <div class="settings-body"><slot name="part"></slot></div>
      </div>
    </section>`,
  data: () => ({ parts: PARTS, open: "" }),
  methods: {
    show(open) {
      this.open = open;
      // On a phone the list is a row that scrolls.
      this.$nextTick(() => this.$el.querySelector('.parts [aria-current="page"]')?.scrollIntoView({ block: "nearest", inline: "center" }));
    },
  },
};
