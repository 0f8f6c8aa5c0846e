"""The doors: what opens without a token, what answers tell a browser, what a start refuses (S4, S5, S9)."""

import asyncio
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from e2e.agents import RawAgent
from e2e.canary import filled, hits, new_canary, routes_of
from e2e.paces import UNLIMITED
from e2e.rawsocket import RawSocket
from e2e.relay import Relay
from e2e.rest import Rest
from protocol.events import CLIENT_EVENTS

NOTHING = "clw_0123456789abcdef_" + "0" * 64
OPEN_IN_REST = {
    ("GET", "/api/v1/ping"),
    ("POST", "/api/v1/joins"),
    ("POST", "/api/v1/joins/collect"),
    ("GET", "/healthz"),
    ("GET", "/readyz"),
}
# Beside REST: what answers to anybody, and with what. The rest of the console leads to the login.
OPEN = {"/": 200, "/healthz": 200, "/readyz": 200, "/login": 200, "/session": 200, "/favicon.ico": 200}
OPEN_FILES = {"/assets/login.css": 200, "/assets/login.js": 200, "/assets/theme.css": 200}
SHUT = {
    "/dashboard": 303,
    "/dashboard/r/global": 303,
    "/_nicegui/3.18.0/static/nicegui.js": 401,
    "/_nicegui_ws/socket.io/?EIO=4&transport=polling": 401,
    "/api/openapi.json": 401,
    "/api/docs": 401,
    "/docs": 404,
    "/openapi.json": 404,
    "/metrics": 401,
    "/api/reference": 401,
    "/nothing": 404,
}
TRAVERSALS = [
    "/assets/../login.html",
    "/assets/..%2flogin.html",
    "/assets/%2e%2e/%2e%2e/%2e%2e/etc/passwd",
    "/assets/....//....//etc/passwd",
    "/assets//etc/passwd",
    "/_nicegui/3.18.0/static/../../../../etc/passwd",
    "/_nicegui/3.18.0/static/..%2f..%2f..%2f..%2fetc%2fpasswd",
]
PARAMETERS = (
    "room_id",
    "agent_id",
    "token_id",
    "application_id",
    "task_id",
    "name",
    "who",
    "message_id",
    "handle",
)
VALUES = {name: ["global"] for name in PARAMETERS}


@pytest.fixture(scope="module")
def relay(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Relay]:
    """Return one relay for all who knock: what is refused leaves nothing behind."""
    relay = Relay(tmp_path_factory.mktemp("doors"), **UNLIMITED).start()
    yield relay
    relay.stop()
    assert relay.faults() == []


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": f"Bearer {NOTHING}"},
        {"Authorization": "Bearer an-operator-token-of-the-testss"},
        {"Authorization": "Basic b3BlcmF0b3I6eA=="},
        {"X-Api-Key": "an-operator-token-of-the-tests"},
    ],
    ids=["none", "unknown", "almost", "basic", "elsewhere"],
)
async def test_no_route_of_rest_serves_anybody_without_a_valid_token(
    relay: Relay, operator: Rest, headers: dict[str, str]
) -> None:
    routes = set(await routes_of(operator))
    assert routes > OPEN_IN_REST

    async with httpx.AsyncClient(base_url=relay.url, headers=headers, trust_env=False) as anybody:
        asked = {
            (method, template): anybody.request(method, path, params={"token": relay.token}, json={})
            for method, template in routes - OPEN_IN_REST
            for path in filled(template, VALUES)
        }
        answers = dict(zip(asked, await asyncio.gather(*asked.values()), strict=True))

    assert {route: answer.status_code for route, answer in answers.items() if answer.status_code != 401} == {}
    assert {answer.json()["code"] for answer in answers.values()} == {"unauthenticated"}
    assert {answer.headers["www-authenticate"] for answer in answers.values()} == {"Bearer"}


async def test_the_cookie_of_the_console_opens_nothing_in_rest(relay: Relay, operator: Rest) -> None:
    routes = set(await routes_of(operator)) - OPEN_IN_REST
    async with httpx.AsyncClient(base_url=relay.url, trust_env=False) as browser:
        signed_in = await browser.post("/login", data={"token": relay.token})
        assert signed_in.status_code == 303
        assert (await browser.get("/session")).json() == {"signed_in": True}

        for method, template in routes:
            for path in filled(template, VALUES):
                answer = await browser.request(method, path, json={}, headers={"Origin": relay.url})
                assert answer.status_code == 401, (method, path)


