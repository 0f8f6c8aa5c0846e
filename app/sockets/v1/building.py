"""Puts version 1 together around a core."""

from dataclasses import dataclass
from functools import partial
from typing import Any

from app.actor import Actor
from app.background import Background
from app.clock import Clock
from app.coordination import Coordination
from app.delivery.engine import Delivery
from app.journal import Journal
from app.services.audit import AuditService
from app.services.compose import ComposeService
from app.services.identity import IdentityService
from app.services.limits import LimitsService
from app.services.presence import PresenceService
from app.services.rooms import RoomService
from app.services.shared_secret import SharedSecretService
from app.services.tasks.service import TaskService
from app.sockets.dispatch import Dispatcher
from app.sockets.v1.bulletins import Bulletin, Bulletins
from app.sockets.v1.dialect import FirstDialect
from app.sockets.v1.fleet import Fleet
from app.sockets.v1.incoming import EVENTS, OTHER, FirstAcks, FirstHandlers
from app.sockets.v1.orders import Orders
from app.sockets.v1.traffic import Traffic
from protocol.v1 import shown

NEWEST = 20  # tasks in `task_update`


@dataclass(frozen=True, slots=True, kw_only=True)
class FirstGround:
    """What version 1 stands on; `buffer` in bytes."""

    compose: ComposeService
    work: Coordination
    rooms: RoomService
    identity: IdentityService
    presence: PresenceService
    shared: SharedSecretService
    delivery: Delivery
    limits: LimitsService
    journal: Journal
    audit: AuditService
    clock: Clock
    background: Background
    buffer: int


def build_first(ground: FirstGround) -> tuple[FirstDialect, Traffic]:
    """Return the dialect, and the listener that tells its wardens what passes."""
    bulletins = _bulletins(ground)
    orders = Orders(work=ground.work, background=ground.background)
    dialect = FirstDialect(
        shared=ground.shared,
        dispatcher=_dispatcher(ground, bulletins, orders),
        delivery=ground.delivery,
        telemetry=ground.work.telemetry,
        bulletins=bulletins,
        orders=orders,
    )
    traffic = Traffic(
        sessions=bulletins.sessions,
        journal=ground.journal,
        audit=ground.audit,
        clock=ground.clock,
        background=ground.background,
        buffer=ground.buffer,
    )
    return dialect, traffic


def _bulletins(ground: FirstGround) -> Bulletins:
    fleet = Fleet(presence=ground.presence, telemetry=ground.work.telemetry)
    lists = {
        "fleet_update": Bulletin(make=fleet.agents, view=fleet.is_open_to),
        "task_update": Bulletin(
            make=partial(_newest, ground.work.tasks), view=lambda actor: (actor.agent_id, actor.role)
        ),
    }
    return Bulletins(lists=lists, background=ground.background, buffer=ground.buffer)


def _dispatcher(ground: FirstGround, bulletins: Bulletins, orders: Orders) -> Dispatcher:
    handlers = FirstHandlers(
        compose=ground.compose,
        rooms=ground.rooms,
        identity=ground.identity,
        presence=ground.presence,
        work=ground.work,
        orders=orders,
        bulletins=bulletins,
        clock=ground.clock,
    )
    return Dispatcher(
        events=EVENTS | {OTHER.name: OTHER},
        other=OTHER,
        handlers=handlers.table(),
        limits=ground.limits,
        audit=ground.audit,
        acks=FirstAcks(),
    )


def _newest(tasks: TaskService, actor: Actor) -> list[dict[str, Any]]:
    return [shown(task) for task in reversed(tasks.listed(actor)[:NEWEST])]
