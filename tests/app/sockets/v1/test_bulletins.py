"""Lists that are told whole: once after many changes, each reader its own, and none to who is behind."""

from app.sockets.v1.bulletins import Bulletins
from protocol.roles import Role
from tests.app.sockets.v1.conftest import Old, OldWire, heard
from tests.fakes import turns


def bulletins(old: Old) -> Bulletins:
    return old.dialect._bulletins


async def test_many_changes_are_told_once(old: Old) -> None:
    session = await old.come("node-1")

    for _ in range(10):
        bulletins(old).due(session.connection_id, ["fleet_update", "task_update"])
    await turns()

    assert len(heard(session, "fleet_update")) == len(heard(session, "task_update")) == 1


async def test_list_is_told_again_when_it_changes_again(old: Old) -> None:
    session = await old.come("node-1")

    for count in range(1, 4):
        bulletins(old).due_to_all("fleet_update")
        await turns()
        assert len(heard(session, "fleet_update")) == count


async def test_who_is_behind_is_told_later(old: Old) -> None:
    session = await old.come("node-1")
    assert isinstance(session.wire, OldWire)
    session.wire.waiting = 10**9

    bulletins(old).due_to_all("fleet_update")
    await turns()
    before = heard(session, "fleet_update")
    session.wire.waiting = 0
    await turns()

    assert before == []
    assert len(heard(session, "fleet_update")) == 1


async def test_who_is_gone_is_told_nothing(old: Old) -> None:
    session = await old.come("node-1")
    bulletins(old).due_to_all("fleet_update")

    old.dialect.closed(session)
    await turns()

    assert heard(session, "fleet_update") == []
    assert bulletins(old).sessions() == []


async def test_readers_see_what_is_for_them(old: Old) -> None:
    boss, worker = await old.come("boss", Role.MASTER), await old.come("node-1")

    bulletins(old).due_to_all("fleet_update")
    await turns()

    lists = [heard(session, "fleet_update")[-1] for session in (boss, worker)]
    assert [[agent["id"] for agent in each] for each in lists] == [["boss", "node-1", "operator"]] * 2
