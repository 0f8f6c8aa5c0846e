// From one conversation to another, in the order in which the sidebar shows them.
import { go, here } from "./navigation.js";

const links = (only = "") => [...document.querySelectorAll(`.conversations a.row[data-room]${only}`)];
const isOpen = (link) => link.getAttribute("aria-current") === "page";

export function step(by, unread) {
  const all = links();
  const at = all.findIndex(isOpen);
  for (let place = 1; place <= all.length; place += 1) {
    const link = all[(at + by * place + all.length * (place + 1)) % all.length];
    if (link && !isOpen(link) && (!unread || link.classList.contains("unread"))) return go(link.pathname);
  }
  return false;
}

export function nextUnread(kind) {
  const all = links(`[data-kind="${kind}"]`);
  const at = all.findIndex(isOpen);
  const link = [...all.slice(at + 1), ...all.slice(0, at + 1)].find((each) => each.classList.contains("unread") && !isOpen(each));
  return link ? go(link.pathname) : false;
}

export const openRoom = () => here.path && links().find(isOpen)?.dataset.room;
