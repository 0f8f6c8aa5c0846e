"""Cutting off: who leaves, is put out, or loses a token or role, loses it at once, under load (S10, R12)."""

import asyncio
import json
import time
from contextlib import AsyncExitStack
from typing import Any

import pytest
from playwright.async_api import Browser, Page, expect
from typing_extensions import override

from e2e.agents import RawAgent
from e2e.browser import chromium
from e2e.conftest import StartRelay
from e2e.crowd import LightAgent, Traffic
from e2e.paces import UNLIMITED
from e2e.relay import Relay
from e2e.rest import Rest

PER_SECOND = 500
ROOM = "busy"
SOON = 1.0  # seconds in which a loss must take effect
SWEEP = 1.0  # seconds until the relay sees that a token has run out
FAREWELLS = {"41", "1"}  # of Socket.IO and of Engine.IO
WARM = 250  # messages before anything happens


class Witness(LightAgent):
    """A light agent that notes why and when it was cut off."""

    def __init__(self, url: str, token: str) -> None:
        super().__init__(url, token)
        self.reasons: list[str] = []
        self.closed = asyncio.Event()
        self.closed_at = float("inf")

    @override
    def _take(self, frame: str) -> None:
        if frame.startswith('42["error"'):
            self.reasons.append(str(json.loads(frame[2:])[1].get("reason")))
        if frame not in FAREWELLS:
            super()._take(frame)

    @override
    async def _read(self) -> None:
        await super()._read()
        self.closed_at = time.monotonic()
        self.closed.set()


class Scene:
    """A busy room with a sender, one who stays, and one who is about to lose something."""

    def __init__(self, relay: Relay, operator: Rest, tokens: dict[str, str]) -> None:
        self.relay = relay
        self.operator = operator
        self.tokens = tokens
        self.sender, self.stays, self.loses = [
            Witness(relay.url, tokens[name]) for name in ("sender", "stays", "loses")
        ]

    def traffic(self) -> Traffic:
        """Let the sender talk."""
        return Traffic(self.sender, ROOM, "x" * 64, PER_SECOND)

    async def goes_on(self, traffic: Traffic) -> None:
        """Wait until more than a second's worth of messages has reached who stays."""
        await self.stays.has_heard(ROOM, traffic.count + PER_SECOND)

    async def last_before(self, action: str) -> int:
        """Return the offset of the room's last message before an act, by the order of the audit trail."""
        offset = 0
        async for record in trail(self.operator):
            if record["action"] == action:
                return offset
            offset += record["action"] == "message.send" and record["target"] == ROOM
        raise AssertionError(f"there is no {action} in the trail")


async def trail(operator: Rest) -> Any:
    """Yield the records of the audit trail in order."""
    after = 0
    while True:
        answer = await operator.http.get("/api/v1/audit", params={"after": after, "limit": 1000})
        items = answer.json()["items"]
        for record in items:
            yield record
        if not items:
            return
        after = items[-1]["seq"]


@pytest.fixture
async def scene(start_relay: StartRelay, stack: AsyncExitStack) -> Scene:
    """Return the room before the traffic begins."""
    relay = start_relay(keep_messages=20_000, **UNLIMITED)
    operator = await stack.enter_async_context(Rest(relay.url, relay.token))
    tokens = {name: await operator.enrol(name) for name in ("sender", "stays", "loses")}
    scene = Scene(relay, operator, tokens)
    for agent in (scene.sender, scene.stays, scene.loses):
        await stack.enter_async_context(agent)
    await scene.sender.ask(
        "room_create", {"room": ROOM, "visibility": "public", "members": ["stays", "loses"]}
    )
    return scene


