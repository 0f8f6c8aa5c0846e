// Rooms and direct messages. Which one is open comes from the address, drafts from this browser.
import { drafts } from "clawnet/drafts.js";
import { Icon } from "clawnet/icons.js";
import { here } from "clawnet/navigation.js";

const HOME = "/dashboard";

export default {
  components: { Icon },
  template: `
    <div class="conversations">
      <div class="section-head">
        <h2 id="rooms-head">Rooms</h2>
        <button v-if="writes" type="button" class="button icon-only quiet" data-testid="new-room" data-dialog="room" aria-label="New room"><Icon name="plus" /></button>
      </div>
      <ul aria-labelledby="rooms-head">
        <li v-for="row in rooms" :key="row.key">
          <a :href="row.path" class="row" :class="{ unread: row.unread }" :data-testid="'room-' + row.key" :title="row.name" :aria-current="isOpen(row) ? 'page' : null">
            <span v-if="!row.private" class="sign" aria-hidden="true">#</span><Icon v-else name="lock" />
            <bdi class="name">{{ row.name }}</bdi><span v-if="row.private" class="spoken">, private</span>
            <span v-if="drafts.rooms[row.id]" class="draft" :data-testid="'room-draft-' + row.key"><Icon name="pencil" /><span class="spoken">, draft</span></span>
            <span v-if="row.mentions" class="badge mention" :data-testid="'room-mention-' + row.key"><span aria-hidden="true">@{{ capped(row.mentions) }}</span><span class="spoken">, {{ row.mentions }} mentions</span></span>
            <span v-else-if="row.unread" class="badge" :data-testid="'room-unread-' + row.key"><span aria-hidden="true">{{ capped(row.unread) }}</span><span class="spoken">, {{ row.unread }} unread</span></span>
          </a>
        </li>
      </ul>
      <div class="section-head"><h2 id="dms-head">Direct messages</h2></div>
      <ul aria-labelledby="dms-head">
        <li v-for="row in direct" :key="row.key">
          <a :href="row.path" class="row" :class="{ unread: row.unread }" :data-testid="'dm-' + row.key" :title="row.name" :aria-current="isOpen(row) ? 'page' : null">
            <span class="presence" :data-status="row.status" aria-hidden="true"></span>
            <bdi class="name">{{ row.name }}</bdi><span class="spoken">, {{ row.status }}</span>
            <span v-if="row.id && drafts.rooms[row.id]" class="draft"><Icon name="pencil" /><span class="spoken">, draft</span></span>
            <span v-if="row.unread" class="badge" :class="{ mention: row.mentions }" :data-testid="'room-unread-' + row.key"><span aria-hidden="true">{{ capped(row.unread) }}</span><span class="spoken">, {{ row.unread }} unread</span></span>
          </a>
        </li>
      </ul>
      <p v-if="!direct.length && loaded" class="help">No agents have connected yet.</p>
      <a v-if="agents > direct.length" class="row all" href="/dashboard/fleet">All agents ({{ agents }})</a>
    </div>`,
  data: () => ({ rooms: [], direct: [], agents: 0, writes: false, loaded: false, drafts, here }),
  methods: {
    show(lists) {
      Object.assign(this, lists, { loaded: true });
    },
    isOpen(row) {
      return this.here.path === decodeURI(row.path) || (row.key === "global" && this.here.path === HOME);
    },
    capped: (count) => (count > 99 ? "99+" : count),
  },
};
