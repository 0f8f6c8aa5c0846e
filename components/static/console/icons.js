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
  up: "M10 16V4M5 9l5-5 5 5",
  copy: "M7 7h9v9H7zM4 13V4h9",
  check: "M4 11l4 4 8-9",
  fold: "M8 5l5 5-5 5",
  wait: "M10 4a6 6 0 1 0 0 12a6 6 0 0 0 0-12zM10 7v3l2 2",
  bell: "M10 4v8M10 15v.5",
  key: "M7 13m-3 0a3 3 0 1 0 6 0a3 3 0 1 0-6 0M9 11l7-7M13 7l2 2",
  search: "M9 4a5 5 0 1 0 0 10a5 5 0 0 0 0-10zM13 13l4 4",
  link: "M8 12l4-4M9 6l2-2a3.5 3.5 0 0 1 5 5l-2 2M11 14l-2 2a3.5 3.5 0 0 1-5-5l2-2",
  reply: "M8 5L3 10l5 5M3 10h9a5 5 0 0 1 5 5v1",
  unread: "M3 5h9M3 10h6M3 15h12M15 7m-2.5 0a2.5 2.5 0 1 0 5 0a2.5 2.5 0 1 0-5 0",
  info: "M10 3.5a6.5 6.5 0 1 0 0 13a6.5 6.5 0 0 0 0-13zM10 9v4.5M10 6.5v.5",
  trash: "M4 6h12M8 6V4h4v2M6 6l1 11h6l1-11M9 9v5M11 9v5",
  pin: "M7 3h6M8 3v5l-2 3h8l-2-3V3M10 11v6",
  muted: "M5 13V9a5 5 0 0 1 9-3M15 9v4l1 2H6M9 17h2M3 3l14 14",
  more: "M4 10h.5M10 10h.5M16 10h.5",
  keyboard: "M3 5h14v10H3zM6 8h.5M9 8h.5M12 8h.5M14.500 8h.5M6 12h8",
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
