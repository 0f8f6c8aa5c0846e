"""Tasks: who may ask for what, approval, cancelling, and that a task is made once."""

import asyncio

import pytest

from app.services.tasks.book import TaskBook
from app.services.tasks.service import FORCE_AFTER, MAX_PENDING
from app.settings import Settings
from protocol.errors import Conflict, DedupeMismatch, Forbidden, NotFound, Paused, RateLimited
from protocol.requests import RoomCreate
from protocol.roles import Role
from protocol.tasks import TaskState
from storage.memory_log import Keys
from tests.app.services.tasks.crew import Crew
from tests.fakes import FlakyStore, open_stage, settings_of


@pytest.fixture
def settings() -> Settings:
    """Deny something, and let the rest be risky or not as it is."""
    return settings_of(deny_commands=["/do *rm -rf*"], risky_commands=["/do *"])


async def test_online_agent_gets_its_task_now_and_an_absent_one_on_return(crew: Crew) -> None:
    now = await crew.task("/ping @bob")
    later = await crew.task("/ping @ann")

    reader = await crew.stage.connect("ann")

    assert (now.state, later.state) == (TaskState.DISPATCHED, TaskState.QUEUED)
    assert [body["task"]["id"] for body in reader.wire.bodies("task_dispatch")] == [later.id]


async def test_broadcast_is_one_task_an_agent_under_a_group(crew: Crew) -> None:
    sent = await crew.ask("/ping @all")

    tasks = [crew.see(each) for each in sent.task_ids]

    assert [task.to for task in tasks] == ["ann", "bob"]
    assert len({task.group_id for task in tasks}) == 1
    assert len({task.id for task in tasks}) == 2
    assert len(await crew.entries()) == 2


@pytest.mark.parametrize(
    ("line", "by", "is_allowed"),
    [
        ("/ping @bob", "ann", True),
        ("/ask @bob hi", "ann", False),
        ("/do @bob it", "ann", False),
        ("/do @bob it", "bob", True),
        ("/ask @bob hi", "operator", True),
        ("/ping @bob", "wat", False),
        ("/ask @ann @bob hi", "ann", False),
    ],
)
async def test_who_may_ask_for_what(crew: Crew, line: str, by: str, is_allowed: bool) -> None:
    await crew.stage.enrol("wat", Role.WARDEN)

    if is_allowed:
        assert (await crew.ask(line, by=by)).task_ids
    else:
        with pytest.raises(Forbidden):
            await crew.ask(line, by=by)
        assert await crew.orders() == await crew.orders("ann") == []


@pytest.mark.parametrize(("risk", "allowed"), [(-1, 0), (0, 1), (1, 2), (2, 3)])
async def test_risk_that_workers_may_take_is_a_setting(crew: Crew, risk: int, allowed: int) -> None:
    crew.stage.core.coordination.tasks._worker_risk = risk

    outcomes = await asyncio.gather(
        *(crew.ask(line, by="ann") for line in ("/ping @bob", "/ask @bob hi", "/do @bob it")),
        return_exceptions=True,
    )

    assert [isinstance(outcome, Forbidden) for outcome in outcomes] == [n >= allowed for n in range(3)]


async def test_denied_line_is_blocked_at_once_and_for_masters_too(crew: Crew) -> None:
    task = await crew.task("/do @bob RM  -rf /")

    assert (task.state, task.rule, task.attempt) == (TaskState.BLOCKED, "/do *rm -rf*", 0)
    assert (await crew.orders(), await crew.states(task)) == ([], ["blocked"])
    assert task.ended_at is not None


async def test_risky_line_runs_once_after_a_master_has_approved_it(crew: Crew) -> None:
    tasks = crew.stage.core.coordination.tasks
    task = await crew.task("/do @bob it")
    with pytest.raises(Forbidden):
        await tasks.approve(crew.stage.actor("bob"), task.id)
    assert await crew.orders() == []

    approved = await tasks.approve(crew.stage.operator, task.id)
    with pytest.raises(Conflict):
        await tasks.approve(crew.stage.operator, task.id)

    assert (approved.state, approved.approved_by) == (TaskState.DISPATCHED, "operator")
    assert await crew.orders() == [("/do it", 1)]
    assert (await crew.task("/do @bob it")).state is TaskState.NEEDS_APPROVAL


