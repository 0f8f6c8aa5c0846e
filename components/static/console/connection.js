// The truth about the link. NiceGUI alone notices a silent loss after half a minute and then reloads the page
// into a dead link; this probe notices within seconds, and nothing is loaded again until the relay answers.
import { reactive } from "vue";
import { setRelayTime } from "./times.js";

const PROBE = 5000; // between two probes
const ABORT = 4000; // a probe without an answer
const STALE = 8000; // no contact for this long
const SLOW = 2000; // an answer that took this long
const LONG = 60000; // after this the link counts as lost, not as interrupted

export const link = reactive({ state: "live", last: Date.now(), latency: 0, since: 0, shown: false, missed: 0 });
const listeners = new Set();
export const onLive = (listener) => listeners.add(listener);
export const isLive = () => link.state === "live" || link.state === "slow";
let socket = null;
let showing = 0;

function seen() {
  link.last = Date.now();
}

function set(state, { at_once = false } = {}) {
  if (link.state === "unauthorised") return;
  const was = isLive();
  link.state = state;
  if (isLive()) {
    clearTimeout(showing);
    link.since = 0;
    link.shown = false;
    if (!was) for (const listener of listeners) listener();
    return;
  }
  if (was) link.since = Date.now();
  clearTimeout(showing);
  // A loss of less than a second is not worth a banner that flickers.
  showing = setTimeout(() => (link.shown = true), at_once || link.shown ? 0 : 1000);
}

export function lost() {
  clearTimeout(showing);
  link.state = "unauthorised";
  link.shown = false;
}

export async function probe() {
  const begun = performance.now();
  try {
    const signal = AbortSignal.timeout(ABORT);
    const answer = await fetch("/api/v1/ping", { cache: "no-store", redirect: "manual", signal });
    if (answer.status >= 500) return;
    link.latency = performance.now() - begun;
    if (answer.ok) setRelayTime((await answer.json()).server_time, link.latency / 2);
    await answered();
  } catch {
    quiet();
  }
}

async function answered() {
  seen();
  if (socket?.connected) return set(link.latency > SLOW ? "slow" : "live");
  const answer = await fetch("/session", { cache: "no-store", signal: AbortSignal.timeout(ABORT) });
  if (answer.ok && !(await answer.json()).signed_in) lost();
  else if (!socket?.active) socket?.connect();
}

function quiet() {
  if (link.state === "unauthorised") return;
  if (Date.now() - link.last > STALE && isLive()) set("stale", { at_once: true });
  else if (link.since && Date.now() - link.since > LONG) set("offline");
}

export function retry() {
  if (socket && !socket.connected) socket.disconnect().connect();
  probe();
}

// The page is of no use any more when the relay has forgotten it; it has just answered, so a reload reaches it.
function onConnectError(error) {
  set("reconnecting");
  if (error.message === "Implicit handshake failed") return location.reload();
  if (error.message === "timeout") socket.io.opts.transports = ["polling", "websocket"];
  probe();
}

function attach() {
  socket = window.socket;
  if (!socket) return void setTimeout(attach, 10);
  socket.off("connect_error"); // NiceGUI's own handler reloads the page when the relay does not answer
  socket.on("connect_error", onConnectError);
  socket.on("disconnect", () => set("reconnecting"));
  socket.on("connect", () => (seen(), set("live")));
  socket.onAny(seen);
  socket.io.reconnectionDelayMax(3000);
  socket.io.engine?.on?.("packet", seen);
}

let started = false;
export function start() {
  if (started) return;
  started = true;
  attach();
  probe();
  addEventListener("offline", () => set("reconnecting", { at_once: true }));
  addEventListener("online", probe);
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) return;
    seen(); // nobody has asked while the tab was hidden, so the silence means nothing yet
    probe();
  });
  setInterval(() => document.hidden || probe(), PROBE);
  setInterval(() => document.hidden || quiet(), 1000);
}