async def test_beside_rest_only_health_and_the_login_answer_to_anybody(relay: Relay) -> None:
    async with httpx.AsyncClient(base_url=relay.url, trust_env=False) as anybody:
        expected = OPEN | OPEN_FILES | SHUT
        answers = {path: (await anybody.get(path)).status_code for path in expected}
        posts = {path: (await anybody.post(path)).status_code for path in (*OPEN, *SHUT)}
        files = [await anybody.get(path) for path in TRAVERSALS]

    assert answers == expected
    # Signing out without a session changes nothing; everything else refuses.
    assert {path: status for path, status in posts.items() if status < 400} == {}
    assert {answer.status_code for answer in files} <= {401, 404}
    assert hits(["root:", "<html"], "".join(answer.text for answer in files)) == []


async def test_no_event_is_served_before_a_link_has_said_who_it_is(relay: Relay, operator: Rest) -> None:
    token = await operator.enrol("late")
    refusals = [
        '40{"token":"' + NOTHING + '"}',
        '40{"protocol":2}',
        "40",
        '40{"protocol":2,"token":5}',
        "40[1]",
    ]
    async with RawSocket(relay.url) as link:
        await link.send(*(f'42{number}["{name}",{{}}]' for number, name in enumerate(CLIENT_EVENTS)))
        for refusal in refusals:
            await link.send(refusal)
            assert str(await link.receive()).startswith("44"), refusal
            await link.send(*(f'42{number}["{name}",{{}}]' for number, name in enumerate(CLIENT_EVENTS)))
        await link.send(f'40{{"protocol":2,"token":"{token}"}}')
        # The first that comes is the answer to the valid token: nothing before it was served.
        assert str(await link.receive()).startswith('40{"sid"')
        assert str(await link.receive()).startswith('42["welcome"')


@pytest.mark.parametrize("auth", [{}, {"token": ""}, {"token": NOTHING}, {"token": "x" * 512}])
async def test_a_socket_without_a_valid_token_is_refused_with_a_reason(
    relay: Relay, auth: dict[str, str]
) -> None:
    refusal = await RawAgent(relay.url, auth.get("token", "")).refused()

    assert refusal["code"] == "unauthenticated"
    assert hits([NOTHING, "x" * 64], refusal) == []


async def test_who_one_is_comes_from_the_token_and_from_nothing_else(relay: Relay, operator: Rest) -> None:
    token = await operator.enrol("ann")
    async with RawSocket(relay.url) as link:
        welcome = await link.join(
            token, agent_id="operator", role="master", handle="operator", from_id="operator"
        )
        spoofed = await link.ask(
            "chat_send",
            {
                "to_type": "global",
                "to_id": "global",
                "from_id": "operator",
                "payload": {"kind": "text", "text": "x"},
            },
        )
        again = await link.ask("report", {"specs": {"role": "master"}})
        await link.send(f'40{{"protocol":2,"token":"{relay.token}"}}')
        audit = await link.ask("room_kick", {"room": "global", "agent_id": "operator"})
    async with Rest(relay.url, token) as rest:
        posted = [
            (
                await rest.http.post(
                    "/api/v1/messages", json={"to_type": "global", "to_id": "global", "text": "x", key: 1}
                )
            )
            for key in ("from_id", "from_handle", "ts", "offset", "role")
        ]
        promoted = await rest.http.patch("/api/v1/agents/ann", json={"role": "master"})

    assert welcome["agent"] == {"id": "ann", "handle": "ann", "role": "worker"}
    assert spoofed["error"]["code"] == "invalid_request"
    assert again["ok"]
    assert audit["error"]["code"] == "forbidden", "a second CONNECT changes nobody"
    assert {answer.status_code for answer in posted} == {422}
    assert promoted.status_code == 403


