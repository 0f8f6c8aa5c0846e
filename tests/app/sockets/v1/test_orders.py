"""Orders to v1 agents: told once, taken when written, held for as long as the connection stands."""

import pytest

from app.actor import Actor
from app.sockets.sessions import Session
from app.sockets.v1 import orders as orders_module
from app.sockets.v1.orders import Orders
from protocol.pushes import TaskDispatched
from protocol.requests import TaskDispatch, TaskResult
from protocol.tasks import Task, TaskState
from tests.app.sockets.v1.conftest import Old
from tests.fakes import turns


@pytest.fixture
def orders(old: Old) -> Orders:
    return old.dialect._orders


async def dispatched(old: Old, to: str = "node-1") -> Task:
    await old.stage.core.coordination.slash.dispatch(
        old.stage.operator, TaskDispatch(to=[to], command="status")
    )
    return old.stage.core.coordination.tasks.listed(old.stage.operator)[0]


def order_of(task: Task) -> TaskDispatched:
    inbox = f"inbox:{task.to}"
    return TaskDispatched(task=task, lease=task.lease, attempt=task.attempt, room=inbox, offset=1)


def now(old: Old, task: Task) -> Task:
    return old.stage.core.coordination.tasks.see(old.stage.operator, task.id)


async def taken(old: Old, orders: Orders) -> tuple[Session, Task]:
    """Let an agent be told to run something."""
    session = await old.come("node-1")
    task = await dispatched(old)
    assert orders.admits(session.connection_id, order_of(task))
    orders.written(session.connection_id, order_of(task))
    await turns()
    return session, task


async def test_what_was_written_is_taken(old: Old, orders: Orders) -> None:
    _, task = await taken(old, orders)

    assert now(old, task).state is TaskState.RUNNING


async def test_order_is_for_one_connection_alone(old: Old, orders: Orders) -> None:
    first, second = await old.come("node-1"), await old.come("node-1")
    order = order_of(await dispatched(old))

    admitted = [orders.admits(link.connection_id, order) for link in (first, second, first)]

    assert admitted == [True, False, False]


async def test_order_of_a_task_that_has_ended_is_not_told(old: Old, orders: Orders) -> None:
    session = await old.come("node-1")
    task = await dispatched(old)
    await old.stage.core.coordination.tasks.cancel(old.stage.operator, task.id)

    assert not orders.admits(session.connection_id, order_of(task))


async def test_order_that_was_taken_is_not_told_again_after_a_reconnect(old: Old, orders: Orders) -> None:
    session, task = await taken(old, orders)
    old.dialect.closed(session)

    assert not orders.admits((await old.come("node-1")).connection_id, order_of(task))


async def test_order_for_nobody_that_is_served_is_not_told(old: Old, orders: Orders) -> None:
    await old.come("node-1")

    assert not orders.admits("gone", order_of(await dispatched(old)))


async def test_lease_is_renewed_while_the_connection_stands(
    old: Old, orders: Orders, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(orders_module, "RENEW", 0)
    session, task = await taken(old, orders)

    old.stage.clock.advance(300)
    await turns()
    await old.stage.core.coordination.watch.sweep()
    held = now(old, task)
    old.dialect.closed(session)
    old.stage.core.people.presence.detach("node-1", session.connection_id)
    old.stage.clock.advance(300)
    await turns()
    await old.stage.core.coordination.watch.sweep()

    assert (held.state, held.attempt) == (TaskState.RUNNING, 1)
    assert (now(old, task).state, now(old, task).attempt) == (TaskState.QUEUED, 2)


async def test_task_that_has_ended_is_held_no_longer(
    old: Old, orders: Orders, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(orders_module, "RENEW", 0)
    session, task = await taken(old, orders)
    result = TaskResult(task_id=task.id, lease=task.lease, state="succeeded", output="x")

    await old.stage.core.coordination.reports.result(session.actor, result)
    await turns()

    assert orders._held == {session.connection_id: {}}
    assert not orders._is_renewing


async def test_other_agents_take_nothing(old: Old, orders: Orders) -> None:
    await old.come("node-1")
    other: Actor = (await old.come("node-2")).actor
    task = await dispatched(old)

    with pytest.raises(Exception, match="no such task"):
        await orders.take(other, task.id, "link")
