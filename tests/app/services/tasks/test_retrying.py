"""Retrying: what has ended is asked for once more, with the rights of who asks now."""

import pytest

from protocol.errors import Conflict, Forbidden, NotFound, Paused
from protocol.requests import RoomCreate
from protocol.tasks import Task, TaskState
from tests.app.services.tasks.crew import Crew


async def ended(crew: Crew, line: str = "/ask @bob how are you") -> Task:
    """Ask for a task and end it."""
    task = await crew.running(line)
    await crew.finish(task, state="failed", output="no")
    return crew.see(task.id)


async def retry(crew: Crew, task: Task, *, by: str = "operator", key: str | None = None) -> Task:
    """Run a task once more."""
    return await crew.stage.core.coordination.retrying.retry(crew.stage.actor(by), task.id, key=key)


async def test_new_task_is_the_old_one_again_and_names_it(crew: Crew) -> None:
    before = await ended(crew)

    after = await retry(crew, before)

    assert after.id != before.id
    assert (after.retry_of, after.state) == (before.id, TaskState.DISPATCHED)
    assert (after.line, after.to, after.timeout, after.output) == (before.line, "bob", before.timeout, None)
    assert crew.see(before.id) == before
    assert await crew.orders() == [("/ask how are you", 1)] * 2


async def test_what_has_not_ended_is_not_retried(crew: Crew) -> None:
    task = await crew.running()

    with pytest.raises(Conflict):
        await retry(crew, task)


async def test_same_key_makes_one(crew: Crew) -> None:
    before = await ended(crew)

    one, other = await retry(crew, before, key="same"), await retry(crew, before, key="same")

    assert one == other
    assert len(await crew.orders()) == 2
    assert (await retry(crew, before)).id != one.id


async def test_retry_that_has_left_the_book_is_a_conflict(crew: Crew) -> None:
    before = await ended(crew)
    after = await retry(crew, before, key="same")
    book = crew.stage.core.coordination.tasks._book
    del book._open[after.id], book._groups[after.id]

    with pytest.raises(Conflict, match="already"):
        await retry(crew, before, key="same")

    assert len(await crew.orders()) == 2


async def test_rights_are_those_of_who_asks_now(crew: Crew) -> None:
    before = await ended(crew)

    with pytest.raises(Forbidden):
        await retry(crew, before, by="ann")


async def test_hidden_task_cannot_be_retried(crew: Crew) -> None:
    room = await crew.stage.core.rooms.create(
        crew.stage.operator, RoomCreate(room="cellar", visibility="private", members=["bob"])
    )
    task = await crew.task("/ping @bob", room=room.id)
    await crew.finish(task)

    with pytest.raises(NotFound):
        await retry(crew, task, by="ann")


async def test_approval_is_asked_for_again(crew: Crew) -> None:
    task = await crew.task("/do @bob it")
    await crew.stage.core.coordination.tasks.approve(crew.stage.operator, task.id)
    await crew.finish(task)

    assert (await retry(crew, task)).state is TaskState.NEEDS_APPROVAL


async def test_who_is_paused_gets_nothing(crew: Crew) -> None:
    before = await ended(crew)
    await crew.ask("/pause @bob")

    with pytest.raises(Paused):
        await retry(crew, before)
