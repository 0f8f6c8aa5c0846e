// The dialogs of the console. The browser's own <dialog> traps focus; who opened it gets the focus back.
export const Dialogs = {
  props: { handle: String, asks: Function },
  emits: ["create"],
  template: `
    <dialog ref="room" aria-labelledby="new-room-title" data-testid="room-create-dialog" @close="restore">
      <form @submit.prevent="create">
        <h2 id="new-room-title">New room</h2>
        <p v-if="error" class="error" role="alert">{{ error }}</p>
        <label for="room-name">Name</label>
        <input id="room-name" v-model.trim="name" data-testid="room-name" required maxlength="64" autocomplete="off"
          autocapitalize="none" spellcheck="false" pattern="[a-z0-9]([a-z0-9_\\-]*[a-z0-9])?" aria-describedby="room-name-help" />
        <p id="room-name-help" class="help" :class="{ error: taken }" role="status">{{ taken ? 'The name ' + name + ' is taken.' : 'Small letters, digits, - and _' }}</p>
        <label for="room-topic">Topic</label>
        <input id="room-topic" v-model="topic" data-testid="room-topic" maxlength="250" autocomplete="off" />
        <label for="room-members">Members at once</label>
        <input id="room-members" v-model="folk" list="room-folk" placeholder="atlas, borealis" data-testid="room-members" autocomplete="off" autocapitalize="none" spellcheck="false" aria-describedby="room-members-help" />
        <datalist id="room-folk"><option v-for="one in known" :key="one.id" :value="one.handle" /></datalist>
        <p id="room-members-help" class="help">Names with commas between; others may enter later</p>
        <label class="check"><input type="checkbox" v-model="isPrivate" data-testid="room-visibility" /> Private: only members see it</label>
        <div class="buttons">
          <button type="button" class="button" @click="$refs.room.close()">Cancel</button>
          <button type="submit" class="button primary" data-testid="room-save" :disabled="busy || taken">Create room</button>
        </div>
      </form>
    </dialog>
    <dialog ref="sign" aria-labelledby="sign-in-title" data-testid="login-card" @cancel="early || $event.preventDefault()" @close="restore">
      <form @submit.prevent="signIn" data-testid="login-form">
        <h2 id="sign-in-title">Sign in again</h2>
        <p>{{ early ? "Your session ends soon." : "Your session has ended." }} What you have written stays here.</p>
        <p v-if="refusal" class="error" role="alert" data-testid="login-error">{{ refusal }}</p>
        <label for="sign-token">Access token</label>
        <input id="sign-token" v-model="token" type="password" autocomplete="current-password" required data-testid="login-token" />
        <div class="buttons"><button v-if="early" type="button" class="button" @click="$refs.sign.close()">Cancel</button><button type="submit" class="button primary" data-testid="login-submit" :disabled="busy">Sign in</button></div>
      </form>
    </dialog>`,

  data: () => ({ known: [], rooms: [], folk: "", name: "", topic: "", isPrivate: false, token: "", early: false, error: "", refusal: "", busy: false }),

  computed: {
    taken: (vm) => vm.rooms.includes(vm.name),
  },

  methods: {
    async show(name, opener) {
      this.opener = opener;
      this.error = "";
      this.busy = false;
      this.$refs[name].showModal();
      if (name !== "room") return;
      const index = await this.asks("index");
      this.known = index.agents ?? [];
      this.rooms = (index.rooms ?? []).map((each) => each.name);
    },

    restore() {
      this.opener?.focus();
    },

    create() {
      this.error = "";
      const names = this.folk.split(/[\s,]+/).map((name) => name.replace(/^@/, "")).filter(Boolean);
      const strange = names.find((name) => !this.known.some((one) => one.handle === name));
      if (strange) return void (this.error = `There is no agent called ${strange}.`);
      this.busy = true;
      const members = names.map((name) => this.known.find((one) => one.handle === name).id);
      this.$emit("create", { name: this.name, topic: this.topic, private: this.isPrivate, members });
    },

    created({ error }) {
      this.busy = false;
      this.error = error ?? "";
      if (error) return;
      Object.assign(this, { name: "", topic: "", folk: "", isPrivate: false });
      this.opener = null;
      this.$refs.room.close();
    },

    // With an opener the session still stands, and one can go back to it.
    askToSignIn(opener = null) {
      this.early = Boolean(opener);
      if (!this.$refs.sign.open) this.show("sign", opener);
    },

    async signIn() {
      this.busy = true;
      const body = new URLSearchParams({ token: this.token, next: location.pathname });
      try {
        const answer = await fetch("/login", { method: "POST", body, headers: { Accept: "application/json" } });
        if (answer.ok) return location.reload();
        this.refusal = (await answer.json()).message;
      } catch {
        this.refusal = "The relay does not answer.";
      }
      this.busy = false;
    },
  },
};
