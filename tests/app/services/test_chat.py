"""Chat: what is stored of a message, how a room is read, and how a message is taken back."""

import asyncio

import pytest

from app.actor import Actor
from app.events import TypingChanged
from app.services import chat
from app.services.chat import PAGE_BYTES
from protocol.acks import History
from protocol.errors import ClawNetError, DedupeMismatch, Forbidden, NotFound
from protocol.payloads import RedactionPayload, TextPayload
from protocol.requests import ChatDelete, ChatHistory, ChatSend, ChatTyping, RoomCreate
from protocol.roles import Role
from tests.fakes import Ear, FlakyStore, Stage, turns


async def history(stage: Stage) -> History:
    return await stage.core.chat.history(stage.operator, ChatHistory(room="global"))


async def delete(stage: Stage, actor: Actor, message_id: str, room: str = "global") -> int:
    request = ChatDelete(room=room, id=message_id, reason="secret")
    return (await stage.core.chat.delete(actor, request)).offset


async def test_answer_says_where_the_message_stands_and_what_that_is_worth(stage: Stage) -> None:
    sent = await stage.say(stage.operator, key="one")

    assert sent.model_dump() == {
        "id": "one",
        "room": "global",
        "offset": 1,
        "ts": "2026-01-01T00:00:00.000Z",
        "duplicate": False,
        "unreachable": [],
        "task_ids": [],
        "unknown": [],
        "notice": None,
        "durability": "memory",
    }


async def test_repeat_is_answered_with_the_first_place_and_time(stage: Stage, ear: Ear) -> None:
    first = await stage.say(stage.operator, key="one")
    stage.clock.advance(60)

    repeat = await stage.say(stage.operator, key="one")

    assert repeat == first.model_copy(update={"duplicate": True})
    assert len(ear.messages()) == 1


async def test_repeat_while_the_first_is_being_stored_waits_for_its_result(
    stage: Stage, store: FlakyStore, ear: Ear
) -> None:
    store.open.clear()
    tries = [asyncio.ensure_future(stage.say(stage.operator, key="one")) for _ in range(10)]  # noqa: TID251
    await turns()

    store.open.set()
    answers = await asyncio.gather(*tries)

    assert {answer.offset for answer in answers} == {1}
    assert sorted(answer.duplicate for answer in answers) == [False] + [True] * 9
    assert len(ear.messages()) == 1


@pytest.mark.parametrize("other", [TextPayload(text="other"), TextPayload(text="hello", reply_to="m")])
async def test_same_key_with_another_body_is_refused(stage: Stage, other: TextPayload) -> None:
    await stage.say(stage.operator, "hello", key="one")

    with pytest.raises(DedupeMismatch):
        await stage.core.compose.send(
            stage.operator, ChatSend(id="one", to_type="global", to_id="global", payload=other)
        )


async def test_same_key_of_another_sender_is_another_message(stage: Stage) -> None:
    ann = await stage.enrol("ann")
    await stage.say(stage.operator, key="one")

    sent = await stage.say(ann, key="one")

    assert (sent.offset, sent.duplicate) == (2, False)


async def test_peer_who_is_away_is_named(stage: Stage) -> None:
    ann = await stage.enrol("ann")
    await stage.enrol("bob")

    away = await stage.say(ann, to_type="dm", to_id="bob")
    stage.core.people.presence.attach("bob", "link")
    there = await stage.say(ann, to_type="dm", to_id="bob")

    assert (away.unreachable, there.unreachable) == (["bob"], [])


async def test_mentioned_who_are_away_are_named(stage: Stage) -> None:
    await stage.enrol("ann")
    await stage.enrol("bob")
    stage.core.people.presence.attach("bob", "link")
    payload = TextPayload(text="hello", mentions=["ann", "bob", "nobody"])

    sent = await stage.core.compose.send(
        stage.operator, ChatSend(to_type="global", to_id="global", payload=payload)
    )

    assert sent.unreachable == ["ann", "nobody"]


