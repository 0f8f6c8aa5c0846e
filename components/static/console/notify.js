// What is worth a sign on the tab, a notice of the desktop, or a sound: a choice of this browser.
import { reactive } from "vue";
import { load, onChange, save } from "./store.js";

export const EVENTS = [["Approvals", "A command waits to be approved"], ["Failed", "A task failed"], ["Mentions", "Somebody mentions you"], ["Agents waiting", "An agent asks to be let in"]];
export const WAYS = [["badge", "Badge"], ["desktop", "Desktop"], ["sound", "Sound"]];
const NAME = "notify";
const USUAL = { badge: true, desktop: true, sound: false }; // the desktop is asked only once the operator has allowed it

export const notify = reactive({ chosen: load(NAME, {}), permission: permissionNow() });
onChange(NAME, () => (notify.chosen = load(NAME, {})));

export const wants = (event, way) => notify.chosen[event]?.[way] ?? USUAL[way];

// What counts on the tab's title and icon.
export const badge = (needs) => needs.filter((need) => wants(need.kind, "badge")).reduce((sum, need) => sum + need.count, 0);

export function choose(event, way, value) {
  notify.chosen = { ...notify.chosen, [event]: { ...notify.chosen[event], [way]: value } };
  save(NAME, notify.chosen);
}

function permissionNow() {
  if (!("Notification" in window) || !window.isSecureContext) return "unsupported";
  return Notification.permission;
}

// Never at load: only when the operator presses the button.
export async function askPermission() {
  notify.permission = await Notification.requestPermission();
}

export function show({ title, body, tag, path, go }) {
  if (permissionNow() !== "granted") return;
  const notice = new Notification(title, { body, tag });
  notice.onclick = () => {
    window.focus();
    go(path);
    notice.close();
  };
}

const [PITCH, LASTS, LOUD, ALONE] = [880, 0.18, 0.08, 2000];
let audio = null;

// Of several tabs one is enough: who rings writes down when.
export function ring(always = false) {
  if (!always && Date.now() - load("rung", 0) < ALONE) return;
  save("rung", Date.now());
  audio ??= new AudioContext();
  const [tone, volume] = [audio.createOscillator(), audio.createGain()];
  tone.frequency.value = PITCH;
  volume.gain.setValueAtTime(LOUD, audio.currentTime);
  volume.gain.exponentialRampToValueAtTime(0.0001, audio.currentTime + LASTS);
  tone.connect(volume).connect(audio.destination);
  tone.start();
  tone.stop(audio.currentTime + LASTS);
}
