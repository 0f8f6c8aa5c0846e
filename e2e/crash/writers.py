"""Writers that remember what they asked for and what they were promised, over sockets and over REST."""

import asyncio
import itertools
import json
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass, field
from typing import Any

import httpx
from websockets.exceptions import WebSocketException

from e2e.rawsocket import RawSocket

AT_ONCE = 8  # requests of one writer that are under way
AWAY = (OSError, WebSocketException, httpx.HTTPError, TimeoutError)
Send = Callable[[str], Awaitable[dict[str, Any] | None]]


@dataclass(slots=True)
class Diary:
    """All writers' messages: asked for, and promised with their offsets."""

    asked: set[str] = field(default_factory=set)
    promised: dict[str, int] = field(default_factory=dict)
    broken_promises: list[str] = field(default_factory=list)
    enough: asyncio.Event = field(default_factory=asyncio.Event)
    wanted: int = 0

    def promise(self, message_id: str, offset: int) -> None:
        """Note an acknowledgement; a second one must say the same."""
        if self.promised.setdefault(message_id, offset) != offset:
            self.broken_promises.append(message_id)
        if len(self.promised) >= self.wanted:
            self.enough.set()


class Writer:
    """One agent that writes as fast as it is answered until its link breaks, and goes on later."""

    def __init__(self, name: str, token: str, diary: Diary, *, over_rest: bool) -> None:
        self._name = name
        self._token = token
        self._diary = diary
        self._over_rest = over_rest
        self._numbers = itertools.count()
        self._open: list[str] = []

    async def write(self, url: str) -> None:
        """Write until the relay is gone; begin with what was never answered."""
        try:
            if self._over_rest:
                headers = {"Authorization": f"Bearer {self._token}"}
                async with httpx.AsyncClient(
                    base_url=url, headers=headers, timeout=10, trust_env=False
                ) as http:
                    await self._until_it_breaks(_rest(http))
            else:
                async with RawSocket(url) as link:
                    await link.join(self._token)
                    await self._pipeline(link)
        except AWAY:
            return

    async def _until_it_breaks(self, send: Send) -> None:
        while True:
            message_id = self._next()
            answer = await send(message_id)
            if answer is not None:
                self._settle(message_id, answer)

    async def _pipeline(self, link: RawSocket) -> None:
        sent: dict[int, str] = {}
        for number in itertools.count(1):
            sent[number] = message_id = self._next(sent.values())
            body = {"id": message_id, "to_type": "global", "to_id": "global", "payload": _text(message_id)}
            await link.send(f"42{number}" + json.dumps(["chat_send", body]))
            while len(sent) >= AT_ONCE:
                frame = str(await link.receive())
                if frame.startswith("43"):
                    begin = frame.index("[")
                    answer = json.loads(frame[begin:])[0]
                    answered = sent.pop(int(frame[2:begin]))
                    if answer["ok"]:
                        self._settle(answered, answer)

    def _next(self, under_way: Collection[str] = ()) -> str:
        """Return the oldest message without an answer that is not under way, or a new one."""
        message_id = next((each for each in self._open if each not in under_way), None)
        if message_id is None:
            message_id = f"{self._name}-{next(self._numbers)}"
            self._open.append(message_id)
        self._diary.asked.add(message_id)
        return message_id

    def _settle(self, message_id: str, answer: dict[str, Any]) -> None:
        self._open.remove(message_id)
        self._diary.promise(message_id, answer["offset"])


def _rest(http: httpx.AsyncClient) -> Send:
    async def send(message_id: str) -> dict[str, Any] | None:
        body = {"id": message_id, "to_type": "global", "to_id": "global", "payload": _text(message_id)}
        answer = await http.post("/api/v1/messages", json=body)
        return dict(answer.json()) if answer.is_success else None

    return send


def _text(message_id: str) -> dict[str, str]:
    # Named twice: a page of a database's log may end in the middle of one of them.
    return {"kind": "text", "text": f"{message_id} says what {message_id} says."}
