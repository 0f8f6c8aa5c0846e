"""Slash commands as they are typed: what is a command, for whom it is, and what its sender is told."""

from typing import Any

import pytest

from app.services.slash import is_command
from protocol.errors import DedupeMismatch, Forbidden, InvalidRequest, NotFound, Paused
from protocol.payloads import TextPayload
from protocol.requests import RoomCreate, TaskDispatch
from protocol.roles import Role
from protocol.tasks import TaskState
from tests.app.services.tasks.crew import Crew


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("/ping", True),
        ("/", True),
        ("//ping", False),
        (" /ping", False),
        ("see /ping", False),
        ("> /do x", False),
    ],
)
def test_command_begins_with_one_slash(text: str, expected: bool) -> None:
    assert is_command(text) is expected


async def test_two_slashes_are_text_with_one(crew: Crew) -> None:
    sent = await crew.ask("//ping @bob")

    (entry,) = await crew.entries()
    assert isinstance(entry.payload, TextPayload)
    assert (entry.payload.text, sent.task_ids) == ("/ping @bob", [])


@pytest.mark.parametrize(
    "text", ['he said "/do @bob x"', "> /ask @bob x", "x\n/ask @bob x", "`/ping`", " /ping"]
)
async def test_command_that_is_quoted_is_text(crew: Crew, text: str) -> None:
    sent = await crew.ask(text)

    assert (sent.task_ids, sent.offset, await crew.orders()) == ([], 1, [])


async def test_output_and_progress_that_look_like_commands_are_text(crew: Crew) -> None:
    task = await crew.running()

    await crew.finish(task, output="/ask @bob again\n/do @all x")

    assert len(await crew.orders()) == 1


@pytest.mark.parametrize("line", ["/pign @bob", "/ do @bob x", "/", "/DO_IT @bob"])
async def test_unknown_command_is_refused_and_not_stored(crew: Crew, line: str) -> None:
    with pytest.raises(InvalidRequest, match="no command"):
        await crew.ask(line)

    assert (await crew.entries(), await crew.orders()) == ([], [])


@pytest.mark.parametrize(
    ("line", "order"),
    [
        ("/ask @bob  what is\n this ", "/ask what is\n this"),
        ("/ask what does @bob say", "/ask what does @bob say"),
        ("/ASK @Bob hi", "/ask hi"),
        ("/ping @bob", "/ping"),
        ("/sessions @bob 3", "/sessions 3"),
        ("/sessions 3 @bob", "/sessions 3"),
        ("/deploy @bob 'two  words' now", "/deploy two  words now"),
    ],
)
async def test_target_may_stand_anywhere_and_the_rest_stays(crew: Crew, line: str, order: str) -> None:
    crew.stage.core.coordination.registry.announce("bob", [{"name": "deploy", "risk": 1}])

    assert len((await crew.ask(line)).task_ids) == 1
    assert await crew.orders() == [(order, 1)]


async def test_name_in_quotes_is_no_target(crew: Crew) -> None:
    crew.stage.core.coordination.registry.announce("bob", [{"name": "deploy", "risk": 1}])

    await crew.ask("""/deploy @bob "tell @ann now" '@all of it'""")

    assert await crew.orders() == [("/deploy tell @ann now @all of it", 1)]
    assert await crew.orders("ann") == []


async def test_text_after_a_target_names_no_further_ones(crew: Crew) -> None:
    sent = await crew.ask("/ask @bob what does @ann say, or @all")

    assert len(sent.task_ids) == 1
    assert await crew.orders("ann") == []


async def test_ack_tells_who_gets_it_now_later_and_never(crew: Crew) -> None:
    sent = await crew.ask("/ping @bob @ann @ghost")

    assert {crew.see(each).to: crew.see(each).state.value for each in sent.task_ids} == {
        "bob": "dispatched",
        "ann": "queued",
    }
    assert (sent.unreachable, sent.unknown) == (["ann"], ["@ghost"])


async def test_nobody_at_all_is_refused(crew: Crew) -> None:
    with pytest.raises(NotFound, match="@ghost"):
        await crew.ask("/ask @ghost boo")

    assert await crew.entries() == []


async def test_read_without_a_target_goes_to_who_is_online(crew: Crew) -> None:
    sent = await crew.ask("/status")

    assert [crew.see(each).to for each in sent.task_ids] == ["bob"]


@pytest.mark.parametrize("line", ["/ask how are you", "/do something", "/new"])
async def test_change_without_a_target_is_refused_with_what_to_type(crew: Crew, line: str) -> None:
    with pytest.raises(InvalidRequest, match="@handle") as refusal:
        await crew.ask(line)

    assert refusal.value.field == "to"


async def test_peer_of_a_dm_is_meant(crew: Crew) -> None:
    sent = await crew.ask("/ask how is @ann", room="dm:bob:operator")

    assert [crew.see(each).to for each in sent.task_ids] == ["bob"]
    assert sent.room == "dm:bob:operator"


async def test_same_request_again_makes_nothing_new(crew: Crew) -> None:
    first = await crew.ask("/status", key="same")
    await crew.leave()

    again = await crew.ask("/status", key="same")

    assert (again.task_ids, again.id, again.offset) == (first.task_ids, first.id, first.offset)
    assert (first.duplicate, again.duplicate) == (False, True)
    assert len(await crew.orders()) == len(await crew.entries()) == 1


