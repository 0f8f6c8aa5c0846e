// What a room is about and who is in it.
import { Icon } from "clawnet/icons.js";
import { link } from "clawnet/connection.js";
import { full, hhmm } from "clawnet/times.js";

const GROUPS = [["online", "Online"], ["idle", "Idle"], ["offline", "Offline"]];

export default {
  components: { Icon },
  emits: ["join", "leave"],
  template: `
    <div class="details" v-if="room">
      <div class="section-head">
        <h2>About</h2>
        <button type="button" class="button icon-only quiet panel-close" data-toggles="panel" aria-label="Close room details"><Icon name="close" /></button>
      </div>
      <p v-if="topic" class="topic" dir="auto">{{ topic }}</p>
      <p class="help">{{ facts }}</p>
      <div class="section-head"><h2>Members</h2></div>
      <p v-if="!live" class="help">As of {{ asOf }}</p>
      <input v-if="people.length >= 15" type="search" v-model="filter" placeholder="Filter members" aria-label="Filter members" data-testid="member-filter" />
      <div class="people" :class="{ stale: !live }">
        <template v-for="group in groups" :key="group.name">
          <h3>{{ group.words }} {{ group.people.length }}</h3>
          <ul :aria-label="group.words">
            <li v-for="one in group.people" :key="one.id" :data-testid="'member-' + one.id" :data-state="one.status" :title="seen(one)">
              <span class="presence" :data-status="one.status" aria-hidden="true"></span>
              <bdi class="name">{{ one.handle }}</bdi><span class="role">{{ one.role }}</span>
            </li>
          </ul>
        </template>
        <p v-if="!people.length" class="help">No members</p>
      </div>
      <div v-if="kind === 'room' && writes" class="buttons">
        <button v-if="member" type="button" class="button" @click="$emit('leave', room)">Leave room</button>
        <button v-else type="button" class="button" @click="$emit('join', room)">Join room</button>
      </div>
    </div>`,
  data: () => ({ room: "", kind: "", title: "", topic: "", visibility: "", created: "", member: true, writes: false, people: [], filter: "", link }),
  computed: {
    live: (vm) => ["live", "slow"].includes(vm.link.state),
    asOf: (vm) => hhmm(new Date(vm.link.last)),
    facts: (vm) => {
      if (vm.kind === "dm") return "Direct messages: only the two of you";
      const open = vm.kind === "global" ? "Everyone is in here" : vm.visibility === "private" ? "Private: only members see it" : "Open: everyone may enter";
      return vm.created ? `${open}. Created ${full(new Date(vm.created))}` : open;
    },
    groups: (vm) => {
      const shown = vm.people.filter((one) => one.handle.includes(vm.filter.toLowerCase()));
      return GROUPS.map(([name, words]) => ({ name, words, people: shown.filter((one) => one.status === name) })).filter((group) => group.people.length);
    },
  },
  methods: {
    show(picture) {
      Object.assign(this, picture);
    },
    seen: (one) => (one.seen ? `Last seen ${full(new Date(one.seen))}` : "Never seen"),
  },
};
