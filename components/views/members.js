// What a room is about, who is in it, what was done with it, and how it is changed.
import { Asking } from "clawnet/ask.js";
import { Confirm } from "clawnet/confirm.js";
import { Icon } from "clawnet/icons.js";
import { isLive, link } from "clawnet/connection.js";
import { go } from "clawnet/navigation.js";
import { ManageRoom } from "clawnet/manage-room.js";
import { full, hhmm, stamp } from "clawnet/times.js";
import { choices, chooseFor } from "clawnet/room-choices.js";
import { toast } from "clawnet/toasts.js";

const GROUPS = [["online", "Online"], ["idle", "Idle"], ["offline", "Offline"]];
const CROWD = 100; // members from which on the groups can be folded
const PINS = 12;
const DONE = { "room.create": "made the room", "room.join": "joined", "room.leave": "left", "room.invite": "let in", "room.kick": "put out", "room.update": "changed", "room.list": "looked", "room.read": "looked" };

export default {
  mixins: [Asking],
  components: { Confirm, Icon, ManageRoom },
  template: `
    <div v-if="!room" class="skeleton" data-testid="members-loading"><p class="spoken">Loading members</p><div v-for="n in 5" :key="n" aria-hidden="true"></div></div>
    <div class="details" v-else>
      <div class="section-head">
        <h2>About</h2>
        <button v-if="changes" type="button" class="button small" data-testid="room-manage" @click="$refs.manage.show($event.currentTarget)">Manage</button>
        <button type="button" class="button icon-only quiet panel-close" data-toggles="panel" aria-label="Close room details"><Icon name="close" /></button>
      </div>
      <p v-if="topic" class="topic" dir="auto">{{ topic }}</p>
      <p v-else-if="changes" class="help">No topic.</p>
      <p class="help">{{ facts }}</p>
      <p v-if="kind !== 'dm'" class="help">Id <code>{{ room }}</code>, the newest {{ keep.toLocaleString("en") }} messages are kept</p>
      <p v-if="kind === 'global'" class="help">It can't be renamed, archived or left.</p>
      <div class="section-head"><h2>Members</h2></div>
      <p v-if="!live" class="help">As of {{ asOf }}</p>
      <form v-if="kind === 'room' && writes && member" class="invite" @submit.prevent="invite">
        <input v-model.trim="guest" list="room-guests" placeholder="Add an agent" aria-label="Add an agent" autocomplete="off" autocapitalize="none" spellcheck="false" data-testid="room-invite" :aria-describedby="error ? 'room-error' : null" />
        <datalist id="room-guests"><option v-for="one in others" :key="one.id" :value="one.handle" /></datalist>
        <button type="submit" class="button small" data-testid="room-invite-do" :disabled="!guest || busy">Add</button>
      </form>
      <p v-if="error" class="error" id="room-error" role="alert" data-testid="room-error">{{ error }}</p>
      <input v-if="people.length >= 15" type="search" v-model="filter" placeholder="Filter members" aria-label="Filter members" data-testid="member-filter" />
      <div class="people" :class="{ stale: !live }">
        <template v-for="group in groups" :key="group.name">
          <h3><button v-if="crowd" type="button" class="fold" :aria-expanded="String(isOpen(group))" :data-testid="'members-fold-' + group.name" @click="folds[group.name] = !isOpen(group)"><Icon name="fold" />{{ group.words }} {{ group.people.length }}</button><template v-else>{{ group.words }} {{ group.people.length }}</template></h3>
          <ul v-if="isOpen(group)" :aria-label="group.words">
            <li v-for="one in group.people" :key="one.id" :data-testid="'member-' + one.id" :data-state="one.status" :title="seen(one)">
              <span class="presence" :data-status="one.status" aria-hidden="true"></span>
              <a class="name" :href="one.path"><bdi>{{ one.handle }}</bdi></a><span class="role">{{ one.role }}</span>
              <button v-if="kind === 'room' && changes && !one.you" type="button" class="row-more" :data-testid="'member-remove-' + one.id" :aria-label="'Remove ' + one.handle" :title="'Remove ' + one.handle" @click="kick(one)"><Icon name="close" /></button>
              <p v-if="one.doing" class="help note"><a :href="one.doing.path" :data-testid="'member-doing-' + one.id"><span class="glyph" aria-hidden="true">{{ one.doing.glyph }}</span><span class="spoken">{{ one.doing.word }} </span> <code>{{ one.doing.line }}</code></a></p>
              <p v-else-if="one.note" class="help note" dir="auto">{{ one.note }}</p>
            </li>
          </ul>
        </template>
        <p v-if="!people.length" class="help">No members</p>
        <p v-else-if="!groups.length" class="help">No member matches. <button type="button" class="link" @click="filter = ''">Clear filter</button></p>
      </div>
      <div v-if="kind === 'room' && writes" class="buttons">
        <button v-if="member" type="button" class="button" data-testid="room-leave" @click="act('leave')">Leave room</button>
        <button v-else type="button" class="button primary" data-testid="room-join" @click="act('join')">Join room</button>
      </div>
      <div class="pinned-lines">
        <div class="section-head"><h2 id="pinned-head">Pinned commands</h2><button v-if="writes && !pinning" type="button" class="button icon-only quiet" data-testid="pin-command" aria-label="Pin a command" @click="beginPin"><Icon name="plus" /></button></div>
        <form v-if="pinning" class="invite" @submit.prevent="pin"><input ref="line" v-model.trim="line" placeholder="/status @online" aria-label="Command to pin" maxlength="500" autocomplete="off" spellcheck="false" data-testid="pin-line" @keydown.esc.stop.prevent="pinning = false" /><button type="submit" class="button small" data-testid="pin-do" :disabled="!line.startsWith('/')">Pin</button></form>
        <ul v-if="pins.length" class="pins" aria-labelledby="pinned-head"><li v-for="each in pins" :key="each"><button type="button" class="pin-line" :data-testid="'pinned-' + each" :title="'Type ' + each" @click="type(each)"><code>{{ each }}</code></button><button type="button" class="row-more" :aria-label="'Unpin ' + each" :title="'Unpin ' + each" @click="keepPins(pins.filter((one) => one !== each))"><Icon name="close" /></button></li></ul>
        <p v-else-if="!pinning" class="help">None in this browser.</p>
      </div>
      <div v-if="kind !== 'dm'" class="lately">
        <div class="section-head"><h2>Activity</h2><button type="button" class="button small" :aria-expanded="String(Boolean(lately))" data-testid="room-lately" @click="look">{{ lately ? 'Hide' : 'Show' }}</button></div>
        <p v-if="lately && lately.error" class="help">{{ lately.code === 'forbidden' ? 'Only masters and wardens read the audit trail.' : lately.error }}</p>
        <p v-else-if="lately && !lately.rows.length" class="help">Nothing was done with this room lately.</p>
        <ul v-else-if="lately" class="lines" data-testid="room-activity"><li v-for="row in lately.rows" :key="row.seq"><bdi>@{{ row.actor }}</bdi> {{ done(row) }} <time class="help" :datetime="row.ts" :title="at(row)">{{ when(row) }}</time></li></ul>
      </div>
      <ManageRoom ref="manage" :room="picture" :asks="ask" />
      <Confirm ref="confirm" />
    </div>`,

  data: () => ({ room: "", kind: "", title: "", topic: "", visibility: "", created: "", member: true, writes: false, changes: false, deletes: false, archived: false, people: [], others: [], filter: "", guest: "", error: "", busy: false, lately: null, keep: 0, folds: {}, pinning: false, line: "", choices, link }),

  computed: {
    live: (vm) => vm.link && isLive(),
    asOf: (vm) => hhmm(new Date(vm.link.last)),
    crowd: (vm) => vm.people.length > CROWD,
    pins: (vm) => vm.choices.rooms[vm.room]?.commands ?? [],
    picture: ({ room, kind, title, topic, visibility, archived, deletes }) => ({ room, kind, title, topic, visibility, archived, deletes }),
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

  watch: {
    room() {
      Object.assign(this, { filter: "", guest: "", error: "", lately: null, folds: {}, pinning: false, line: "" });
    },
  },

  methods: {
    show(picture) {
      Object.assign(this, picture);
    },

    at: (row) => full(new Date(row.ts)),
    when: (row) => stamp(new Date(row.ts)),
    done: (row) => (DONE[row.action] ?? row.action) + (row.detail.agent && row.detail.agent !== row.actor_id ? " @" + row.detail.agent : row.detail.changed ? ": " + row.detail.changed : ""),

    seen(one) {
      const seen = one.seen ? `last seen ${full(new Date(one.seen))}` : "never seen";
      return `${one.handle}: ${one.word}, ${seen}${one.note ? `. ${one.note}` : ""}`;
    },

    async invite() {
      const name = this.guest.replace(/^@/, "").toLowerCase();
      const one = this.others.find((each) => each.handle === name || each.id === name);
      if (!one) return void (this.error = this.people.some((each) => each.handle === name) ? `${name} is in this room already.` : `There is no agent called ${name}.`);
      await this.act("invite", { agent_id: one.id });
      if (!this.error) this.guest = "";
    },

    async kick(one) {
      const sure = await this.$refs.confirm.ask({ title: `Remove ${one.handle}?`, lines: [`${one.handle} hears nothing of #${this.title} any more. Members can let it in again.`], verb: "Remove" });
      if (sure) await this.act("kick", { agent_id: one.id });
    },

    async act(what, detail = {}) {
      this.busy = true;
      const answer = await this.ask(what, { room: this.room, ...detail });
      this.busy = false;
      this.error = answer.error ?? "";
      if (answer.error) return;
      if (what === "leave") toast({ text: `You have left #${this.title}.`, undo: this.visibility === "public" ? () => this.ask("join", { room: answer.room }) : null });
      if (what === "leave" && this.visibility === "private") go("/dashboard");
    },

    // Of many, those who are not there are counted and not listed until one asks; what is looked for is always shown.
    isOpen(group) {
      return !this.crowd || this.filter !== "" || (this.folds[group.name] ?? group.name !== "offline");
    },

    beginPin() {
      this.pinning = true;
      this.$nextTick(() => this.$refs.line.focus());
    },

    pin() {
      this.keepPins([...this.pins.filter((each) => each !== this.line), this.line].slice(-PINS));
      Object.assign(this, { pinning: false, line: "" });
    },

    keepPins(lines) {
      chooseFor(this.room, "commands", lines.length ? lines : null);
    },

    type(text) {
      dispatchEvent(new CustomEvent("clawnet:chat", { detail: { what: "type", text: text + " " } }));
    },

    async look() {
      this.lately = this.lately ? null : await this.ask("lately", { room: this.room });
    },
  },
};
