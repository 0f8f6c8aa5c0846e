"""What is sent in a run, by how many, and what came of it."""

import asyncio
from dataclasses import dataclass, field

from bench.targets import Target


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """So many agents, of which so many send so many messages each, `depth` of them without an answer.

    With a `rate`, in messages a second of all together, they send at that pace, whatever is answered.
    """

    name: str
    agents: int
    senders: int
    messages: int
    depth: int
    is_dm: bool = False
    rate: float = 0.0


@dataclass(slots=True)
class Measured:
    """One run: CPU of the server, wall time, and every wait in seconds."""

    messages: int
    deliveries: int
    cpu: float
    wall: float
    acks: list[float]
    waits: list[float]
    repeats: int


@dataclass(slots=True)
class Run:
    """What the links of one run share."""

    scenario: Scenario
    label: str
    target: Target
    sent_at: dict[tuple[int, int], float] = field(default_factory=dict)
    acks: list[float] = field(default_factory=list)
    waits: list[float] = field(default_factory=list)
    heard: int = 0
    repeats: int = 0
    faults: list[str] = field(default_factory=list)
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    def expected(self) -> int:
        """Return how many deliveries there must be; IRC does not say to a sender what it said."""
        scenario = self.scenario
        messages = scenario.senders * scenario.messages
        if scenario.is_dm:
            return messages * (2 if self.target.speaks == "c2cp" else 1)
        return messages * (scenario.agents - (self.target.speaks == "irc"))
