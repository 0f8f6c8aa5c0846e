"""Streams: from the client's own cursor on, each room in order, and nothing left out."""

import asyncio
from dataclasses import replace

import orjson
import pytest

from app.actor import Actor, Via
from app.delivery import streams as streaming
from app.delivery.positions import encode
from app.delivery.stream import Due, Stream
from app.delivery.streams import Streams
from app.settings import Settings
from protocol.errors import InvalidRequest, RateLimited, Unavailable
from protocol.requests import ChatDelete, RoomCreate, RoomInvite, RoomKick, TaskDispatch
from tests.fakes import FlakyStore, Stage, settings_of, turns


@pytest.fixture
def settings() -> Settings:
    return settings_of(keep_messages=150, max_connections_per_agent=3, max_connections_per_address=5)


@pytest.fixture
async def ann(stage: Stage) -> Actor:
    return await stage.enrol("ann")


@pytest.fixture
def streams(stage: Stage) -> Streams:
    return stage.core.readers.streams


async def opened(streams: Streams, actor: Actor, cursor: str | None = None) -> Stream:
    return (await streams.open(actor, cursor))[0]


async def read(streams: Streams, stream: Stream, limit: int = 50) -> list[Due]:
    """Read until there is nothing more."""
    found: list[Due] = []
    while due := await streams.due(stream, limit):
        for each in due:
            stream.passed(each)
        found += due
    return found


def offsets(found: list[Due], room: str = "global") -> list[int]:
    return [each.offset for each in found if each.room == room and each.event == "chat_message"]


async def test_reader_gets_what_is_there_and_what_comes(stage: Stage, streams: Streams, ann: Actor) -> None:
    await stage.say_many(stage.operator, 120)
    stream = await opened(streams, ann)

    before = await read(streams, stream)
    await stage.say(stage.operator, "new")
    after = await read(streams, stream)

    assert offsets(before) == list(range(1, 121))
    assert {orjson.loads(each.json)["replay"] for each in before} == {True}
    assert [(each.offset, orjson.loads(each.json)["replay"]) for each in after] == [(121, False)]


async def test_reader_goes_on_after_its_cursor(stage: Stage, streams: Streams, ann: Actor) -> None:
    await stage.core.rooms.create(ann, RoomCreate(room="alpha"))
    await stage.say_many(stage.operator, 4)
    await stage.say_many(ann, 3, room="alpha")
    first = await opened(streams, ann)
    due = await read(streams, first)
    cursor = streams.cursor(first)
    await stage.say(ann, to_type="room", to_id="alpha")

    second = await opened(streams, ann, cursor)

    assert (offsets(due), offsets(due, "alpha")) == ([1, 2, 3, 4], [1, 2, 3])
    assert [(each.room, each.offset) for each in await read(streams, second)] == [("alpha", 4)]


async def test_cursor_in_the_middle_of_a_page_counts(stage: Stage, streams: Streams, ann: Actor) -> None:
    await stage.say_many(stage.operator, 5)
    stream = await opened(streams, ann)
    for each in (await streams.due(stream, 50))[:2]:
        stream.passed(each)

    again = await opened(streams, ann, streams.cursor(stream))

    assert offsets(await read(streams, again)) == [3, 4, 5]


async def test_cursor_that_is_shown_is_kept_for_who_has_none(
    stage: Stage, streams: Streams, ann: Actor
) -> None:
    await stage.say_many(stage.operator, 5)
    stream = await opened(streams, ann)
    await read(streams, stream)

    nothing_said = offsets(await read(streams, await opened(streams, ann)))
    await streams.acknowledge(ann, streams.cursor(stream))
    said = offsets(await read(streams, await opened(streams, ann)))

    assert (nothing_said, said) == ([1, 2, 3, 4, 5], [])


async def test_gap_is_told_and_stepped_over(stage: Stage, streams: Streams, ann: Actor) -> None:
    stream = await opened(streams, ann)
    await stage.say_many(stage.operator, 600)

    found = await read(streams, stream)

    assert (found[0].event, orjson.loads(found[0].json)) == (
        "chat_gap",
        {"room": "global", "from": 1, "oldest": 451},
    )
    assert offsets(found) == list(range(451, 601))


async def test_lost_history_begins_with_what_is_there(stage: Stage, streams: Streams, ann: Actor) -> None:
    await stage.say_many(stage.operator, 3)

    stream, rooms = await streams.open(ann, encode("another", {"global": 2}))

    assert {room.id: room.recovered for room in rooms} == {"global": False, "inbox:ann": False}
    assert offsets(await read(streams, stream)) == [1, 2, 3]


async def test_cursor_beyond_the_end_waits_for_nothing(stage: Stage, streams: Streams, ann: Actor) -> None:
    await stage.say(stage.operator)

    stream, rooms = await streams.open(ann, encode(streams.epoch, {"global": 99}))
    await stage.say(stage.operator)

    assert rooms[0].recovered is False
    assert offsets(await read(streams, stream)) == [2]


async def test_order_comes_from_the_inbox(stage: Stage, streams: Streams, ann: Actor) -> None:
    stream = await opened(streams, ann)
    request = TaskDispatch(to=["ann"], command="ping", room="global")
    await stage.core.coordination.slash.dispatch(stage.operator, request)

    found = await read(streams, stream)

    assert [each.room for each in found if each.event == "task_dispatch"] == ["inbox:ann"]


