// Keys that lead through a list.

// Up and down lead from the element that has the focus to its neighbours, at an end to the other one if it goes `round`.
export function walk(event, all, { round = false } = {}) {
  const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!by) return;
  const to = all.indexOf(document.activeElement) + by;
  event.preventDefault();
  all[round ? (to + all.length) % all.length : to]?.focus();
}

// Through the links at the heads of a table's rows; returns the one that had the focus when the key was pressed alone.
export function walkRows(event) {
  const link = event.target.closest?.("tbody th a");
  if (!link || event.ctrlKey || event.metaKey || event.altKey) return null;
  const links = [...event.currentTarget.querySelectorAll("tbody th a")];
  const at = links.indexOf(link);
  const to = { ArrowDown: at + 1, j: at + 1, ArrowUp: at - 1, k: at - 1, Home: 0, End: links.length - 1 }[event.key];
  if (to !== undefined) {
    event.preventDefault();
    links[to]?.focus();
  }
  return link;
}
