// What can be typed: commands after a slash, agents after an @, and whom a line means. Knows nothing of the page.
import { hhmm } from "./times.js";

const MANY = 10; // agents from which on even a reading command asks first
const GROUPS = ["@online", "@all"];
const ESSENTIAL = ["status", "ask", "do", "sessions", "stop", "who", "invite", "help"]; // what is offered before anything is typed
const DAY = 24 * 3600 * 1000;
export const RISKS = ["", "changes something", "destroys something"];

export const isCommand = (text) => text.startsWith("/") && !text.startsWith("//");
export const commandOf = (text, commands) => {
  const name = /^\/(\S*)/.exec(text)?.[1].toLowerCase();
  return commands.find((each) => each.name === name);
};

// Which argument the caret stands in, and the word that is typed there. Targets of agents' commands are no arguments.
function argumentAt(text, caret, commands) {
  const command = isCommand(text) ? commandOf(text, commands) : null;
  const head = /^\/\S+\s+/.exec(text)?.[0];
  if (!command || !head || caret < head.length) return null;
  const words = text.slice(head.length, caret).split(/\s+/);
  const typed = words.pop();
  const given = command.agent ? words.filter((word) => !word.startsWith("@")) : words;
  const place = Math.min(given.length, command.rest ? command.parts.length - 1 : Infinity);
  return { command, place, typed, part: command.parts[place] };
}

function chosen(text, caret, { commands, sources }) {
  const at = argumentAt(text, caret, commands);
  const offered = sources[at?.part?.source];
  if (!offered || at.typed.startsWith("@")) return null;
  const wanted = at.typed.toLowerCase();
  const fitting = offered.filter((each) => !each.acts || each.acts.includes(at.command.name));
  const found = fitting.filter((each) => each.text.toLowerCase().includes(wanted) || each.help.toLowerCase().includes(wanted));
  const rows = found.slice(0, 50).map((each) => ({ id: "=" + each.text, text: each.text, help: each.help, note: "" }));
  return { what: at.part.sign, from: caret - at.typed.length, to: caret, typed: "=" + at.typed, rows };
}

// `spoke` tells when somebody spoke last, by handle; without `every` the rarer commands wait behind one row.
export function suggestions(text, caret, { commands, people, sources, spoke = new Map(), every = true }) {
  const head = /^\/(\S*)/.exec(text);
  if (head && isCommand(text) && caret <= head[0].length) return named(head[1].toLowerCase(), head[0].length, commands, every);
  const word = /(?:^|\s)@([^\s@]*)$/.exec(text.slice(0, caret));
  if (word) return called(word[1].toLowerCase(), caret, people, spoke);
  const at = argumentAt(text, caret, commands);
  if (at?.part?.source === "agent") return { ...called(at.typed.toLowerCase(), caret, people, spoke), from: caret - at.typed.length };
  return chosen(text, caret, { commands, sources });
}

function named(word, to, commands, every) {
  const begins = commands.filter((each) => each.name.startsWith(word));
  const holds = commands.filter((each) => !each.name.startsWith(word) && each.name.includes(word));
  const offered = word ? [...begins, ...holds] : grouped(every ? commands : commands.filter((each) => ESSENTIAL.includes(each.name)));
  const rows = offered.map((each) => ({
    id: "/" + each.name,
    text: "/" + each.name,
    args: each.args,
    help: each.help,
    risk: each.risk,
    group: word ? "" : each.category,
    note: each.category,
  }));
  const rest = word ? 0 : commands.length - offered.length;
  if (rest) rows.push({ id: "/-more", text: `Show ${rest} more`, help: "", note: "", more: true });
  return { what: "Commands", from: 0, to, typed: "/" + word, rows };
}

// Those of one kind stand together, each kind where its first stands.
function grouped(commands) {
  const kinds = [...new Set(commands.map((each) => each.category))];
  return kinds.flatMap((kind) => commands.filter((each) => each.category === kind));
}

