"""Telemetry: what agents report of themselves, the last word of each. Never stored, and taken as a claim."""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from app.actor import Actor
from app.clock import Clock, stamp
from app.services.commands import CommandRegistry
from app.services.permissions import Operation, check, standing_to
from protocol.requests import Report

SAMPLES = 60  # of one agent: five minutes when it reports every five seconds
MINUTES = 60  # samples of one agent that are a minute apart at least
MINUTE = 60.0  # seconds
LARGEST = 1e6  # what is larger is no number of milliseconds that means anything


@dataclass(frozen=True)
class Telemetry:
    """The sections of an agent's reports (specs, cron, sessions, openclaw, running), and when it reported.

    `skew` is by how many seconds its clock is ahead of the relay's; None when it tells no time.
    """

    agent_id: str
    reported_at: str | None = None
    sections: Mapping[str, Any] = field(default_factory=dict)
    skew: float | None = None


@dataclass(frozen=True, slots=True)
class Sample:
    """How an agent's machine was when it reported: shares in percent, latency in ms, None where not said."""

    at: str
    cpu: float | None
    ram: float | None
    disk: float | None = None
    latency: float | None = None


class TelemetryService:
    """Keeps one picture an agent: a report holds what has changed since the last, a frame at most each."""

    def __init__(self, *, registry: CommandRegistry, clock: Clock) -> None:
        self._registry = registry
        self._clock = clock
        self._pictures: dict[str, Telemetry] = {}
        self._samples: dict[str, deque[Sample]] = {}
        self._minutes: dict[str, deque[Sample]] = {}

    def hear(self, actor: Actor, report: Report) -> None:
        """Take up a report, and the commands that it announces in `specs.commands`.

        Raises:
            InvalidRequest: the commands are no list of commands.
        """
        check(actor, Operation.REPORT, standing_to(actor, actor.agent_id))
        told = {name: getattr(report, name) for name in report.model_fields_set}
        if "commands" in (specs := told.get("specs", {})):
            self._registry.announce(actor.agent_id, specs["commands"])
        before = self._pictures.get(actor.agent_id) or Telemetry(actor.agent_id)
        now = self._clock.now()
        skew = _skew(told.get("specs"), now, before.skew)
        picture = Telemetry(actor.agent_id, stamp(now), {**before.sections, **told}, skew)
        self._pictures[actor.agent_id] = picture
        if (sample := _sample(picture)) is not None:
            self._keep(actor.agent_id, sample)

    def of(self, actor: Actor, agent_id: str) -> Telemetry:
        """Return what an agent has reported.

        Raises:
            Forbidden: somebody else's, and the actor is neither master nor warden.
        """
        check(actor, Operation.TELEMETRY_READ, standing_to(actor, agent_id))
        return self._pictures.get(agent_id) or Telemetry(agent_id)

    def samples(self, actor: Actor, agent_id: str) -> list[Sample]:
        """Return how busy an agent's machine was lately, oldest first.

        Raises:
            Forbidden: somebody else's, and the actor is neither master nor warden.
        """
        check(actor, Operation.TELEMETRY_READ, standing_to(actor, agent_id))
        return list(self._samples.get(agent_id, ()))

    def minutes(self, actor: Actor, agent_id: str) -> list[Sample]:
        """Return the same of the last hour, a minute apart at least.

        Raises:
            Forbidden: somebody else's, and the actor is neither master nor warden.
        """
        check(actor, Operation.TELEMETRY_READ, standing_to(actor, agent_id))
        return list(self._minutes.get(agent_id, ()))

    def _keep(self, agent_id: str, sample: Sample) -> None:
        self._samples.setdefault(agent_id, deque(maxlen=SAMPLES)).append(sample)
        minutes = self._minutes.setdefault(agent_id, deque(maxlen=MINUTES))
        if not minutes or _seconds(minutes[-1].at, sample.at) >= MINUTE:
            minutes.append(sample)


def _skew(specs: object, now: datetime, before: float | None) -> float | None:
    if not isinstance(specs, Mapping):
        return before
    try:
        told = datetime.fromisoformat(str(specs.get("clock", "")))
    except ValueError:
        return None
    return (told - now).total_seconds() if told.tzinfo else None


def _sample(picture: Telemetry) -> Sample | None:
    specs, openclaw = (_section(picture, name) for name in ("specs", "openclaw"))
    cpu, ram, disk = (_share(specs.get(f"{name}_percent")) for name in ("cpu", "ram", "disk"))
    latency = _number(openclaw.get("latency_ms"))
    if {cpu, ram, disk, latency} == {None}:
        return None
    return Sample(picture.reported_at or "", cpu, ram, disk, latency)


def _seconds(since: str, until: str) -> float:
    return (datetime.fromisoformat(until) - datetime.fromisoformat(since)).total_seconds()


def _section(picture: Telemetry, name: str) -> Mapping[str, Any]:
    section = picture.sections.get(name)
    return section if isinstance(section, Mapping) else {}


def _share(value: object) -> float | None:
    # An agent may say anything; what is no share of a hundred is not drawn as one.
    number = _number(value)
    return number if number is not None and number <= 100 else None


def _number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < LARGEST:
        return None
    return float(value)
