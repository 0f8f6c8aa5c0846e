"""Upkeep: links are cut, history goes, everything is counted, the process ends to begin anew."""

from dataclasses import asdict

import pytest

from app.actor import Actor
from app.core import build_core
from app.services.upkeep import DISCONNECTED, Restart, UpkeepService
from protocol.errors import Conflict, Forbidden, InvalidRequest, NotFound
from protocol.requests import ChatHistory, RoomCreate
from protocol.roles import Role
from tests.fakes import OPERATOR_TOKEN, FakeClock, FlakyStore, Stage, settings_of

DAY = 86_400.0


@pytest.fixture
def upkeep(stage: Stage) -> UpkeepService:
    return stage.core.upkeep


async def test_every_link_of_an_agent_is_closed_and_no_other(
    stage: Stage, upkeep: UpkeepService, ann: Actor, bob: Actor
) -> None:
    links = [await stage.connect(name) for name in (ann.agent_id, ann.agent_id, bob.agent_id)]

    assert await upkeep.disconnect(stage.operator, "ann") == 2

    assert [link.wire.closings for link in links] == [[DISCONNECTED], [DISCONNECTED], []]
    record = (await stage.records())[-1]
    assert (record.action, record.target, record.detail) == ("agent.disconnect", "ann", {"connections": 2})


async def test_connections_are_counted_by_agent(
    stage: Stage, upkeep: UpkeepService, ann: Actor, bob: Actor
) -> None:
    for name in ("ann", "ann", bob.agent_id):
        await stage.connect(name)

    assert upkeep.connections(stage.operator) == {"ann": 2, "bob": 1}
    with pytest.raises(Forbidden):
        upkeep.connections(ann)


async def test_who_is_not_known_can_not_be_disconnected(stage: Stage, upkeep: UpkeepService) -> None:
    with pytest.raises(NotFound):
        await upkeep.disconnect(stage.operator, "nobody")


async def test_what_is_older_than_asked_goes_and_is_recorded(
    stage: Stage, upkeep: UpkeepService, ann: Actor
) -> None:
    await stage.say(ann)
    stage.clock.advance(2 * DAY)
    await stage.say(ann)

    assert await upkeep.purge(stage.operator, 1) == 1
    assert await upkeep.purge(stage.operator, 1) == 0

    page = await stage.core.chat.history(ann, ChatHistory(room="global"))
    assert [message.offset for message in page.messages] == [2]
    purges = [record for record in await stage.records() if record.action == "history.purge"]
    assert [(record.actor, record.detail["messages"]) for record in purges] == [
        ("operator", 1),
        ("operator", 0),
    ]


@pytest.mark.parametrize("days", [0.5, 0, -1, float("nan")])
async def test_what_is_of_today_stays(stage: Stage, upkeep: UpkeepService, days: float) -> None:
    with pytest.raises(InvalidRequest):
        await upkeep.purge(stage.operator, days)


async def test_everything_is_counted(stage: Stage, upkeep: UpkeepService, ann: Actor, bob: Actor) -> None:
    await stage.core.rooms.create(ann, RoomCreate(room="alpha"))
    await stage.say_many(ann, 3, room="alpha")
    await stage.say(ann, to_type="dm", to_id=bob.agent_id)
    await stage.say(ann)

    counts = asdict(await upkeep.counts(stage.operator))

    assert counts.pop("audit_records") == len(await stage.records())
    assert counts == {"messages": 5, "rooms": 2, "dms": 1, "agents": 3, "tasks": 0}


async def test_relay_ends_once_that_is_recorded(store: FlakyStore) -> None:
    ended: list[bool] = []
    restart = Restart()
    core = build_core(settings_of(), store=store, clock=FakeClock(), restart=restart)
    await core.start(OPERATOR_TOKEN)
    stage = Stage(core, FakeClock())
    restart.end = lambda: ended.append(restart.is_asked)

    await core.upkeep.restart(stage.operator)

    assert (core.upkeep.can_restart, ended) == (True, [True])
    assert (await stage.records())[-1].action == "relay.restart"
    await core.stop()


async def test_relay_that_would_not_come_back_does_not_end(stage: Stage, upkeep: UpkeepService) -> None:
    assert not upkeep.can_restart
    with pytest.raises(Conflict):
        await upkeep.restart(stage.operator)


@pytest.mark.parametrize("role", [Role.WARDEN, Role.WORKER])
async def test_only_masters_do_any_of_it(stage: Stage, upkeep: UpkeepService, role: Role) -> None:
    actor = await stage.enrol("eve", role)

    for doing in (upkeep.disconnect(actor, "operator"), upkeep.purge(actor, 30), upkeep.restart(actor)):
        with pytest.raises(Forbidden):
            await doing
    if role is Role.WORKER:
        with pytest.raises(Forbidden):
            await upkeep.counts(actor)