// Who is exactly meant first, then who spoke lately, then members, then others; online before the rest in each tier.
function called(word, caret, people, spoke) {
  const lately = ({ handle }) => (Date.now() - (spoke.get(handle) ?? 0) < DAY ? spoke.get(handle) : 0);
  const tier = (each) => {
    if (each.handle === word) return 0;
    if (each.handle.startsWith(word)) return !each.inside ? 3 : lately(each) ? 1 : 2;
    return each.handle.includes(word) ? 4 : -1;
  };
  const found = people.map((each) => [tier(each), each]).filter(([place]) => place >= 0);
  found.sort(([one, a], [other, b]) => one - other || (one === 1 && a.status === b.status ? lately(b) - lately(a) : 0));
  const about = (each) => (lately(each) ? `${each.role}, spoke at ${hhmm(new Date(lately(each)))}` : each.role);
  const rows = found.map(([, each]) => ({ id: "@" + each.handle, text: "@" + each.handle, status: each.status, help: about(each), note: each.inside ? "" : "not in this room" }));
  const groups = GROUPS.filter((name) => name.slice(1).startsWith(word)).map((name) => ({ id: name, text: name, help: counted(members(name, people).length), note: "" }));
  // Never first: who only presses Enter must not call everybody.
  const first = found.filter(([place]) => place < 2).length || found.filter(([place]) => place < 3).length;
  rows.splice(Math.min(first, 6), 0, ...groups);
  return { what: "Agents", from: caret - word.length - 1, to: caret, typed: "@" + word, rows: rows.slice(0, 50) };
}

const counted = (number) => (number === 1 ? "1 agent" : `${number} agents`);
const members = (group, people) => people.filter((each) => each.inside && each.worker && (group === "@all" || each.status !== "offline"));

// Whom a command line means, as far as the browser knows; the relay itself decides.
export function targets(text, command, { people, kind }) {
  if (kind === "dm" || !command) return [];
  const rest = text.replace(/^\/\S*\s*/, "").replace(command.rest ? /$^/ : /"[^"]*"|'[^']*'/g, "");
  const leading = command.rest ? /^(?:@\S+(?:\s+|$))*/.exec(rest)[0] : "";
  const words = (leading || rest).split(/\s+/).filter((word) => /^@./.test(word));
  if (!words.length && command.agent && !command.risk) words.push("@online");
  const handles = new Set();
  for (const word of words)
    for (const each of GROUPS.includes(word) ? members(word, people) : people.filter(({ handle }) => "@" + handle === word)) handles.add(each.handle);
  return [...handles];
}

// The question to ask before a line goes to several; null when it may go at once.
export function question(text, commands, about) {
  const command = commandOf(text, commands);
  const meant = targets(text, command, about);
  if (!command || meant.length < 2 || (!command.risk && meant.length <= MANY)) return null;
  const shown = meant.slice(0, 5).join(", ") + (meant.length > 5 ? `, and ${meant.length - 5} more` : "");
  return { words: `Run /${command.name} on ${meant.length} agents?`, who: shown, verb: `Run on ${meant.length} agents`, risk: RISKS[command.risk] };
}

// What the line under the field says of a command: its arguments, the one that is typed now, and what it is for.
export function usage(text, caret, commands) {
  const command = isCommand(text) ? commandOf(text, commands) : null;
  if (!command) return null;
  const place = argumentAt(text, caret, commands)?.place ?? -1;
  const signs = command.parts.map(({ sign }, at) => ({ sign, now: at === place }));
  return { name: "/" + command.name, signs, help: command.help, risk: command.risk ? `It ${RISKS[command.risk]}.` : "" };
}

// The first argument that a command needs and does not have.
export function missing(text, commands) {
  const command = isCommand(text) ? commandOf(text, commands) : null;
  const words = text.trim().split(/\s+/).slice(1);
  const given = command?.agent ? words.filter((word) => !word.startsWith("@")) : words;
  const next = command?.parts[given.length];
  return next?.needed ? next.sign : "";
}
