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

// What comes from an offset on is new again.
export function setBack(room, offset, epoch) {
  change("marks", { epoch: null, rooms: {} }, (marks) => {
    if (marks.epoch === epoch) marks.rooms[room] = offset - 1;
  });
}

// Takes each room as read up to its head; returns what puts it back as it was.
export function readAll({ epoch, rooms }) {
  const before = allMarks();
  change("marks", { epoch: null, rooms: {} }, (marks) => Object.assign(marks, { epoch, rooms }));
  return () => change("marks", { epoch: null, rooms: {} }, (marks) => Object.assign(marks, before));
}

// Where a browser that has never been here begins: with everything read.
export function baseline({ epoch, rooms }) {
  change("marks", { epoch: null, rooms: {} }, (marks) => {
    if (marks.epoch === null) Object.assign(marks, { epoch, rooms });
  });
}

export const onMarks = (listener) => onChange("marks", listener);
