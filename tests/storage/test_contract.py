"""What every store does with messages: offsets without a gap, each key once, all of a write or nothing."""

from protocol.agents import Agent
from protocol.errors import DedupeMismatch, RoomExists
from protocol.roles import Role
from storage.ports import (
    Bounds,
    CreateAgent,
    CreateRoom,
    MoveCursor,
    Place,
    Receipt,
    SaveRoom,
    SaveToken,
    Store,
    TokenRecord,
)
from tests.fakes import a_room, an_append
from tests.storage.contract import commit, fill, offsets, stored


async def test_offsets_of_a_room_are_gapless_from_one(store: Store) -> None:
    receipts = [await stored(store, an_append(f"m{n}")) for n in range(5)]

    assert [receipt.messages[0].offset for receipt in receipts] == [1, 2, 3, 4, 5]


async def test_each_room_counts_for_itself(store: Store) -> None:
    await fill(store, 3, room="beta")

    receipt = await stored(store, an_append("other", room="alpha"))

    assert receipt.messages[0].offset == 1


async def test_messages_of_one_write_stand_in_its_order(store: Store) -> None:
    receipt = await stored(store, an_append("one"), an_append("two"))

    assert [(message.id, message.offset) for message in receipt.messages] == [("one", 1), ("two", 2)]


async def test_writes_of_one_batch_stand_in_its_order(store: Store) -> None:
    outcomes = await store.commit([(an_append("one"),), (an_append("two"),)])

    places = [outcome.messages[0].offset for outcome in outcomes if isinstance(outcome, Receipt)]
    assert places == [1, 2]


async def test_stored_message_is_the_draft_and_its_offset(store: Store) -> None:
    append = an_append("one", "hello", sender="ann")

    receipt = await stored(store, append)

    assert dict(receipt.messages[0]) == append.draft._asdict() | {"offset": 1, "replay": False}
    assert await store.page("alpha", limit=1) == [receipt.messages[0]]


async def test_same_key_and_body_is_answered_with_the_first_place(store: Store) -> None:
    await stored(store, an_append("other"))
    await stored(store, an_append("key"))

    repeat = await stored(store, an_append("key"))

    assert repeat == Receipt(repeat=Place("key", "alpha", 2, "2026-01-01T00:00:00.000Z"))
    assert store.bounds("alpha").head == 2


async def test_same_key_within_one_batch_is_stored_once(store: Store) -> None:
    first, second = await store.commit([(an_append("key"),), (an_append("key"),)])

    assert isinstance(first, Receipt)
    assert isinstance(second, Receipt)
    assert first.messages[0].offset == 1
    assert second.repeat is not None
    assert second.repeat.offset == 1
    assert store.bounds("alpha").head == 1


async def test_same_key_with_another_body_is_refused(store: Store) -> None:
    await stored(store, an_append("key", "one"))

    outcome = await commit(store, an_append("key", "other"))

    assert isinstance(outcome, DedupeMismatch)
    assert outcome.field == "dedupe_key"
    assert store.bounds("alpha").head == 1


async def test_same_key_in_another_room_is_refused(store: Store) -> None:
    await stored(store, an_append("key", room="alpha"))

    outcome = await commit(store, an_append("key", room="beta"))

    assert isinstance(outcome, DedupeMismatch)
    assert store.bounds("beta").head == 0


async def test_same_key_of_another_sender_is_stored(store: Store) -> None:
    await stored(store, an_append("key", sender="ann"))

    receipt = await stored(store, an_append("key", sender="bob"))

    assert receipt.messages[0].offset == 2


async def test_key_of_a_refused_write_is_free_afterwards(store: Store) -> None:
    await stored(store, CreateRoom(a_room("alpha")))
    refused = await commit(store, an_append("key"), CreateRoom(a_room("alpha")))

    receipt = await stored(store, an_append("key"))

    assert isinstance(refused, RoomExists)
    assert receipt.messages[0].offset == 1


async def test_repeat_does_nothing_else_of_its_write(store: Store) -> None:
    await stored(store, an_append("key"))

    await stored(store, an_append("key"), MoveCursor("ann", "alpha", 1))

    assert await store.cursors("ann") == {}


async def test_refused_operation_leaves_nothing_of_its_write(store: Store) -> None:
    await stored(store, CreateRoom(a_room("alpha")))

    outcome = await commit(
        store,
        an_append("one"),
        SaveRoom(a_room("alpha", topic="changed")),
        CreateAgent(Agent(id="ann", handle="ann", role=Role.WORKER, created_at="2026")),
        SaveToken(TokenRecord("t1", "ann", b"digest", "2026")),
        MoveCursor("ann", "alpha", 1),
        CreateRoom(a_room("alpha")),
    )

    assert isinstance(outcome, RoomExists)
    assert store.bounds("alpha") == Bounds()
    assert await store.rooms() == [a_room("alpha")]
    assert await store.agents() == []
    assert await store.tokens() == []
    assert await store.cursors("ann") == {}


async def test_neighbours_of_a_refused_write_go_on(store: Store) -> None:
    await stored(store, an_append("key", "one"))

    before, refused, after = await store.commit(
        [(an_append("before"),), (an_append("key", "other"),), (an_append("after"),)]
    )

    assert isinstance(before, Receipt)
    assert isinstance(refused, DedupeMismatch)
    assert isinstance(after, Receipt)
    assert await offsets(store) == [1, 2, 3]
    assert [message.id for message in await store.page("alpha", limit=9)] == ["key", "before", "after"]


async def test_empty_batch_has_no_outcomes(store: Store) -> None:
    assert await store.commit([]) == []
