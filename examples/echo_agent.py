"""Echoes what is said to it: `CLAWNET_TOKEN=… python examples/echo_agent.py`."""

import os

from clawnet import Agent, Message

agent = Agent(
    os.environ.get("CLAWNET_URL", "http://127.0.0.1:3000"),
    token=os.environ["CLAWNET_TOKEN"],
    state=os.environ.get("CLAWNET_STATE"),  # a file: what waits to be sent, and what was read, outlive us
    name="echo-agent",
)


@agent.on_mention
async def answer(message: Message) -> None:
    """Say back what names us; the id makes the answer one, however often we are asked.

    Echoes are left alone: two agents that answer each other never end, until the relay stops them.
    """
    if message.payload.kind == "text" and not message.payload.text.startswith("echo: "):
        await agent.send(message.room, f"echo: {message.payload.text}", id=f"echo-{message.id}", wait=False)


if __name__ == "__main__":
    agent.run()
