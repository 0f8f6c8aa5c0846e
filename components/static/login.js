// Makes the login form comfortable: the printed link signs in, the token can be shown, waiting counts down.
const byId = (id) => document.getElementById(id);
const [form, token, reveal, submit, error] = ["form", "token", "reveal", "submit", "error"].map(byId);

function signInFromLink() {
  const word = decodeURIComponent(location.hash.slice(1));
  if (!word) return false;
  history.replaceState(null, "", location.pathname + location.search); // the token must not stay in the address bar
  token.value = word;
  form.requestSubmit();
  return true;
}

function offerReveal() {
  reveal.hidden = false;
  reveal.addEventListener("click", () => {
    const shown = token.type === "password";
    token.type = shown ? "text" : "password";
    reveal.textContent = shown ? "Hide" : "Show";
    reveal.setAttribute("aria-pressed", String(shown));
  });
}

function countDown(seconds) {
  const end = Date.now() + seconds * 1000;
  submit.disabled = true;
  const timer = setInterval(() => {
    const left = Math.ceil((end - Date.now()) / 1000);
    submit.textContent = left > 0 ? `Sign in in ${left} s` : "Sign in";
    if (left > 0) return;
    clearInterval(timer);
    submit.disabled = false;
    error.hidden = true;
  }, 250);
}

// A strict cookie does not come along from another site's link, but it does with this request.
async function passIfSignedIn() {
  const answer = await fetch("/session", { cache: "no-store" }).catch(() => null);
  if ((await answer?.json())?.signed_in) location.replace(form.elements.next.value);
}

offerReveal();
const wait = Number(error.dataset.wait);
if (!error.hidden) error.focus();
if (wait > 0) countDown(wait);
if (!signInFromLink() && error.hidden) passIfSignedIn();