@pytest.mark.parametrize("act", ["kick", "leave"])
async def test_who_is_put_out_or_leaves_hears_nothing_that_was_said_after_that(
    scene: Scene, act: str
) -> None:
    actor = scene.relay.token if act == "kick" else scene.tokens["loses"]
    async with scene.traffic() as traffic, Rest(scene.relay.url, actor) as rest:
        await scene.loses.has_heard(ROOM, WARM)
        body = {"agent_id": "loses"} if act == "kick" else None
        answer = await rest.http.post(f"/api/v1/rooms/{ROOM}/{act}", json=body)
        answered = answer.status_code
        await scene.goes_on(traffic)

    last = await scene.last_before(f"room.{act}")
    assert answered == 200
    assert max(offset for offset, _ in scene.loses.heard[ROOM]) <= last
    # Positive control: whoever stays hears all of it.
    await scene.stays.has_heard(ROOM, traffic.count)
    assert [offset for offset, _ in scene.stays.heard[ROOM]] == list(range(1, traffic.count + 1))
    assert not scene.loses.closed.is_set()


@pytest.mark.parametrize("act", ["revoke", "rotate", "expire"])
async def test_what_a_token_opened_is_shut_within_a_second_with_a_reason(scene: Scene, act: str) -> None:
    token = scene.tokens["loses"]
    token_id = token.split("_")[1]
    operator = scene.operator.http
    async with scene.traffic() as traffic, Rest(scene.relay.url, token) as rest:
        await scene.loses.has_heard(ROOM, WARM)
        if act == "revoke":
            answer = await operator.delete(f"/api/v1/tokens/{token_id}")
        else:
            overlap = 0 if act == "rotate" else 1.5
            answer = await operator.post(f"/api/v1/tokens/{token_id}/rotate", json={"overlap": overlap})
        ended = time.monotonic() + (1.5 if act == "expire" else 0)
        if act != "expire":
            refused = await rest.http.get("/api/v1/agents/me")
            assert refused.status_code == 401, "REST shuts at once"
        await asyncio.wait_for(scene.loses.closed.wait(), 10)
        await scene.goes_on(traffic)
        refused = await rest.http.get("/api/v1/agents/me")

    assert answer.status_code in {200, 201}, answer.text
    assert refused.status_code == 401
    assert scene.loses.closed_at - ended <= SOON + (SWEEP if act == "expire" else 0)
    assert scene.loses.reasons == ["revoked" if act == "revoke" else "expired"]
    last = await scene.last_before("token.revoke" if act == "revoke" else "token.expire")
    assert max(offset for offset, _ in scene.loses.heard[ROOM]) <= last
    again = RawAgent(scene.relay.url, token)
    assert (await again.refused())["code"] == "unauthenticated"
    assert not scene.stays.closed.is_set()


async def test_a_role_counts_from_the_moment_it_is_given_on_connections_that_are_open(
    scene: Scene, stack: AsyncExitStack
) -> None:
    mia = await scene.operator.enrol("mia", "master")
    socket = await stack.enter_async_context(RawAgent(scene.relay.url, mia))
    rest = await stack.enter_async_context(Rest(scene.relay.url, mia))
    page = (
        ("GET", "/api/v1/audit", None),
        ("GET", "/api/v1/tokens", None),
        ("POST", "/api/v1/agents", {"agent_id": "minion"}),
        ("PATCH", "/api/v1/agents/sender", {"role": "master"}),
    )
    async with scene.traffic() as traffic:
        await scene.stays.has_heard(ROOM, WARM)
        before = [(await rest.http.request(*page[0][:2])).status_code]
        await change_role(scene.operator, "mia", "worker")
        after = [(await rest.http.request(m, path, json=body)).status_code for m, path, body in page]
        kick = await socket.call("room_kick", {"room": ROOM, "agent_id": "loses"})
        await change_role(scene.operator, "mia", "warden")
        said = await socket.call(
            "chat_send", {"to_type": "global", "to_id": "global", "payload": {"kind": "text", "text": "x"}}
        )
        reads = (await rest.http.get("/api/v1/audit")).status_code
        await change_role(scene.operator, "mia", "master")
        grown = await socket.call("room_kick", {"room": ROOM, "agent_id": "loses"})
        await scene.goes_on(traffic)

    assert before == [200]
    assert after == [403, 403, 403, 403]
    assert kick["error"]["code"] == "forbidden"
    assert said["error"]["code"] == "forbidden", "wardens watch"
    assert reads == 200
    assert grown["ok"], grown


