"""The journal: what is known of a task after a crash at any point."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from cli.agent.journal import Journal
from cli.agent.runs import Outcome
from protocol.errors import Conflict, InvalidRequest
from tests.cli.agent.conftest import task

DONE = Outcome("succeeded", "yes", 0, truncated=True)
ROOT = Path(__file__).parents[3]


def test_a_task_is_known_from_its_acceptance_to_its_end(journal: Journal) -> None:
    journal.accept(task(), "lease")
    journal.start("t1", "session")
    journal.finish("t1", DONE)
    (entry,) = journal.unfinished()
    journal.close("t1")

    assert (entry.task, entry.lease, entry.session, entry.outcome) == (task(), "lease", "session", DONE)
    assert journal.unfinished() == []


def test_a_task_that_comes_again_keeps_what_is_known_and_takes_the_new_lease(journal: Journal) -> None:
    journal.accept(task(), "one")
    journal.start("t1", "session")
    journal.finish("t1", DONE)
    journal.close("t1")

    entry = journal.accept(task(), "two")

    assert (entry.lease, entry.session, entry.outcome, entry.is_closed) == ("two", "session", DONE, False)


def test_tasks_are_taken_up_in_the_order_in_which_they_came(journal: Journal) -> None:
    for number in range(5):
        journal.accept(task(task_id=f"t{number}"), "lease")
    journal.accept(task(task_id="t1"), "another")

    assert [entry.task.id for entry in journal.unfinished()] == ["t0", "t1", "t2", "t3", "t4"]


def test_a_task_renews_its_rooms_session_once(journal: Journal) -> None:
    for task_id in ("a", "a", "b", "b"):
        journal.renew_session("global", task_id)

    assert (journal.session_of("global"), journal.session_of("other")) == (2, 0)


def test_what_was_closed_a_week_ago_is_forgotten(tmp_path: Path) -> None:
    with Journal(tmp_path) as journal:
        for task_id in ("old", "open", "new"):
            journal.accept(task(task_id=task_id), "lease")
        journal.close("old")
        journal.close("new")
        journal._database.execute(
            "UPDATE tasks SET changed_at = changed_at - 8 * 86400 WHERE id IN ('old', 'open')"
        )

    with Journal(tmp_path) as journal:
        assert [journal.find(each) is not None for each in ("old", "open", "new")] == [False, True, True]


def test_each_step_survives_a_process_that_is_killed_after_it(tmp_path: Path) -> None:
    steps = ["journal.accept(task(), 'lease')", "journal.start('t1', 's')", "journal.finish('t1', DONE)"]
    for count in range(1, len(steps) + 1):
        folder = tmp_path / str(count)
        code = "\n".join(
            [
                "import os, signal",
                "from pathlib import Path",
                "from tests.cli.agent.test_journal import *",
                f"journal = Journal(Path({str(folder)!r}))",
                *steps[:count],
                "os.kill(os.getpid(), signal.SIGKILL)",
            ]
        )
        environment = {"PYTHONPATH": str(ROOT), "PATH": os.environ["PATH"]}
        subprocess.run([sys.executable, "-c", code], check=False, env=environment)  # noqa: S603 - our own code

        with Journal(folder) as journal:
            (entry,) = journal.unfinished()
        assert [entry.session == "s", entry.outcome == DONE] == [count > 1, count > 2]


def test_a_second_sidecar_is_kept_out(journal: Journal, tmp_path: Path) -> None:
    assert journal.unfinished() == []

    with pytest.raises(Conflict):
        Journal(tmp_path / "data")


def test_a_folder_that_is_none_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")

    with pytest.raises(InvalidRequest):
        Journal(tmp_path / "file")


def test_only_the_owner_can_read_it(journal: Journal, tmp_path: Path) -> None:
    journal.accept(task(), "lease")

    assert {path.stat().st_mode & 0o077 for path in (tmp_path / "data").glob("journal.db")} == {0}
    assert (tmp_path / "data").stat().st_mode & 0o077 == 0
