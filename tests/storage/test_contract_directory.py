"""What every store keeps beside messages: rooms, agents, handles, tokens, settings, tasks and cursors."""

from protocol.agents import Agent
from protocol.errors import Conflict, HandleTaken, RoomExists
from protocol.roles import Role
from protocol.tasks import Task, TaskState
from storage.ports import (
    Bounds,
    CreateAgent,
    CreateRoom,
    DeleteRoom,
    ForgetTask,
    ForgetToken,
    HandleRecord,
    MoveCursor,
    Receipt,
    SaveAgent,
    SaveHandle,
    SaveRoom,
    SaveSetting,
    SaveTask,
    SaveToken,
    Store,
    TokenRecord,
)
from storage.records import Origin
from tests.fakes import a_room, an_append
from tests.storage.contract import commit, fill, stored
from tests.storage.samples import a_task


def an_agent(agent_id: str, handle: str | None = None) -> Agent:
    return Agent(id=agent_id, handle=handle or agent_id, role=Role.WORKER, created_at="2026")


async def test_room_is_made_once(store: Store) -> None:
    await stored(store, CreateRoom(a_room("alpha", topic="first")))

    outcome = await commit(store, CreateRoom(a_room("alpha", topic="second")))

    assert isinstance(outcome, RoomExists)
    assert await store.rooms() == [a_room("alpha", topic="first")]


async def test_saved_room_takes_the_place_of_the_former(store: Store) -> None:
    await stored(store, CreateRoom(a_room("alpha")))

    await stored(store, SaveRoom(a_room("alpha", members=["ann"], topic="new")))

    assert await store.rooms() == [a_room("alpha", members=["ann"], topic="new")]


async def test_agent_id_is_unique(store: Store) -> None:
    await stored(store, CreateAgent(an_agent("ann", "one")))

    outcome = await commit(store, CreateAgent(an_agent("ann", "other")))

    assert type(outcome) is Conflict
    assert outcome.field == "agent_id"
    assert await store.agents() == [an_agent("ann", "one")]


async def test_handle_of_another_agent_is_refused_to_a_newcomer(store: Store) -> None:
    await stored(store, CreateAgent(an_agent("ann", "star")))

    outcome = await commit(store, CreateAgent(an_agent("bob", "star")))

    assert isinstance(outcome, HandleTaken)
    assert await store.agents() == [an_agent("ann", "star")]


async def test_handle_of_another_agent_is_refused_at_a_renaming(store: Store) -> None:
    await stored(store, CreateAgent(an_agent("ann", "star")), CreateAgent(an_agent("bob")))

    outcome = await commit(store, SaveAgent(an_agent("bob", "star")))

    assert isinstance(outcome, HandleTaken)
    assert an_agent("bob") in await store.agents()


async def test_renaming_frees_the_former_handle(store: Store) -> None:
    await stored(store, CreateAgent(an_agent("ann", "star")))
    await stored(store, SaveAgent(an_agent("ann", "moon")))

    await stored(store, CreateAgent(an_agent("bob", "star")))

    assert sorted(agent.handle for agent in await store.agents()) == ["moon", "star"]


async def test_failed_renaming_keeps_the_former_handle(store: Store) -> None:
    await stored(store, CreateAgent(an_agent("ann", "star")), CreateAgent(an_agent("bob")))
    await commit(store, SaveAgent(an_agent("bob", "star")))

    outcome = await commit(store, CreateAgent(an_agent("cas", "bob")))

    assert isinstance(outcome, HandleTaken)


async def test_agent_can_be_saved_with_the_handle_that_it_has(store: Store) -> None:
    await stored(store, CreateAgent(an_agent("ann")))
    promoted = an_agent("ann").model_copy(update={"role": Role.WARDEN})

    await stored(store, SaveAgent(promoted))

    assert await store.agents() == [promoted]


async def test_token_of_the_same_id_replaces_the_former(store: Store) -> None:
    await stored(store, SaveToken(TokenRecord("t1", "ann", b"old", "2026")))

    await stored(store, SaveToken(TokenRecord("t1", "ann", b"new", "2027")))

    assert await store.tokens() == [TokenRecord("t1", "ann", b"new", "2027")]


async def test_all_fields_of_a_token_are_kept(store: Store) -> None:
    token = TokenRecord("t1", "ann", b"digest", "2026", "2027", "2028", "2029", "127.0.0.1")

    await stored(store, SaveToken(token))

    assert await store.tokens() == [token]


