"""The memory store's tasks: those under way are all kept, those that have ended up to a cap."""

from protocol.tasks import Task, TaskState
from storage.memory import ENDED_TASKS, MemoryStore
from storage.ports import SaveTask


def a_task(number: int, state: TaskState) -> Task:
    return Task(
        id=f"t{number}",
        room="global",
        command="ping",
        to="bob",
        requested_by="ann",
        state=state,
        created_at="2026-01-01T00:00:00.000Z",
    )


async def test_oldest_ended_tasks_go_and_open_ones_stay() -> None:
    store = MemoryStore(epoch="first")
    await store.commit([(SaveTask(a_task(0, TaskState.RUNNING)),)])

    for number in range(1, ENDED_TASKS + 4):
        await store.commit([(SaveTask(a_task(number, TaskState.QUEUED)),)])
        await store.commit([(SaveTask(a_task(number, TaskState.SUCCEEDED)),)])

    tasks = await store.tasks()
    assert len(tasks) == ENDED_TASKS + 1
    assert {"t0", "t4", f"t{ENDED_TASKS + 3}"} <= {task.id for task in tasks}
    assert not {"t1", "t2", "t3"} & {task.id for task in tasks}


async def test_task_is_kept_once_in_its_newest_state_and_goes_into_a_dump() -> None:
    store, copy = MemoryStore(epoch="first"), MemoryStore(epoch="second")
    for state in (TaskState.QUEUED, TaskState.RUNNING, TaskState.FAILED):
        await store.commit([(SaveTask(a_task(1, state)),)])
    await store.commit([(SaveTask(a_task(2, TaskState.RUNNING)),)])

    await copy.load(store.dump())

    assert [task.state for task in await store.tasks()] == [TaskState.FAILED, TaskState.RUNNING]
    assert await copy.tasks() == await store.tasks()
