"""Headers for answers that no browser should make more of than they are."""

import pytest

from app.edge.headers import HEADERS, QuietHeaders
from tests.app.edge.exchange import Inner, ask


async def test_answer_without_a_policy_gets_all_headers() -> None:
    answer = await ask(QuietHeaders(Inner()))

    assert {name: answer.headers[name.lower()] for name in HEADERS} == dict(HEADERS)
    assert answer.headers["content-security-policy"].startswith("default-src 'none'")


@pytest.mark.parametrize("name", ["cache-control", "x-frame-options"])
async def test_what_an_application_said_stays(name: str) -> None:
    answer = await ask(QuietHeaders(Inner({name: "its own"})))

    assert answer.headers[name] == "its own"
    assert answer.headers["x-content-type-options"] == "nosniff"


async def test_answer_with_a_policy_of_its_own_is_left_alone() -> None:
    answer = await ask(QuietHeaders(Inner({"content-security-policy": "script-src 'self'"})))

    assert answer.headers == {"content-security-policy": "script-src 'self'"}


@pytest.mark.parametrize(("scheme", "is_told"), [("https", True), ("http", False)])
async def test_browser_is_held_to_encryption_only_where_there_is_one(scheme: str, is_told: bool) -> None:
    answer = await ask(QuietHeaders(Inner()), scheme=scheme)

    assert ("strict-transport-security" in answer.headers) is is_told


async def test_what_is_no_request_passes_untouched() -> None:
    inner = Inner()

    await ask(QuietHeaders(inner), kind="websocket")

    assert inner.scopes[0]["type"] == "websocket"
