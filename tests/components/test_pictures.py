"""What the views are given: plain data without anything that could act."""

from typing import Any

import pytest

from components.pictures import commands, conversations, people
from components.pictures.entries import entry_of
from components.pictures.hits import excerpt, hit
from components.pictures.index import everything
from components.state import ConsoleState
from components.unread import Unread
from protocol.acks import CommandInfo
from protocol.agents import Agent, Presence, Status
from protocol.messages import Message
from protocol.roles import Role
from protocol.rooms import Room
from protocol.tasks import Task
from tests.components.test_unread import a_message
from tests.fakes import a_room

TASK = {
    "id": "t1",
    "room": "red",
    "command": "exec",
    "args": ["make", "x"],
    "to": "ann",
    "requested_by": "operator",
    "created_at": "2026-01-01T00:00:00.000Z",
    "output": "one\ntwo\nthree\n\x1b[31mfour\x1b[0m\n",
}
RUNNING = TASK | {"state": "running"}


def an_agent(agent_id: str, role: Role = Role.WORKER) -> Agent:
    return Agent(id=agent_id, handle=agent_id, role=role, created_at="2026-01-01T00:00:00.000Z")


def a_presence(agent_id: str, status: Status) -> Presence:
    return Presence(agent_id=agent_id, handle=agent_id, role=Role.WORKER, status=status, since="2026-01-02")


@pytest.fixture
def state() -> ConsoleState:
    dm = Room.model_validate(a_room("dm:bob:operator").model_dump() | {"kind": "dm"})
    everyone = Room.model_validate(a_room("global").model_dump() | {"kind": "global"})
    return ConsoleState.snapshot(
        "operator",
        lambda _: True,
        rooms=[a_room("red", members=["operator", "ann"]), a_room("old", archived=True), dm, everyone],
        agents=[an_agent("operator", Role.MASTER), an_agent("ann"), an_agent("bob"), an_agent("cat")],
        presence=[a_presence("cat", Status.ONLINE), a_presence("ann", Status.IDLE)],
    )


def entry(state: ConsoleState, payload: dict[str, Any], **changes: Any) -> dict[str, Any]:
    message: Message = a_message(7, payload=payload, **changes)
    return entry_of(message, state)


def test_a_text_comes_rendered_and_as_it_was(state: ConsoleState) -> None:
    drawn = entry(state, {"kind": "text", "text": "**hi** @operator\u202e"})

    assert (drawn["o"], drawn["name"], drawn["role"], drawn["kind"]) == (7, "ann", "worker", "text")
    assert drawn["html"].startswith("<p><strong>hi</strong>")
    assert drawn["text"] == "**hi** @operator⟨U+202E⟩"


def test_a_mention_of_the_viewer_is_marked(state: ConsoleState) -> None:
    assert entry(state, {"kind": "text", "text": "@operator?"})["mention"]
    assert not entry(state, {"kind": "text", "text": "@ann?"})["mention"]


def test_a_handle_that_would_turn_the_line_is_made_visible(state: ConsoleState) -> None:
    drawn = entry(state, {"kind": "text", "text": "x"}, from_handle="ann\u202e\x1b[0m")

    assert drawn["name"] == "ann⟨U+202E⟩"


def test_a_task_comes_with_its_word_and_its_last_lines(state: ConsoleState) -> None:
    task = entry(state, {"kind": "task", "task": {**TASK, "state": "running"}})["task"]

    assert (task["word"], task["tone"], task["over"]) == ("Running", "accent", False)
    assert (task["command"], task["to"]) == ("/exec make x", "ann")
    assert task["tail"] == "two\nthree\nfour"


def test_a_step_of_a_task_is_not_a_task_of_its_own(state: ConsoleState) -> None:
    drawn = entry(state, {"kind": "task_update", "task": {**TASK, "state": "succeeded"}})

    assert (drawn["kind"], drawn["task"]["over"]) == ("task_update", True)


@pytest.mark.parametrize(("target", "kind"), [("m7", "gone"), ("m3", "redaction")])
def test_a_tombstone_is_told_from_the_news_of_one(state: ConsoleState, target: str, kind: str) -> None:
    payload = {"kind": "redaction", "target": target, "target_offset": 3, "reason": "spam"}

    assert entry(state, payload)["kind"] == kind


