"""The book of tasks: what is under way is kept, what has ended up to a cap."""

import pytest

from app.services.tasks.book import TaskBook
from protocol.tasks import TaskState
from tests.app.services.tasks.crew import a_task

RUNNING, SUCCEEDED = TaskState.RUNNING, TaskState.SUCCEEDED


@pytest.fixture
def book() -> TaskBook:
    return TaskBook(max_ended=2)


def test_task_is_found_in_its_newest_state(book: TaskBook) -> None:
    book.put(a_task("t1"), 1.0)
    book.put(a_task("t1", SUCCEEDED), 2.0)

    entry = book.get("t1")

    assert entry is not None
    assert (entry.task.state, len(book), book.under_way()) == (SUCCEEDED, 1, [])


def test_ended_tasks_go_the_oldest_first_and_open_ones_stay(book: TaskBook) -> None:
    book.put(a_task("open"), 1.0)
    for n in range(5):
        book.put(a_task(f"t{n}", SUCCEEDED), 1.0)

    assert [task_id for task_id in ("open", "t0", "t2", "t3", "t4") if book.get(task_id)] == [
        "open",
        "t3",
        "t4",
    ]
    assert book.of_group("t0") == []
    assert len(book._groups) == 3


def test_group_lists_its_tasks_while_they_are_kept(book: TaskBook) -> None:
    for n in range(3):
        book.put(a_task(f"g-{n}", group_id="g"), 1.0)
    assert [task.id for task in book.of_group("g")] == ["g-0", "g-1", "g-2"]

    for n in range(3):
        book.put(a_task(f"g-{n}", SUCCEEDED, group_id="g"), 2.0)

    assert [task.id for task in book.of_group("g")] == ["g-1", "g-2"]
    assert book.of_group("t1") == []


def test_time_begins_anew_with_a_state_or_an_attempt_only(book: TaskBook) -> None:
    book.put(a_task("t1"), 1.0)
    entry = book.get("t1")
    assert entry is not None

    book.put(a_task("t1", percent=50), 2.0)
    assert (entry.since, entry.heard_at) == (1.0, 1.0)
    book.put(a_task("t1", attempt=2), 3.0)
    assert entry.since == 3.0
    book.put(a_task("t1", TaskState.CANCELLING, attempt=2), 4.0)
    assert entry.since == 4.0


def test_newest_come_first_and_equals_in_one_order(book: TaskBook) -> None:
    book.put(a_task("a"), 1.0)
    book.put(a_task("c"), 1.0)
    book.put(a_task("b"), 1.0)
    book.put(a_task("z", created_at="2025-01-01T00:00:00.000Z"), 1.0)
    before = [task.id for task in book.newest_first()]

    book.put(a_task("c", SUCCEEDED), 2.0)

    assert before == [task.id for task in book.newest_first()] == ["c", "b", "a", "z"]


def test_what_waits_for_an_agent_is_counted(book: TaskBook) -> None:
    book.put(a_task("t1"), 1.0)
    book.put(a_task("t2", TaskState.QUEUED), 1.0)
    book.put(a_task("t3", SUCCEEDED), 1.0)
    book.put(a_task("t4", to="cas"), 1.0)

    assert (book.waiting_for("bob"), book.waiting_for("cas"), book.waiting_for("dan")) == (2, 1, 0)


def test_what_goes_is_named_once_so_that_the_store_can_forget_it_too(book: TaskBook) -> None:
    for number in range(4):
        book.put(a_task(f"t{number}", TaskState.SUCCEEDED), 0.0)

    assert (book.take_forgotten(), book.take_forgotten()) == (["t0", "t1"], [])
