// What is worth a sign, a notice of the desktop, or a sound, and which rooms are muted.
import { askPermission, choose, EVENTS, notify, ring, wants, WAYS } from "clawnet/notify.js";
import { chooseFor, choices } from "clawnet/room-choices.js";

const STATES = {
  granted: ["valid", "Allowed", "Notices come while another window has the focus."],
  denied: ["expired", "Refused", "Allow notices for this address in the settings of the browser."],
  default: ["none", "Not asked yet", "Without it nothing is shown on the desktop."],
  unsupported: ["none", "Not possible", "Browsers show notices only over HTTPS or from this machine."],
};

export default {
  template: `
    <section class="part" aria-labelledby="notifications-title">
      <h3 id="notifications-title">Notifications</h3>
      <h4 id="notify-desktop">On the desktop</h4>
      <p class="permission" data-testid="notify-permission" :data-state="notify.permission"><span class="pill" :data-key="state[0]">{{ state[1] }}</span> <span class="help">{{ state[2] }}</span>
        <button v-if="notify.permission === 'default'" type="button" class="button" data-testid="notify-ask" @click="askPermission">Allow desktop notices</button></p>
      <h4>What is worth it</h4>
      <div class="table-box" tabindex="0" role="region" aria-label="What is worth a notice">
        <table class="grid notify-table" data-testid="notify-table">
          <caption class="spoken">Events, and how they are told</caption>
          <thead><tr><th scope="col">When</th><th v-for="[way, words] in ways" :key="way" scope="col">{{ words }}</th></tr></thead>
          <tbody><tr v-for="[event, words] in events" :key="event"><th scope="row">{{ words }}</th>
            <td v-for="[way, name] in ways" :key="way"><label class="pick"><input type="checkbox" :checked="wants(event, way)" :aria-label="name + ': ' + words" :data-testid="'notify-' + way + '-' + event.toLowerCase().replaceAll(' ', '-')" @change="choose(event, way, $event.target.checked)" /></label></td></tr></tbody>
        </table>
      </div>
      <p class="help">Badge is the number in the title and the dot on the icon of this tab. <button type="button" class="link" data-testid="notify-ring" @click="ring(true)">Hear the sound</button></p>
      <h4>Muted rooms</h4>
      <p v-if="!muted.length" class="help" data-testid="notify-none-muted">No room is muted. Mute one in its menu, or with m.</p>
      <ul v-else class="lines" data-testid="notify-muted"><li v-for="room in muted" :key="room" class="muted-room"><bdi>{{ rooms[room] ?? room }}</bdi><button type="button" class="button small" :aria-label="'Unmute ' + (rooms[room] ?? room)" :data-testid="'notify-unmute-' + room" @click="chooseFor(room, 'muted', false)">Unmute</button></li></ul>
      <p class="help">Kept in this browser.</p>
    </section>`,
  data: () => ({ notify, choices, rooms: {}, events: EVENTS, ways: WAYS }),
  computed: {
    state: (vm) => STATES[vm.notify.permission],
    muted: (vm) => Object.entries(vm.choices.rooms).filter(([, chosen]) => chosen.muted).map(([room]) => room),
  },
  methods: {
    askPermission,
    choose,
    chooseFor,
    ring,
    wants,
    show(rooms) {
      this.rooms = rooms;
    },
  },
};
