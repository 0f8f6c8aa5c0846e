"""The fleet as v1 lists it: who is there, and reports for those who may read them."""

import pytest

from app.sockets.v1.fleet import MAX_SECTIONS, Fleet
from protocol.requests import PresenceSet, Report
from protocol.roles import Role
from tests.app.sockets.v1.conftest import Old


@pytest.fixture
def fleet(old: Old) -> Fleet:
    core = old.stage.core
    return Fleet(presence=core.people.presence, telemetry=core.coordination.telemetry)


async def test_agents_are_shown_as_v1_parses_them(old: Old, fleet: Fleet) -> None:
    session = await old.come("node-1")
    telemetry = old.stage.core.coordination.telemetry
    telemetry.hear(session.actor, Report(specs={"cpu": 1}, sessions=[{"id": "s"}]))

    node, operator = fleet.agents(old.stage.operator)

    assert node == {
        "id": "node-1",
        "role": "worker",
        "status": "online",
        "last_seen": "2026-01-01T00:00:00.000Z",
        "specs": {"cpu": 1},
        "cron": [],
        "sessions": [{"id": "s"}],
    }
    assert (operator["id"], operator["status"]) == ("operator", "offline")


async def test_who_is_idle_is_online_to_version_1(old: Old, fleet: Fleet) -> None:
    session = await old.come("node-1")
    old.stage.core.people.presence.choose("node-1", PresenceSet(status="idle"))

    assert fleet.agents(session.actor)[0]["status"] == "online"


@pytest.mark.parametrize(("role", "sees"), [(Role.MASTER, True), (Role.WARDEN, True), (Role.WORKER, False)])
async def test_reports_of_others_are_for_masters_and_wardens(
    old: Old, fleet: Fleet, role: Role, sees: bool
) -> None:
    reporter, reader = await old.come("node-1"), await old.come("reader", role)
    old.stage.core.coordination.telemetry.hear(reporter.actor, Report(specs={"cpu": 1}))

    assert (fleet.agents(reader.actor)[0]["specs"] == {"cpu": 1}) is sees


async def test_report_that_is_too_large_is_not_passed_on_whole(old: Old, fleet: Fleet) -> None:
    session = await old.come("node-1", Role.MASTER)
    telemetry = old.stage.core.coordination.telemetry
    telemetry.hear(session.actor, Report(specs={"cpu": 1}, cron=["x" * MAX_SECTIONS]))
    specs_alone = fleet.agents(session.actor)[0]
    telemetry.hear(session.actor, Report(specs={"cpu": "x" * MAX_SECTIONS}))
    nothing = fleet.agents(session.actor)[0]

    assert (specs_alone["specs"], specs_alone["cron"]) == ({"cpu": 1}, [])
    assert nothing["specs"] == {}
