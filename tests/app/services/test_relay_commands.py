"""The commands that the relay itself carries out, typed in a room."""

import pytest

from app.services.commands import BUILT_IN, RunsAt
from app.services.relay_commands import MAX_REMEMBERED
from protocol.errors import Conflict, Forbidden, InvalidRequest, NotFound
from protocol.requests import RoomCreate
from protocol.tasks import TaskState
from tests.app.services.tasks.crew import Crew


@pytest.fixture
async def alpha(crew: Crew) -> str:
    """Make a room of the operator and bob."""
    return (
        await crew.stage.core.rooms.create(crew.stage.operator, RoomCreate(room="alpha", members=["bob"]))
    ).id


async def told(crew: Crew, line: str, *, by: str = "operator", room: str = "global") -> str:
    """Type a line; return what its sender is told."""
    notice = (await crew.ask(line, by=by, room=room)).notice
    assert notice is not None
    return notice


async def test_every_command_of_the_relay_is_carried_out_here(crew: Crew) -> None:
    named = {command.name for command in BUILT_IN if command.runs_at is RunsAt.RELAY}

    assert crew.stage.core.coordination.slash._relay._table.keys() == named


async def test_help_lists_everything_or_explains_one(crew: Crew) -> None:
    await told(crew, "/save morning /ask @all good morning")

    listed = await told(crew, "/help", by="ann")

    assert "/ping: Answer" in listed
    assert "/morning: /ask @all good morning" in listed
    assert await told(crew, "/help /PING") == await told(crew, "/help ping") == "/ping: Answer"
    with pytest.raises(InvalidRequest, match="did you mean /ping"):
        await told(crew, "/help pign")


async def test_rooms_are_entered_left_and_named(crew: Crew, alpha: str) -> None:
    rooms = crew.stage.core.rooms

    await told(crew, "/join #alpha", by="ann")
    assert "ann: offline" in await told(crew, "/who", by="ann", room=alpha)
    await told(crew, "/leave", by="ann", room=alpha)
    await told(crew, "/topic  the tides,  today", room=alpha)

    assert not rooms.is_member("ann", alpha)
    assert rooms.see(crew.stage.operator, alpha).topic == "the tides,  today"


@pytest.mark.parametrize("topic", ["x" * 251, ""])
async def test_topic_that_is_none_is_refused(crew: Crew, alpha: str, topic: str) -> None:
    with pytest.raises(InvalidRequest):
        await told(crew, f"/topic {topic}", room=alpha)


@pytest.mark.parametrize("name", ["ann", "@ann", "@ANN"])
async def test_agents_are_let_in_and_put_out_by_id_or_handle(crew: Crew, alpha: str, name: str) -> None:
    await told(crew, f"/invite {name}", by="bob", room=alpha)
    assert crew.stage.core.rooms.is_member("ann", alpha)

    with pytest.raises(Forbidden):
        await told(crew, f"/kick {name}", by="bob", room=alpha)
    await told(crew, f"/kick {name} too loud", room=alpha)

    assert not crew.stage.core.rooms.is_member("ann", alpha)


async def test_who_shows_only_who_is_in_the_room(crew: Crew, alpha: str) -> None:
    assert await told(crew, "/who", room=alpha) == "bob: online\noperator: offline"


async def test_handle_is_changed(crew: Crew) -> None:
    assert await told(crew, "/nick @star", by="ann") == "you are star"
    assert crew.stage.actor("ann").handle == "star"


async def test_agent_and_fleet_are_paused_and_resumed(crew: Crew) -> None:
    task = await crew.running()

    assert await told(crew, "/pause bob too loud") == "paused: bob"
    assert crew.see(task.id).state is TaskState.CANCELLING
    await told(crew, "/resume @bob")
    assert await told(crew, "/pause @all") == "paused: ann, bob"
    with pytest.raises(Conflict):
        await told(crew, "/resume @bob")
    await told(crew, "/resume @all")

    assert crew.stage.core.coordination.pausing.paused() == {}


async def test_task_is_approved_denied_stopped_and_retried(crew: Crew) -> None:
    first, second = await crew.task("/do @bob a"), await crew.task("/do @bob b")

    assert await told(crew, f"/approve {first.id}") == "approved: /do a"
    await told(crew, f"/deny {second.id} not today")
    await told(crew, f"/stop {first.id}")
    again = await told(crew, f"/retry {first.id}")

    assert (crew.see(second.id).state, crew.see(second.id).reason) == (TaskState.DENIED, "not today")
    assert crew.see(first.id).state is TaskState.CANCELLED
    assert crew.see(again.split()[-1]).retry_of == first.id


@pytest.mark.parametrize(
    "line", ["/approve {id}", "/deny {id}", "/pause @bob", "/resume @bob", "/save x /ping"]
)
async def test_workers_do_not_decide(crew: Crew, line: str) -> None:
    task = await crew.task("/do @bob a")

    with pytest.raises(Forbidden):
        await told(crew, line.format(id=task.id), by="ann")

    assert crew.see(task.id).state is TaskState.NEEDS_APPROVAL


async def test_saved_command_is_forgotten(crew: Crew) -> None:
    await told(crew, "/save Morning /ping @bob")
    await told(crew, "/forget MORNING")

    with pytest.raises(NotFound):
        await told(crew, "/forget morning")


async def test_refused_command_may_be_sent_again(crew: Crew) -> None:
    with pytest.raises(NotFound):
        await crew.ask("/join #alpha", by="ann", key="same")
    await crew.stage.core.rooms.create(crew.stage.operator, RoomCreate(room="alpha"))

    assert (await crew.ask("/join #alpha", by="ann", key="same")).notice == "you are in alpha"


async def test_answers_for_repeats_are_bounded(crew: Crew) -> None:
    relay = crew.stage.core.coordination.slash._relay

    for n in range(MAX_REMEMBERED + 5):
        room = crew.stage.core.rooms.see(crew.stage.operator, "global")
        command = crew.stage.core.coordination.registry.named("help")
        await relay.run(crew.stage.operator, room, command, ("ping",), key=f"k{n}")

    assert len(relay._answers) == MAX_REMEMBERED
