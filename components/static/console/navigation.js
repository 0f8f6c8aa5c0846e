// The address is the state: links inside of the console change it without loading a page.
import { reactive } from "vue";

export const here = reactive({ path: decodeURI(location.pathname) });
const listeners = new Set();
export const onNavigate = (listener) => listeners.add(listener);

export function go(path, { replace = false } = {}) {
  if (path !== location.pathname + location.search)
    history[replace ? "replaceState" : "pushState"]({}, "", path);
  arrive();
}

function arrive() {
  here.path = decodeURI(location.pathname);
  for (const listener of listeners) listener(location.pathname);
}

function inside(event) {
  if (event.defaultPrevented || event.button !== 0) return null;
  if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return null;
  const link = event.target.closest?.("a[href]");
  const ours = link && !link.target && link.origin === location.origin && /^\/dashboard(\/|$)/.test(link.pathname);
  return ours ? link : null;
}

addEventListener("popstate", arrive);
document.addEventListener("click", (event) => {
  const link = inside(event);
  if (!link) return;
  event.preventDefault();
  go(link.pathname + link.search);
});
