"""An agent as a process of its own, so that it can be stopped; says what it hears, one JSON line each."""

import asyncio
import json
import sys

from clawnet import Agent, ChatGap, ClawNetError, Message, Welcome


def tell(**what: object) -> None:
    """Write one line for the test."""
    sys.stdout.write(json.dumps(what) + "\n")
    sys.stdout.flush()


async def main(url: str, token: str) -> None:
    """Listen until the process is ended."""
    agent = Agent(url, token=token)

    @agent.on_message
    async def on_message(message: Message) -> None:
        tell(offset=message.offset, replay=message.replay)

    @agent.on_gap
    async def on_gap(gap: ChatGap) -> None:
        tell(gap=[gap.since, gap.oldest])

    @agent.on_welcome
    async def on_welcome(welcome: Welcome) -> None:
        tell(welcome=welcome.session)

    @agent.on_error
    async def on_error(error: ClawNetError) -> None:
        tell(error=error.message)

    async with agent:
        await agent.wait()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
