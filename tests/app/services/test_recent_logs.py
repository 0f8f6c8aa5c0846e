"""The relay's own log: read by masters and wardens."""

import logging

import pytest

from app.actor import Actor, Via
from app.logs import RecentLines
from app.services.recent_logs import RecentLogService
from protocol.errors import Forbidden
from protocol.roles import Role


@pytest.fixture
def logs() -> RecentLogService:
    recent = RecentLines()
    for event in ("one", "two"):
        recent.handle(logging.makeLogRecord({"msg": event, "levelname": "INFO", "name": "clawnet.test"}))
    return RecentLogService(recent)


def actor_of(role: Role) -> Actor:
    return Actor("ann", "ann", role, Via.REST)


@pytest.mark.parametrize("role", [Role.MASTER, Role.WARDEN])
def test_masters_and_wardens_read_it(logs: RecentLogService, role: Role) -> None:
    records = logs.records(actor_of(role), limit=10)

    assert [record["event"] for record in records] == ["one", "two"]
    assert len(logs.lines(actor_of(role), limit=10, search="TWO")) == 1


def test_workers_do_not(logs: RecentLogService) -> None:
    with pytest.raises(Forbidden):
        logs.lines(actor_of(Role.WORKER), limit=10)
