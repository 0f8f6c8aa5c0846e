// The address is the state: links inside of the console change it without loading a page.
import { reactive } from "vue";

export const here = reactive({ path: decodeURI(location.pathname), search: location.search });
const listeners = new Set();
export const onNavigate = (listener) => listeners.add(listener);

export function go(path, { replace = false } = {}) {
  if (path !== location.pathname + location.search)
    history[replace ? "replaceState" : "pushState"]({}, "", path);
  arrive();
}

// Writes down in the address what the relay need not hear of: how a list is narrowed.
export function note(query) {
  history.replaceState({}, "", location.pathname + (query.size ? `?${query}` : ""));
  here.search = location.search;
}

function arrive() {
  here.path = decodeURI(location.pathname);
  here.search = location.search;
  for (const listener of listeners) listener(location.pathname + location.search);
}

function inside(event) {
  if (event.defaultPrevented || event.button !== 0) return null;
  if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return null;
  const link = event.target.closest?.("a[href]");
  const ours = link && !link.target && !link.hasAttribute("download") && link.origin === location.origin && /^\/dashboard(\/|$)/.test(link.pathname);
  return ours ? link : null;
}

addEventListener("popstate", arrive);
document.addEventListener("click", (event) => {
  const link = inside(event);
  if (!link) return;
  event.preventDefault();
  go(link.pathname + link.search);
});

// The conversation that was open last: a cookie, so that the relay can lead back there before a page is built.
const COOKIE = "clawnet_room";
const YEAR = 365 * 24 * 3600;

export function keepConversation(path) {
  document.cookie = `${COOKIE}=${encodeURIComponent(path)}; path=/dashboard; max-age=${YEAR}; samesite=strict`;
  return path;
}

export const lastConversation = () => decodeURIComponent(new RegExp(`(?:^|; )${COOKIE}=([^;]*)`).exec(document.cookie)?.[1] ?? "") || "/dashboard";
