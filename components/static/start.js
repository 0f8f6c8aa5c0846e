// Says so when the console does not start: whatever else could say it has not come.
const PATIENCE = 15000;
const errors = [];
addEventListener("error", (event) => errors.push(String(event.message ?? event.target?.src ?? "error")), true);

function element(tag, text, click) {
  const made = document.createElement(tag);
  made.textContent = text;
  if (click) made.addEventListener("click", click);
  return made;
}

setTimeout(() => {
  if (document.querySelector(".shell")) return;
  const box = element("div", "");
  box.setAttribute("role", "alert");
  box.dataset.testid = "start-failed";
  box.style.cssText = "position:fixed;inset:0;display:grid;place-content:center;gap:12px;justify-items:center;z-index:99;background:var(--bg,#fff);color:var(--text,#111)";
  const details = [location.href, navigator.userAgent, ...errors].join("\n");
  box.append(
    element("p", "The console could not start."),
    element("button", "Reload", () => location.reload()),
    element("button", "Copy details", () => navigator.clipboard?.writeText(details)),
  );
  document.body.append(box);
}, PATIENCE);
