// The dialog that makes an agent; its token follows in the dialog that shows it once.
import { ROLES } from "./agent-danger.js";
import { go } from "./navigation.js";
import { TokenDialog } from "./token-dialog.js";

export const Enrol = {
  components: { TokenDialog },
  props: { asks: Function },
  template: `
    <dialog ref="box" aria-labelledby="enrol-title" data-testid="agent-create" @close="opener?.focus()">
      <form @submit.prevent="create">
        <h2 id="enrol-title">New agent</h2>
        <p v-if="error" class="error" role="alert" data-testid="agent-create-error">{{ error }}</p>
        <label for="enrol-id">Id</label>
        <input id="enrol-id" v-model.trim="id" required maxlength="64" autocomplete="off" autocapitalize="none" spellcheck="false" aria-describedby="enrol-id-help" data-testid="agent-create-id" />
        <p id="enrol-id-help" class="help">Never changes. Letters, digits, ., _ and -</p>
        <label for="enrol-handle">Handle</label>
        <input id="enrol-handle" v-model.trim="handle" maxlength="32" autocomplete="off" autocapitalize="none" spellcheck="false" :placeholder="id.toLowerCase()" aria-describedby="enrol-handle-help" data-testid="agent-create-handle" />
        <p id="enrol-handle-help" class="help">What others call it; the id in small letters if left empty</p>
        <label for="enrol-role">Role</label>
        <select id="enrol-role" v-model="role" data-testid="agent-create-role"><option v-for="(words, value) in roles" :key="value" :value="value">{{ words }}</option></select>
        <div class="buttons">
          <button type="button" class="button" @click="$refs.box.close()">Cancel</button>
          <button type="submit" class="button primary" data-testid="agent-create-do" :disabled="busy">Create agent</button>
        </div>
      </form>
    </dialog>
    <TokenDialog ref="fresh" />`,

  data: () => ({ id: "", handle: "", role: "worker", error: "", busy: false, roles: ROLES, opener: null }),

  methods: {
    open(opener, id = "") {
      Object.assign(this, { id, handle: "", role: "worker", error: "", busy: false, opener });
      this.$refs.box.showModal();
    },

    async create() {
      this.busy = true;
      const answer = await this.asks("create", { agent_id: this.id, handle: this.handle, role: this.role });
      this.busy = false;
      this.error = answer.error ?? "";
      if (answer.error) return;
      const opener = this.opener;
      this.opener = null;
      this.$refs.box.close();
      this.$refs.fresh.show(answer, opener);
      go(answer.path);
    },
  },
};
