// What one has chosen for single rooms: pinned, muted, which kinds of messages are shown. Kept in this browser.
import { reactive } from "vue";
import { change, load, onChange } from "./store.js";

const NAME = "rooms";
const MAX = 500;
export const choices = reactive({ rooms: load(NAME, {}) });
onChange(NAME, () => (choices.rooms = load(NAME, {})));

export const choiceOf = (room) => choices.rooms[room] ?? {};

export function chooseFor(room, what, value) {
  change(NAME, {}, (rooms) => {
    rooms[room] = { ...rooms[room], [what]: value };
    if (!value) delete rooms[room][what];
    if (!Object.keys(rooms[room]).length) delete rooms[room];
    for (const extra of Object.keys(rooms).slice(0, -MAX)) delete rooms[extra];
    choices.rooms = { ...rooms };
  });
}
