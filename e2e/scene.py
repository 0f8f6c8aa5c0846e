"""A scene for bad input: one relay, and two bystanders who go on talking whatever a third does."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from e2e.agents import RawAgent
from e2e.relay import Relay
from e2e.rest import Rest


@dataclass
class Scene:
    """A relay, the bystanders, and the token of the agent that misbehaves."""

    relay: Relay
    operator: Rest
    one: RawAgent
    two: RawAgent
    evil: str
    checked: int = 0

    async def goes_on(self) -> None:
        """Let the bystanders exchange a message, and check that nothing but their words was stored."""
        assert self.relay.is_running, self.relay.log()
        await _exchange(self.one, self.two, "one is fine")
        last = await _exchange(self.two, self.one, "two is fine")
        stored = await self.operator.history(after=self.checked)
        assert [message["from_id"] for message in stored] == ["one", "two"]
        self.checked = last
        assert self.relay.faults() == []


@asynccontextmanager
async def scene_on(relay: Relay) -> AsyncIterator[Scene]:
    """Bring the bystanders on."""
    async with AsyncExitStack() as stack:
        operator = await stack.enter_async_context(Rest(relay.url, relay.token))
        tokens = [await operator.enrol(name) for name in ("one", "two", "evil")]
        one, two = [await stack.enter_async_context(RawAgent(relay.url, token)) for token in tokens[:2]]
        yield Scene(relay, operator, one, two, tokens[2])


async def _exchange(sender: RawAgent, reader: RawAgent, words: str) -> int:
    offset = int((await sender.say(words))["offset"])
    await reader.until(lambda: reader.messages() and reader.messages()[-1]["offset"] == offset)
    return offset
