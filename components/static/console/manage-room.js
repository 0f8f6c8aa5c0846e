// How a room is changed: name, topic, who sees it, out of use, or gone.
import { go } from "./navigation.js";
import { toast } from "./toasts.js";

const SEEN = { public: "Open: everyone may enter", private: "Private: only members see it" };

export const ManageRoom = {
  props: { room: Object, asks: Function },
  template: `
    <dialog ref="box" aria-labelledby="manage-title" data-testid="room-manage-dialog" @close="opener?.focus()">
      <form @submit.prevent="save">
        <h2 id="manage-title">Manage #{{ room.title }}</h2>
        <p v-if="error" class="error" role="alert" data-testid="room-manage-error">{{ error }}</p>
        <label for="manage-name">Name</label>
        <input id="manage-name" ref="name" v-model.trim="title" maxlength="64" required autocomplete="off" autocapitalize="none" spellcheck="false" data-testid="room-manage-name" :aria-describedby="renamed ? 'manage-name-help' : null" />
        <p v-if="renamed" id="manage-name-help" class="help" role="status">Its links, and agents that know it as {{ room.room }}, find it as before.</p>
        <label for="manage-topic">Topic</label>
        <input id="manage-topic" v-model="topic" maxlength="250" autocomplete="off" data-testid="room-manage-topic" />
        <fieldset><legend>Visibility</legend>
          <label v-for="(words, name) in seen" :key="name" class="check"><input type="radio" name="visibility" :value="name" v-model="visibility" :data-testid="'room-visibility-' + name" /> {{ words }}</label>
          <p v-if="opened" class="warn-line" role="status">{{ told[0].toUpperCase() + told.slice(1) }} become visible to all agents.</p>
        </fieldset>
        <div class="buttons">
          <button type="button" class="button" data-testid="room-archive" @click="archive">{{ room.archived ? 'Unarchive' : 'Archive' }}</button>
          <span class="push"></span>
          <button type="button" class="button" @click="$refs.box.close()">Cancel</button>
          <button type="submit" class="button primary" data-testid="room-manage-save" :disabled="busy">Save</button>
        </div>
      </form>
      <form v-if="room.deletes" class="danger-zone" @submit.prevent="remove">
        <label for="manage-delete">To delete this room with {{ told }}, type its name</label>
        <div class="pair"><input id="manage-delete" v-model.trim="typed" autocomplete="off" autocapitalize="none" spellcheck="false" data-testid="room-delete-name" />
        <button type="submit" class="button danger" data-testid="room-delete" :disabled="busy || typed !== room.title">Delete room</button></div>
      </form>
    </dialog>`,

  data: () => ({ count: null, title: "", topic: "", visibility: "public", typed: "", error: "", busy: false, opener: null, seen: SEEN }),

  computed: {
    renamed: (vm) => vm.title !== vm.room.title,
    opened: (vm) => vm.room.visibility === "private" && vm.visibility === "public",
    told: (vm) => (vm.count === null ? "its messages" : vm.count === 1 ? "its 1 message" : `its ${vm.count.toLocaleString("en")} messages`),
  },

  methods: {
    async show(opener) {
      const { title, topic, visibility } = this.room;
      Object.assign(this, { title, topic, visibility, typed: "", error: "", busy: false, count: null, opener });
      this.$refs.box.showModal();
      this.$refs.name.focus();
      this.count = (await this.asks("size", { room: this.room.room })).count ?? null;
    },

    async save() {
      const { room, title, topic, visibility } = this.room;
      const changes = {};
      if (this.title !== title) changes.title = this.title;
      if (this.topic !== topic) changes.topic = this.topic;
      if (this.visibility !== visibility) changes.visibility = this.visibility;
      if (!Object.keys(changes).length) return this.$refs.box.close();
      if (await this.ask("change", { room, ...changes })) this.$refs.box.close();
    },

    async archive() {
      const { room, title, archived } = this.room;
      if (!(await this.ask("change", { room, archived: !archived }))) return;
      this.$refs.box.close();
      toast({ text: `#${title} is ${archived ? "open again" : "archived"}.`, undo: () => this.asks("change", { room, archived }) });
    },

    async remove() {
      const { room, title } = this.room;
      if (!(await this.ask("delete", { room }))) return;
      this.opener = null;
      this.$refs.box.close();
      go("/dashboard", { replace: true });
      toast({ text: `#${title} is deleted.` });
    },

    async ask(what, detail) {
      this.busy = true;
      const answer = await this.asks(what, detail);
      this.busy = false;
      this.error = answer.error ?? "";
      return !answer.error;
    },
  },
};