def test_a_word_of_the_relay_is_one_line(state: ConsoleState) -> None:
    drawn = entry(state, {"kind": "system", "event": "joined", "text": "ann\njoined"})

    assert (drawn["kind"], drawn["text"]) == ("system", "ann joined")


def test_who_is_online_stands_first(state: ConsoleState) -> None:
    assert [one["id"] for one in people.everyone(state)] == ["cat", "ann", "bob", "operator"]
    assert [one["id"] for one in people.members(state, state.rooms["red"])] == ["ann", "operator"]


def test_a_member_shows_what_it_executes(state: ConsoleState) -> None:
    state.work.tasks["t1"] = Task.model_validate(RUNNING)
    ann, operator = people.members(state, state.rooms["red"])

    assert ann["doing"] == {
        "glyph": "◐",
        "word": "Running",
        "line": "/exec make x",
        "path": "/dashboard/r/red?task=t1",
    }
    assert "doing" not in operator


def test_the_summary_counts_members_and_who_is_online(state: ConsoleState) -> None:
    assert people.summary(people.everyone(state)) == "4 members, 1 online"
    assert people.summary([]) == "0 members, 0 online"


def test_rooms_begin_with_global_and_archived_ones_are_marked(state: ConsoleState) -> None:
    rows = conversations.rooms(state, Unread("operator", "operator"))

    assert [(row["key"], row["path"], row["archived"]) for row in rows] == [
        ("global", "/dashboard/r/global", False),
        ("old", "/dashboard/r/old", True),
        ("red", "/dashboard/r/red", False),
    ]


def test_direct_messages_begin_with_opened_ones(state: ConsoleState) -> None:
    rows = conversations.direct(state, Unread("operator", "operator"))

    assert [row["key"] for row in rows] == ["bob", "cat", "ann"]


def test_unread_messages_are_counted_in_their_row(state: ConsoleState) -> None:
    unread = Unread("operator", "operator")
    unread.add([a_message(1, "@operator"), a_message(2)])
    row = next(row for row in conversations.rooms(state, unread) if row["key"] == "red")

    assert (row["unread"], row["mentions"]) == (2, 1)


def test_only_so_many_direct_messages_are_listed(state: ConsoleState) -> None:
    state.agents |= {f"a{number}": an_agent(f"a{number}") for number in range(40)}

    assert len(conversations.direct(state, Unread("operator", "operator"))) == conversations.MAX_DMS


def test_a_hit_shows_the_words_around_what_was_looked_for(state: ConsoleState) -> None:
    long = "x" * 200 + " the \u202eNeedle " + "y" * 300
    found = hit(a_message(7, long), "needle", state)

    assert (found["o"], found["name"], found["role"]) == (7, "ann", "worker")
    assert "⟨U+202E⟩Needle" in found["text"]
    assert found["text"].startswith("…xxx")
    assert found["text"].endswith("yyy…")
    assert excerpt("short", "nothing of it") == "short"
    assert "make x" in hit(a_message(8, payload={"kind": "task", "task": RUNNING}), "make", state)["text"]


def test_everything_that_has_a_name_can_be_gone_to(state: ConsoleState) -> None:
    state.work.tasks["t1"] = Task.model_validate(RUNNING)
    known = everything(state, [CommandInfo(name="status", help="Report", risk=0, category="Agent")])

    assert [room["name"] for room in known["rooms"]] == ["global", "old", "red"]
    assert {agent["handle"] for agent in known["agents"]} == {"ann", "bob", "cat"}
    assert [command["name"] for command in known["commands"]] == ["status"]
    assert [task["id"] for task in known["tasks"]] == ["t1"]


def test_arguments_are_completed_from_what_there_is(state: ConsoleState) -> None:
    state.work.tasks["t1"] = Task.model_validate(RUNNING)
    offered = commands.sources(state)

    assert [room["text"] for room in offered["room"]] == ["red", "global"]
    assert [(task["text"], task["acts"]) for task in offered["task"]] == [("t1", ["cancel"])]
