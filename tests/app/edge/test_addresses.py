"""Addresses: behind a trusted proxy the client's counts, and nobody writes one for himself."""

import pytest

from app.edge.addresses import ClientAddress
from tests.app.edge.exchange import Inner, ask

PROXY, CLIENT = "10.0.0.1", "198.51.100.4"


async def seen(
    forwarded: str | None,
    *,
    peer: str = PROXY,
    trusted: tuple[str, ...] = ("10.0.0.0/8", "fd00::/8"),
    kind: str = "http",
) -> str:
    """Return the address that the application sees."""
    inner = Inner()
    headers = {} if forwarded is None else {"x-forwarded-for": forwarded}
    await ask(ClientAddress(inner, trusted=trusted), headers, client=peer, kind=kind)
    return str(inner.scopes[0]["client"][0])


@pytest.mark.parametrize("kind", ["http", "websocket"])
async def test_client_behind_a_trusted_proxy_is_seen(kind: str) -> None:
    assert await seen(CLIENT, kind=kind) == CLIENT


@pytest.mark.parametrize("kind", ["http", "websocket"])
async def test_word_of_a_peer_that_nobody_trusts_is_ignored(kind: str) -> None:
    assert await seen(CLIENT, peer="203.0.113.9", kind=kind) == "203.0.113.9"


@pytest.mark.parametrize("peer", ["127.0.0.1", PROXY])
async def test_without_trusted_proxies_every_word_is_ignored(peer: str) -> None:
    assert await seen(CLIENT, peer=peer, trusted=()) == peer


async def test_what_the_client_wrote_itself_stands_further_left_and_does_not_count() -> None:
    assert await seen(f"1.2.3.4, 5.6.7.8, {CLIENT}") == CLIENT


@pytest.mark.parametrize("forged", ["1.1.1.1", "2.2.2.2", "10.0.0.77", "127.0.0.1"])
async def test_client_that_changes_what_it_writes_stays_the_same(forged: str) -> None:
    assert await seen(f"{forged}, {CLIENT}") == CLIENT


async def test_chain_of_trusted_proxies_is_walked_from_the_right() -> None:
    assert await seen(f"1.2.3.4, {CLIENT}, 10.0.0.3, 10.0.0.2") == CLIENT


async def test_client_inside_the_trusted_network_is_the_leftmost_of_the_chain() -> None:
    assert await seen("10.0.0.9, 10.0.0.2") == "10.0.0.9"


@pytest.mark.parametrize(
    "forwarded", [None, "", " ", ",", "unknown", "_hidden", "evil.example", "1.2.3.4:99"]
)
async def test_word_that_is_no_address_leaves_the_proxys_own(forwarded: str | None) -> None:
    assert await seen(forwarded) == PROXY


async def test_walk_ends_at_the_first_word_that_is_no_address() -> None:
    assert await seen(f"{CLIENT}, nonsense, 10.0.0.2") == "10.0.0.2"


async def test_addresses_of_the_sixth_version_count_too() -> None:
    assert await seen("2001:db8::5", peer="fd00::1") == "2001:db8::5"


async def test_request_without_a_peer_passes() -> None:
    inner = Inner()

    await ask(ClientAddress(inner, trusted=["10.0.0.0/8"]), {"x-forwarded-for": CLIENT}, client=None)

    assert inner.scopes[0]["client"] is None


@pytest.mark.parametrize(("kind", "scheme"), [("http", "https"), ("websocket", "wss")])
async def test_trusted_proxy_says_whether_the_way_to_it_was_encrypted(kind: str, scheme: str) -> None:
    inner = Inner()

    await ask(
        ClientAddress(inner, trusted=["10.0.0.0/8"]), {"x-forwarded-proto": "https"}, client=PROXY, kind=kind
    )

    assert inner.scopes[0]["scheme"] == scheme


async def test_nobody_else_says_so() -> None:
    inner = Inner()

    await ask(
        ClientAddress(inner, trusted=["10.0.0.0/8"]), {"x-forwarded-proto": "https"}, client="203.0.113.9"
    )

    assert inner.scopes[0]["scheme"] == "http"


async def test_what_is_no_request_passes_untouched() -> None:
    inner = Inner()

    await ask(ClientAddress(inner, trusted=["10.0.0.0/8"]), kind="lifespan", client=None)

    assert len(inner.scopes) == 1
