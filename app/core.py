"""The core: the relay without its doors, put together around a store. What tests drive in one process."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass

from app.background import Background
from app.bus import Bus
from app.clock import Clock
from app.coordination import Coordination, Ground, build_coordination
from app.delivery.building import Readers, build_readers
from app.events import MessagePosted
from app.journal import Journal
from app.keeping import Keeping, Shelf, StoreAccess, build_keeping
from app.services.admission import AdmissionService
from app.services.audit import AuditService
from app.services.chat import ChatService
from app.services.compose import ComposeService
from app.services.credentials import CredentialService
from app.services.identity import IdentityService
from app.services.limits import LimitsService, rates_of
from app.services.presence import PresenceService
from app.services.rooms import RoomService
from app.services.search import SearchService
from app.services.shared_secret import SharedSecretService
from app.services.tasks.book import TaskBook
from app.services.upkeep import Restart, UpkeepService
from app.settings import Settings
from app.tally import Tally
from protocol.errors import ClawNetError
from storage.ports import Store
from storage.switching import SwitchableStore

SWEEP = 1.0  # seconds between two looks for agents that fell silent and tokens that ran out


@dataclass(frozen=True, slots=True, kw_only=True)
class Base:
    """What every service stands on."""

    store: SwitchableStore
    clock: Clock
    bus: Bus
    background: Background
    journal: Journal
    audit: AuditService

    @property
    def tally(self) -> Tally:
        """Return what is counted on a message's way."""
        return self.journal.tally


@dataclass(frozen=True, slots=True, kw_only=True)
class People:
    """Who takes part."""

    identity: IdentityService
    credentials: CredentialService
    admission: AdmissionService
    presence: PresenceService


@dataclass(frozen=True, slots=True, kw_only=True)
class Core:
    """The parts of a running relay."""

    base: Base
    people: People
    readers: Readers
    keeping: Keeping
    rooms: RoomService
    chat: ChatService
    search: SearchService
    coordination: Coordination
    compose: ComposeService
    limits: LimitsService
    shared: SharedSecretService
    upkeep: UpkeepService

    async def start(self, operator_token: str, linger: float = 0.0) -> None:
        """Load what the store knows and begin to work; what `linger` does, `Journal` says."""
        self.base.journal.linger = linger
        self.base.journal.start()
        loaded = (self.people.identity, self.people.credentials, self.rooms, self.coordination)
        for service in (*loaded, self.keeping.settings, self.keeping.views):
            await service.load(self.base.store)
        await self.people.credentials.admit_operator(operator_token)
        self.readers.progress.start()
        self.readers.delivery.start()
        self.keeping.retention.start()
        self.base.background.spawn(self._sweep(), name="sweep")

    async def stop(self) -> None:
        """Store what is noted, finish what is queued, and end."""
        # Cursors that can't be stored now are sent again later; the rest must still end in order.
        with suppress(ClawNetError):
            await self.readers.progress.flush()
        await self.base.journal.close()
        await self.base.background.close()
        await self.base.store.close()

    async def _sweep(self) -> None:
        while True:
            await asyncio.sleep(SWEEP)
            self.people.presence.sweep()
            # Whatever fails, the next sweep comes: without it no token would run out any more.
            with suppress(ClawNetError):
                await self.base.journal.probe()
                await self.people.credentials.sweep()
                await self.shared.sweep()
            await self.coordination.watch.sweep()


def build_core(
    settings: Settings,
    *,
    store: Store,
    clock: Clock,
    access: StoreAccess | None = None,
    restart: Restart | None = None,
) -> Core:
    """Put the services together around a store; `access` tells where it came from."""
    switchable = SwitchableStore(store)
    base = _base(switchable, clock)
    people = _people(base, settings)
    rooms = RoomService(
        identity=people.identity, journal=base.journal, log=switchable, clock=clock, audit=base.audit
    )
    chat = _chat(base, people, rooms)
    readers = _readers(base, rooms, people.presence, settings)
    coordination = build_coordination(_ground(base, people, rooms, chat), settings)
    _connect(base.bus, people, rooms, coordination, readers)
    limits = LimitsService(clock=clock, rates=rates_of(settings))
    access = access or StoreAccess.to_memory(settings)
    adopters = (limits.adopt, coordination.adopt, people.admission.adopt)
    keeping = build_keeping(_shelf(base, rooms), settings, access, adopters)
    return Core(
        base=base,
        people=people,
        readers=readers,
        keeping=keeping,
        rooms=rooms,
        chat=chat,
        search=SearchService(rooms=rooms, log=switchable, audit=base.audit),
        coordination=coordination,
        compose=_compose(chat, rooms, coordination, clock),
        limits=limits,
        shared=_shared(base, people, limits, settings),
        upkeep=_upkeep(base, people, readers, coordination.book, keeping=keeping, restart=restart),
    )