async def change_role(operator: Rest, agent_id: str, role: str) -> None:
    answer = await operator.http.patch(f"/api/v1/agents/{agent_id}", json={"role": role})
    assert answer.status_code == 200, answer.text


@pytest.fixture
async def chrome(stack: AsyncExitStack) -> Browser:
    """Return a browser with no history."""
    return await stack.enter_async_context(chromium())


async def tab_of(browser: Browser, relay: Relay, token: str) -> Page:
    """Sign in and return the tab."""
    page = await (await browser.new_context()).new_page()
    await page.goto(f"{relay.url}/login#{token}")
    await expect(page.get_by_test_id("timeline")).to_be_visible(timeout=30_000)
    await expect(page.get_by_test_id("conn-chip")).to_contain_text("Live", timeout=30_000)
    return page


# Tells when the card is there by the browser's own clock: how long the test takes to look does not count.
WATCH = """() => { window.__out = new Promise(done => { const look = () => {
    if (document.querySelector('[data-testid=login-card][open]')) return done(Date.now());
    requestAnimationFrame(look); }; look(); }); }"""


async def test_a_tab_is_thrown_out_within_a_second_when_its_token_or_role_is_lost(
    start_relay: StartRelay, chrome: Browser, stack: AsyncExitStack
) -> None:
    relay = start_relay(**UNLIMITED)
    operator = await stack.enter_async_context(Rest(relay.url, relay.token))
    acts = ("revoke", "demote", "rotate")
    tokens = {act: await operator.enrol(f"mia-{act}", "master") for act in acts}
    tabs = await asyncio.gather(*(tab_of(chrome, relay, token) for token in tokens.values()))
    for act, page in zip(acts, tabs, strict=True):
        await page.evaluate(WATCH)

        answered = await take_away(operator, act, f"mia-{act}", tokens[act])
        out = await asyncio.wait_for(page.evaluate("window.__out"), 10)
        await operator.say(f"said after {act}")
        await operator.say("and more")

        assert (out - answered) / 1000 <= SOON, act
        assert f"said after {act}" not in await page.content()
        session = await page.evaluate("fetch('/session').then(answer => answer.json())")
        assert session == {"signed_in": False}
        await page.goto(f"{relay.url}/dashboard")
        await expect(page.get_by_test_id("login-form")).to_be_visible()


async def take_away(operator: Rest, act: str, name: str, token: str) -> float:
    """Revoke, rotate or demote; return when that was answered, in milliseconds since 1970."""
    path = f"/api/v1/tokens/{token.split('_')[1]}"
    if act == "demote":
        await change_role(operator, name, "worker")
    elif act == "rotate":
        answer = await operator.http.post(f"{path}/rotate", json={"overlap": 0})
        assert answer.status_code == 201, answer.text
    else:
        answer = await operator.http.delete(path)
        assert answer.status_code == 200, answer.text
    return time.time() * 1000


async def test_signing_out_in_one_tab_ends_the_other_tabs_of_the_session(
    start_relay: StartRelay, chrome: Browser
) -> None:
    relay = start_relay(**UNLIMITED)
    one = await tab_of(chrome, relay, relay.token)
    other = await one.context.new_page()
    await other.goto(f"{relay.url}/dashboard")
    await expect(other.get_by_test_id("timeline")).to_be_visible(timeout=30_000)
    stranger = await tab_of(chrome, relay, relay.token)
    await other.evaluate(WATCH)

    await one.get_by_test_id("user-menu").click()
    await one.get_by_test_id("sign-out").click()
    await expect(one.get_by_test_id("login-form")).to_be_visible()
    signed_out = time.time() * 1000
    out = await asyncio.wait_for(other.evaluate("window.__out"), 10)

    assert (out - signed_out) / 1000 <= SOON
    await expect(stranger.get_by_test_id("timeline")).to_be_visible()
    assert await stranger.evaluate("fetch('/session').then(answer => answer.json())") == {"signed_in": True}
