"""What an operator may do, asked anew each time."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from app.actor import Via
from components.actions import Actions
from components.ports import Console
from components.session import IDLE, Sessions
from protocol.errors import Forbidden, InvalidRequest, NotFound, RateLimited, Unauthenticated
from protocol.requests import RoomCreate, RoomUpdate
from protocol.roles import Role
from tests.fakes import OPERATOR_TOKEN, Ear, FakeClock, Stage, settings_of


async def actions_of(console: Console, sessions: Sessions, token: str) -> Actions:
    actor = await console.entry.authenticate(token, Via.CONSOLE)
    return Actions(console, sessions, sessions.open(actor).id)


@pytest.fixture
async def actions(console: Console, sessions: Sessions) -> Actions:
    return await actions_of(console, sessions, OPERATOR_TOKEN)


@pytest.fixture
async def warden(console: Console, sessions: Sessions, stage: Stage) -> Actions:
    enrolment = await stage.core.people.credentials.enrol(stage.operator, agent_id="eye", role=Role.WARDEN)
    return await actions_of(console, sessions, enrolment.text)


async def test_a_message_is_said_once_under_its_key(actions: Actions, ear: Ear) -> None:
    first = await actions.send("global", "hello", "key-1")
    again = await actions.send("global", "hello", "key-1")

    assert (first.offset, again.offset, again.duplicate) == (1, 1, True)
    assert [message.payload.kind for message in ear.messages()] == ["text"]


async def test_who_writes_in_a_public_room_enters_it(actions: Actions, stage: Stage) -> None:
    ann = await stage.enrol("ann")
    await stage.core.rooms.create(ann, RoomCreate(room="red"))
    await actions.send("red", "hello", "key-1")

    assert actions.see("red").members == ["ann", "operator"]


async def test_a_private_room_of_others_is_not_there(actions: Actions, stage: Stage) -> None:
    ann = await stage.enrol("ann")
    await stage.core.rooms.create(ann, RoomCreate(room="red", visibility="private"))

    with pytest.raises(NotFound):
        await actions.send("red", "hello", "key-1")


async def test_an_archived_room_takes_no_message(actions: Actions, stage: Stage) -> None:
    await actions.create_room("red", "", private=False)
    await stage.core.rooms.update(stage.operator, RoomUpdate(room="red", archived=True))

    with pytest.raises(Forbidden):
        await actions.send("red", "hello", "key-1")


@pytest.mark.parametrize("text", ["", "   ", "a\x00b", "x" * 16_001])
async def test_a_text_that_no_message_can_hold_is_refused(actions: Actions, text: str) -> None:
    with pytest.raises(InvalidRequest):
        await actions.send("global", text, "key-1")


async def test_direct_messages_go_to_the_other_one(actions: Actions, stage: Stage) -> None:
    await stage.enrol("ann")
    sent = await actions.send("dm:ann:operator", "hello", "key-1")

    assert (sent.room, sent.unreachable) == ("dm:ann:operator", ["ann"])


async def test_a_page_of_history_stands_before_or_after_an_offset(actions: Actions, stage: Stage) -> None:
    await stage.say_many(stage.operator, 5)
    before = await actions.history("global", before=3)
    after = await actions.history("global", after=3)

    assert [message.offset for message in before.messages] == [1, 2]
    assert [message.offset for message in after.messages] == [4, 5]


async def test_a_room_is_made_entered_and_left(actions: Actions, stage: Stage) -> None:
    room = await actions.create_room("red", "a topic", private=True)
    left = await actions.leave(room.id)
    await stage.core.rooms.create(await stage.enrol("ann"), RoomCreate(room="blue"))
    joined = await actions.join("blue")

    assert (room.topic, room.visibility, left.members) == ("a topic", "private", [])
    assert joined.members == ["ann", "operator"]


async def test_a_message_can_be_taken_away(actions: Actions, ear: Ear) -> None:
    await actions.send("global", "hello", "key-1")
    deleted = await actions.remove("global", "key-1", "a mistake")

    assert deleted.offset == 2
    assert ear.messages()[-1].payload.kind == "redaction"


async def test_typing_is_announced(actions: Actions, ear: Ear) -> None:
    actions.typing("global", typing=True)

    assert [type(fact).__name__ for fact in ear.facts] == ["TypingChanged"]


async def test_a_flood_of_messages_has_to_wait(actions: Actions) -> None:
    sends = [actions.send("global", "hello", f"key-{number}") for number in range(100)]
    answers = await asyncio.gather(*sends, return_exceptions=True)
    refused = [answer for answer in answers if isinstance(answer, RateLimited)]

    assert len(answers) - len(refused) == settings_of().rate_chat_burst
    assert all(refusal.retry_after for refusal in refused)


async def test_nothing_is_done_for_a_session_that_is_over(actions: Actions, clock: FakeClock) -> None:
    clock.advance(IDLE)

    with pytest.raises(Unauthenticated):
        await actions.send("global", "hello", "key-1")
    assert not actions.is_signed_in()


@pytest.mark.parametrize(
    "act",
    [
        lambda it: it.send("global", "hello", "key-1"),
        lambda it: it.create_room("red", "", private=False),
        lambda it: it.join("red"),
        lambda it: it.leave("red"),
        lambda it: it.remove("global", "m1", "why"),
    ],
)
async def test_a_warden_changes_nothing(warden: Actions, act: Callable[[Actions], Awaitable[object]]) -> None:
    with pytest.raises(Forbidden):
        await act(warden)


async def test_a_warden_reads(warden: Actions, stage: Stage) -> None:
    await stage.say(stage.operator)

    assert len((await warden.history("global")).messages) == 1
