"""Steps: a task, its entry, its order and its record are stored together or not at all."""

import pytest

from app.events import MessagePosted, TaskMoved
from protocol.errors import Unavailable
from protocol.payloads import OrderPayload, TaskPayload, TaskUpdatePayload
from protocol.requests import RoomCreate
from protocol.tasks import TaskState
from tests.app.services.tasks.crew import Crew
from tests.fakes import Ear, FlakyStore

SECRET = "the-words-that-were-given"


async def test_dispatch_is_one_write(crew: Crew, store: FlakyStore) -> None:
    before = len(store.batches)

    await crew.ask("/status @bob @ann")

    (batch,) = store.batches[before:]
    assert len(batch) == 1


async def test_every_step_is_an_entry_in_the_room_and_by_whom(crew: Crew) -> None:
    task = await crew.running()
    await crew.finish(task)

    entries = await crew.entries()

    assert [(entry.from_id, entry.payload.kind) for entry in entries] == [
        ("operator", "task"),
        ("bob", "task_update"),
        ("bob", "task_update"),
    ]
    assert await crew.states(task) == ["dispatched", "running", "succeeded"]


async def test_first_entry_bears_the_id_of_the_request(crew: Crew) -> None:
    sent = await crew.ask("/status @bob @ann", key="mine")

    assert (await crew.entries())[0].id == "mine"
    assert (sent.id, sent.offset) == ("mine", 1)


async def test_order_in_the_inbox_has_the_lease(crew: Crew) -> None:
    task = await crew.task()

    (order,) = await crew.entries("inbox:bob")

    assert isinstance(order.payload, OrderPayload)
    assert (order.payload.task, order.payload.lease) == (task, f"{task.id}.1")
    (pushed,) = crew.bob.wire.bodies("task_dispatch")
    assert (pushed["lease"], pushed["attempt"]) == (f"{task.id}.1", 1)


async def test_task_that_waits_has_no_order(crew: Crew) -> None:
    task = await crew.task("/do @bob it")

    assert (await crew.orders(), task.lease) == ([], "")


async def test_facts_follow_in_order_and_a_repeat_has_none(crew: Crew, ear: Ear) -> None:
    await crew.ask("/ask @bob hi", key="same")
    heard = [type(fact) for fact in ear.facts if isinstance(fact, TaskMoved | MessagePosted)]
    await crew.ask("/ask @bob hi", key="same")
    again = [type(fact) for fact in ear.facts if isinstance(fact, TaskMoved | MessagePosted)]

    assert heard == again == [TaskMoved, MessagePosted, MessagePosted]


async def test_what_cannot_be_stored_did_not_happen(crew: Crew, store: FlakyStore) -> None:
    task = await crew.running()
    store.failure = Unavailable("gone")

    with pytest.raises(Unavailable):
        await crew.finish(task)
    assert crew.see(task.id).state is TaskState.RUNNING
    store.failure = None
    await crew.finish(task)

    assert await crew.states(task) == ["dispatched", "running", "succeeded"]


async def test_task_ends_though_its_room_is_gone(crew: Crew) -> None:
    await crew.stage.core.rooms.create(crew.stage.operator, RoomCreate(room="alpha", members=["bob"]))
    task = await crew.task("/ask @bob hi", room="alpha")
    await crew.stage.core.rooms.delete(crew.stage.operator, "alpha")

    await crew.take(task)
    await crew.finish(task)

    assert crew.see(task.id).state is TaskState.SUCCEEDED


async def test_trail_has_every_step_and_no_words(crew: Crew) -> None:
    task = await crew.running(f"/ask @bob {SECRET}")
    await crew.finish(task, output=SECRET)

    records = [each for each in await crew.stage.records() if each.target == task.id]

    assert [(each.actor, each.action) for each in records] == [
        ("operator", "task.dispatched"),
        ("bob", "task.running"),
        ("bob", "task.succeeded"),
    ]
    assert SECRET not in "".join(each.model_dump_json() for each in await crew.stage.records())
    assert len({each.detail["sha256"] for each in records}) == 1


async def test_room_sees_request_and_outcome(crew: Crew) -> None:
    task = await crew.running()
    await crew.finish(task, output="fine, thanks", exit_code=0)

    first, *_, last = [entry.payload for entry in await crew.entries()]

    assert isinstance(first, TaskPayload)
    assert isinstance(last, TaskUpdatePayload)
    assert (first.task.line, last.task.output, last.task.exit_code) == ("/ask how are you", "fine, thanks", 0)
