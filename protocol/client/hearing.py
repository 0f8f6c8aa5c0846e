"""What an author can listen to: one decorator for each thing that the relay says."""

from abc import ABC, abstractmethod

from protocol.client.handlers import Handler, Handlers, T
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


class Hearing(ABC):
    """The decorators of an agent; several handlers of one kind run in the order of their registration."""

    def __init__(self, handlers: Handlers) -> None:
        self._handlers = handlers

    def on_message(self, handler: Handler[Message]) -> Handler[Message]:
        """Call `handler` for each message of each of my rooms, my own included."""
        return self._on("chat_message", handler)

    def on_mention(self, handler: Handler[Message]) -> Handler[Message]:
        """Call `handler` for each message of others that names me: in `mentions`, or @handle in its text."""

        async def mentioned(message: Message) -> None:
            if self._is_meant(message):
                await handler(message)

        self._on("chat_message", mentioned)
        return handler

    def on_gap(self, handler: Handler[ChatGap]) -> Handler[ChatGap]:
        """Call `handler` when messages are gone that I have not had."""
        return self._on("chat_gap", handler)

    def on_welcome(self, handler: Handler[Welcome]) -> Handler[Welcome]:
        """Call `handler` after each connect and reconnect."""
        return self._on("welcome", handler)

    def on_presence(self, handler: Handler[PresenceUpdate]) -> Handler[PresenceUpdate]:
        """Call `handler` when an agent comes, goes or falls silent."""
        return self._on("presence_update", handler)

    def on_typing(self, handler: Handler[TypingUpdate]) -> Handler[TypingUpdate]:
        """Call `handler` when somebody begins or stops to write."""
        return self._on("typing_update", handler)

    def on_room(self, handler: Handler[RoomUpdated]) -> Handler[RoomUpdated]:
        """Call `handler` when a room, or who is in it, changes."""
        return self._on("room_update", handler)

    def on_task(self, handler: Handler[TaskDispatched]) -> Handler[TaskDispatched]:
        """Call `handler` for each task that I am to execute."""
        return self._on("task_dispatch", handler)

    def on_task_cancel(self, handler: Handler[TaskCancelled]) -> Handler[TaskCancelled]:
        """Call `handler` when a task of mine is to be stopped."""
        return self._on("task_cancel", handler)

    def on_task_update(self, handler: Handler[TaskUpdated]) -> Handler[TaskUpdated]:
        """Call `handler` when a task that I may see moves on."""
        return self._on("task_update", handler)

    def on_error(self, handler: Handler[ClawNetError]) -> Handler[ClawNetError]:
        """Call `handler` for what nobody waits for: why the relay closes, and refused `wait=False` sends."""
        return self._on("error", handler)

    @abstractmethod
    def _is_meant(self, message: Message) -> bool:
        """Tell whether somebody else's message names me."""

    def _on(self, event: str, handler: Handler[T]) -> Handler[T]:
        self._handlers.add(event, handler)
        return handler
