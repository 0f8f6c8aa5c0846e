"""Fixtures of the end-to-end tests: every test has the real relay as a process of its own."""

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from e2e.relay import Relay
from e2e.rest import Rest

StartRelay = Callable[..., Relay]


@pytest.fixture
def start_relay(tmp_path: Path) -> Iterator[StartRelay]:
    """Start relays with settings; they are stopped at the end and their logs must hold no fault."""
    relays: list[Relay] = []

    def start(**settings: object) -> Relay:
        relays.append(Relay(tmp_path / f"relay-{len(relays)}", **settings))
        return relays[-1].start()

    yield start
    for relay in relays:
        if relay.is_running:
            relay.stop()
        assert relay.faults() == []


@pytest.fixture
def relay(start_relay: StartRelay) -> Relay:
    """Return a relay that refuses nobody for being quick."""
    return start_relay(
        rate_chat=100_000, rate_chat_burst=100_000, rate_events=100_000, rate_events_burst=100_000
    )


@pytest.fixture
async def operator(relay: Relay) -> AsyncIterator[Rest]:
    """Return the operator's own way into the relay."""
    async with Rest(relay.url, relay.token) as rest:
        yield rest


@pytest.fixture
async def stack() -> AsyncIterator[AsyncExitStack]:
    """Close whatever a test opens, in reverse order."""
    async with AsyncExitStack() as opened:
        yield opened