async def test_who_is_let_in_reads_and_who_is_put_out_does_not(
    stage: Stage, streams: Streams, ann: Actor
) -> None:
    operator = stage.operator
    room = (await stage.core.rooms.create(operator, RoomCreate(room="cellar", visibility="private"))).id
    stream = await opened(streams, ann)
    await stage.say(operator, "before", to_type="room", to_id=room)
    await stage.core.rooms.invite(operator, RoomInvite(room=room, agent_id="ann"))
    await stage.say(operator, "inside", to_type="room", to_id=room)
    inside = await read(streams, stream)
    await stage.core.rooms.kick(operator, RoomKick(room=room, agent_id="ann"))
    await stage.say(operator, "after", to_type="room", to_id=room)

    assert offsets(inside, room) == [2]
    assert offsets(await read(streams, stream), room) == []


async def test_page_that_was_under_way_is_not_for_who_was_put_out(
    stage: Stage, store: FlakyStore, streams: Streams, ann: Actor
) -> None:
    operator = stage.operator
    room = RoomCreate(room="cellar", visibility="private", members=["ann"])
    cellar = (await stage.core.rooms.create(operator, room)).id
    await stage.say(operator, "canary", to_type="room", to_id=cellar)
    stream = await opened(streams, ann)
    store.reads_open.clear()

    reading = asyncio.ensure_future(streams.due(stream, 50))  # noqa: TID251
    await turns()
    await stage.core.rooms.kick(operator, RoomKick(room=cellar, agent_id="ann"))
    store.reads_open.set()

    assert offsets(await reading, cellar) == []


async def test_stream_of_a_token_that_is_revoked_ends(stage: Stage, streams: Streams) -> None:
    issued = await stage.core.people.credentials.enrol(stage.operator, agent_id="bob")
    other = await stage.core.people.credentials.issue(stage.operator, "bob")
    bob = replace(stage.actor("bob"), token_id=issued.token.id)
    mine, others = await opened(streams, bob), await opened(streams, replace(bob, token_id=other.token.id))

    await stage.core.people.credentials.revoke(stage.operator, issued.token.id)

    assert mine.closing is not None
    assert (mine.closing.code, mine.closing.reason) == ("unauthenticated", "revoked")
    assert await mine.news(0)
    assert not others.is_over()


async def test_what_was_taken_back_is_not_told_any_more(stage: Stage, streams: Streams, ann: Actor) -> None:
    stream = await opened(streams, ann)
    said = await stage.say(stage.operator, "canary")
    await stage.core.chat.delete(stage.operator, ChatDelete(room="global", id=said.id, reason="x"))

    found = await read(streams, stream)

    assert offsets(found) == [1, 2]
    assert "canary" not in "".join(each.json for each in found)


async def test_loud_room_starves_no_other(stage: Stage, streams: Streams, ann: Actor) -> None:
    await stage.core.rooms.create(ann, RoomCreate(room="alpha"))
    await stage.say_many(stage.operator, 100)
    await stage.say(ann, to_type="room", to_id="alpha")
    stream = await opened(streams, ann)

    found = [each for _ in range(3) for each in await streams.due(stream, 10)]

    assert "alpha" in {each.room for each in found}


async def test_page_is_bounded_in_bytes(
    stage: Stage, streams: Streams, ann: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streaming, "PAGE_BYTES", 1)
    await stage.say_many(stage.operator, 3)
    stream = await opened(streams, ann)

    assert len(await streams.due(stream, 50)) == 1


async def test_streams_are_bounded(stage: Stage, streams: Streams, ann: Actor) -> None:
    held = [await opened(streams, ann) for _ in range(3)]
    with pytest.raises(RateLimited):
        await opened(streams, ann)
    for number in range(2):
        await opened(streams, await stage.enrol(f"bob-{number}"))
    with pytest.raises(RateLimited):
        await opened(streams, await stage.enrol("eve"))

    streams.close(held[0])

    await opened(streams, ann)
    assert len(streams) == 5


async def test_agent_is_there_while_it_listens(stage: Stage, streams: Streams, ann: Actor) -> None:
    presence = stage.core.people.presence
    stream = await opened(streams, ann)

    assert presence.is_online("ann")
    streams.close(stream)
    assert not presence.is_online("ann")


async def test_agent_that_polls_is_there_for_a_while(
    stage: Stage, streams: Streams, monkeypatch: pytest.MonkeyPatch
) -> None:
    presence = stage.core.people.presence
    await stage.enrol("ann")
    streams.linger("ann")
    assert presence.is_online("ann")

    monkeypatch.setattr(streaming, "LINGER", 0.0)
    streams.linger("ann")
    async with asyncio.timeout(5):
        while presence.is_online("ann"):  # noqa: ASYNC110 - presence tells nobody here
            await asyncio.sleep(0)


async def test_what_is_not_a_cursor_of_ours_opens_nothing(streams: Streams, ann: Actor) -> None:
    with pytest.raises(InvalidRequest):
        await opened(streams, ann, "nonsense")

    assert len(streams) == 0


async def test_store_that_is_away_is_said_and_loses_nothing(
    stage: Stage, store: FlakyStore, streams: Streams, ann: Actor
) -> None:
    await stage.say(stage.operator)
    stream = await opened(streams, ann)
    store.page_failure = Unavailable("away")
    with pytest.raises(Unavailable):
        await streams.due(stream, 50)
    store.page_failure = None

    assert offsets(await read(streams, stream)) == [1]


async def test_all_end_with_the_relay(streams: Streams, ann: Actor) -> None:
    stream = await opened(streams, replace(ann, via=Via.REST))

    streams.shut()

    assert stream.closing is not None
    assert stream.closing.retryable
