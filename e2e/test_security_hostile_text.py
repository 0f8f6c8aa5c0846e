"""Hostile text in a real browser: whatever agents write, it is shown and does nothing (S14, S15, S25)."""

import json
from contextlib import AsyncExitStack

import httpx
import pytest
from playwright.async_api import Browser, Page, Route, WebSocket, expect

from e2e.agents import RawAgent
from e2e.bars.measure import note
from e2e.browser import chromium
from e2e.canary import hits
from e2e.conftest import StartRelay
from e2e.hostile_texts import CORPUS, EVIL, MARK, SHORT
from e2e.paces import UNLIMITED
from e2e.relay import Relay
from e2e.rest import Rest

# What no text may become: elements that load, run, frame or submit something.
NEVER = (
    "script, iframe, frame, object, embed, form, input, img, svg, video, audio, link, meta, base, style, math"
)
LOOK = """(never) => {
    const timeline = document.querySelector('[data-testid=timeline]');
    const all = [...document.querySelectorAll('[data-testid=app-shell] *')];
    return {
        marks: window.__xss,
        violations: window.__csp,
        dialogs: window.__dialogs,
        elements: [...timeline.querySelectorAll('.rows .body')].flatMap(
            body => [...body.querySelectorAll(never)].map(element => element.outerHTML.slice(0, 100))),
        handlers: all.flatMap(element => [...element.attributes])
            .filter(attribute => /^on/i.test(attribute.name)).map(attribute => attribute.name),
        styles: [...timeline.querySelectorAll('.rows .body [style]')].map(element => element.outerHTML),
        links: [...timeline.querySelectorAll('a[href]')].map(link => [link.protocol, link.rel, link.target]),
        rows: timeline.querySelectorAll('article.msg').length,
        text: timeline.innerText,
    };
}"""
LISTEN = """window.__csp = []; window.__dialogs = 0;
addEventListener('securitypolicyviolation',
    event => window.__csp.push(`${event.violatedDirective} ${event.blockedURI} ${event.sample}`), true);
for (const name of ['alert', 'confirm', 'prompt', 'open', 'print'])
    window[name] = () => { window.__dialogs += 1; };"""


class Tab:
    """An operator's tab that remembers what it asked for and what it complained about."""

    def __init__(self, page: Page, relay: Relay) -> None:
        self.page = page
        self._relay = relay
        self.complaints: list[str] = []
        self.requests: list[str] = []
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("console", lambda line: self._note(line.type, line.text))
        page.on("request", lambda request: self.requests.append(request.url))
        page.on("websocket", self._note_link)
        page.on("popup", lambda popup: self.complaints.append(f"popup {popup.url}"))

    def _note(self, kind: str, text: str) -> None:
        if kind in {"error", "warning"}:
            self.complaints.append(text)

    def _note_link(self, link: WebSocket) -> None:
        self.requests.append(link.url)

    async def sign_in(self) -> None:
        """Follow the link that the relay prints."""
        await self.page.add_init_script(LISTEN)
        await self.page.goto(f"{self._relay.url}/login#{self._relay.token}")
        await expect(self.page.get_by_test_id("timeline")).to_be_visible(timeout=30_000)

    async def is_inert(self) -> dict[str, object]:
        """Check that nothing has become more than text; return what was seen."""
        seen: dict[str, object] = await self.page.evaluate(LOOK, NEVER)
        assert seen["marks"] is None, "a script ran"
        assert seen["violations"] == [], "the policy had to step in"
        assert seen["dialogs"] == 0
        assert seen["elements"] == []
        assert seen["handlers"] == []
        assert seen["styles"] == []
        links = seen["links"]
        assert isinstance(links, list)
        assert {protocol for protocol, _, _ in links} <= {"http:", "https:", "mailto:"}
        assert {rel for _, rel, _ in links} <= {"noopener noreferrer nofollow"}
        host = self._relay.url.split("/")[2]
        foreign = [
            url for url in self.requests if url.split("/")[2:3] != [host] and not url.startswith("data:")
        ]
        assert foreign == []
        assert self.complaints == []
        return seen


