"""The console's services as they are in a relay, with a fake clock, and a browser-like client at its door."""

from collections.abc import AsyncIterator
from typing import Protocol, TypeVar

import httpx
import pytest
from fastapi import FastAPI

from app.actor import Via
from app.logs import RecentLines
from app.services.recent_logs import RecentLogService
from components.authority import Authority
from components.export import ExportDoor
from components.login import LoginDoor
from components.ports import Console
from components.session import Sessions
from protocol.roles import Role
from tests.fakes import OPERATOR_TOKEN, FakeClock, Stage, settings_of

Able = TypeVar("Able", bound=Authority)
HOST = "relay.test"


@pytest.fixture
def console(stage: Stage, clock: FakeClock) -> Console:
    core = stage.core
    return Console(
        entry=core.people.credentials,
        credentials=core.people.credentials,
        identity=core.people.identity,
        rooms=core.rooms,
        compose=core.compose,
        chat=core.chat,
        search=core.search,
        presence=core.people.presence,
        positions=core.readers.progress,
        admission=core.people.admission,
        audit=core.base.audit,
        stores=core.keeping.persistence,
        work=core.coordination,
        logs=RecentLogService(RecentLines()),
        limits=core.limits,
        settings=settings_of(),
        changeable=core.keeping.settings,
        upkeep=core.upkeep,
        moving=core.keeping.moving,
        views=core.keeping.views,
        bus=core.base.bus,
        version="test",
        allowed_origins=frozenset({"https://console.test"}),
        monotonic=clock.monotonic,
        now=clock.now,
    )


@pytest.fixture
def sessions(console: Console) -> Sessions:
    return Sessions(console.entry, console.monotonic)


@pytest.fixture
async def door(console: Console, sessions: Sessions) -> AsyncIterator[httpx.AsyncClient]:
    """Open a client at an application that has nothing but the routes around a session."""
    app = FastAPI()
    app.include_router(LoginDoor(console, sessions).router)
    app.include_router(ExportDoor(console, sessions).router)
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url=f"http://{HOST}") as client:
        yield client


class SignIn(Protocol):
    """Opens a session and returns what it may do, as the class that is asked for."""

    async def __call__(self, kind: type[Able], token: str = ...) -> Able: ...


@pytest.fixture
def sign_in(console: Console, sessions: Sessions) -> SignIn:
    async def opened(kind: type[Able], token: str = OPERATOR_TOKEN) -> Able:
        actor = await console.entry.authenticate(token, Via.CONSOLE, "10.0.0.8")
        return kind(console, sessions, sessions.open(actor).id)

    return opened


@pytest.fixture
async def warden_token(stage: Stage) -> str:
    issued = await stage.core.people.credentials.enrol(stage.operator, agent_id="eye", role=Role.WARDEN)
    return issued.text
