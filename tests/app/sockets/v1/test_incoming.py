"""The table in: every row has a handler, bodies are read as leniently as the old relay read them."""

from typing import Any

import pytest

from app.sockets.packets import Incoming
from app.sockets.sessions import Session
from app.sockets.v1.incoming import EVENTS, FirstAcks
from protocol.acks import Done
from protocol.errors import NotFound
from protocol.events import Budget
from protocol.roles import EVERYONE, Role
from protocol.tasks import MAX_OUTPUT
from tests.app.sockets.v1.conftest import Old
from tests.fakes import settings_of

V1 = {
    "report",
    "chat",
    "message",
    "dispatch",
    "task_result",
    "command_ack",
    "reassign_role",
    "agent_hello",
    "latency_ping",
    "join_room",
    "leave_room",
    "approve_task",
}


async def send(old: Old, session: Session, event: str, *body: Any) -> dict[str, Any]:
    return await old.dialect.dispatcher.answer(session, Incoming(event, body, wants_ack=True))


async def texts(old: Old, room: str = "global") -> list[Any]:
    page = await old.stage.core.base.store.page(room, limit=100)
    return [vars(message.payload).get("text") for message in page]


@pytest.fixture
async def worker(old: Old) -> Session:
    return await old.come("node-1")


@pytest.fixture
async def boss(old: Old) -> Session:
    return await old.come("boss", Role.MASTER)


def test_every_event_of_version_1_has_a_row() -> None:
    assert set(EVENTS) == V1


def test_messages_draw_on_the_budget_of_messages() -> None:
    assert {name for name, row in EVENTS.items() if row.budget is Budget.CHAT} == {"chat", "message"}
    assert settings_of().rate_chat_burst >= 50


def test_masters_alone_reassign_and_approve() -> None:
    assert {name for name, row in EVENTS.items() if row.roles != EVERYONE} == {
        "reassign_role",
        "approve_task",
    }


def test_acks_are_what_old_clients_parse() -> None:
    assert FirstAcks().ok(Done()) == {"ok": True}
    assert FirstAcks().refusal(NotFound("no such room")) == {"ok": False, "error": "not_found: no such room"}


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ({"msg": "one"}, "one"),
        ({"message": "one"}, "one"),
        ({"msg": None, "message": "one"}, "one"),
        ({"msg": "one", "to": None, "localId": None}, "one"),
        ({"msg": 42, "to": "all", "trace_id": "x", "more": {"a": [1]}}, "42"),
        ({"msg": "/exec ls", "to": "all"}, "/exec ls"),
        ({"msg": "one", "localId": 17}, "one"),
    ],
)
async def test_text_is_said_to_all(old: Old, worker: Session, body: dict[str, Any], text: str) -> None:
    assert await send(old, worker, "chat", body) == {"ok": True}
    assert await texts(old) == [text]


@pytest.mark.parametrize(
    "body",
    [None, {}, [], "text", {"msg": ""}, {"msg": "  "}, {"msg": {"a": 1}}, {"msg": "x", "to": "#"}],
)
async def test_text_that_is_none_is_refused(old: Old, worker: Session, body: Any) -> None:
    answer = await send(old, worker, "chat", body)

    assert answer["ok"] is False
    assert answer["error"].startswith("invalid_request: ")
    assert await texts(old) == []


async def test_text_that_was_sent_again_is_stored_once(old: Old, worker: Session) -> None:
    first = await send(old, worker, "chat", {"msg": "one", "localId": "a b"})
    again = await send(old, worker, "message", {"msg": "one", "localId": "a b"})
    other = await send(old, worker, "chat", {"msg": "two", "localId": "a b"})

    assert (first, again) == ({"ok": True}, {"ok": True, "deduped": True})
    assert other["error"].startswith("dedupe_mismatch: ")
    assert await texts(old) == ["one"]


async def test_burst_of_fifty_is_taken(old: Old, worker: Session) -> None:
    answers = [await send(old, worker, "chat", {"msg": f"number {number}"}) for number in range(50)]

    assert answers == [{"ok": True}] * 50


async def test_room_is_made_by_who_speaks_first_and_joined_by_the_next(old: Old, worker: Session) -> None:
    other = await old.come("node-2")

    for session in (worker, other):
        await send(old, session, "chat", {"to": "#Alpha", "msg": session.actor.agent_id})

    room = old.stage.core.rooms.room("alpha")
    assert room is not None
    assert (room.owner, room.members) == ("node-1", ["node-1", "node-2"])
    assert await texts(old, "alpha") == ["node-1", "node-2"]


async def test_dashboard_that_is_not_there_is_the_operator(old: Old, worker: Session) -> None:
    await send(old, worker, "message", {"to": "master-ui", "msg": "done"})

    assert await texts(old, "dm:node-1:operator") == ["done"]


async def test_dashboard_that_is_there_is_itself(old: Old, worker: Session) -> None:
    await old.come("master-ui", Role.MASTER)

    await send(old, worker, "message", {"to": "master-ui", "msg": "done"})

    assert await texts(old, "dm:master-ui:node-1") == ["done"]


@pytest.mark.parametrize("body", [(), (None,), ({},), ("anything",), ([1],)])
@pytest.mark.parametrize("event", ["agent_hello", "latency_ping"])
async def test_greeting_needs_no_body(old: Old, worker: Session, event: str, body: tuple[Any, ...]) -> None:
    assert (await send(old, worker, event, *body))["ok"] is True


