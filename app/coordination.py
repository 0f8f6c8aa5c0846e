"""Coordination: what turns a chat into a place of work, put together. Commands, tasks, and the brakes."""

from dataclasses import dataclass

from app.clock import Clock
from app.journal import Journal
from app.services.audit import AuditService
from app.services.chat import ChatService
from app.services.commands import CommandRegistry
from app.services.identity import IdentityService
from app.services.loopguard import LoopGuardService
from app.services.notices import NoticeService
from app.services.pausing import PauseService
from app.services.presence import PresenceService
from app.services.relay_commands import RelayCommands
from app.services.rooms import RoomService
from app.services.saved import SavedCommands
from app.services.slash import SlashService
from app.services.tasks.book import TaskBook
from app.services.tasks.halting import Halting
from app.services.tasks.policy import Policy
from app.services.tasks.reports import TaskReports
from app.services.tasks.retrying import Retrying
from app.services.tasks.service import TaskService
from app.services.tasks.steps import TaskSteps
from app.services.tasks.targets import TargetFinder
from app.services.tasks.watch import Patience, TaskWatch
from app.services.telemetry import TelemetryService
from app.settings import Settings
from storage.ports import Directory, Log


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """What coordination stands on."""

    identity: IdentityService
    presence: PresenceService
    rooms: RoomService
    chat: ChatService
    journal: Journal
    log: Log
    audit: AuditService
    clock: Clock


@dataclass(frozen=True, slots=True, kw_only=True)
class Coordination:
    """Commands and tasks."""

    registry: CommandRegistry
    telemetry: TelemetryService
    saved: SavedCommands
    slash: SlashService
    tasks: TaskService
    book: TaskBook
    reports: TaskReports
    retrying: Retrying
    watch: TaskWatch
    pausing: PauseService
    halting: Halting
    loops: LoopGuardService

    def adopt(self, settings: Settings) -> None:
        """Go by other settings from now on."""
        self.tasks.adopt(_policy_of(settings), settings.worker_risk)
        self.loops.adopt(settings.loop_limit)

    async def load(self, directory: Directory) -> None:
        """Take up what the store knows."""
        for service in (self.tasks, self.pausing, self.saved):
            await service.load(directory)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Brakes:
    pausing: PauseService
    loops: LoopGuardService


def build_coordination(ground: Ground, settings: Settings) -> Coordination:
    """Put the parts together."""
    journal, audit, clock = ground.journal, ground.audit, ground.clock
    brakes = _brakes(ground, settings)
    registry, book = CommandRegistry(), TaskBook()
    saved = SavedCommands(registry=registry, journal=journal, audit=audit)
    steps = TaskSteps(rooms=ground.rooms, journal=journal, audit=audit, clock=clock)
    tasks = _tasks(ground, settings, brakes.pausing, steps, book)
    finder = TargetFinder(
        identity=ground.identity, presence=ground.presence, rooms=ground.rooms, pausing=brakes.pausing
    )
    retrying = Retrying(tasks=tasks, registry=registry, finder=finder, rooms=ground.rooms, clock=clock)
    halting = Halting(pausing=brakes.pausing, tasks=tasks, book=book)
    relay = RelayCommands(
        registry=registry,
        saved=saved,
        identity=ground.identity,
        presence=ground.presence,
        rooms=ground.rooms,
        tasks=tasks,
        halting=halting,
        retrying=retrying,
        pausing=brakes.pausing,
        loops=brakes.loops,
    )
    return Coordination(
        registry=registry,
        telemetry=TelemetryService(registry=registry, clock=clock),
        saved=saved,
        slash=_slash(ground, registry, saved, finder, relay, tasks),
        tasks=tasks,
        book=book,
        reports=_reports(ground, brakes.pausing, steps, book),
        retrying=retrying,
        watch=_watch(ground, settings, steps, book),
        pausing=brakes.pausing,
        halting=halting,
        loops=brakes.loops,
    )


def _brakes(ground: Ground, settings: Settings) -> _Brakes:
    pausing = PauseService(identity=ground.identity, journal=ground.journal, audit=ground.audit)
    loops = LoopGuardService(
        identity=ground.identity,
        journal=ground.journal,
        audit=ground.audit,
        notices=NoticeService(clock=ground.clock),
        limit=settings.loop_limit,
    )
    return _Brakes(pausing=pausing, loops=loops)


def _policy_of(settings: Settings) -> Policy:
    return Policy(deny=settings.deny_commands, risky=settings.risky_commands)


def _tasks(
    ground: Ground, settings: Settings, pausing: PauseService, steps: TaskSteps, book: TaskBook
) -> TaskService:
    return TaskService(
        rooms=ground.rooms,
        presence=ground.presence,
        pausing=pausing,
        steps=steps,
        book=book,
        journal=ground.journal,
        log=ground.log,
        policy=_policy_of(settings),
        worker_risk=settings.worker_risk,
        clock=ground.clock,
    )


def _slash(  # noqa: PLR0917 - one place, next to where they are made
    ground: Ground,
    registry: CommandRegistry,
    saved: SavedCommands,
    finder: TargetFinder,
    relay: RelayCommands,
    tasks: TaskService,
) -> SlashService:
    return SlashService(
        registry=registry,
        saved=saved,
        finder=finder,
        relay=relay,
        tasks=tasks,
        rooms=ground.rooms,
        chat=ground.chat,
        clock=ground.clock,
    )


def _reports(ground: Ground, pausing: PauseService, steps: TaskSteps, book: TaskBook) -> TaskReports:
    return TaskReports(
        book=book,
        steps=steps,
        presence=ground.presence,
        pausing=pausing,
        journal=ground.journal,
        clock=ground.clock,
    )


def _watch(ground: Ground, settings: Settings, steps: TaskSteps, book: TaskBook) -> TaskWatch:
    patience = Patience(
        queue=settings.task_queue_time,
        take=settings.task_take_time,
        lease=settings.task_lease_time,
        grace=settings.task_grace_time,
        approval=settings.task_approval_time,
    )
    return TaskWatch(
        book=book,
        steps=steps,
        presence=ground.presence,
        journal=ground.journal,
        patience=patience,
        clock=ground.clock,
    )
