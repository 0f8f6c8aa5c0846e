"""The core: the relay without its doors, put together around a store. What tests drive in one process."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass

from app.background import Background
from app.bus import Bus
from app.clock import Clock
from app.delivery.connections import Connections
from app.delivery.engine import Delivery, Pace
from app.delivery.progress import Progress
from app.delivery.signals import Signals
from app.journal import Journal
from app.services.chat import ChatService
from app.services.compose import ComposeService
from app.services.identity import IdentityService
from app.services.limits import LimitsService, Rate
from app.services.presence import PresenceService
from app.services.rooms import RoomService
from app.settings import Settings
from protocol.errors import ClawNetError
from protocol.events import Budget
from storage.ports import Store

SWEEP = 5.0  # seconds between two looks for agents that fell silent


@dataclass(frozen=True, slots=True, kw_only=True)
class Core:
    """The parts of a running relay."""

    store: Store
    bus: Bus
    journal: Journal
    background: Background
    identity: IdentityService
    presence: PresenceService
    rooms: RoomService
    chat: ChatService
    compose: ComposeService
    limits: LimitsService
    connections: Connections
    progress: Progress
    delivery: Delivery

    async def start(self, operator_token: str) -> None:
        """Load what the store knows and begin to work."""
        self.journal.start()
        await self.identity.load(self.store)
        await self.rooms.load(self.store)
        await self.identity.admit_operator(operator_token)
        self.progress.start()
        self.delivery.start()
        self.background.spawn(self._sweep(), name="sweep")

    async def stop(self) -> None:
        """Store what is noted, finish what is queued, and end."""
        # Cursors that can't be stored now are sent again later; the rest must still end in order.
        with suppress(ClawNetError):
            await self.progress.flush()
        await self.journal.close()
        await self.background.close()
        await self.store.close()

    async def _sweep(self) -> None:
        while True:
            await asyncio.sleep(SWEEP)
            self.presence.sweep()


def build_core(settings: Settings, *, store: Store, clock: Clock) -> Core:
    """Put the services together around a store."""
    bus, background = Bus(), Background()
    journal = Journal(store=store, bus=bus, background=background)
    identity = IdentityService(journal=journal, log=store, clock=clock)
    presence = PresenceService(
        identity=identity, journal=journal, clock=clock, idle_after=settings.idle_after
    )
    rooms = RoomService(identity=identity, journal=journal, log=store, clock=clock)
    chat = ChatService(
        rooms=rooms, identity=identity, presence=presence, journal=journal, log=store, clock=clock
    )
    connections = Connections()
    progress = Progress(cursors=store, journal=journal, background=background)
    delivery = Delivery(
        log=store,
        progress=progress,
        rooms=rooms,
        connections=connections,
        clock=clock,
        background=background,
        pace=pace_of(settings),
    )
    signals = Signals(connections=connections, rooms=rooms, buffer=settings.send_buffer)
    # Directories follow first, so that whoever hears later finds them up to date.
    for listener in (identity.apply, rooms.apply, presence.apply, delivery.on_fact, signals.on_fact):
        bus.subscribe(listener)
    return Core(
        store=store,
        bus=bus,
        journal=journal,
        background=background,
        identity=identity,
        presence=presence,
        rooms=rooms,
        chat=chat,
        compose=ComposeService(chat=chat, rooms=rooms, clock=clock),
        limits=LimitsService(clock=clock, rates=_rates(settings)),
        connections=connections,
        progress=progress,
        delivery=delivery,
    )


def pace_of(settings: Settings) -> Pace:
    """Return how patiently connections are served."""
    return Pace(window=settings.window, ack_timeout=settings.ack_timeout, buffer=settings.send_buffer)


def _rates(settings: Settings) -> dict[Budget, Rate]:
    events = Rate(settings.rate_events, settings.rate_events_burst)
    return {
        Budget.CHAT: Rate(settings.rate_chat, settings.rate_chat_burst),
        # Catching up after a cut needs far more than living does.
        Budget.CATCH_UP: Rate(events.per_second * 10, events.burst * 10),
        Budget.SIGNAL: events,
        Budget.CONTROL: events,
        Budget.MISTAKE: Rate(1.0, 20),
    }
