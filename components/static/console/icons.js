// The few signs of the console, drawn inline: no icon font, no request.
const PATHS = {
  menu: "M3 5h14M3 10h14M3 15h14",
  chat: "M4 4h12v9H9l-4 3v-3H4z",
  fleet: "M4 4h5v5H4zM11 4h5v5h-5zM4 11h5v5H4zM11 11h5v5h-5z",
  ops: "M4 6l4 4-4 4M10 14h6",
  logs: "M5 4h10M5 8h10M5 12h10M5 16h6",
  settings: "M4 6h7M15 6h1M4 14h1M9 14h7M13 6m-2 0a2 2 0 1 0 4 0a2 2 0 1 0-4 0M7 14m-2 0a2 2 0 1 0 4 0a2 2 0 1 0-4 0",
  lock: "M6 9V7a4 4 0 0 1 8 0v2M5 9h10v7H5z",
  pencil: "M4 16l1-4 8-8 3 3-8 8z",
  plus: "M10 4v12M4 10h12",
  close: "M5 5l10 10M15 5L5 15",
  panel: "M4 4h12v12H4zM12 4v12",
  warning: "M10 4l7 12H3zM10 9v3M10 14v.5",
  down: "M10 4v12M5 11l5 5 5-5",
  copy: "M7 7h9v9H7zM4 13V4h9",
  check: "M4 11l4 4 8-9",
  fold: "M8 5l5 5-5 5",
  wait: "M10 4a6 6 0 1 0 0 12a6 6 0 0 0 0-12zM10 7v3l2 2",
  bell: "M10 4v8M10 15v.5",
  key: "M7 13m-3 0a3 3 0 1 0 6 0a3 3 0 1 0-6 0M9 11l7-7M13 7l2 2",
  user: "M10 10a3 3 0 1 0 0-6a3 3 0 0 0 0 6zM4 17c0-3 3-5 6-5s6 2 6 5",
};
const NS = "http://www.w3.org/2000/svg";

export function icon(name) {
  const svg = document.createElementNS(NS, "svg");
  svg.setAttribute("viewBox", "0 0 20 20");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(NS, "path");
  path.setAttribute("d", PATHS[name]);
  svg.append(path);
  return svg;
}

// The same for templates: <icon name="lock" />
export const Icon = {
  props: { name: String },
  computed: { path: (vm) => PATHS[vm.name] },
  template: `<svg viewBox="0 0 20 20" class="icon" aria-hidden="true"><path :d="path" /></svg>`,
};
