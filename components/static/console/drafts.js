// A draft per room: written while one types, gone when it is sent or emptied.
import { reactive } from "vue";
import { change, load, onChange } from "./store.js";

const MAX = 50;
const DAYS_30 = 30 * 24 * 3600 * 1000;

export const drafts = reactive({ rooms: load("drafts", {}) });
onChange("drafts", () => (drafts.rooms = load("drafts", {})));

export function draftOf(room) {
  return drafts.rooms[room]?.text ?? "";
}

export function keepDraft(room, text) {
  change("drafts", {}, (kept) => {
    if (text.trim()) kept[room] = { text, at: Date.now() };
    else delete kept[room];
    forgetOld(kept);
    drafts.rooms = { ...kept };
  });
}

function forgetOld(kept) {
  const rooms = Object.keys(kept).sort((a, b) => kept[b].at - kept[a].at);
  for (const [place, room] of rooms.entries())
    if (place >= MAX || Date.now() - kept[room].at > DAYS_30) delete kept[room];
}