@pytest.fixture
async def chrome(stack: AsyncExitStack) -> Browser:
    """Return a browser with no history."""
    return await stack.enter_async_context(chromium())


async def test_the_corpus_does_harm_where_it_is_taken_for_markup(chrome: Browser) -> None:
    page, asked = await chrome.new_page(), []

    async def nothing(route: Route) -> None:
        asked.append(route.request.url)
        await route.abort()

    await page.route("**/*", nothing)
    await page.set_content("<body></body>")
    await page.evaluate(
        "texts => { for (const text of texts) { const box = document.createElement('div');"
        " document.body.append(box); box.innerHTML = text; } }",
        [text for text in CORPUS if "http-equiv" not in text],  # which would lead away from the page
    )
    await page.wait_for_function("window.__xss >= 3")
    loaded = await page.locator("img, iframe, form, svg").count()

    assert len(CORPUS) >= 40
    assert len(set(CORPUS)) == len(CORPUS)
    assert any(url.startswith(EVIL) for url in asked), "foreign requests would be seen"
    assert loaded > 10


async def test_hostile_text_is_shown_and_does_nothing(
    start_relay: StartRelay, chrome: Browser, stack: AsyncExitStack
) -> None:
    relay = start_relay(**UNLIMITED)
    operator = await stack.enter_async_context(Rest(relay.url, relay.token))
    agent = await stack.enter_async_context(RawAgent(relay.url, await operator.enrol("mallory")))
    tab = Tab(await chrome.new_page(), relay)
    await tab.sign_in()
    timeline = tab.page.get_by_test_id("timeline")

    # Live, while the page is open; then from history, after a reload; then in a room and in private.
    for text in CORPUS:
        await agent.say(text)
    await agent.say("the last of them")
    await expect(timeline.get_by_text("the last of them", exact=True)).to_be_visible(timeout=30_000)
    live = await tab.is_inert()
    await tab.page.reload()
    await expect(timeline.get_by_text("the last of them", exact=True)).to_be_visible(timeout=30_000)
    stored = await tab.is_inert()

    assert live["rows"] == stored["rows"] == len(CORPUS) + 1
    note("B9", f"{len(CORPUS)} hostile texts, live and from history: none ran, loaded or left an element")
    text = str(stored["text"])
    assert "<script>" in text, "it is shown as it was written"
    assert "⟨U+202E⟩" in text, "what hides is shown"
    assert "{{7+7}} ${7+7} #{7+7}" in text, "templates are not evaluated"
    assert "\x1b" not in text
    assert hits(["\u202e", "\u200b", "\u2066", "\U000e0041"], text) == []

    # Topics, reasons, names that are asked for, mistakes, telemetry.
    await agent.ask("room_create", {"room": "trap", "topic": SHORT[0]})
    await operator.http.post("/api/v1/rooms/trap/join")
    await tab.page.goto(f"{relay.url}/dashboard/r/trap")
    await expect(timeline).to_be_visible(timeout=30_000)
    for topic in SHORT:
        await agent.ask("room_update", {"room": "trap", "topic": topic})
        sent = await agent.say(f"topic {topic}", to_type="room", to_id="trap")
        await agent.ask("chat_delete", {"room": "trap", "id": sent["id"], "reason": topic})
    await agent.ask("presence_set", {"status": "idle", "note": SHORT[3]})
    await agent.ask("report", {"specs": {text: text for text in SHORT[:60]}})
    await agent.ask("chat_typing", {"to_type": "room", "to_id": "trap", "typing": True})
    await agent.say("topics are done", to_type="room", to_id="trap")
    await expect(timeline.get_by_text("topics are done", exact=True)).to_be_visible(timeout=30_000)
    await tab.is_inert()
    await agent.say(SHORT[3], to_type="dm", to_id="operator")
    await tab.page.goto(f"{relay.url}/dashboard/dm/mallory")
    await expect(timeline).to_be_visible(timeout=30_000)
    await expect(tab.page.locator("article.msg")).to_have_count(1, timeout=30_000)
    await tab.is_inert()

    await check_what_the_operator_does(tab, relay)