async def test_two_masters_at_once_approve_once(crew: Crew) -> None:
    await crew.stage.enrol("boss", Role.MASTER)
    task = await crew.task("/do @bob it")
    tasks = crew.stage.core.coordination.tasks

    outcomes = await asyncio.gather(
        tasks.approve(crew.stage.operator, task.id),
        tasks.approve(crew.stage.actor("boss"), task.id),
        tasks.deny(crew.stage.actor("boss"), task.id),
        return_exceptions=True,
    )

    assert [type(outcome) for outcome in outcomes[1:]] == [Conflict, Conflict]
    assert await crew.orders() == [("/do it", 1)]


async def test_denied_task_never_runs(crew: Crew) -> None:
    task = await crew.task("/do @bob it")
    tasks = crew.stage.core.coordination.tasks

    denied = await tasks.deny(crew.stage.operator, task.id, "not today")
    with pytest.raises(Conflict):
        await tasks.approve(crew.stage.operator, task.id)

    assert (denied.state, denied.reason) == (TaskState.DENIED, "not today")
    assert await crew.orders() == []


async def test_paused_master_approves_nothing(crew: Crew) -> None:
    boss = await crew.stage.enrol("boss", Role.MASTER)
    task = await crew.task("/do @bob it")
    await crew.ask("/pause @boss")

    with pytest.raises(Paused):
        await crew.stage.core.coordination.tasks.approve(boss, task.id)


async def test_paused_target_refuses_the_whole_request(crew: Crew) -> None:
    await crew.ask("/pause @ann")

    with pytest.raises(Paused):
        await crew.ask("/ping @bob @ann")

    assert await crew.orders() == []


async def test_agent_has_so_much_to_do_and_no_more(crew: Crew) -> None:
    for _ in range(MAX_PENDING):
        await crew.ask("/ping @bob")

    with pytest.raises(RateLimited):
        await crew.ask("/ping @bob")

    assert (await crew.ask("/ping @ann")).task_ids


@pytest.mark.parametrize("line", ["/ping @bob", "/ping @ann", "/do @bob it"])
async def test_task_that_nobody_has_begun_is_cancelled_at_once(crew: Crew, line: str) -> None:
    task = await crew.task(line)

    cancelled = await crew.stage.core.coordination.tasks.cancel(crew.stage.operator, task.id, "no need")

    assert (cancelled.state, cancelled.reason) == (TaskState.CANCELLED, "no need")
    with pytest.raises(Conflict):
        await crew.stage.core.coordination.tasks.cancel(crew.stage.operator, task.id)


async def test_running_task_is_asked_to_stop_and_given_up_when_asked_again_later(crew: Crew) -> None:
    tasks = crew.stage.core.coordination.tasks
    task = await crew.running()

    await tasks.cancel(crew.stage.operator, task.id)
    again = await tasks.cancel(crew.stage.operator, task.id)
    crew.stage.clock.advance(FORCE_AFTER)
    given_up = await tasks.cancel(crew.stage.operator, task.id)

    assert again.state is TaskState.CANCELLING
    assert crew.bob.wire.bodies("task_cancel") == [{"task_id": task.id}]
    assert given_up.state is TaskState.LOST
    assert given_up.reason


async def test_only_requester_and_masters_cancel(crew: Crew) -> None:
    tasks = crew.stage.core.coordination.tasks
    theirs = await crew.task("/ping @bob", by="ann")
    with pytest.raises(Forbidden):
        await tasks.cancel(crew.stage.actor("bob"), theirs.id)

    assert (await tasks.cancel(crew.stage.actor("ann"), theirs.id)).state is TaskState.CANCELLED


async def test_task_is_seen_by_who_sees_its_room_and_its_parties(crew: Crew) -> None:
    room = await crew.stage.core.rooms.create(
        crew.stage.operator, RoomCreate(room="cellar", visibility="private", members=["bob"])
    )
    tasks, ann = crew.stage.core.coordination.tasks, crew.stage.actor("ann")
    hidden = await crew.task("/ask @bob hi", room=room.id)

    assert tasks.see(crew.stage.actor("bob"), hidden.id) == hidden
    with pytest.raises(NotFound):
        tasks.see(ann, hidden.id)
    with pytest.raises(NotFound):
        await tasks.cancel(ann, hidden.id)
    assert tasks.listed(ann) == []
    assert await crew.task("/ping @bob") in tasks.listed(ann)