def _base(store: SwitchableStore, clock: Clock) -> Base:
    bus, background = Bus(), Background()
    # Not the loop's time, which stands still within a turn.
    tally = Tally(now=clock.monotonic)
    journal = Journal(store=store, bus=bus, background=background, tally=tally)
    audit = AuditService(journal=journal, log=store, clock=clock, background=background)
    return Base(store=store, clock=clock, bus=bus, background=background, journal=journal, audit=audit)


def _ground(base: Base, people: People, rooms: RoomService, chat: ChatService) -> Ground:
    return Ground(
        identity=people.identity,
        presence=people.presence,
        rooms=rooms,
        chat=chat,
        journal=base.journal,
        log=base.store,
        audit=base.audit,
        clock=base.clock,
    )


def _chat(base: Base, people: People, rooms: RoomService) -> ChatService:
    return ChatService(
        rooms=rooms,
        identity=people.identity,
        presence=people.presence,
        journal=base.journal,
        log=base.store,
        clock=base.clock,
        audit=base.audit,
    )


def _compose(chat: ChatService, rooms: RoomService, work: Coordination, clock: Clock) -> ComposeService:
    return ComposeService(
        chat=chat, rooms=rooms, slash=work.slash, pausing=work.pausing, loops=work.loops, clock=clock
    )


def _people(base: Base, settings: Settings) -> People:
    clock, journal, audit = base.clock, base.journal, base.audit
    identity = IdentityService(journal=journal, log=base.store, clock=clock, audit=audit)
    credentials = CredentialService(identity=identity, journal=journal, clock=clock, audit=audit)
    admission = AdmissionService(credentials=credentials, audit=audit, clock=clock)
    admission.adopt(settings)
    idle_after = settings.idle_after
    presence = PresenceService(identity=identity, journal=journal, clock=clock, idle_after=idle_after)
    return People(identity=identity, credentials=credentials, admission=admission, presence=presence)


def _shared(base: Base, people: People, limits: LimitsService, settings: Settings) -> SharedSecretService:
    return SharedSecretService(
        secret=settings.secret_key,
        credentials=people.credentials,
        identity=people.identity,
        journal=base.journal,
        audit=base.audit,
        limits=limits,
    )


def _upkeep(
    base: Base, people: People, readers: Readers, book: TaskBook, *, keeping: Keeping, restart: Restart | None
) -> UpkeepService:
    return UpkeepService(
        identity=people.identity,
        book=book,
        links=readers.connections,
        store=base.store,
        retention=keeping.retention,
        audit=base.audit,
        clock=base.clock,
        restart=restart or Restart(),
    )


def _readers(base: Base, rooms: RoomService, presence: PresenceService, settings: Settings) -> Readers:
    return build_readers(
        log=base.store,
        rooms=rooms,
        presence=presence,
        journal=base.journal,
        clock=base.clock,
        background=base.background,
        settings=settings,
    )


def _shelf(base: Base, rooms: RoomService) -> Shelf:
    return Shelf(
        store=base.store,
        rooms=rooms,
        journal=base.journal,
        audit=base.audit,
        clock=base.clock,
        background=base.background,
    )


def _connect(
    bus: Bus, people: People, rooms: RoomService, coordination: Coordination, readers: Readers
) -> None:
    # Directories follow first, so that whoever hears later finds them up to date.
    for follower in (people.identity.apply, people.credentials.apply, rooms.apply, people.presence.apply):
        bus.subscribe(follower, deaf_to=(MessagePosted,))
    hearers = (readers.delivery.on_fact, readers.streams.on_fact)
    for listener in (coordination.tasks.apply, coordination.loops.apply, *hearers):
        bus.subscribe(listener)
    bus.subscribe(readers.signals.on_fact, deaf_to=(MessagePosted,))
    bus.on_settled(readers.delivery.on_settled)
