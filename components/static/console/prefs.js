// How one likes to work: a choice of this browser.
import { reactive } from "vue";
import { load, onChange, save } from "./store.js";

const NAME = "prefs";
const DEFAULTS = { enterSends: true, singleKeys: true, nickColours: true, still: false };

export const prefs = reactive({ ...DEFAULTS, ...load(NAME, {}) });

export function prefer(name, value) {
  prefs[name] = value;
  save(NAME, { ...prefs });
  apply();
}

function apply() {
  document.documentElement.dataset.nicks = prefs.nickColours ? "on" : "off";
  document.documentElement.dataset.still = prefs.still ? "on" : "off";
}

onChange(NAME, () => (Object.assign(prefs, load(NAME, {})), apply()));
apply();
