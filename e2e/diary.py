"""What an agent's author sees of the relay through our SDK, written down."""

import asyncio

from clawnet import Agent, ChatGap, Message, Welcome


class Diary:
    """What an agent's author sees: messages, gaps and welcomes, as the SDK hands them out."""

    def __init__(self, agent: Agent) -> None:
        self.messages: list[Message] = []
        self.gaps: list[ChatGap] = []
        self.welcomes: list[Welcome] = []
        self._news = asyncio.Condition()
        agent.on_message(self._on_message)
        agent.on_gap(self._on_gap)
        agent.on_welcome(self._on_welcome)

    @property
    def offsets(self) -> list[int]:
        """Return the offsets of what was handed out, in that order."""
        return [message.offset for message in self.messages]

    async def reaches(self, offset: int, within: float = 30.0) -> None:
        """Wait until a message of this offset, or a later one, was handed out."""
        try:
            async with asyncio.timeout(within), self._news:
                await self._news.wait_for(lambda: self.messages and self.messages[-1].offset >= offset)
        except TimeoutError:
            raise AssertionError(f"{offset} did not come; the last were {self.offsets[-5:]}") from None

    async def welcomed(self, times: int, within: float = 20.0) -> Welcome:
        """Wait for so many welcomes and return the last of them."""
        async with asyncio.timeout(within), self._news:
            await self._news.wait_for(lambda: len(self.welcomes) >= times)
        return self.welcomes[times - 1]

    async def _on_message(self, message: Message) -> None:
        self.messages.append(message)
        await self._tell()

    async def _on_gap(self, gap: ChatGap) -> None:
        self.gaps.append(gap)
        await self._tell()

    async def _on_welcome(self, welcome: Welcome) -> None:
        self.welcomes.append(welcome)
        await self._tell()

    async def _tell(self) -> None:
        async with self._news:
            self._news.notify_all()
