"""Telemetry: what agents report of themselves, the last word of each. Never stored, and taken as a claim."""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from app.actor import Actor
from app.clock import Clock, stamp
from app.services.commands import CommandRegistry
from app.services.permissions import Operation, check, standing_to
from protocol.requests import Report

SAMPLES = 60  # of one agent: five minutes when it reports every five seconds


@dataclass(frozen=True)
class Telemetry:
    """The sections of an agent's reports (specs, cron, sessions, openclaw, running), and when it reported."""

    agent_id: str
    reported_at: str | None = None
    sections: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Sample:
    """How busy an agent's machine was when it reported: shares in percent, None where it did not say."""

    at: str
    cpu: float | None
    ram: float | None


class TelemetryService:
    """Keeps one picture an agent: a report holds what has changed since the last, a frame at most each."""

    def __init__(self, *, registry: CommandRegistry, clock: Clock) -> None:
        self._registry = registry
        self._clock = clock
        self._pictures: dict[str, Telemetry] = {}
        self._samples: dict[str, deque[Sample]] = {}

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
        picture = Telemetry(actor.agent_id, stamp(self._clock.now()), {**before.sections, **told})
        self._pictures[actor.agent_id] = picture
        if (sample := _sample(picture)) is not None:
            self._samples.setdefault(actor.agent_id, deque(maxlen=SAMPLES)).append(sample)

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


def _sample(picture: Telemetry) -> Sample | None:
    specs = picture.sections.get("specs")
    if not isinstance(specs, Mapping):
        return None
    cpu, ram = _share(specs.get("cpu_percent")), _share(specs.get("ram_percent"))
    return Sample(picture.reported_at or "", cpu, ram) if (cpu, ram) != (None, None) else None


def _share(value: object) -> float | None:
    # An agent may say anything; what is no share of a hundred is not drawn as one.
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 100:
        return None
    return float(value)
