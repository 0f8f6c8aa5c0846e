"""What a tab knows of tasks follows the facts, and holds nothing that its operator may not see."""

from datetime import UTC, datetime

from app.events import RoomDeleted, TaskMoved, TaskProgressed
from components.known_tasks import KEPT, STREAM, KnownTasks, joined
from protocol.tasks import Task, TaskState
from tests.fakes import a_room


def a_task(number: int = 1, state: str = "running", **changes: object) -> Task:
    told = {
        "id": f"t{number}",
        "room": "red",
        "command": "status",
        "to": "ann",
        "requested_by": "operator",
        "state": state,
        "created_at": f"2026-01-01T00:00:{number % 60:02}.000Z",
    }
    return Task.model_validate(told | changes)


def knowing(*newest_first: Task) -> KnownTasks:
    return KnownTasks.snapshot(newest_first, lambda task: task.room == "red")


def test_a_snapshot_lists_the_newest_first() -> None:
    known = knowing(a_task(2), a_task(1))
    known.apply(TaskMoved(a_task(3)))

    assert [task.id for task in known.newest_first()] == ["t3", "t2", "t1"]


def test_a_task_out_of_sight_is_never_taken_up_and_leaves() -> None:
    known = knowing(a_task(1))
    known.apply(TaskMoved(a_task(2, room="blue")))
    known.apply(TaskProgressed(a_task(1, room="blue"), "no business of yours"))

    assert (known.tasks, known.said) == ({}, {})


def test_what_waits_for_approval_says_until_when() -> None:
    until = datetime(2026, 1, 1, 12, 0, 1, 600_000, tzinfo=UTC)
    known = KnownTasks.snapshot([], lambda _: True, {"t1": until}.get)

    assert (known.expiry("t1"), known.expiry("t2")) == ("2026-01-01T12:00:01.000Z", None)


def test_the_last_words_last_until_the_end() -> None:
    known = knowing(a_task())
    known.apply(TaskProgressed(a_task(percent=50), "half"))
    half = dict(known.said)
    known.apply(TaskProgressed(a_task(percent=60), None))
    known.apply(TaskMoved(a_task(state="succeeded")))

    assert (half, known.said) == ({"t1": "half"}, {})


def test_what_a_running_task_says_is_put_together_and_bounded() -> None:
    known = knowing(a_task())
    for text in ("one\n", "one\ntwo", "two\nthree", "three"):
        known.apply(TaskProgressed(a_task(), text))
    together = known.said["t1"]
    known.apply(TaskProgressed(a_task(), "x" * (STREAM + 9)))

    assert together == "one\ntwo\nthree"
    assert len(known.said["t1"]) == STREAM


def test_words_that_have_nothing_in_common_stand_on_lines_of_their_own() -> None:
    assert joined("", "half") == "half"
    assert joined("half", "all") == "half\nall"
    assert joined("half\n", "all") == "half\nall"


def test_a_room_that_is_gone_takes_its_tasks_along() -> None:
    known = knowing(a_task())
    known.sees = lambda _: False
    known.apply(RoomDeleted(a_room("red")))

    assert known.tasks == {}


def test_a_failure_that_was_tried_again_is_settled() -> None:
    known = knowing(a_task(3, retry_of="t1"), a_task(2, "lost"), a_task(1, "failed"))

    assert [task.id for task in known.failed()] == ["t2"]


def test_what_waits_and_what_runs_are_told_apart() -> None:
    known = knowing(a_task(2, "needs_approval"), a_task(1, "cancelling"))

    assert [task.id for task in known.waiting()] == ["t2"]
    assert [task.id for task in known.under_way("red")] == ["t1"]
    assert known.under_way("blue") == []


def test_the_oldest_ended_tasks_are_forgotten() -> None:
    known = knowing(a_task(0))
    for number in range(1, KEPT + 3):
        known.apply(TaskMoved(a_task(number, TaskState.SUCCEEDED)))

    assert len(known.tasks) == KEPT + 1
    assert "t0" in known.tasks
    assert "t1" not in known.tasks
