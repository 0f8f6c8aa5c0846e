"""The console's services as they are in a relay, with a fake clock, and a browser-like client at its door."""

from collections.abc import AsyncIterator

import httpx
import pytest
from fastapi import FastAPI

from components.login import LoginDoor
from components.ports import Console
from components.session import Sessions
from tests.fakes import FakeClock, Stage, settings_of

HOST = "relay.test"


@pytest.fixture
def console(stage: Stage, clock: FakeClock) -> Console:
    core = stage.core
    return Console(
        credentials=core.people.credentials,
        identity=core.people.identity,
        rooms=core.rooms,
        compose=core.compose,
        chat=core.chat,
        presence=core.people.presence,
        admission=core.people.admission,
        audit=core.base.audit,
        stores=core.keeping.persistence,
        limits=core.limits,
        settings=settings_of(),
        bus=core.base.bus,
        version="test",
        allowed_origins=frozenset({"https://console.test"}),
        monotonic=clock.monotonic,
    )


@pytest.fixture
def sessions(console: Console) -> Sessions:
    return Sessions(console.credentials, console.monotonic)


@pytest.fixture
async def door(console: Console, sessions: Sessions) -> AsyncIterator[httpx.AsyncClient]:
    """Open a client at an application that has nothing but the login routes."""
    app = FastAPI()
    app.include_router(LoginDoor(console, sessions).router)
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url=f"http://{HOST}") as client:
        yield client
