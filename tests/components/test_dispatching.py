"""Commands given from the table of tasks reach those who are named, and nobody else."""

import pytest

from components.actions import Actions
from components.dispatching import dispatch
from components.ports import Console
from components.state import ConsoleState
from protocol.errors import Forbidden, InvalidRequest
from tests.components.conftest import SignIn
from tests.fakes import Stage


@pytest.fixture
async def state(stage: Stage, console: Console) -> ConsoleState:
    for name in ("ann", "bob"):
        await stage.enrol(name)
    return ConsoleState.snapshot(
        "operator", lambda _: True, rooms=[], agents=console.identity.agents(), presence=[]
    )


async def test_one_agent_is_asked_in_a_direct_message(
    sign_in: SignIn, state: ConsoleState, console: Console
) -> None:
    actions = await sign_in(Actions)
    sent = await dispatch(actions, state, ["@Ann"], "/ask how are you", "k1")
    task = console.work.tasks.see(actions.actor(), sent.task_ids[0])

    assert (task.to, task.room, task.line) == ("ann", "dm:ann:operator", "/ask how are you")


async def test_several_are_asked_in_global_and_a_repeat_asks_nobody_again(
    sign_in: SignIn, state: ConsoleState, console: Console
) -> None:
    actions = await sign_in(Actions)
    sent = await dispatch(actions, state, ["ann", "bob"], "/ask how are you", "k1")
    again = await dispatch(actions, state, ["ann", "bob"], "/ask how are you", "k1")
    tasks = [console.work.tasks.see(actions.actor(), task_id) for task_id in sent.task_ids]

    assert sorted((task.to, task.room, task.line) for task in tasks) == [
        ("ann", "global", "/ask how are you"),
        ("bob", "global", "/ask how are you"),
    ]
    assert again.task_ids == sent.task_ids


async def test_a_group_is_as_good_as_names(sign_in: SignIn, state: ConsoleState) -> None:
    sent = await dispatch(await sign_in(Actions), state, ["@all"], "/status", "k1")

    assert len(sent.task_ids) == 2


@pytest.mark.parametrize(
    ("to", "line"), [([], "/status"), (["cat"], "/status"), (["ann"], "status"), (["ann"], "//status")]
)
async def test_nobody_is_asked_what_can_not_be_read(
    sign_in: SignIn, state: ConsoleState, to: list[str], line: str
) -> None:
    with pytest.raises(InvalidRequest):
        await dispatch(await sign_in(Actions), state, to, line, "k1")


async def test_a_warden_asks_nobody(sign_in: SignIn, state: ConsoleState, warden_token: str) -> None:
    with pytest.raises(Forbidden):
        await dispatch(await sign_in(Actions, warden_token), state, ["ann"], "/status", "k1")