async def check_what_the_operator_does(tab: Tab, relay: Relay) -> None:
    """Type hostile text, follow hostile addresses, and look at the other views."""
    for text in SHORT[:8]:
        await tab.page.get_by_test_id("composer-input").fill(text)
        await tab.page.keyboard.press("Enter")
    await expect(tab.page.locator("article.msg")).to_have_count(9, timeout=30_000)
    await expect(tab.page.locator("[data-state=pending]")).to_have_count(0, timeout=30_000)
    await tab.is_inert()
    for path in (
        "/dashboard/r/%3Cimg%20src=x%20onerror=alert(1)%3E",
        "/dashboard/%22%3E%3Cscript%3Ealert(1)%3C/script%3E",
    ):
        await tab.page.goto(relay.url + path)
        await expect(tab.page.get_by_test_id("toast").first).to_be_visible(timeout=30_000)
        await tab.is_inert()
    for view in ("fleet", "audit", "settings", "settings/connect"):
        await tab.page.goto(f"{relay.url}/dashboard/{view}")
        await expect(tab.page.get_by_test_id("app-shell")).to_be_visible(timeout=30_000)
        assert await tab.page.evaluate("[window.__xss, window.__csp.length]") == [None, 0]
    assert tab.complaints == []


async def test_hostile_text_does_not_become_a_name_and_refusals_do_not_repeat_it(
    start_relay: StartRelay, stack: AsyncExitStack
) -> None:
    relay = start_relay(**UNLIMITED)
    operator = await stack.enter_async_context(Rest(relay.url, relay.token))
    agent = await stack.enter_async_context(RawAgent(relay.url, await operator.enrol("mallory")))
    confusing = ["m\u0430llory", "MALLORY\0", "\u043eperator", "operator\u200b", "oper\u0430tor", "operat0r"]
    reserved = ["admin", "all", "a b", "a:b", "-a", "a" * 33, "", "@operator", "system"]

    answers = [
        await operator.http.post(path, json=body)
        for text in (*SHORT, *confusing, *reserved)
        for path, body in (
            ("/api/v1/handles", {"agent_id": "mallory", "handle": text}),
            ("/api/v1/rooms", {"id": f"{text}!"}),
            ("/api/v1/agents", {"agent_id": f"{text}!", "handle": "harmless"}),
            ("/api/v1/agents", {"agent_id": "x", "role": text}),
            ("/api/v1/messages", {"to_type": text, "to_id": "x", "text": "x"}),
            ("/api/v1/joins", {"agent_id": f"{text}!"}),
        )
    ]
    acks = [await agent.call("handle_set", {"handle": text}) for text in SHORT[:18]]
    login = await login_page(relay, SHORT[0])

    # 409 for what looks like the handle of somebody else.
    assert {answer.status_code for answer in answers} == {409, 422}
    assert {ack["error"]["code"] for ack in acks} == {"invalid_request"}
    told = "".join(answer.text for answer in answers) + json.dumps(acks, ensure_ascii=False) + login
    assert hits([MARK, "<script>window", f"{EVIL}/", "\u202e", "\u200b", "\u0430"], told) == []
    assert (await operator.http.get("/api/v1/agents/mallory")).json()["handle"] == "mallory"


async def login_page(relay: Relay, text: str) -> str:
    async with httpx.AsyncClient(base_url=relay.url, trust_env=False) as browser:
        form = await browser.get("/login", params={"next": text})
        refused = await browser.post("/login", data={"token": text, "next": text})
        return form.text + refused.text