async def test_every_kind_of_answer_carries_the_security_headers(relay: Relay, operator: Rest) -> None:
    async with httpx.AsyncClient(base_url=relay.url, trust_env=False) as browser:
        before = [
            await browser.get(path) for path in (*OPEN, *OPEN_FILES, *SHUT, "/api/v1/rooms", "/api/nothing")
        ]
        signed_in = await browser.post("/login", data={"token": relay.token})
        page = await browser.get("/dashboard")
        script = await browser.get("/_nicegui/3.18.0/static/nicegui.js")
        polling = await browser.get("/socket.io/", params={"EIO": "4", "transport": "polling"})
        foreign = await browser.get("/", headers={"Origin": "https://evil.example"})
        signed_out = await browser.post("/logout")
    answers = [*before, signed_in, page, script, polling, foreign, signed_out]
    answers += [
        await operator.http.get(path) for path in ("/api/v1/rooms", "/api/v1/audit/export", "/api/v1/rooms/x")
    ]

    for answer in answers:
        headers, where = answer.headers, f"{answer.request.method} {answer.request.url} {answer.status_code}"
        policy = headers.get("content-security-policy", "")
        assert "frame-ancestors 'none'" in policy, where
        assert "base-uri 'none'" in policy, where
        assert headers.get("x-content-type-options") == "nosniff", where
        assert headers.get("x-frame-options") == "DENY", where
        assert headers.get("referrer-policy") in {"no-referrer", "same-origin"}, where
        assert headers.get("cross-origin-opener-policy") == "same-origin", where
        assert headers.get("cross-origin-resource-policy") == "same-origin", where
        assert "access-control-allow-origin" not in headers, where
        assert "server" not in headers, where
        assert "strict-transport-security" not in headers, "without TLS it would be a lie"
    assert {answer.status_code for answer in (page, script, polling)} == {200}
    assert "'nonce-" in page.headers["content-security-policy"]
    assert "'unsafe-inline'" not in page.headers["content-security-policy"].split("style-src")[0]
    assert "unsafe" not in before[list(OPEN).index("/login")].headers["content-security-policy"]


async def test_a_bug_shows_a_client_nothing_and_hostile_paths_are_refused_not_failed(
    relay: Relay, operator: Rest
) -> None:
    word = new_canary()
    paths = [f"{word}%00", f"{word}%ff", word * 20, f"..%2f{word}", f"{word}%0a%0d", f"%F0%9F%92%A9{word}"]
    calls = [("GET", ""), ("PATCH", ""), ("DELETE", ""), ("POST", "/join"), ("GET", "/history")]

    answers = [
        await operator.http.request(method, f"/api/v1/rooms/{path}{tail}", json={"topic": word})
        for path in paths
        for method, tail in calls
    ]

    assert {answer.status_code for answer in answers} <= {404, 405, 422}
    told = "".join(answer.text for answer in answers)
    assert hits(["Traceback", "site-packages", "/app/", "pydantic", "SELECT", word], told) == []
    assert word not in relay.log()


def test_a_weak_token_keeps_the_relay_from_starting(tmp_path: Path) -> None:
    token = "weak-by-a-letter"[:15]
    relay = Relay(tmp_path / "weak", master_token=token)

    with pytest.raises(AssertionError, match="did not start"):
        relay.start()

    assert "CLAWNET_MASTER_TOKEN" in relay.log()
    assert token not in relay.log()


async def test_without_a_token_a_strong_one_is_made_and_shown_once(tmp_path: Path) -> None:
    relay = Relay(tmp_path / "fresh", master_token="").start()
    try:
        said = (tmp_path / "fresh" / "relay.out").read_text(encoding="utf-8")
        token = said.split("/login#")[1].split()[0]
        async with Rest(relay.url, token) as rest:
            me: dict[str, Any] = (await rest.http.get("/api/v1/agents/me")).json()
    finally:
        relay.stop()

    assert me["agent"]["role"] == "master"
    assert len(token.split("_")[2]) == 64
    assert said.count(token) == 1
    assert token.split("_")[2] not in relay.log()


async def test_it_listens_on_this_machine_alone_unless_told_otherwise(relay: Relay) -> None:
    listening = [link.laddr.ip for link in relay.process.net_connections("tcp") if link.status == "LISTEN"]

    assert listening == ["127.0.0.1"]


def test_the_browser_of_the_tests_is_found() -> None:
    found = subprocess.run([".venv/bin/python", "-m", "e2e.browser", "--check"], check=False, timeout=60)

    assert found.returncode == 0
