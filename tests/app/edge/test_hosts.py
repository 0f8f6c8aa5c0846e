"""Hosts and origins: a request must be for us, and a page that makes it must be ours."""

import pytest

from app.edge.hosts import HostGuard
from tests.app.edge.exchange import Inner, ask

LISTED = "https://console.example"
KINDS = ("http", "websocket")


def guard_of(inner: Inner) -> HostGuard:
    return HostGuard(inner, hosts=["relay.example"], origins=[LISTED])


async def passes(headers: dict[str, str], kind: str = "http") -> bool:
    """Tell whether a request comes through."""
    inner = Inner()
    await ask(guard_of(inner), headers, kind=kind)
    return bool(inner.scopes)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "host",
    [
        "localhost",
        "localhost:3000",
        "LOCALHOST:3000",
        "127.0.0.1",
        "127.0.0.1:3000",
        "[::1]",
        "[::1]:3000",
        "192.0.2.44:3000",
        "[2001:db8::7]:3000",
        "relay.example",
        "Relay.Example:443",
        "console.example",
    ],
)
async def test_address_and_listed_name_pass(host: str, kind: str) -> None:
    assert await passes({"host": host}, kind)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "evil.example:3000",
        "localhost.evil.example",
        "localhost@evil.example",
        "relay.example.evil.example",
        "evilrelay.example",
        "127.0.0.1.evil.example",
        "127.1",
        "0x7f000001",
        "2130706433",
        "[::1",
        "[evil]",
        "",
        " ",
        "evil.example, localhost",
    ],
)
async def test_name_that_an_attacker_may_own_is_refused(host: str, kind: str) -> None:
    assert not await passes({"host": host}, kind)


@pytest.mark.parametrize("kind", KINDS)
async def test_request_without_a_host_is_refused(kind: str) -> None:
    assert not await passes({}, kind)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "origin",
    ["http://localhost:3000", "https://localhost:3000", "HTTP://LOCALHOST:3000", LISTED, LISTED.upper()],
)
async def test_page_of_the_host_itself_and_of_a_listed_origin_passes(origin: str, kind: str) -> None:
    assert await passes({"host": "localhost:3000", "origin": origin}, kind)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "origin",
    [
        "https://evil.example",
        "http://localhost",
        "http://localhost:3001",
        "http://127.0.0.1:3000",
        "http://localhost:3000.evil.example",
        "http://evil.example:3000",
        "https://console.example.evil.example",
        "https://console.example:444",
        "http://console.example",
        "file://",
        "null",
        "",
        "http://relay.example",
    ],
)
async def test_page_from_elsewhere_is_refused(origin: str, kind: str) -> None:
    assert not await passes({"host": "localhost:3000", "origin": origin}, kind)


@pytest.mark.parametrize("kind", KINDS)
async def test_agent_that_names_no_origin_passes(kind: str) -> None:
    assert await passes({"host": "localhost:3000"}, kind)


async def test_rebound_name_is_refused_although_page_and_host_agree() -> None:
    assert not await passes({"host": "evil.example", "origin": "http://evil.example"})


async def test_forwarded_host_is_not_believed() -> None:
    headers = {"host": "localhost:3000", "origin": "http://evil.example", "x-forwarded-host": "evil.example"}

    assert not await passes(headers)
    assert not await passes({"host": "evil.example", "x-forwarded-host": "localhost"})


async def test_refused_request_is_answered_as_a_problem() -> None:
    answer = await ask(guard_of(Inner()), {"host": "evil.example"})

    assert answer.status == 403
    assert answer.problem["code"] == "forbidden"
    assert answer.headers["content-type"] == "application/problem+json"


async def test_refused_websocket_is_closed_before_it_is_accepted() -> None:
    answer = await ask(guard_of(Inner()), {"host": "evil.example"}, kind="websocket")

    assert answer.messages == [{"type": "websocket.close", "code": 1008}]


async def test_lifespan_passes_untouched() -> None:
    inner = Inner()

    await ask(guard_of(inner), kind="lifespan")

    assert len(inner.scopes) == 1
