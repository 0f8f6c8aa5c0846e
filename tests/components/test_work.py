"""What an operator does with tasks: judged anew each time, and refused to those who only watch."""

import pytest

from app.actor import Actor
from components.actions import Actions
from components.asks import Question
from components.panels.answers import Answers
from components.panels.doings import task_table
from components.work import Work
from protocol.errors import Forbidden, Unauthenticated
from protocol.requests import RoomCreate
from protocol.tasks import TaskState
from tests.components.conftest import SignIn
from tests.fakes import FakeClock, Stage

_PLAIN = str.maketrans("/@ ", "---")


@pytest.fixture(autouse=True)
async def ann(stage: Stage) -> Actor:
    return await stage.enrol("ann")


async def asked(sign_in: SignIn, line: str, room: str = "global") -> str:
    """Type a line in the console and return the id of its task."""
    sent = await (await sign_in(Actions)).send(room, line, "k" + line.translate(_PLAIN))
    return sent.task_ids[0]


async def test_a_risky_task_is_approved_or_denied(sign_in: SignIn) -> None:
    work = await sign_in(Work)
    first = await work.approve(await asked(sign_in, "/do @ann look"))
    second = await work.deny(await asked(sign_in, "/do @ann wipe"), "never")

    assert (first.state, first.approved_by) == (TaskState.QUEUED, "operator")
    assert (second.state, second.reason) == (TaskState.DENIED, "never")


async def test_who_decides_too_late_is_told_how_it_was_decided(sign_in: SignIn) -> None:
    work, first, second = (
        await sign_in(Work),
        await asked(sign_in, "/do @ann look"),
        await asked(sign_in, "/do @ann wipe"),
    )
    third = await asked(sign_in, "/do @ann go")
    await work.approve(first)
    await work.deny(second, "never")
    await work.cancel(third)
    told = [
        (
            await Answers(work, task_table(work)).answer(
                Question.model_validate({"n": 1, "what": what, "id": each})
            )
        )
        for what, each in (("approve", first), ("deny", second), ("approve", third))
    ]

    assert [each["error"] for each in told] == [
        "Already approved by operator.",
        "Already denied: never.",
        "This task does not wait for approval any more.",
    ]


async def test_a_task_that_nobody_has_begun_is_cancelled_at_once(sign_in: SignIn) -> None:
    work = await sign_in(Work)

    assert (await work.cancel(await asked(sign_in, "/status @ann"))).state is TaskState.CANCELLED


async def test_a_task_is_run_again_once_for_a_key_also_from_outside_its_room(
    sign_in: SignIn, ann: Actor, stage: Stage
) -> None:
    await stage.core.rooms.create(ann, RoomCreate(room="red"))
    work = await sign_in(Work)
    task_id = await asked(sign_in, "/status @ann", "red")
    await work.cancel(task_id)
    await (await sign_in(Actions)).leave("red")
    first = await work.retry(task_id, "again")
    second = await work.retry(task_id, "again")

    assert first.id == second.id != task_id
    assert first.retry_of == task_id


@pytest.mark.parametrize("what", ["approve", "deny", "cancel", "retry"])
async def test_a_warden_is_refused(sign_in: SignIn, warden_token: str, what: str) -> None:
    task_id = await asked(sign_in, "/status @ann" if what == "cancel" else "/do @ann look")
    if what == "retry":
        await (await sign_in(Work)).deny(task_id)
    work = await sign_in(Work, warden_token)
    more = {"key": "k"} if what == "retry" else {}
    question = Question.model_validate({"n": 1, "what": what, "id": task_id} | more)
    answer = await Answers(work, task_table(work)).answer(question)

    assert answer["code"] == "forbidden"


async def test_what_can_be_typed_is_listed(sign_in: SignIn) -> None:
    names = {command.name for command in (await sign_in(Work)).commands()}

    assert {"status", "do", "who"} <= names


async def test_nothing_is_done_for_a_session_that_is_over(sign_in: SignIn, clock: FakeClock) -> None:
    work = await sign_in(Work)
    task_id = await asked(sign_in, "/status @ann")
    clock.advance(10**6)

    assert work.commands() == []
    with pytest.raises(Unauthenticated):
        await work.cancel(task_id)


async def test_a_warden_dispatches_nothing(sign_in: SignIn, warden_token: str) -> None:
    with pytest.raises(Forbidden):
        await (await sign_in(Actions, warden_token)).send("global", "/status @ann", "k")


async def test_views_are_kept_for_the_operator_and_wardens_have_their_own(
    sign_in: SignIn, warden_token: str
) -> None:
    work, other = await sign_in(Work), await sign_in(Work)
    warden = await sign_in(Work, warden_token)
    await work.save_view("late", "status:failed")
    await warden.save_view("mine", "by:eye")

    assert (other.views(), warden.views()) == ({"late": "status:failed"}, {"mine": "by:eye"})
    await other.forget_view("late")
    assert work.views() == {}
