"""Both doors of a relay in one process: REST without a network, and the dispatcher behind the sockets."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import httpx
from fastapi import FastAPI

from app.actor import Actor
from app.doors import measuring_of, rest_services
from app.main import _agent_server
from app.rest.api import build_api
from app.services.permissions import Standing
from app.sockets.dialects import Dialect
from app.sockets.packets import Incoming
from app.sockets.server import AgentServer
from app.sockets.sessions import Session
from protocol.requests import RoomCreate, TaskDispatch
from protocol.roles import Role
from tests.fakes import FakeWire, Reader, Stage, settings_of


@dataclass(frozen=True, slots=True)
class Work:
    """Ids of tasks: for the agent, dispatched and running; and in the room, between two others."""

    mine: str
    running: str
    theirs: str
    risky: str
    ended: str


@dataclass(frozen=True, slots=True)
class Scene:
    """An agent of some role before a room in which it has some standing."""

    me: str
    role: Role
    token: str
    token_id: str
    room: str
    said: str
    reader: Reader
    work: Work


class Doors:
    """What can be asked of a stage from outside."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.core = stage.core

    @cached_property
    def api(self) -> FastAPI:
        """The REST application, made when it is first asked for."""
        measuring = measuring_of(self.core, settings_of(), self.stage.clock, "test")
        return build_api(rest_services(self.core, measuring, self.stage.clock), "test")

    @cached_property
    def agents(self) -> AgentServer:
        """The agents' door, made when it is first asked for."""
        return _agent_server(settings_of(), self.core, self.stage.clock)

    @property
    def second(self) -> Dialect:
        """The version of the protocol that all but old clients speak."""
        return self.agents._dialects.choose({"protocol": 2})[0]

    async def rest(
        self, method: str, path: str, body: object = None, *, token: str | None = None
    ) -> httpx.Response:
        """Ask over REST; `path` is below `/api`."""
        headers = {"authorization": f"Bearer {token}"} if token else {}
        transport = httpx.ASGITransport(app=self.api, client=("192.0.2.7", 1))
        async with httpx.AsyncClient(transport=transport, base_url="http://relay") as client:
            return await client.request(method, path, json=body, headers=headers)

    async def socket(self, actor: Actor, event: str, body: object, *, link: str = "link") -> dict[str, Any]:
        """Send an event on a connection of an actor and return its ack."""
        incoming = Incoming(event, (body,), wants_ack=True)
        session = Session(link, actor, FakeWire(), self.second)
        return await self.second.dispatcher.answer(session, incoming)

    async def ask(self, link: str, event: str, body: object) -> dict[str, Any] | None:
        """Send an event on an accepted connection; None when nobody answers."""
        return await self.agents._answering.answered(link, Incoming(event, (body,), wants_ack=True))

    async def accept(self, actor: Actor, link: str) -> FakeWire:
        """Let an actor in as the socket's door does."""
        wire = FakeWire()
        self.agents._sessions.open(Session(link, actor, wire, self.second))
        await self.core.readers.delivery.attach(link, actor, wire, None)
        self.core.readers.delivery.begin(link)
        return wire

    async def scene(self, role: Role, standing: Standing) -> Scene:
        """Enrol an agent, make a room in which it has this standing, and give it its role."""
        me = f"{role}-{standing}"
        issued = await self.core.people.credentials.enrol(self.stage.operator, agent_id=me, handle=f"x-{me}")
        maker = me if standing is Standing.OWNER else "host"
        request = RoomCreate(
            room=f"room-{me}",
            visibility="private" if standing is Standing.OUTSIDER else "public",
            members=["guest", "host", *([me] if standing is Standing.MEMBER else [])],
        )
        room = await self.core.rooms.create(self.stage.actor(maker), request)
        said = await self.stage.say(self.stage.actor("guest"), to_type="room", to_id=room.id)
        reader = await self.stage.connect(me)
        work = await self._work(me, room.id, reader.id)
        await self.core.people.identity.change_role(self.stage.operator, me, role)
        return Scene(me, role, issued.text, issued.token.id, room.id, said.id, reader, work)

    async def _work(self, me: str, room: str, link: str) -> Work:
        operator, host = self.stage.operator, self.stage.actor("host")
        running = await self._task(operator, me, "status", "global")
        actor, lease = self.stage.actor(me), f"{running}.1"
        await self.core.coordination.reports.acknowledge(actor, running, lease, holder=link)
        ended = await self._task(host, "guest", "ping", room)
        await self.core.coordination.tasks.cancel(host, ended)
        return Work(
            mine=await self._task(operator, me, "version", "global"),
            running=running,
            theirs=await self._task(host, "guest", "status", room),
            risky=await self._task(host, "host", "do", room),
            ended=ended,
        )

    async def _task(self, actor: Actor, to: str, command: str, room: str) -> str:
        args = ["it"] if command == "do" else []
        request = TaskDispatch(to=[to], command=command, args=args, room=room)
        return (await self.core.coordination.slash.dispatch(actor, request)).tasks[0].id


async def open_doors(stage: Stage) -> Doors:
    """Enrol a host, a guest in every room, and a stranger; return the doors."""
    for agent_id in ("host", "guest", "stranger"):
        await stage.enrol(agent_id)
    return Doors(stage)


def outcome_of(answer: dict[str, Any]) -> str:
    """Return `ok`, or the code of a refusal."""
    return "ok" if answer["ok"] else str(answer["error"]["code"])


def outcome_of_response(response: httpx.Response) -> str:
    """Return `ok`, or the code of a problem."""
    return "ok" if response.status_code < 400 else str(response.json()["code"])
