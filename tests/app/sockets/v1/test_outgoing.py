"""The table out: every push has a row, and each row says what v1 clients parse."""

import json
from typing import Any

import pytest
from pydantic import BaseModel

from app.sockets.v1.outgoing import TABLE, FirstEncoding, Letters
from protocol.agents import Status
from protocol.events import RELAY_EVENTS
from protocol.messages import Message
from protocol.payloads import AnyPayload, OrderPayload, RedactionPayload, SystemPayload, TextPayload
from protocol.pushes import (
    ChatGap,
    Closing,
    PresenceUpdate,
    RoomUpdated,
    TaskCancelled,
    TaskDispatched,
    TaskUpdated,
    TypingUpdate,
)
from protocol.roles import Role
from protocol.tasks import TaskState
from tests.app.sockets.direct import text_of
from tests.fakes import a_room
from tests.protocol.test_v1 import a_task


def a_message(payload: AnyPayload | None = None, **fields: Any) -> Message:
    given: dict[str, Any] = {
        "id": "m1",
        "room": "alpha",
        "ts": "2026-01-01T00:00:00.000Z",
        "from_id": "ann",
        "from_handle": "ann",
        "to_type": "room",
        "to_id": "alpha",
        "payload": payload or TextPayload(text="hello"),
        "dedupe_key": "m1",
        "offset": 3,
    }
    return Message.model_validate(given | fields)


def letters(event: str, body: BaseModel) -> Letters:
    packet = FirstEncoding().encode(event, body).packet
    assert isinstance(packet, Letters)
    return packet


def said(event: str, body: BaseModel) -> list[tuple[str, Any]]:
    return [tuple(json.loads(text_of(each)[2:])) for each in letters(event, body).packets]


def test_every_push_has_a_row() -> None:
    assert TABLE.keys() == RELAY_EVENTS.keys()


def test_relay_with_a_push_that_has_no_row_does_not_start() -> None:
    with pytest.raises(ValueError, match="welcome"):
        FirstEncoding({name: row for name, row in TABLE.items() if name != "welcome"})


def test_text_is_told_twice_as_it_always_was() -> None:
    body = {"from": "ann", "to": "#alpha", "msg": "hello", "ts": "2026-01-01T00:00:00.000Z", "localId": None}

    assert said("chat_message", a_message()) == [
        ("chat_update", body),
        ("intel_update", {"type": "chat", "message": body}),
    ]


@pytest.mark.parametrize(
    ("fields", "to"),
    [
        ({"room": "global", "to_type": "global", "to_id": "global"}, "all"),
        ({"room": "dm:ann:bob", "to_type": "dm", "to_id": "bob"}, "bob"),
    ],
)
def test_text_says_to_whom_it_goes(fields: dict[str, Any], to: str) -> None:
    assert said("chat_message", a_message(**fields))[0][1]["to"] == to


def test_key_that_a_client_made_is_its_local_id() -> None:
    assert said("chat_message", a_message(dedupe_key="a~20b"))[0][1]["localId"] == "a b"


@pytest.mark.parametrize(
    "payload",
    [
        SystemPayload(event="e", text="t"),
        RedactionPayload(target="m0", target_offset=1, reason="r"),
    ],
)
def test_what_version_1_does_not_know_is_not_said_and_yet_arrives(payload: AnyPayload) -> None:
    sent = letters("chat_message", a_message(payload))

    assert sent.packets == ()
    assert sent.place == ("alpha", 3)


@pytest.mark.parametrize(
    ("action", "told"), [("opened", "join"), ("joined", "join"), ("left", "leave"), ("deleted", "leave")]
)
def test_room_update_names_who_came_or_went(action: str, told: str) -> None:
    update = RoomUpdated(action=action, room=a_room("alpha", members=["ann"], owner="ann"), agent_id="bob")

    assert said("room_update", update) == [
        ("room_update", {"action": told, "agent_id": "bob", "room": "#alpha", "members": ["ann"]})
    ]


def test_room_that_was_made_was_joined_by_its_owner() -> None:
    update = RoomUpdated(action="opened", room=a_room("alpha", members=["ann"], owner="ann"))

    assert said("room_update", update)[0][1]["agent_id"] == "ann"


@pytest.mark.parametrize(
    "update",
    [
        RoomUpdated(action="changed", room=a_room("alpha")),
        RoomUpdated(action="opened", room=a_room("dm:ann:bob", kind="dm")),
    ],
)
def test_change_that_version_1_does_not_know_is_not_told(update: RoomUpdated) -> None:
    assert said("room_update", update) == []


def test_order_is_a_command_in_its_place() -> None:
    task = a_task("ask", "echo hi", state=TaskState.DISPATCHED, attempt=1, group_id="g")
    order = TaskDispatched(task=task, lease="t1.1", attempt=1, room="inbox:ann", offset=7)

    sent = letters("task_dispatch", order)

    assert said("task_dispatch", order) == [("command", {"id": "t1", "cmd": "echo hi", "trace_id": "g"})]
    assert (sent.place, sent.order) == (("inbox:ann", 7), order)


def test_task_that_ends_is_told_of_and_the_list_is_due() -> None:
    running, ended = a_task(state=TaskState.RUNNING), a_task(state=TaskState.SUCCEEDED, output="x")

    assert said("task_update", TaskUpdated(task=running)) == []
    ((name, body),) = said("task_update", TaskUpdated(task=ended))
    assert (name, body["type"], body["task"]["status"]) == ("intel_update", "task", "SUCCESS")
    assert letters("task_update", TaskUpdated(task=running)).due == ("task_update",)


def test_who_comes_and_goes_makes_the_fleet_due() -> None:
    presence = PresenceUpdate(agent_id="ann", handle="ann", role=Role.WORKER, status=Status.ONLINE, since="x")

    assert letters("presence_update", presence) == Letters(due=("fleet_update",))


@pytest.mark.parametrize(
    ("event", "body"),
    [
        ("chat_gap", ChatGap(room="alpha", since=1, oldest=2)),
        ("typing_update", TypingUpdate(room="alpha", agent_id="ann", handle="ann", typing=True)),
        ("task_cancel", TaskCancelled(task_id="t1")),
        ("error", Closing(code="x", message="y")),
    ],
)
def test_push_that_version_1_never_had_is_not_said(event: str, body: BaseModel) -> None:
    assert letters(event, body) == Letters()


def test_task_payloads_of_a_room_are_not_said() -> None:
    task = a_task()

    assert said("chat_message", a_message(OrderPayload(task=task, lease="l"))) == []
