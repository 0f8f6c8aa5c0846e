"""Traffic: to v1 wardens alone, and recorded before it is read."""

import pytest

from app.sockets.v1.traffic import TASKS
from protocol.errors import Unavailable
from protocol.requests import TaskDispatch
from protocol.roles import Role
from protocol.tasks import TaskState
from tests.app.sockets.v1.conftest import Old, heard
from tests.fakes import FlakyStore, turns


def test_every_state_of_a_task_has_a_word() -> None:
    assert set(TASKS) == set(TaskState)


async def test_warden_is_told_what_others_say_to_each_other(old: Old) -> None:
    warden, worker = await old.come("watch", Role.WARDEN), await old.come("node-1")

    await old.stage.say(old.stage.actor("node-1"), "psst", to_type="dm", to_id="operator")
    await turns()

    (told,) = [each for each in heard(warden, "traffic") if each["type"] == "chat"]
    assert told == {
        "type": "chat",
        "from": "node-1",
        "to": "operator",
        "msg": "psst",
        "ts": "2026-01-01T00:00:00.000Z",
    }
    assert heard(worker, "traffic") == []


async def test_every_read_is_recorded(old: Old) -> None:
    await old.come("watch", Role.WARDEN)
    await old.come("watch-2", Role.WARDEN)

    for number in range(3):
        await old.stage.say(old.stage.operator, f"number {number}")
    await turns()

    records = [each for each in await old.stage.records() if each.action == "message.read"]
    assert [(each.actor, each.target, each.detail) for each in records if each.actor == "watch"] == [
        ("watch", "global", {"at": 1}),
        ("watch", "global", {"at": 2}),
        ("watch", "global", {"at": 3}),
    ]
    assert len(records) == 6


async def test_what_can_not_be_recorded_is_not_told(old: Old, store: FlakyStore) -> None:
    warden = await old.come("watch", Role.WARDEN)
    await turns()
    before = heard(warden, "traffic")
    sent = old.stage.core.base.journal
    old.traffic._waiting.append(({"type": "chat", "msg": "psst"}, ("message.read", "global", 1)))
    store.failure = Unavailable("away")

    await old.traffic._tell_all()

    assert heard(warden, "traffic") == before
    assert not sent.is_writable
    store.failure = None


async def test_who_comes_and_goes_is_told_once(old: Old) -> None:
    warden = await old.come("watch", Role.WARDEN)
    worker = await old.come("node-1")
    await turns()
    old.stage.core.people.presence.detach("node-1", worker.connection_id)
    await turns()

    told = [each["type"] for each in heard(warden, "traffic") if each.get("agent_id") == "node-1"]
    assert told == ["connect", "disconnect"]


async def test_tasks_are_told_and_recorded(old: Old) -> None:
    warden = await old.come("watch", Role.WARDEN)
    await old.come("node-1")
    request = TaskDispatch(to=["node-1"], command="status")

    await old.stage.core.coordination.slash.dispatch(old.stage.operator, request)
    await turns()

    (told,) = [each for each in heard(warden, "traffic") if each["type"] == "dispatch"]
    assert (told["agent_id"], told["cmd"], told["status"]) == ("node-1", "/status", "PENDING")
    assert [each.action for each in await old.stage.records() if each.actor == "watch"][-1] == "task.read"


@pytest.mark.parametrize("role", [Role.WORKER, Role.MASTER])
async def test_warden_that_is_none_any_more_is_told_nothing(old: Old, role: Role) -> None:
    warden = await old.come("watch", Role.WARDEN)
    await turns()
    before = len(heard(warden, "traffic"))
    await old.stage.core.people.identity.change_role(old.stage.operator, "watch", role)

    await old.stage.say(old.stage.operator, "psst")
    await turns()

    assert len(heard(warden, "traffic")) == before
