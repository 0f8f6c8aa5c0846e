"""What the console needs of coordination: narrow ports on commands, tasks and the brakes."""

from datetime import datetime
from typing import Protocol

from app.actor import Actor
from app.services.telemetry import Sample, Telemetry
from protocol.acks import CommandInfo
from protocol.tasks import Task


class Tasks(Protocol):
    """What agents were asked to run."""

    def listed(self, actor: Actor) -> list[Task]: ...

    def see(self, actor: Actor, task_id: str) -> Task: ...

    def may_see(self, actor: Actor, task: Task) -> bool: ...

    async def cancel(self, actor: Actor, task_id: str, reason: str = "") -> Task: ...

    async def approve(self, actor: Actor, task_id: str) -> Task: ...

    async def deny(self, actor: Actor, task_id: str, reason: str = "") -> Task: ...


class Watch(Protocol):
    """How long what waits still waits."""

    def approval_ends(self, task_id: str) -> datetime | None: ...


class Retrying(Protocol):
    """How a task that has ended is run once more."""

    async def retry(self, actor: Actor, task_id: str, *, key: str | None = None) -> Task: ...


class Slash(Protocol):
    """What can be typed."""

    def commands(self, actor: Actor) -> list[CommandInfo]: ...


class Halting(Protocol):
    """How agents are stopped."""

    async def pause(self, actor: Actor, who: str, reason: str = "") -> list[str]: ...


class Pausing(Protocol):
    """Who is stopped, and how they go on."""

    async def resume(self, actor: Actor, who: str) -> None: ...

    def paused(self) -> dict[str, str]: ...

    def is_paused(self, agent_id: str) -> bool: ...


class Reported(Protocol):
    """What agents say of themselves."""

    def of(self, actor: Actor, agent_id: str) -> Telemetry: ...

    def samples(self, actor: Actor, agent_id: str) -> list[Sample]: ...

    def minutes(self, actor: Actor, agent_id: str) -> list[Sample]: ...


class Saved(Protocol):
    """The lines that are kept under names of their own."""

    async def save(self, actor: Actor, name: str, line: str) -> None: ...

    async def forget(self, actor: Actor, name: str) -> None: ...


class Coordination(Protocol):
    """Commands, tasks, and the brakes."""

    @property
    def tasks(self) -> Tasks: ...

    @property
    def watch(self) -> Watch: ...

    @property
    def retrying(self) -> Retrying: ...

    @property
    def slash(self) -> Slash: ...

    @property
    def saved(self) -> Saved: ...

    @property
    def halting(self) -> Halting: ...

    @property
    def pausing(self) -> Pausing: ...

    @property
    def telemetry(self) -> Reported: ...
