"""The lists that version 1 sends whole: soon after they changed, once, and only to who keeps up."""

import asyncio
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from app.actor import Actor
from app.background import Background
from app.delivery.wire import Frame
from app.sockets.sessions import Session
from app.sockets.v1.outgoing import Letters
from app.sockets.wire import packet_of
from protocol.text import encoded

SOON = 0.2  # seconds in which changes are gathered


@dataclass(frozen=True, slots=True)
class Bulletin:
    """A list: how it is made for an actor, and what readers of the same list have in common."""

    make: Callable[[Actor], object]
    view: Callable[[Actor], object]


@dataclass(slots=True)
class _Reader:
    session: Session
    due: set[str] = field(default_factory=set)


class Bulletins:
    """Knows which v1 connections there are and what each is still to be told."""

    def __init__(self, *, lists: Mapping[str, Bulletin], background: Background, buffer: int) -> None:
        self._lists = lists
        self._background = background
        self._buffer = buffer
        self._readers: dict[str, _Reader] = {}
        self._is_gathering = False

    def open(self, session: Session) -> None:
        """Serve a connection from now on."""
        self._readers[session.connection_id] = _Reader(session)

    def close(self, session: Session) -> None:
        """Forget a connection."""
        self._readers.pop(session.connection_id, None)

    def sessions(self) -> list[Session]:
        """List the connections that are served."""
        return [reader.session for reader in self._readers.values()]

    def due(self, connection_id: str, lists: Iterable[str]) -> None:
        """Note that lists have changed for one connection."""
        if (reader := self._readers.get(connection_id)) is not None:
            reader.due.update(lists)
            self._gather()

    def due_to_all(self, *lists: str) -> None:
        """Note that lists have changed for everybody."""
        for connection_id in self._readers:
            self.due(connection_id, lists)

    def _gather(self) -> None:
        if not self._is_gathering:
            self._is_gathering = True
            self._background.spawn(self._send_soon(), name="v1 lists")

    async def _send_soon(self) -> None:
        try:
            while any(reader.due for reader in self._readers.values()):
                await asyncio.sleep(SOON)
                self._send([reader for reader in self._readers.values() if reader.due])
        finally:
            self._is_gathering = False

    def _send(self, readers: list[_Reader]) -> None:
        made: dict[tuple[str, object], Frame] = {}
        for reader in readers:
            session = reader.session
            actor = session.dialect.renewed(session.actor)
            # Half of the buffer is kept for messages; who is behind gets the list as it is later.
            if actor is None or session.wire.backlog() > self._buffer // 2:
                continue
            for name in sorted(reader.due):
                session.wire.send(self._frame(name, actor, made))
            reader.due.clear()

    def _frame(self, name: str, actor: Actor, made: dict[tuple[str, object], Frame]) -> Frame:
        bulletin = self._lists[name]
        key = (name, bulletin.view(actor))
        if (frame := made.get(key)) is None:
            packet = packet_of(name, encoded(bulletin.make(actor)))
            frame = made[key] = Frame(Letters((packet,)), packet.size)
        return frame
