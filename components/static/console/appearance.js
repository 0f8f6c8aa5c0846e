// Theme and density: a choice of this browser, kept in cookies so that the next page starts with it.
import { reactive } from "vue";

const YEAR = 365 * 24 * 3600;
const cookie = (name) => document.cookie.match(`(?:^|; )${name}=([a-z]+)`)?.[1];

export const THEMES = { system: "System", dark: "Dark", light: "Light", contrast: "High contrast" };
export const DENSITIES = { compact: "Compact", default: "Default", roomy: "Roomy" };
export const SIZES = [12, 13, 14, 15, 16, 17, 18];
const USUAL = 14;
export const appearance = reactive({
  size: Number(document.cookie.match(/(?:^|; )clawnet_size=(1[2-8])/)?.[1] ?? USUAL),
  theme: cookie("clawnet_theme") ?? "system",
  density: cookie("clawnet_density") ?? "default",
});

export function choose(what, value) {
  appearance[what] = value;
  document.cookie = `clawnet_${what}=${value}; path=/; max-age=${YEAR}; SameSite=Strict`;
  apply();
}

// "System" names no theme of its own: it is one of the two, as the machine says now.
function apply() {
  const light = matchMedia("(prefers-color-scheme: light)").matches;
  const system = matchMedia("(prefers-contrast: more)").matches ? "contrast" : light ? "light" : "dark";
  document.documentElement.dataset.theme = appearance.theme === "system" ? system : appearance.theme;
  document.documentElement.dataset.density = appearance.density;
  document.documentElement.style.setProperty("--zoom", appearance.size / USUAL);
}

// The next of the themes that can be told from the present one.
export function nextTheme() {
  const names = ["dark", "light", "contrast"];
  choose("theme", names[(names.indexOf(document.documentElement.dataset.theme) + 1) % names.length]);
}

for (const query of ["(prefers-color-scheme: light)", "(prefers-contrast: more)"])
  matchMedia(query).addEventListener("change", apply);
apply();