async def test_token_that_is_forgotten_is_gone_and_the_others_stay(store: Store) -> None:
    one, other = TokenRecord("t1", "ann", b"1", "2026"), TokenRecord("t2", "ann", b"2", "2026")
    await stored(store, SaveToken(one), SaveToken(other))

    await stored(store, ForgetToken("t1"), ForgetToken("unknown"))

    assert await store.tokens() == [other]


async def test_history_of_a_handle_has_one_record_a_bearer(store: Store) -> None:
    await stored(store, SaveHandle(HandleRecord("star", "ann", "2025")))
    await stored(store, SaveHandle(HandleRecord("star", "ann", "2025", released_at="2026")))

    await stored(store, SaveHandle(HandleRecord("star", "bob", "2026")))

    records = sorted(await store.handles(), key=lambda record: record.taken_at)
    assert records == [HandleRecord("star", "ann", "2025", "2026"), HandleRecord("star", "bob", "2026")]


async def test_setting_is_kept_changed_and_forgotten(store: Store) -> None:
    await stored(store, SaveSetting("one", "1"), SaveSetting("two", "2"))

    await stored(store, SaveSetting("one", "changed"), SaveSetting("two", None), SaveSetting("none", None))

    assert await store.settings() == {"one": "changed"}


async def test_task_is_kept_as_it_is_now(store: Store) -> None:
    task = Task(
        id="t1",
        room="alpha",
        command="uptime",
        to="ann",
        requested_by="bob",
        state=TaskState.QUEUED,
        created_at="2026",
    )
    await stored(store, SaveTask(task))

    await stored(store, SaveTask(task.model_copy(update={"state": TaskState.RUNNING})))

    assert [kept.state for kept in await store.tasks()] == [TaskState.RUNNING]


async def test_task_that_is_forgotten_is_gone_and_the_others_stay(store: Store) -> None:
    tasks = [a_task().model_copy(update={"id": name}) for name in ("t1", "t2")]
    await stored(store, *map(SaveTask, tasks))

    await stored(store, ForgetTask("t1"), ForgetTask("unknown"))

    assert await store.tasks() == tasks[1:]


async def test_deleted_room_leaves_no_message_no_cursor_and_a_free_name(store: Store) -> None:
    await stored(
        store, CreateRoom(a_room("alpha")), MoveCursor("ann", "alpha", 1), MoveCursor("ann", "beta", 2)
    )
    await fill(store, 2)

    await stored(store, DeleteRoom("alpha"))

    assert await store.rooms() == []
    assert await store.page("alpha", limit=10) == []
    assert store.bounds("alpha") == Bounds(2, 3)
    assert await store.cursors("ann") == {"beta": 2}
    await stored(store, CreateRoom(a_room("alpha")))


async def test_room_of_a_deleted_ones_name_goes_on_counting(store: Store) -> None:
    await fill(store, 2)

    _, made = await store.commit(
        [(DeleteRoom("alpha"),), (CreateRoom(a_room("alpha")), an_append("m1", "text 1"))]
    )
    await stored(store, an_append("next"))

    assert isinstance(made, Receipt)
    assert [(message.id, message.offset) for message in made.messages] == [("m1", 3)]
    assert store.bounds("alpha") == Bounds(4, 3)
    assert [message.id for message in await store.page("alpha", after=0, limit=9)] == ["m1", "next"]
    assert await store.message("alpha", "m2") is None


async def test_room_without_messages_is_deleted_without_a_trace(store: Store) -> None:
    await stored(store, CreateRoom(a_room("alpha")))

    await stored(store, DeleteRoom("alpha"))

    assert store.bounds("alpha") == Bounds()
    assert [record async for record in store.dump()] == [Origin("first")]


async def test_cursor_moves_on(store: Store) -> None:
    await stored(store, MoveCursor("ann", "alpha", 3))

    await stored(store, MoveCursor("ann", "alpha", 7))

    assert await store.cursors("ann") == {"alpha": 7}


async def test_cursor_never_moves_back(store: Store) -> None:
    await stored(store, MoveCursor("ann", "alpha", 7))

    await stored(store, MoveCursor("ann", "alpha", 3))

    assert await store.cursors("ann") == {"alpha": 7}


async def test_cursor_at_zero_is_kept(store: Store) -> None:
    await stored(store, MoveCursor("ann", "alpha", 0))

    assert await store.cursors("ann") == {"alpha": 0}


async def test_cursors_belong_to_one_agent_and_one_room(store: Store) -> None:
    await stored(store, MoveCursor("ann", "alpha", 1), MoveCursor("ann", "beta", 2))
    await stored(store, MoveCursor("bob", "alpha", 3))

    assert await store.cursors("ann") == {"alpha": 1, "beta": 2}
    assert await store.cursors("bob") == {"alpha": 3}
    assert await store.cursors("cas") == {}