@pytest.mark.parametrize("line", ["/ping @ann", "/ask @bob hi", "hello"])
async def test_same_key_for_another_line_is_refused(crew: Crew, line: str) -> None:
    await crew.ask("/ping @bob", key="same")

    with pytest.raises(DedupeMismatch):
        await crew.ask(line, key="same")

    assert len(await crew.orders()) == 1


async def test_relays_own_command_runs_once_for_a_key(crew: Crew) -> None:
    task = await crew.running()
    await crew.finish(task)

    first = await crew.ask(f"/retry {task.id}", key="same")
    again = await crew.ask(f"/retry {task.id}", key="same")

    assert (again.notice, again.duplicate, first.duplicate) == (first.notice, True, False)
    assert len(await crew.orders()) == 2
    with pytest.raises(DedupeMismatch):
        await crew.ask("/help", key="same")


async def test_relays_own_command_answers_its_sender_alone(crew: Crew) -> None:
    sent = await crew.ask("/who")

    assert sent.notice
    assert (sent.offset, sent.task_ids, await crew.entries()) == (0, [], [])


async def test_saved_command_stands_for_its_line_with_the_rights_of_who_types(crew: Crew) -> None:
    await crew.ask("/save hail /ask @bob hail")

    await crew.ask("/hail to the chief")
    with pytest.raises(Forbidden):
        await crew.ask("/hail to me", by="ann")

    assert await crew.orders() == [("/ask hail to the chief", 1)]


async def test_commands_are_listed_with_the_saved_ones_and_their_risk(crew: Crew) -> None:
    crew.stage.core.coordination.registry.announce("bob", [{"name": "deploy", "risk": 1}])
    await crew.ask("/save wipe /do @all wipe it")
    await crew.ask("/save ship /deploy @bob")
    crew.stage.core.coordination.registry.announce("bob", [])

    listed = {
        each.name: each for each in crew.stage.core.coordination.slash.commands(crew.stage.actor("ann"))
    }

    assert (listed["wipe"].risk, listed["wipe"].category) == (2, "Saved")
    assert listed["ship"].risk == 2
    assert listed["ping"].runs_at == "agent"


async def dispatch(crew: Crew, by: str = "operator", **fields: Any) -> list[str]:
    """Dispatch without typing; return the rooms of the tasks."""
    request = TaskDispatch.model_validate({"to": ["bob"], "command": "ping"} | fields)
    dispatched = await crew.stage.core.coordination.slash.dispatch(crew.stage.actor(by), request)
    return [crew.see(task.id).room for task in dispatched.tasks]


async def test_dispatch_goes_to_its_room_else_between_two_else_to_global(crew: Crew) -> None:
    assert await dispatch(crew) == ["dm:bob:operator"]
    assert await dispatch(crew, to=["@bob"], command="/ping") == ["dm:bob:operator"]
    assert await dispatch(crew, room="global") == ["global"]
    assert await dispatch(crew, to=["bob", "ann"]) == ["global", "global"]
    assert await dispatch(crew, to=["@online"]) == ["global"]
    assert await dispatch(crew, by="bob", to=["bob"]) == ["global"]


async def test_dispatch_again_answers_with_the_same_even_when_nobody_is_online(crew: Crew) -> None:
    slash = crew.stage.core.coordination.slash
    request = TaskDispatch(id="same", to=["@online"], command="ping")
    first = await slash.dispatch(crew.stage.operator, request)
    await crew.leave()

    again = await slash.dispatch(crew.stage.operator, request)

    assert [task.id for task in again.tasks] == [task.id for task in first.tasks]
    assert again.duplicate


@pytest.mark.parametrize(
    ("fields", "refusal"),
    [
        ({"command": "pause", "args": ["@all"]}, InvalidRequest),
        ({"command": "pign"}, InvalidRequest),
        ({"command": "ask"}, InvalidRequest),
        ({"command": "ping", "args": ["x"]}, InvalidRequest),
        ({"to": ["ghost"]}, NotFound),
        ({"room": "nowhere"}, NotFound),
        ({"to": ["@ghost"], "room": "global"}, NotFound),
    ],
)
async def test_dispatch_that_makes_no_sense_is_refused(
    crew: Crew, fields: dict[str, Any], refusal: type[Exception]
) -> None:
    with pytest.raises(refusal):
        await dispatch(crew, **fields)


async def test_refused_dispatch_opens_no_room(crew: Crew) -> None:
    await crew.stage.enrol("wat", Role.WARDEN)

    with pytest.raises(Forbidden):
        await dispatch(crew, by="wat")

    assert crew.stage.core.rooms.room("dm:bob:wat") is None


async def test_nobody_dispatches_in_a_room_where_one_may_not_speak(crew: Crew) -> None:
    room = await crew.stage.core.rooms.create(
        crew.stage.operator, RoomCreate(room="cellar", visibility="private", members=["bob"])
    )

    with pytest.raises(NotFound):
        await dispatch(crew, by="ann", room=room.id)


async def test_paused_sender_dispatches_nothing(crew: Crew) -> None:
    await crew.ask("/pause @ann")

    with pytest.raises(Paused):
        await crew.ask("/ping @bob", by="ann")
    with pytest.raises(Paused):
        await dispatch(crew, by="ann")

    assert await crew.orders() == []


async def test_risky_line_waits_and_a_denied_one_is_stored_as_blocked(crew: Crew) -> None:
    task = await crew.task("/do @bob restart the api")

    assert (task.state, task.rule) == (TaskState.NEEDS_APPROVAL, "/do *")
