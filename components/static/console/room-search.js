// Looks through a room's history at the relay; a hit leads to its place.
import { Icon } from "./icons.js";
import { go } from "./navigation.js";
import { full, stamp } from "./times.js";

export const RoomSearch = {
  components: { Icon },
  props: { room: String, name: String, path: String, asks: Function },
  emits: ["close"],
  template: `
    <section class="room-search" role="search" :aria-label="'Search in ' + name" data-testid="room-search" @keydown.esc.stop="$emit('close')">
      <form class="search-bar" @submit.prevent="find()">
        <Icon name="search" />
        <input ref="field" type="search" v-model="text" maxlength="256" :placeholder="'Search in ' + name" :aria-label="'Search in ' + name" data-testid="room-search-input" @keydown.down.prevent="step(0)" />
        <button type="submit" class="button small">Search</button>
        <button type="button" class="button icon-only quiet" aria-label="Close search" @click="$emit('close')"><Icon name="close" /></button>
      </form>
      <p v-if="said" class="search-said" :class="{ error: error }" role="status" data-testid="room-search-said">{{ said }}<button v-if="error" type="button" class="link" @click="find()">Retry</button></p>
      <ul v-if="hits.length" ref="list" aria-label="Messages found" tabindex="0" role="list" data-testid="room-search-hits">
        <li v-for="(hit, place) in hits" :key="hit.o">
          <a :href="path + '?m=' + encodeURIComponent(hit.id)" :data-testid="'hit-' + hit.id" @keydown.down.prevent="step(place + 1)" @keydown.up.prevent="step(place - 1)" @click="$emit('close')">
            <span class="hit-head"><bdi class="who" :class="'nick' + hit.nick">{{ hit.name }}</bdi> <time :datetime="hit.ts" :title="full(hit)">{{ at(hit) }}</time></span>
            <span class="hit-text" dir="auto"><template v-for="[part, marked] in parts(hit.text)"><mark v-if="marked">{{ part }}</mark><template v-else>{{ part }}</template></template></span></a>
        </li>
      </ul>
      <button v-if="next" type="button" class="button small" data-testid="room-search-more" :disabled="busy" @click="find(next)">Look further back</button>
    </section>`,

  data: () => ({ text: "", asked: "", hits: [], next: null, busy: false, error: "" }),

  computed: {
    said: (vm) => {
      if (vm.busy) return "Searching";
      if (vm.error) return vm.error + " ";
      if (!vm.asked) return "";
      if (!vm.hits.length) return vm.next ? `Nothing yet that holds “${vm.asked}”.` : `No message holds “${vm.asked}”.`;
      return `${vm.hits.length}${vm.next ? " or more" : ""} found, newest first`;
    },
  },

  watch: {
    room() {
      Object.assign(this, { text: "", asked: "", hits: [], next: null, error: "" });
    },
  },

  methods: {
    at: (hit) => stamp(new Date(hit.ts)),
    full: (hit) => full(new Date(hit.ts)),
    go,

    open(text = "") {
      if (text) this.text = text;
      this.$refs.field.focus();
      this.$refs.field.select();
      if (text) this.find();
    },

    async find(before = null) {
      const text = this.text.trim();
      if (!text) return;
      Object.assign(this, { busy: true, error: "", asked: text });
      const answer = await this.asks("find", { room: this.room, text, ...(before ? { before } : {}) });
      this.busy = false;
      if (answer.error) return void (this.error = answer.error);
      this.hits = before ? [...this.hits, ...answer.hits] : answer.hits;
      this.next = answer.next;
    },

    step(place) {
      const links = [...(this.$refs.list?.querySelectorAll("a") ?? [])];
      (links[place] ?? (place < 0 ? this.$refs.field : null))?.focus();
    },

    // Every second part is one of the words that were looked for.
    parts(text) {
      const words = this.asked.split(/\s+/).map((word) => word.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
      return text.split(new RegExp(`(${words.join("|")})`, "iu")).map((part, place) => [part, place % 2 === 1]);
    },
  },
};
