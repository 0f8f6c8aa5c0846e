// Times: absolute, of 24 hours or of 12, with a zone that can be seen. One place decides which zone that is.
import { reactive } from "vue";
import { load, save } from "./store.js";

// "" is the zone of this machine.
const known = (name) => {
  try {
    return new Intl.DateTimeFormat("en-GB", { timeZone: name || undefined }) && name;
  } catch {
    return "";
  }
};
export const ZONES = ["UTC", ...Intl.supportedValuesOf("timeZone").filter((name) => name !== "UTC")];
export const zone = reactive({ name: known(load("zone", load("utc", false) ? "UTC" : "")) });

export function chooseZone(name) {
  if (name !== "UTC") save("zone-own", name);
  zone.name = name;
  save("zone", name);
  for (const element of document.querySelectorAll("time[data-clock]")) fill(element);
}

// Between UTC and what one reads otherwise.
export function toggleZone() {
  chooseZone(zone.name === "UTC" ? known(load("zone-own", "")) : "UTC");
}

// The clock of twelve hours is a choice of this browser.
export const clock = reactive({ twelve: load("twelve", false) });

export function chooseClock(twelve) {
  clock.twelve = twelve;
  save("twelve", twelve);
  for (const element of document.querySelectorAll("time[data-clock]")) fill(element);
}

const options = (extra) => ({ ...extra, ...(zone.name ? { timeZone: zone.name } : {}) });
const formats = new Map();

function hours({ hour, timeStyle }) {
  if (!clock.twelve) return hour || timeStyle ? { hour12: false } : {};
  return { hour12: true, ...(hour ? { hour: "numeric" } : {}) };
}

function format(name, extra) {
  const key = `${name} ${zone.name} ${clock.twelve}`;
  if (!formats.has(key)) formats.set(key, new Intl.DateTimeFormat("en-GB", options({ ...extra, ...hours(extra) })));
  return formats.get(key);
}

export const hhmm = (date) => format("hhmm", { hour: "2-digit", minute: "2-digit" }).format(date);
export const hhmmss = (date) =>
  format("hhmmss", { hour: "2-digit", minute: "2-digit", second: "2-digit" }).format(date);
export const longDay = (date) => format("day", { weekday: "long", day: "numeric", month: "long" }).format(date);
export const full = (date) =>
  format("full", { dateStyle: "medium", timeStyle: "medium" }).format(date) + " " + zoneName(date);
export const isoDay = (date) => {
  const parts = format("iso", { year: "numeric", month: "2-digit", day: "2-digit" }).formatToParts(date);
  const part = (type) => parts.find((p) => p.type === type).value;
  return `${part("year")}-${part("month")}-${part("day")}`;
};

export function zoneName(date = new Date()) {
  const parts = format("zone", { hour: "2-digit", timeZoneName: "short" }).formatToParts(date);
  return parts.find((part) => part.type === "timeZoneName").value;
}

export const stampMs = (date) =>
  format("stamp", { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit", second: "2-digit", fractionalSecondDigits: 3 })
    .format(date)
    .replace(",", "");

export const stamp = (date) => format("short", { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" }).format(date).replace(",", "");

// How long something lasts or is ago, in the one unit that matters.
export function span(ms) {
  const minutes = Math.floor(Math.abs(ms) / 60000);
  if (minutes < 1) return `${Math.floor(Math.abs(ms) / 1000)} s`;
  if (minutes < 60) return `${minutes} min`;
  return minutes < 2880 ? `${Math.floor(minutes / 60)} h` : `${Math.floor(minutes / 1440)} d`;
}

// The relay's time, as far as its last answer tells: what it dates must not seem to begin in the future.
let skew = 0;
export const setRelayTime = (iso, ago) => (skew = Date.parse(iso) + ago - Date.now() || 0);
export const relayNow = (here) => new Date(here + skew);
export const now = () => relayNow(Date.now());

// How long something has taken, to the second: 00:42, 1:05:12.
export function elapsed(ms) {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const two = (number) => String(number).padStart(2, "0");
  const hours = Math.floor(seconds / 3600);
  return `${hours ? hours + ":" : ""}${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
}

// When nobody can decide any more.
export function expiry(iso) {
  const left = new Date(iso) - now();
  return left > 0 ? `expires in ${elapsed(left)}` : "expires now";
}

// A <time> that follows when the zone is changed.
export function timeElement(iso) {
  const element = document.createElement("time");
  element.dateTime = iso;
  element.dataset.clock = "";
  fill(element);
  return element;
}

function fill(element) {
  const date = new Date(element.dateTime);
  element.textContent = hhmm(date);
  element.title = full(date);
}
