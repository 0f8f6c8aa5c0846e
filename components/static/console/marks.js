// How far each room was read in this browser; void when the relay's epoch is another one.
import { change, load, onChange } from "./store.js";

export const allMarks = () => load("marks", { epoch: null, rooms: {} });

export function markOf(room, epoch) {
  const marks = allMarks();
  return marks.epoch === epoch ? (marks.rooms[room] ?? 0) : null;
}

export function setMark(room, offset, epoch) {
  return change("marks", { epoch: null, rooms: {} }, (marks) => {
    if (marks.epoch === null) return false; // the baseline comes first, or all other rooms would seem unread
    if (marks.epoch !== epoch) Object.assign(marks, { epoch, rooms: {} });
    if ((marks.rooms[room] ?? 0) >= offset) return false;
    marks.rooms[room] = offset;
    return true;
  });
}

// Where a browser that has never been here begins: with everything read.
export function baseline({ epoch, rooms }) {
  change("marks", { epoch: null, rooms: {} }, (marks) => {
    if (marks.epoch === null) Object.assign(marks, { epoch, rooms });
  });
}

export const onMarks = (listener) => onChange("marks", listener);
