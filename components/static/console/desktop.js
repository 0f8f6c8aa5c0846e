// Notices on the desktop: allowed by a button and never asked for otherwise, sent only while nobody looks at the tab.
import { reactive } from "vue";
import { go } from "./navigation.js";
import { prefer, prefs } from "./prefs.js";
import { choiceOf } from "./room-choices.js";

const NAMED = 3;
const WORDS = { on: "Desktop notices: on", off: "Desktop notices: off", blocked: "Desktop notices: blocked by the browser" };

const supported = "Notification" in window;
const asked = reactive({ permission: supported ? Notification.permission : "unsupported" });

export const desktopState = () => (!supported ? "" : asked.permission === "denied" ? "blocked" : prefs.desktop && asked.permission === "granted" ? "on" : "off");
export const desktopWords = () => WORDS[desktopState()];

export async function switchDesktop() {
  if (desktopState() === "on") return prefer("desktop", false);
  asked.permission = await Notification.requestPermission();
  prefer("desktop", asked.permission === "granted");
}

// What is new among all that waits. What was there at first is no news, nor is what one has muted.
let known = null;

export function tellDesktop(waits) {
  const fresh = known && waits.filter((need) => !known.has(need.id + need.count) && !choiceOf(need.id.replace("mention-", "")).muted);
  known = new Set(waits.map((need) => need.id + need.count));
  if (!fresh?.length || !document.hidden || desktopState() !== "on") return;
  const lines = fresh.slice(0, NAMED).map((need) => `${need.kind}: ${need.text}, ${need.detail}`);
  if (fresh.length > NAMED) lines.push(`and ${fresh.length - NAMED} more`);
  const notice = new Notification("ClawNet needs you", { body: lines.join("\n"), tag: "clawnet" });
  notice.onclick = () => (window.focus(), go(fresh[0].chat || fresh[0].path), notice.close());
}
