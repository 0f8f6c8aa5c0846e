// What can be typed over the table of tasks: a query, an agent, a command. Pure: from text and caret to suggestions.
import { suggestions } from "./completing.js";

const KEYS = { status: "Which state", agent: "On which agent", room: "In which room", by: "Asked by whom", cmd: "Which command", since: "How lately" };
const STATES = { waiting: "needs approval", running: "at work now", queued: "not begun yet", failed: "failed, timed out or lost", done: "all that ended otherwise", succeeded: "", cancelled: "", denied: "", blocked: "by policy" };
const SPANS = { "15m": "the last quarter of an hour", "1h": "the last hour", "24h": "the last day", "7d": "the last week" };

export const VIEWS = [
  ["waiting", "Needs you", "status:waiting"],
  ["running", "Running", "status:running,queued"],
  ["failed", "Failed today", "status:failed since:24h"],
  ["mine", "Mine", "by:me"],
  ["all", "All", ""],
];

// What completes the word of a query that the caret is in.
export function querySource({ people, commands, rooms }) {
  return (text, caret) => {
    const from = text.slice(0, caret).search(/\S*$/);
    const word = text.slice(from, caret).toLowerCase();
    const [, key, value] = /^([a-z]+):(.*)$/.exec(word) ?? [];
    if (!key) return listed("Filters", KEYS, word, from, caret, (name) => `${name}:`);
    const last = value.split(",").at(-1);
    const values = { status: STATES, since: SPANS, by: { me: "you", ...named(people) }, agent: named(people), room: Object.fromEntries(rooms.map((room) => [room, ""])), cmd: Object.fromEntries(commands.map((each) => [each.name, each.help])) }[key];
    return values ? listed(KEYS[key], values, last, caret - last.length, caret, (name) => name) : null;
  };
}

const named = (people) => Object.fromEntries(people.map((each) => [each.handle, each.status]));

function listed(what, values, word, from, to, text) {
  const rows = Object.entries(values).filter(([name]) => name.startsWith(word) && name !== word);
  return { what, from, to, typed: word, rows: rows.map(([name, help]) => ({ id: text(name), text: text(name), help })) };
}

// Whom a command is for: names one after another, with or without their @.
export function targetSource({ people }) {
  return (text, caret) => {
    const from = text.slice(0, caret).search(/[^\s,]*$/);
    const word = text.slice(from, caret).toLowerCase().replace(/^@/, "");
    const taken = targetsIn(text.slice(0, from));
    const found = suggestions(`@${word}`, word.length + 1, { commands: [], sources: {}, people: people.filter((each) => !taken.includes(each.handle)) });
    return { ...found, from, to: caret };
  };
}

export function commandSource({ commands }) {
  const known = commands.filter((each) => each.agent || each.category === "Saved");
  return (text, caret) => (/^\/\S*$/.test(text.slice(0, caret) || "/") ? suggestions(text || "/", Math.max(1, caret), { commands: known, sources: {}, people: [] }) : null);
}

export const targetsIn = (text) => text.split(/[\s,]+/).map((word) => word.replace(/^@/, "").toLowerCase()).filter(Boolean);
