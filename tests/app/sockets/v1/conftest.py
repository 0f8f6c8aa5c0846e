"""Version 1 on a stage: its dialect, sessions of old clients, and what they are told."""

import json
from dataclasses import dataclass, field
from typing import Any

import pytest

from app.actor import Actor, Via
from app.delivery.wire import Batch, Frame
from app.delivery.wire import Dialect as Encoding
from app.settings import Settings
from app.sockets.sessions import Session
from app.sockets.v1 import bulletins as bulletins_module
from app.sockets.v1.building import FirstGround, build_first
from app.sockets.v1.dialect import FirstDialect
from app.sockets.v1.outgoing import FirstEncoding, Letters
from app.sockets.v1.traffic import Traffic
from protocol.pushes import Closing
from protocol.reliability import RetryPolicy
from protocol.roles import Role
from tests.app.sockets.direct import text_of
from tests.fakes import Stage, settings_of, turns

SECRET = "a-secret-that-all-share"


@dataclass(slots=True)
class OldWire:
    """A v1 connection's way out that keeps what was said."""

    dialect: Encoding = field(default_factory=FirstEncoding)
    said: list[tuple[str, Any]] = field(default_factory=list)
    due: list[str] = field(default_factory=list)
    waiting: int = 0
    policy: RetryPolicy | None = None

    def send(self, frame: Frame) -> None:
        assert isinstance(frame.packet, Letters)
        for packet in frame.packet.packets:
            name, body = json.loads(text_of(packet)[2:])
            self.said.append((name, body))
        self.due.extend(frame.packet.due)

    def send_all(self, batch: Batch) -> None:
        for frame in batch.frames:
            self.send(frame)

    def backlog(self) -> int:
        return self.waiting

    def close(self, why: Closing) -> None:
        """Do nothing."""

    def bodies(self, event: str) -> list[Any]:
        """Return the bodies of one kind of event, in order."""
        return [body for name, body in self.said if name == event]


@dataclass(slots=True)
class Old:
    """Version 1 around a stage."""

    stage: Stage
    dialect: FirstDialect
    traffic: Traffic
    links: int = 0

    async def come(self, agent_id: str, role: Role | None = None) -> Session:
        """Let an old client in and serve it."""
        actor = await self.stage.core.shared.admit(SECRET, agent_id, role, Via.SOCKET)
        return self.serve(actor)

    def serve(self, actor: Actor) -> Session:
        """Serve an actor on a new connection."""
        self.links += 1
        session = Session(f"old-{self.links}", actor, OldWire(), self.dialect)
        self.dialect.opened(session)
        self.stage.core.people.presence.attach(actor.agent_id, session.connection_id)
        return session


def heard(session: Session, event: str) -> list[Any]:
    """Return what a session was told."""
    assert isinstance(session.wire, OldWire)
    return session.wire.bodies(event)


@pytest.fixture
def settings() -> Settings:
    return settings_of(secret_key=SECRET)


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulletins_module, "SOON", 0)


@pytest.fixture
async def old(stage: Stage, settings: Settings) -> Old:
    core = stage.core
    ground = FirstGround(
        compose=core.compose,
        work=core.coordination,
        rooms=core.rooms,
        identity=core.people.identity,
        presence=core.people.presence,
        shared=core.shared,
        delivery=core.readers.delivery,
        limits=core.limits,
        journal=core.base.journal,
        audit=core.base.audit,
        clock=stage.clock,
        background=core.base.background,
        buffer=settings.send_buffer,
    )
    dialect, traffic = build_first(ground)
    core.base.bus.subscribe(traffic.on_fact)
    await turns()
    return Old(stage, dialect, traffic)
