// What a list of agents is narrowed and grouped by. Pure: it is given agents with their signs, and the time.
import { keyState } from "./tokens.js";

const NONE = { samples: [], worries: [], high: [] };
export const GROUPS = { attention: "Attention", role: "Role", version: "Version", none: "None" };

const KEY_WORDS = { expiring: "token expires soon", expired: "token expired", revoked: "token revoked", none: "no token" };

// An agent with everything that is known of it; `why` lists the reasons for which somebody should look.
export function withSigns(each, sign = NONE, now = Date.now()) {
  const key = each.key ? keyState(each.key, now) : ["", ""];
  const why = [...sign.worries, ...(each.you || !KEY_WORDS[key[0]] ? [] : [KEY_WORDS[key[0]]])];
  return { ...sign, ...each, seen: sign.seen ?? each.seen, keyState: key, why };
}

// `role:worker version:<3.9.1 cpu:>80 words`: every part must fit.
export function matcher(query) {
  const tests = query.trim().toLowerCase().split(/\s+/).filter(Boolean).map(test);
  return (one) => tests.every((fits) => fits(one));
}

const FIELDS = {
  role: (one, value) => one.role.startsWith(value),
  status: (one, value) => one.status.startsWith(value),
  token: (one, value) => one.keyState[0].startsWith(value),
  version: (one, value) => Boolean(one.version) && compared(order(one.version), value, order),
  cpu: (one, value) => one.cpu != null && compared(one.cpu, value, Number),
  ram: (one, value) => one.ram != null && compared(one.ram, value, Number),
  is: (one, value) => (value === "paused" ? one.paused : value === "outdated" ? one.behind : value === "attention" && one.why.length > 0),
};
export const KEYS = Object.keys(FIELDS);

function test(word) {
  const [, name, value] = /^([a-z]+):(.+)$/.exec(word) ?? [];
  if (FIELDS[name]) return (one) => Boolean(FIELDS[name](one, value));
  return (one) => [one.id, one.handle, one.role, one.note, one.doing ?? "", one.version ?? ""].some((text) => text.toLowerCase().includes(word));
}

function compared(held, value, read) {
  const [, sign, rest] = /^([<>]?)=?(.*)$/.exec(value);
  const wanted = read(rest);
  return sign === "<" ? held < wanted : sign === ">" ? held > wanted : held === wanted;
}

// 3.10.1 is higher than 3.9: each part counts as a number.
export const order = (version) => (/\d+(\.\d+)*/.exec(version)?.[0] ?? "").split(".").map((part) => part.padStart(6, "0")).join(".");

const PLACES = ["online", "idle", "offline"];
const SORTS = {
  status: (one) => PLACES.indexOf(one.status),
  agent: (one) => one.handle,
  role: (one) => one.role,
  cpu: (one) => -(one.cpu ?? -1),
  ram: (one) => -(one.ram ?? -1),
  version: (one) => order(one.version ?? ""),
  sessions: (one) => -(one.sessions ?? -1),
  seen: (one) => -Date.parse(one.seen ?? 0),
  acted: (one) => -Date.parse(one.acted ?? 0),
};

// `name` with a minus before it turns the order round.
export function sorted(rows, name) {
  const key = SORTS[name.replace("-", "")] ?? SORTS.status;
  const way = name.startsWith("-") ? -1 : 1;
  const before = (a, b) => (a < b ? -1 : a > b ? 1 : 0);
  return [...rows].sort((one, other) => way * before(key(one), key(other)) || before(one.handle, other.handle));
}

export function grouped(rows, by) {
  if (by === "none") return [{ name: "", words: "", rows }];
  const groups = new Map(by === "attention" ? ["Needs attention", "Working", "At rest", "Offline"].map((name) => [name, []]) : []);
  for (const one of rows) {
    const name = by === "attention" ? standing(one) : one[by] || "Not told";
    groups.set(name, [...(groups.get(name) ?? []), one]);
  }
  return [...groups].filter(([, each]) => each.length).map(([name, each]) => ({ name, words: `${name} ${each.length}`, rows: each }));
}

function standing(one) {
  if (one.why.length) return "Needs attention";
  if (one.status === "offline") return "Offline";
  return one.doing ? "Working" : "At rest";
}