async def test_ping_is_answered_with_the_time(old: Old, worker: Session) -> None:
    assert await send(old, worker, "latency_ping") == {"ok": True, "server_ts": "2026-01-01T00:00:00.000Z"}


@pytest.mark.parametrize("body", [{}, {"specs": None}, {"specs": [1], "cron": {}, "sessions": "x"}])
async def test_report_that_reports_little_is_taken(old: Old, worker: Session, body: Any) -> None:
    assert await send(old, worker, "report", body) == {"ok": True}


async def test_report_leaves_alone_what_it_does_not_name(old: Old, worker: Session) -> None:
    telemetry = old.stage.core.coordination.telemetry

    await send(old, worker, "report", {"specs": {"cpu": 1}, "role": "worker", "agent_id": "node-1"})
    await send(old, worker, "report", {"cron": ["job"]})

    assert telemetry.of(worker.actor, "node-1").sections == {"specs": {"cpu": 1}, "cron": ["job"]}


@pytest.mark.parametrize("event", ["typing", "shell_start", "chat_send", "c2cp", "", "other"])
async def test_event_that_version_1_has_not_is_refused_and_no_mistake(
    old: Old, worker: Session, event: str
) -> None:
    assert (await send(old, worker, event, {}))["error"].startswith("not_found: ")


async def test_events_that_nobody_knows_cost_what_signals_cost(old: Old, worker: Session) -> None:
    answers = [await send(old, worker, "typing", {}) for _ in range(settings_of().rate_events_burst + 1)]

    assert answers[-1]["error"].startswith("rate_limited: ")


async def test_role_is_reassigned_by_a_master(old: Old, boss: Session, worker: Session) -> None:
    refused = await send(old, worker, "reassign_role", {"agent_id": "boss", "role": "worker"})
    granted = await send(old, boss, "reassign_role", {"agent_id": "node-1", "role": "WARDEN"})

    assert refused["error"].startswith("forbidden: ")
    assert granted == {"ok": True}
    assert old.stage.core.people.identity.agent("node-1").role is Role.WARDEN


@pytest.mark.parametrize(
    ("cmd", "command", "args"),
    [
        ("echo hi", "ask", ["echo hi"]),
        (" /exec ls ", "ask", ["/exec ls"]),
        ("/exec rm -rf /", "do", ["/exec rm -rf /"]),
        ("/status", "status", []),
        ("/sessions 3", "sessions", ["3"]),
        ("/status of what", "ask", ["/status of what"]),
        ("/join #alpha", "ask", ["/join #alpha"]),
        ("status", "ask", ["status"]),
    ],
)
@pytest.mark.usefixtures("worker")
async def test_command_line_becomes_a_command(
    old: Old, boss: Session, cmd: str, command: str, args: list[str]
) -> None:
    assert await send(old, boss, "dispatch", {"to": "node-1", "cmd": cmd}) == {"ok": True}

    (task,) = old.stage.core.coordination.tasks.listed(boss.actor)
    assert (task.to, task.command, task.args) == ("node-1", command, args)


async def test_command_for_nobody_is_refused(old: Old, boss: Session) -> None:
    assert (await send(old, boss, "dispatch", {"to": "nobody", "cmd": "x"}))["ok"] is False
    assert (await send(old, boss, "dispatch", {"to": "boss", "cmd": "  "}))["ok"] is False


async def test_result_is_recorded_once_and_cut_to_what_is_kept(
    old: Old, boss: Session, worker: Session
) -> None:
    await send(old, boss, "dispatch", {"to": "node-1", "cmd": "x"})
    (task,) = old.stage.core.coordination.tasks.listed(boss.actor)
    output = "y" * (MAX_OUTPUT + 1)

    answers = [
        await send(old, worker, "command_ack", {"id": task.id}),
        await send(old, worker, "task_result", {"id": task.id, "status": "running", "output": "half"}),
        await send(old, worker, "task_result", {"id": task.id, "status": "success", "output": output}),
        await send(old, worker, "task_result", {"id": task.id, "status": "SUCCESS", "output": output}),
    ]
    late = await send(old, worker, "task_result", {"id": task.id, "status": "FAIL"})
    foreign = await send(old, boss, "task_result", {"id": task.id, "status": "SUCCESS"})

    ended = old.stage.core.coordination.tasks.see(boss.actor, task.id)
    assert answers == [{"ok": True}] * 4
    assert (ended.state, len(ended.output or ""), ended.truncated) == ("succeeded", MAX_OUTPUT, True)
    assert late["error"].startswith("stale_lease: ")
    assert foreign["error"].startswith("not_found: ")


async def test_two_who_are_first_at_once_are_both_in(
    old: Old, worker: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    await send(old, worker, "join_room", {"room": "alpha"})
    other = await old.come("node-2")
    rooms = old.stage.core.rooms
    seen = iter([None])
    # The room came to be after this one had looked for it.
    monkeypatch.setattr(rooms, "room", lambda room_id: next(seen, rooms._rooms.get(room_id)))

    assert await send(old, other, "join_room", {"room": "#alpha"}) == {"ok": True}
    assert rooms.is_member("node-2", "alpha")