@pytest.mark.parametrize(
    ("window", "offsets", "more"),
    [
        ({}, [1, 2, 3, 4, 5, 6, 7, 8, 9], False),
        ({"limit": 3}, [7, 8, 9], True),
        ({"before": 4, "limit": 2}, [2, 3], True),
        ({"before": 4, "limit": 3}, [1, 2, 3], False),
        ({"before": 1}, [], False),
        ({"before": 0}, [], False),
        ({"after": 0, "limit": 2}, [1, 2], True),
        ({"after": 7}, [8, 9], False),
        ({"after": 6, "limit": 2}, [7, 8], True),
        ({"after": 9}, [], False),
        ({"around": 5, "limit": 3}, [4, 5, 6], True),
        ({"around": 5, "limit": 4}, [3, 4, 5, 6], True),
        ({"around": 5, "limit": 1}, [5], True),
        ({"around": 1, "limit": 3}, [1, 2, 3], True),
        ({"around": 0, "limit": 3}, [1, 2, 3], True),
        ({"around": 9, "limit": 3}, [8, 9], False),
    ],
)
async def test_page_of_a_room_is_what_its_window_says(
    stage: Stage, window: dict[str, int], offsets: list[int], more: bool
) -> None:
    await stage.say_many(stage.operator, 9)

    page = await stage.core.chat.history(stage.operator, ChatHistory(room="global", **window))

    assert [message.offset for message in page.messages] == offsets
    assert (page.head, page.oldest, page.more, page.epoch) == (9, 1, more, "first")


@pytest.mark.parametrize(
    ("window", "offsets", "more"),
    [
        ({}, range(56, 121), True),
        ({"after": 0}, range(1, 66), True),
        ({"after": 100}, range(101, 121), False),
        ({"before": 66}, range(1, 66), False),
        ({"before": 67}, range(2, 67), True),
        ({"around": 60}, range(28, 93), True),
        ({"around": 0}, range(1, 66), True),
        ({"around": 119}, range(56, 121), False),
    ],
)
async def test_page_ends_where_its_bytes_do_and_says_so(
    stage: Stage, window: dict[str, int], offsets: range, more: bool
) -> None:
    for number in range(120):
        await stage.say(stage.operator, f"{number:03}" + "x" * 15_997)

    page = await stage.core.chat.history(stage.operator, ChatHistory(room="global", limit=200, **window))

    assert [message.offset for message in page.messages] == list(offsets)
    assert page.more is more
    assert len(page.model_dump_json()) < PAGE_BYTES * 1.1


async def test_pages_one_after_another_leave_nothing_out_whatever_they_weigh(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chat, "PAGE_BYTES", 1)
    await stage.say_many(stage.operator, 4)
    found: list[int] = []

    more = True
    while more:
        before = found[0] if found else None
        page = await stage.core.chat.history(stage.operator, ChatHistory(room="global", before=before))
        found = [message.offset for message in page.messages] + found
        more = page.more

    assert found == [1, 2, 3, 4]


async def test_page_of_an_empty_room_says_that_nothing_is_there(stage: Stage) -> None:
    page = await history(stage)

    assert (page.messages, page.head, page.oldest, page.more) == ([], 0, 1, False)


async def test_author_takes_a_message_back(stage: Stage, ear: Ear) -> None:
    ann = await stage.enrol("ann")
    await stage.say(ann, "my secret", key="one")

    offset = await delete(stage, ann, "one")

    page = await history(stage)
    tombstone = RedactionPayload(target="one", target_offset=1, reason="secret")
    assert offset == 2
    assert [message.payload for message in page.messages] == [tombstone, tombstone]
    assert "my secret" not in page.model_dump_json()
    assert ear.messages()[-1].payload == tombstone


async def test_master_takes_back_what_others_wrote(stage: Stage) -> None:
    ann = await stage.enrol("ann")
    await stage.say(ann, key="one")

    assert await delete(stage, stage.operator, "one") == 2


