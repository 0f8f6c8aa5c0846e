"""Lines of tasks and agents: put together from what tells of them, narrowed, in order."""

import pytest

from components.chronicle import Chronicle
from components.known_tasks import KnownTasks
from components.lines import Line, Lines
from components.panels.logs import added
from components.state import ConsoleState
from components.trail import Trail
from protocol.errors import Unauthenticated
from protocol.roles import Role
from protocol.tasks import Task
from tests.components.conftest import SignIn
from tests.components.test_known_tasks import a_task
from tests.fakes import Stage

ENDED = {"started_at": "2026-01-01T00:00:05Z", "ended_at": "2026-01-01T00:00:09Z"}


async def chronicle_of(sign_in: SignIn, *tasks: Task) -> Chronicle:
    known = KnownTasks.snapshot(tasks, lambda _: True)
    state = ConsoleState.snapshot("operator", lambda _: True, rooms=[], agents=[], presence=[], work=known)
    return Chronicle(await sign_in(Lines), await sign_in(Trail), state)


async def test_a_task_tells_when_it_was_asked_what_it_said_and_how_it_ended(sign_in: SignIn) -> None:
    failed = a_task(1, "failed", output="one\ntwo", exit_code=3, **ENDED)
    chronicle = await chronicle_of(sign_in, a_task(2, "queued", to="bob"), failed)

    lines = chronicle.of_tasks("", "")

    assert [(line.level, line.source, line.event) for line in lines] == [
        ("info", "task", "asked: /status"),
        ("info", "task", "asked: /status"),
        ("info", "task", "running"),
        ("info", "output", "one"),
        ("info", "output", "two"),
        ("error", "task", "failed"),
    ]
    assert dict(lines[-1].fields) == {"task": "t1", "agent": "ann", "exit_code": "3"}
    assert [line.event for line in chronicle.of_tasks("error", "")] == ["failed"]
    assert [line.event for line in chronicle.of_tasks("", "TWO")] == ["two"]


async def test_an_agent_has_its_tasks_and_what_was_done_to_it(sign_in: SignIn, stage: Stage) -> None:
    await stage.enrol("ann")
    await stage.enrol("annika")
    chronicle = await chronicle_of(sign_in, a_task(2, "queued", to="bob"), a_task(1, "succeeded", **ENDED))

    before = [(line.source, line.event) for line in await chronicle.of_agent("ann", "", "")]
    await stage.core.people.identity.change_role(stage.operator, "ann", Role.WARDEN)
    after = await chronicle.of_agent("ann", "", "role.change")

    assert before == [
        ("audit", "agent.create"),
        ("task", "asked: /status"),
        ("task", "running"),
        ("task", "succeeded"),
    ]
    assert dict(after[0].fields)["after"] == "warden"


async def test_who_is_no_operator_any_more_reads_nothing(
    sign_in: SignIn, stage: Stage, warden_token: str
) -> None:
    chronicle = Chronicle(
        await sign_in(Lines, warden_token),
        await sign_in(Trail, warden_token),
        ConsoleState.snapshot("eye", lambda _: True, rooms=[], agents=[], presence=[]),
    )
    assert await chronicle.of_agent("eye", "", "")

    await stage.core.people.identity.change_role(stage.operator, "eye", Role.WORKER)
    with pytest.raises(Unauthenticated):
        await chronicle.of_agent("eye", "", "")


def a_line(number: int) -> Line:
    return Line(f"t{number}", "info", "x", str(number), ())


@pytest.mark.parametrize(
    ("before", "now", "fresh"),
    [
        ([1, 2], [1, 2, 3], [3]),
        ([1, 2, 3], [2, 3, 4], [4]),
        ([1, 3], [1, 2, 3], None),
        ([1, 2], [5, 6], None),
        ([], [1], None),
        ([1, 2], [1, 2], []),
    ],
)
def test_lines_behind_the_others_are_added_and_others_shown_anew(
    before: list[int], now: list[int], fresh: list[int] | None
) -> None:
    found = added([a_line(each) for each in before], [a_line(each) for each in now])

    assert found == (None if fresh is None else [a_line(each) for each in fresh])