async def test_master_sees_what_waits_for_approval_wherever(crew: Crew) -> None:
    room = await crew.stage.core.rooms.create(
        crew.stage.actor("ann"), RoomCreate(room="cellar", visibility="private")
    )
    (waiting,) = (await crew.ask("/do @ann it", by="ann", room=room.id)).task_ids
    (running,) = (await crew.ask("/ping @ann", by="ann", room=room.id)).task_ids
    tasks = crew.stage.core.coordination.tasks

    assert tasks.see(crew.stage.operator, waiting).state is TaskState.NEEDS_APPROVAL
    with pytest.raises(NotFound):
        tasks.see(crew.stage.operator, running)


async def test_tasks_are_listed_newest_first_by_state_agent_and_room(crew: Crew) -> None:
    tasks = crew.stage.core.coordination.tasks
    first = await crew.task("/ping @ann")
    crew.stage.clock.advance(1)
    second = await crew.task("/ping @bob")

    assert tasks.listed(crew.stage.operator) == [second, first]
    assert tasks.listed(crew.stage.operator, state="queued") == [first]
    assert tasks.listed(crew.stage.operator, agent="bob") == [second]
    assert tasks.listed(crew.stage.operator, room="nowhere") == []


async def test_requests_at_once_with_one_key_make_one_task(crew: Crew) -> None:
    sent = await asyncio.gather(*(crew.ask("/ask @bob hi", key="same") for _ in range(5)))

    assert len({tuple(each.task_ids) for each in sent}) == 1
    assert sum(each.duplicate for each in sent) == 4
    assert len(await crew.orders()) == 1


async def test_same_key_of_another_agent_is_another_request(crew: Crew) -> None:
    mine = await crew.ask("/ping @bob", key="same")
    theirs = await crew.ask("/ping @bob", by="ann", key="same")

    assert mine.task_ids != theirs.task_ids


async def test_key_that_the_store_forgot_opens_no_door(crew: Crew, store: FlakyStore) -> None:
    allowed = await crew.ask("/ping @bob", by="ann", key="same")
    store._keys = Keys()

    with pytest.raises(DedupeMismatch):
        await crew.ask("/do @bob it", by="ann", key="same")
    again = await crew.ask("/ping @bob", by="ann", key="same")

    assert (again.task_ids, again.duplicate) == (allowed.task_ids, True)
    assert await crew.orders() == [("/ping", 1)]


async def test_repeat_is_known_after_a_restart(crew: Crew, store: FlakyStore) -> None:
    first = await crew.ask("/ping @online", key="same")

    again = await restarted(crew, store)
    repeat = await again.ask("/ping @online", key="same")
    await again.stage.core.stop()

    assert (repeat.task_ids, repeat.duplicate) == (first.task_ids, True)
    assert len(await crew.orders()) == 1


async def test_repeat_of_what_has_left_the_book_makes_nothing(crew: Crew) -> None:
    first = await crew.ask("/ping @bob", key="same")
    book = crew.stage.core.coordination.tasks._book
    book._open, book._groups = TaskBook()._open, TaskBook()._groups

    again = await crew.ask("/ping @bob", key="same")

    assert (again.id, again.duplicate, again.task_ids) == (first.id, True, [])
    assert len(await crew.orders()) == 1


async def test_task_goes_on_after_a_restart(crew: Crew, store: FlakyStore) -> None:
    task = await crew.task()
    await crew.stage.core.stop()
    store.is_closed = False

    again = await restarted(crew, store)
    reader = await again.stage.connect("bob")
    offset = await again.take(task, holder=reader.id)
    await again.finish(task)

    assert [body["task"]["id"] for body in reader.wire.bodies("task_dispatch")] == [task.id]
    assert offset == reader.wire.bodies("task_dispatch")[0]["offset"]
    assert again.see(task.id).state is TaskState.SUCCEEDED
    await again.stage.core.stop()


async def restarted(crew: Crew, store: FlakyStore) -> Crew:
    """Build the relay anew on the same store; nobody is connected."""
    return Crew(await open_stage(store, crew.stage.clock, settings_of()), crew.bob)