@pytest.mark.parametrize("role", [Role.WORKER, Role.WARDEN])
async def test_others_do_not(stage: Stage, role: Role) -> None:
    bob = await stage.enrol("bob", role)
    await stage.say(stage.operator, key="one")

    with pytest.raises(Forbidden):
        await delete(stage, bob, "one")


async def test_repeated_deletion_is_answered_with_the_first_place(stage: Stage, ear: Ear) -> None:
    await stage.say(stage.operator, key="one")
    first = await delete(stage, stage.operator, "one")

    again = await delete(stage, stage.operator, "one")

    assert again == first
    assert len(ear.messages()) == 2


async def test_every_message_can_be_deleted_however_long_the_names_of_its_parties(stage: Stage) -> None:
    one, other = "x" * 64, "y" * 64
    await stage.core.people.credentials.enrol(stage.operator, agent_id=one, handle="one")
    await stage.core.people.credentials.enrol(stage.operator, agent_id=other, handle="other")
    for key in ("first", "second"):
        await stage.say(stage.actor(one), to_type="dm", to_id=other, key=key)

    deletions = [delete(stage, stage.actor(one), key, f"dm:{one}:{other}") for key in ("first", "second")]

    assert [await deletion for deletion in deletions] == [3, 4]


async def test_deletions_of_one_place_in_two_rooms_are_two(stage: Stage) -> None:
    for room in ("alpha", "beta"):
        await stage.core.rooms.create(stage.operator, RoomCreate(room=room))
        await stage.say(stage.operator, to_type="room", to_id=room, key=f"in-{room}")

    offsets = [await delete(stage, stage.operator, f"in-{room}", room) for room in ("alpha", "beta")]

    assert offsets == [2, 2]


async def test_message_that_is_not_there_is_not_deleted(stage: Stage) -> None:
    with pytest.raises(NotFound):
        await delete(stage, stage.operator, "nothing")


async def test_message_is_found_by_its_id_by_those_who_may_read_it(stage: Stage) -> None:
    ann, bob = await stage.enrol("ann"), await stage.enrol("bob")
    request = ChatSend(to_type="dm", to_id="bob", payload=TextPayload(text="between us"))
    sent = await stage.core.compose.send(ann, request)

    assert (await stage.core.chat.message(bob, sent.room, sent.id)).offset == 1
    for actor, message_id in ((await stage.enrol("eve"), sent.id), (bob, "no-such-message")):
        with pytest.raises(NotFound):
            await stage.core.chat.message(actor, sent.room, message_id)


async def test_typing_is_announced_and_not_stored(stage: Stage, ear: Ear, store: FlakyStore) -> None:
    ann = await stage.enrol("ann")
    before = len(store.batches)

    stage.core.chat.typing(ann, ChatTyping(to_type="global", to_id="global", typing=True))

    assert ear.facts[-1] == TypingChanged("global", "ann", "ann", typing=True)
    assert len(store.batches) == before


@pytest.mark.parametrize("room", ["public", "private", "nowhere"])
async def test_who_is_not_in_a_room_does_not_type_there(stage: Stage, room: str) -> None:
    ann = await stage.enrol("ann")
    await stage.core.rooms.create(stage.operator, RoomCreate(room="public"))
    await stage.core.rooms.create(stage.operator, RoomCreate(room="private", visibility="private"))

    with pytest.raises(ClawNetError) as refusal:
        stage.core.chat.typing(ann, ChatTyping(to_type="room", to_id=room, typing=True))

    assert isinstance(refusal.value, Forbidden if room == "public" else NotFound)


async def test_typing_to_a_peer_is_announced_in_the_room_of_the_two(stage: Stage, ear: Ear) -> None:
    ann = await stage.enrol("ann")
    await stage.enrol("bob")

    stage.core.chat.typing(ann, ChatTyping(to_type="dm", to_id="@bob", typing=False))

    assert ear.facts[-1] == TypingChanged("dm:ann:bob", "ann", "ann", typing=False)
