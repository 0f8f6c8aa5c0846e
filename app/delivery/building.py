"""Delivery, put together: who is read to, and how patiently."""

from dataclasses import dataclass
from typing import Protocol

from app.background import Background
from app.clock import Clock
from app.delivery.connections import Connections
from app.delivery.engine import Delivery
from app.delivery.pace import Pace
from app.delivery.progress import Progress
from app.delivery.signals import Signals
from app.delivery.streams import Streams
from app.journal import Journal
from app.services.presence import PresenceService
from app.services.rooms import RoomService
from app.settings import Settings
from storage.ports import Cursors, Log


class ReadableLog(Log, Cursors, Protocol):
    """What delivery reads from."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Readers:
    """Who is read to: over sockets, and over HTTP."""

    connections: Connections
    progress: Progress
    delivery: Delivery
    signals: Signals
    streams: Streams


def build_readers(
    *,
    log: ReadableLog,
    rooms: RoomService,
    presence: PresenceService,
    journal: Journal,
    clock: Clock,
    background: Background,
    settings: Settings,
) -> Readers:
    """Put the parts together."""
    connections = Connections()
    progress = Progress(cursors=log, journal=journal, background=background)
    delivery = Delivery(
        log=log,
        progress=progress,
        rooms=rooms,
        connections=connections,
        clock=clock,
        background=background,
        pace=pace_of(settings),
        tally=journal.tally,
    )
    streams = Streams(
        log=log,
        rooms=rooms,
        progress=progress,
        presence=presence,
        clock=clock,
        tally=journal.tally,
        per_agent=settings.max_connections_per_agent,
        per_address=settings.max_connections_per_address,
    )
    signals = Signals(
        connections=connections, streams=streams, rooms=rooms, clock=clock, buffer=settings.send_buffer
    )
    return Readers(
        connections=connections, progress=progress, delivery=delivery, signals=signals, streams=streams
    )


def pace_of(settings: Settings) -> Pace:
    """Return how patiently connections are served."""
    return Pace(window=settings.window, ack_timeout=settings.ack_timeout, buffer=settings.send_buffer)
