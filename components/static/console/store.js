// What this browser keeps: drafts, messages on their way, read marks. Every write reads first, as tabs share it.
const PREFIX = "clawnet.";
const memory = new Map(); // where storage is full or forbidden, this page at least remembers

export function load(name, fallback) {
  try {
    return JSON.parse(memory.get(name) ?? localStorage.getItem(PREFIX + name)) ?? fallback;
  } catch {
    return fallback; // storage is off, or somebody wrote rubbish into it
  }
}

export function save(name, value) {
  try {
    localStorage.setItem(PREFIX + name, JSON.stringify(value));
    memory.delete(name);
  } catch {
    memory.set(name, JSON.stringify(value));
  }
}

export function change(name, fallback, edit) {
  const value = load(name, fallback);
  const result = edit(value);
  save(name, value);
  return result;
}

export function onChange(name, listener) {
  const heard = (event) => event.key === PREFIX + name && listener();
  addEventListener("storage", heard);
  return () => removeEventListener("storage", heard);
}
