"""Everything that changes something, and the records that it must leave in the audit trail."""

from collections.abc import Awaitable, Callable
from pathlib import Path

from app.services.persistence import StoreChoice
from protocol.audit import AuditRecord
from protocol.requests import (
    ChatDelete,
    ChatHistory,
    RoomCreate,
    RoomInvite,
    RoomKick,
    RoomUpdate,
)
from protocol.roles import Role
from tests.fakes import Stage

CANARY = "canary-in-the-coal-mine"
Doing = Callable[[Stage], Awaitable[object]]


async def send(stage: Stage) -> object:
    return await stage.say(stage.actor("ann"), CANARY, to_type="room", to_id="alpha", key="fresh")


async def delete(stage: Stage) -> object:
    request = ChatDelete(room="alpha", id="said", reason=CANARY)
    return await stage.core.chat.delete(stage.actor("ann"), request)


async def create(stage: Stage) -> object:
    return await stage.core.rooms.create(stage.actor("ann"), RoomCreate(room="beta", topic=CANARY))


async def join(stage: Stage) -> object:
    return await stage.core.rooms.join(stage.actor("eve"), "alpha")


async def leave(stage: Stage) -> object:
    return await stage.core.rooms.leave(stage.actor("bob"), "alpha")


async def invite(stage: Stage) -> object:
    return await stage.core.rooms.invite(stage.actor("ann"), RoomInvite(room="alpha", agent_id="eve"))


async def kick(stage: Stage) -> object:
    return await stage.core.rooms.kick(stage.actor("ann"), RoomKick(room="alpha", agent_id="bob"))


async def update(stage: Stage) -> object:
    return await stage.core.rooms.update(stage.actor("ann"), RoomUpdate(room="alpha", topic=CANARY))


async def destroy(stage: Stage) -> None:
    await stage.core.rooms.delete(stage.operator, "alpha")


async def open_dm(stage: Stage) -> object:
    return await stage.core.rooms.direct(stage.actor("ann"), "eve")


async def enrol(stage: Stage) -> object:
    return await stage.core.people.credentials.enrol(stage.operator, agent_id="cas")


async def rename(stage: Stage) -> object:
    return await stage.core.people.identity.rename(stage.actor("ann"), "ann", "star")


async def promote(stage: Stage) -> object:
    return await stage.core.people.identity.change_role(stage.operator, "ann", Role.WARDEN)


async def issue(stage: Stage) -> object:
    return await stage.core.people.credentials.issue(stage.operator, "ann")


def token_of(stage: Stage, agent_id: str) -> str:
    """Return the id of an agent's first token."""
    return stage.core.people.credentials.listed(stage.operator, agent_id)[0].id


async def rotate(stage: Stage) -> object:
    return await stage.core.people.credentials.rotate(stage.actor("ann"), token_of(stage, "ann"))


async def revoke(stage: Stage) -> object:
    return await stage.core.people.credentials.revoke(stage.actor("ann"), token_of(stage, "ann"))


async def expire(stage: Stage) -> None:
    await stage.core.people.credentials.rotate(stage.actor("ann"), token_of(stage, "ann"), 1)
    stage.clock.advance(2)
    await stage.core.people.credentials.sweep()


async def admit(stage: Stage) -> object:
    application, _ = stage.core.people.admission.apply_for("cas", None, None)
    return await stage.core.people.admission.admit(stage.operator, application.id)


async def deny(stage: Stage) -> object:
    application, _ = stage.core.people.admission.apply_for("cas", None, None)
    return await stage.core.people.admission.deny(stage.operator, application.id)


async def switch(stage: Stage) -> object:
    return await stage.core.keeping.persistence.switch(stage.operator, "memory")


async def prune(stage: Stage) -> object:
    stage.clock.advance(31 * 24 * 3600)
    return await stage.core.keeping.retention.prune()


async def backup(stage: Stage) -> object:
    return [line async for line in await stage.core.keeping.moving.backup(stage.operator)]


async def read_as_warden(stage: Stage) -> object:
    return await stage.core.chat.history(stage.actor("wat"), ChatHistory(room="alpha"))


async def look_as_warden(stage: Stage) -> object:
    return await stage.core.rooms.read(stage.actor("wat"), "alpha")


async def list_as_warden(stage: Stage) -> object:
    return await stage.core.rooms.listed(stage.actor("wat"))


# What is done, and the records that it leaves: who, what, on what.
CHANGES: list[tuple[Doing, list[tuple[str, str, str]]]] = [
    (send, [("ann", "message.send", "alpha")]),
    (delete, [("ann", "message.delete", "alpha")]),
    (create, [("ann", "room.create", "beta")]),
    (open_dm, [("ann", "room.create", "dm:ann:eve")]),
    (join, [("eve", "room.join", "alpha")]),
    (leave, [("bob", "room.leave", "alpha")]),
    (invite, [("ann", "room.invite", "alpha")]),
    (kick, [("ann", "room.kick", "alpha")]),
    (update, [("ann", "room.update", "alpha")]),
    (destroy, [("operator", "room.delete", "alpha")]),
    (enrol, [("operator", "agent.create", "cas")]),
    (admit, [("operator", "agent.create", "cas")]),
    (deny, [("operator", "agent.deny", "cas")]),
    (rename, [("ann", "handle.change", "ann")]),
    (promote, [("operator", "role.change", "ann")]),
    (issue, [("operator", "token.create", "ann")]),
    (rotate, [("ann", "token.rotate", "ann")]),
    (revoke, [("ann", "token.revoke", "ann")]),
    (expire, [("ann", "token.rotate", "ann"), ("relay", "token.expire", "ann")]),
    (switch, [("operator", "persistence.switch", "memory")]),
    (prune, [("relay", "message.prune", "2026-01-02T00:00:00.000Z")]),
    (backup, [("operator", "store.backup", "")]),
    (read_as_warden, [("wat", "message.read", "alpha")]),
    (look_as_warden, [("wat", "room.read", "alpha")]),
    (list_as_warden, [("wat", "room.list", "")]),
]
# What can be asked twice; the second time changes nothing.
REPEATABLE: list[Doing] = [send, delete, open_dm, join, leave, invite, rename, promote, revoke]


async def added(stage: Stage, doing: Doing) -> list[AuditRecord]:
    """Do something and return the records that came with it."""
    before = len(await stage.records())
    await doing(stage)
    return (await stage.records())[before:]


async def furnish(stage: Stage, folder: Path) -> Stage:
    """Put ann's room with bob in it on the stage, eve outside, and a warden."""
    stage.core.keeping.persistence._choice = StoreChoice(folder)
    for agent_id in ("ann", "bob", "eve"):
        await stage.enrol(agent_id)
    await stage.enrol("wat", Role.WARDEN)
    await stage.core.rooms.create(stage.actor("ann"), RoomCreate(room="alpha", members=["bob"]))
    await stage.say(stage.actor("ann"), CANARY, to_type="room", to_id="alpha", key="said")
    return stage
