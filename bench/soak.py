"""A soak: agents and one operator chat for a while, and not one message may be lost, doubled or reordered.

Run it as `python -m bench.soak --seconds 60`. It starts a relay of its own, prints one line of JSON, and ends
with 1 if anything went wrong.
"""

import argparse
import asyncio
import itertools
import json
import statistics
import sys
import tempfile
import time
from collections import Counter
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path

from clawnet import Agent, Message
from e2e.relay import Relay
from e2e.rest import Rest

SETTLE = 30.0  # seconds that the last messages have to arrive


@dataclass
class Talk:
    """What was said and when, and what each participant heard."""

    said_at: dict[str, float] = field(default_factory=dict)
    acked: dict[str, int] = field(default_factory=dict)
    heard: list[list[Message]] = field(default_factory=list)
    ack_waits: list[float] = field(default_factory=list)
    delivery_waits: list[float] = field(default_factory=list)
    news: asyncio.Event = field(default_factory=asyncio.Event)

    def listen(self, agent: Agent) -> None:
        """Write down what a participant hears."""
        mine: list[Message] = []
        self.heard.append(mine)

        @agent.on_message
        async def on_message(message: Message) -> None:
            mine.append(message)
            self.delivery_waits.append(time.monotonic() - self.said_at[message.id])
            self.news.set()

    async def say(self, agent: Agent, message_id: str) -> None:
        """Say something in everybody's name and wait for its ack."""
        self.said_at[message_id] = begin = time.monotonic()
        sent = await agent.send("global", f"soak {message_id}", id=message_id)
        self.ack_waits.append(time.monotonic() - begin)
        self.acked[message_id] = sent.offset

    async def settled(self) -> None:
        """Wait until everybody has heard everything, or for as long as that may take."""
        try:
            async with asyncio.timeout(SETTLE):
                while any(len(mine) < len(self.said_at) for mine in self.heard):
                    self.news.clear()
                    await self.news.wait()
        except TimeoutError:
            return

    def losses(self) -> dict[str, int]:
        """Count what went wrong, over all participants."""
        lost = doubled = reordered = 0
        for mine in self.heard:
            times = Counter(message.id for message in mine)
            lost += len(self.said_at.keys() - times.keys())
            doubled += sum(times.values()) - len(times)
            reordered += sum(one.offset >= other.offset for one, other in itertools.pairwise(mine))
        misplaced = sum(
            self.acked.get(message.id) != message.offset for mine in self.heard for message in mine
        )
        return {"lost": lost, "doubled": doubled, "reordered": reordered, "misplaced": misplaced}


async def soak(relay: Relay, *, agents: int, rate: float, seconds: float) -> dict[str, object]:
    """Let them talk and return what came of it."""
    async with AsyncExitStack() as stack:
        rest = await stack.enter_async_context(Rest(relay.url, relay.token))
        tokens = [relay.token, *[await rest.enrol(f"agent-{number}") for number in range(agents)]]
        talk = Talk()
        participants = [Agent(relay.url, token=token) for token in tokens]
        for participant in participants:
            talk.listen(participant)
            await stack.enter_async_context(participant)

        begin = time.monotonic()
        async with asyncio.TaskGroup() as group:
            for number in range(round(seconds * rate)):
                await asyncio.sleep(max(0.0, begin + number / rate - time.monotonic()))
                group.create_task(talk.say(participants[number % len(participants)], f"soak-{number}"))
        await talk.settled()
        memory = relay.process.memory_info().rss
    return {
        "participants": len(participants),
        "seconds": round(time.monotonic() - begin, 1),
        "sent": len(talk.said_at),
        "acked": len(talk.acked),
        "delivered": sum(map(len, talk.heard)),
        **talk.losses(),
        "ack_ms": percentiles(talk.ack_waits),
        "delivery_ms": percentiles(talk.delivery_waits),
        "relay_rss_mib": round(memory / 2**20, 1),
    }


def percentiles(waits: list[float]) -> dict[str, float]:
    """Return the usual percentiles in milliseconds."""
    cuts = statistics.quantiles(waits, n=1000)
    points = {"p50": cuts[499], "p95": cuts[949], "p99": cuts[989], "max": max(waits)}
    return {name: round(wait * 1000, 1) for name, wait in points.items()}


def main() -> int:
    """Run the soak; return 1 if a message was lost, doubled or reordered."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--agents", type=int, default=20)
    parser.add_argument("--rate", type=float, default=20.0, help="messages per second, of all together")
    parser.add_argument("--seconds", type=float, default=60.0)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        relay = Relay(Path(folder)).start()
        try:
            result = asyncio.run(soak(relay, agents=args.agents, rate=args.rate, seconds=args.seconds))
        finally:
            relay.kill()
    print(json.dumps(result))
    bad = ("lost", "doubled", "reordered", "misplaced")
    return int(result["acked"] != result["sent"] or any(result[kind] for kind in bad))


if __name__ == "__main__":
    sys.exit(main())
