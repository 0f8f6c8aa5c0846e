// A command in three steps of the palette's one field: which, for whom, with what. Pure: the palette draws it.
import { missing, RISKS } from "./completing.js";

const GROUPS = ["@online", "@all"];
const MAX = 40;

// What was typed behind the command is taken along; in a direct message the peer is meant.
export function begin(command, typed, direct) {
  const head = `/${command.name} `;
  const words = typed.startsWith(head) ? typed.slice(head.length).split(/\s+/).filter(Boolean) : [];
  const targets = [];
  while (command.agent && words[0]?.startsWith("@")) targets.push(words.shift());
  const text = words.join(" ");
  const settled = !command.agent || direct || targets.length || (text && !command.risk);
  return { command, targets, text, step: settled ? "args" : "target" };
}

export const onward = (flow, target) => ({ ...flow, targets: [...flow.targets, ...(target ? [target] : [])], step: !target || GROUPS.includes(target) ? "args" : "target" });

// One step back; null leads back to all commands.
export function backward(flow, direct) {
  if (flow.step === "args" && flow.command.agent && !direct) return { ...flow, step: "target", targets: flow.targets.filter((each) => !GROUPS.includes(each)) };
  return flow.step === "target" && flow.targets.length ? { ...flow, targets: flow.targets.slice(0, -1) } : null;
}

export const lineOf = (flow, args) => [`/${flow.command.name}`, ...flow.targets, args.trim()].filter(Boolean).join(" ");

export const stepName = ({ step, command }) => (step === "target" ? `Whom is /${command.name} for?` : command.args ? `/${command.name} ${command.args}` : `Run /${command.name}`);

// The rows of a step: `agents` are all that can be given a command, `rank` judges how a name fits.
export function flowRows(flow, typed, { agents, where, rank }) {
  if (flow.step === "args") return [runRow(flow, typed, where)];
  const wanted = typed.trim().replace(/^@/, "").toLowerCase();
  const row = (id, text, help, target) => ({ id: "target-" + id, group: "For whom", text, help, target });
  const names = [...GROUPS, ...agents.map((each) => "@" + each.handle)];
  const free = names.filter((name) => !flow.targets.includes(name) && !(flow.targets.length && GROUPS.includes(name)));
  const help = (name) => ({ "@online": `who is online in ${where}`, "@all": `everybody in ${where}` })[name] ?? agents.find((each) => "@" + each.handle === name).word;
  const found = free.map((name) => [rank(name.slice(1), wanted), name]).filter(([place]) => place !== null);
  found.sort(([one], [other]) => one - other);
  const rows = found.slice(0, MAX).map(([, name]) => row(name.slice(1), name, help(name), name));
  if (wanted) return rows;
  if (flow.targets.length) return [row("done", `Go on with ${flow.targets.join(", ")}`, "or name another", ""), ...rows];
  return flow.command.risk ? rows : [row("done", "Who is online", `in ${where}`, ""), ...rows];
}

function runRow(flow, typed, where) {
  const line = lineOf(flow, typed);
  const needs = missing(line, [flow.command]);
  const risk = flow.command.risk ? `. It ${RISKS[flow.command.risk]}` : "";
  return { id: "run", group: "Run", text: needs ? `Needs ${needs}` : `Run ${line}`, help: `in ${where}${risk}`, line, needs };
}
