"""Everything that changes something, and the records that it must leave in the audit trail."""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path

from app.services.persistence import StoreChoice
from app.services.posting import digest
from protocol.audit import AuditRecord
from protocol.errors import LoopGuard
from protocol.requests import (
    ChatDelete,
    ChatHistory,
    RoomCreate,
    RoomInvite,
    RoomKick,
    RoomUpdate,
    TaskResult,
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


async def order(stage: Stage, line: str = "/ask @bob", key: str = "order") -> object:
    return await stage.say(stage.operator, f"{line} {CANARY}", key=key)


def task_id(key: str) -> str:
    """Return the id of the task that the operator asked for under a key."""
    return digest("operator", key.encode()).hex()[:24]


async def execute(stage: Stage) -> object:
    await order(stage)
    bob, lease = stage.actor("bob"), f"{ORDER}.1"
    await stage.core.coordination.reports.acknowledge(bob, ORDER, lease)
    result = TaskResult(task_id=ORDER, lease=lease, state="succeeded", output=CANARY)
    return await stage.core.coordination.reports.result(bob, result)


async def call_off(stage: Stage) -> object:
    await order(stage)
    return await stage.core.coordination.tasks.cancel(stage.operator, ORDER, CANARY)


async def approve(stage: Stage) -> object:
    await order(stage, "/do @bob", "risky")
    return await stage.core.coordination.tasks.approve(stage.operator, RISKY)


async def refuse(stage: Stage) -> object:
    await order(stage, "/do @bob", "risky")
    return await stage.core.coordination.tasks.deny(stage.operator, RISKY, CANARY)


async def overlook(stage: Stage) -> None:
    await order(stage, "/do @bob", "risky")
    stage.clock.advance(900)
    await stage.core.coordination.watch.sweep()


async def retry(stage: Stage) -> object:
    await call_off(stage)
    return await stage.core.coordination.retrying.retry(stage.operator, ORDER, key="again")


async def pause(stage: Stage) -> object:
    return await stage.core.coordination.halting.pause(stage.operator, "@bob", CANARY)


async def resume(stage: Stage) -> None:
    await stage.core.coordination.pausing.resume(stage.operator, "@all")


async def save(stage: Stage) -> None:
    await stage.core.coordination.saved.save(stage.operator, "hail", f"/ask @bob {CANARY}")


async def forget(stage: Stage) -> None:
    await save(stage)
    await stage.core.coordination.saved.forget(stage.operator, "hail")


async def go_in_circles(stage: Stage) -> None:
    stage.core.coordination.loops._limit = 1
    with suppress(LoopGuard):
        for who in ("ann", "bob", "ann"):
            await stage.say(stage.actor(who), CANARY)


async def let_go_on(stage: Stage) -> object:
    return await stage.say(stage.operator, "/continue")


ORDER, RISKY, AGAIN = map(task_id, ("order", "risky", "again"))
STEPS = ("running", "succeeded")
RETRIED = (("queued", ORDER), ("cancelled", ORDER), ("queued", AGAIN))

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
    (order, [("operator", "task.queued", ORDER)]),
    (execute, [("operator", "task.queued", ORDER), *(("bob", f"task.{it}", ORDER) for it in STEPS)]),
    (call_off, [("operator", "task.queued", ORDER), ("operator", "task.cancelled", ORDER)]),
    (approve, [("operator", "task.needs_approval", RISKY), ("operator", "task.queued", RISKY)]),
    (refuse, [("operator", "task.needs_approval", RISKY), ("operator", "task.denied", RISKY)]),
    (overlook, [("operator", "task.needs_approval", RISKY), ("relay", "task.denied", RISKY)]),
    (retry, [("operator", f"task.{it}", each) for it, each in RETRIED]),
    (pause, [("operator", "fleet.pause", "bob")]),
    (resume, [("operator", "fleet.resume", "@all")]),
    (save, [("operator", "command.save", "hail")]),
    (forget, [("operator", "command.save", "hail"), ("operator", "command.forget", "hail")]),
    (
        go_in_circles,
        [
            ("ann", "message.send", "global"),
            ("bob", "message.send", "global"),
            ("ann", "loop.stop", "global"),
        ],
    ),
    (let_go_on, [("operator", "loop.reset", "global")]),
    (read_as_warden, [("wat", "message.read", "alpha")]),
    (look_as_warden, [("wat", "room.read", "alpha")]),
    (list_as_warden, [("wat", "room.list", "")]),
]
# What can be asked twice; the second time changes nothing.
REPEATABLE: list[Doing] = [send, delete, open_dm, join, leave, invite, rename, promote, revoke, order]


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
