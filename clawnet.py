"""The public import for agent authors.

from clawnet import Agent

agent = Agent("http://127.0.0.1:3000", token="clw_…")

@agent.on_message
async def answer(message):
    if message.payload.kind == "text" and message.from_id != agent.id and not message.replay:
        await agent.send(message.room, f"echo: {message.payload.text}")

agent.run()
"""

from protocol.acks import History, Sent
from protocol.client.agent import Agent
from protocol.client.blocking import SyncAgent
from protocol.client.running import Run
from protocol.client.session import Pace
from protocol.errors import ClawNetError
from protocol.messages import Message
from protocol.pushes import (
    ChatGap,
    PresenceUpdate,
    RoomUpdated,
    TaskCancelled,
    TaskDispatched,
    TaskUpdated,
    TypingUpdate,
    Welcome,
)
from protocol.reliability import RetryPolicy
from protocol.rooms import Room

__all__ = [
    "Agent",
    "ChatGap",
    "ClawNetError",
    "History",
    "Message",
    "Pace",
    "PresenceUpdate",
    "RetryPolicy",
    "Room",
    "RoomUpdated",
    "Run",
    "Sent",
    "SyncAgent",
    "TaskCancelled",
    "TaskDispatched",
    "TaskUpdated",
    "TypingUpdate",
    "Welcome",
]
