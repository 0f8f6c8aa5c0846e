// The one place that ever shows a token. It stays open until somebody says that it is stored.
import { Copy } from "./copy.js";

export const TokenDialog = {
  components: { Copy },
  template: `
    <dialog ref="box" class="token-dialog" aria-labelledby="token-title" aria-describedby="token-once" data-testid="token-dialog"
      @keydown.esc.prevent.stop @cancel.prevent @close="onClose"><template v-if="secret">
      <h2 id="token-title">Token for <bdi>{{ handle }}</bdi></h2>
      <code class="secret" :class="{ several: several.length }" tabindex="0" role="textbox" aria-readonly="true" aria-label="Token" data-testid="token-value">{{ secret }}</code>
      <div class="secret-actions">
        <Copy :text="secret" what="token" words="Copy token" />
        <Copy :text="env" what="as environment lines" words="Copy as .env" />
        <button type="button" class="button" data-testid="token-download" @click="download">Download .env</button>
      </div>
      <p id="token-once" class="once">This is the only time it is shown. The relay keeps nothing but its digest.</p>
      <label class="check"><input type="checkbox" v-model="stored" data-testid="token-stored" /> I have stored it</label>
      <div class="buttons">
        <button type="button" class="button primary" data-testid="token-done" :disabled="!stored" @click="finish">Done</button>
      </div></template>
    </dialog>`,
  data: () => ({ handle: "", secret: "", several: [], stored: false }),
  computed: {
    env() {
      const lines = this.several.map((each) => `CLAWNET_TOKEN_${each.agent.toUpperCase().replace(/\W/g, "_")}=${each.secret}\n`);
      return `CLAWNET_URL=${location.origin}\n` + (lines.join("") || `CLAWNET_TOKEN=${this.secret}\n`);
    },
  },
  methods: {
    // One token, or those of `several` agents, a line each.
    async show({ handle, secret, several = [] }, opener) {
      const shown = several.length ? several.map((each) => `${each.handle} ${each.secret}`).join("\n") : secret;
      Object.assign(this, { handle, secret: shown, several, stored: false });
      this.opener = opener;
      await this.$nextTick();
      this.$refs.box.showModal();
    },

    download() {
      const link = document.createElement("a");
      link.href = URL.createObjectURL(new Blob([this.env], { type: "text/plain" }));
      link.download = `${this.handle}.env`;
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), 1000);
    },

    finish() {
      this.secret = "";
      this.several = [];
      this.$refs.box.close();
      this.opener?.focus();
    },

    // Browsers close a dialog at the second Escape whatever the page says: a token that is not stored comes back.
    onClose() {
      if (this.secret) this.$refs.box.showModal();
    },
  },
};
