"""Fixtures of the end-to-end tests: every test has the real relay as a process of its own."""

import os
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from playwright.async_api import Browser

from e2e.browser import chromium
from e2e.console import Console
from e2e.databases import Cluster
from e2e.paces import UNLIMITED
from e2e.relay import Relay
from e2e.rest import Rest

StartRelay = Callable[..., Relay]
# `make openclaw` installs the real OpenClaw; without it there is nothing to drive.
collect_ignore = [] if "CLAWNET_OPENCLAW" in os.environ else ["openclaw"]


@pytest.fixture
def start_relay(tmp_path: Path) -> Iterator[StartRelay]:
    """Start relays with settings; they are stopped at the end and their logs must hold no fault."""
    relays: list[Relay] = []

    def start(**settings: object) -> Relay:
        relays.append(Relay(tmp_path / f"relay-{len(relays)}", **settings))
        return relays[-1].start()

    yield start
    for relay in relays:
        _see_off(relay)


@pytest.fixture(scope="session")
def next_relay(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[], Relay]]:
    """Hand out fresh relays; the one for the next test starts while this one runs."""

    def launch() -> Relay:
        return Relay(tmp_path_factory.mktemp("relay"), **UNLIMITED).launch()

    spare = [launch()]

    def take() -> Relay:
        spare.append(launch())
        return spare.pop(0).ready()

    yield take
    spare[0].kill()


@pytest.fixture
def relay(next_relay: Callable[[], Relay]) -> Iterator[Relay]:
    """Return a fresh relay that refuses nobody for being quick."""
    fresh = next_relay()
    yield fresh
    _see_off(fresh)


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


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    """Return a browser with no history."""
    async with chromium() as opened:
        yield opened


@pytest.fixture
async def console(relay: Relay, browser: Browser) -> AsyncIterator[Console]:
    """Return the operator's tab, in which nothing may go wrong."""
    opened = Console(await browser.new_page(), relay)
    await opened.sign_in()
    yield opened
    assert opened.complaints == []


def _see_off(relay: Relay) -> None:
    if relay.is_running:
        relay.stop()
    assert relay.faults() == []


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """Return a PostgreSQL that is started once and stopped at the end."""
    opened = Cluster()
    yield opened
    opened.stop()
