"""The reader: takes each entry of each room once and in order, and keeps it until it is handled."""

import asyncio
import logging
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ValidationError

from protocol.client.keeping import Keep
from protocol.client.receipts import Receipts
from protocol.errors import ClawNetError
from protocol.events import RELAY_EVENTS
from protocol.pushes import ChatGap, Welcome
from protocol.reliability import Inbox, Verdict

log = logging.getLogger("clawnet")

RESUME_BYTES = 32 * 1024  # of offsets in a handshake; the relay's frame limit is twice that


@dataclass(frozen=True, slots=True)
class Heard:
    """Something for the handlers; with a room, its handling completes `offset` there."""

    event: str
    body: BaseModel | ClawNetError | None
    room: str | None = None
    offset: int = 0
    epoch: str = ""


class Reader:
    """Judges what arrives and queues what is new.

    The queue is bounded: an entry that does not fit is left to the relay, which sends again what is not
    acknowledged; a passing signal that does not fit is lost, as it would be to a slow reader anyway.
    """

    def __init__(self, receipts: Receipts, *, limit: int, keep: Keep) -> None:
        self._receipts = receipts
        self._limit = limit
        self._keep = keep
        epoch, offsets = keep.cursors()
        self._inbox = Inbox(epoch, offsets)
        self._receipts.offsets = dict(offsets)
        self.queue: asyncio.Queue[Heard | None] = asyncio.Queue()

    @property
    def epoch(self) -> str:
        """Return the epoch that the known offsets belong to."""
        return self._inbox.epoch

    def resume(self) -> dict[str, object] | None:
        """Return what a handshake says about where we are: the rooms last heard of, as far as they fit.

        It names what is processed, not what is received: should this process die now, the relay must not
        believe that the difference was read. What comes twice because of that, the inbox drops.
        """
        if not self.epoch:
            return None
        offsets, room_left = {}, RESUME_BYTES
        for room, offset in reversed(self._receipts.offsets.items()):
            room_left -= len(room) + 20
            if room_left < 0:
                break
            offsets[room] = offset
        return {"epoch": self.epoch, "offsets": offsets}

    def begin(self, welcome: Welcome) -> None:
        """Take up what the relay says about each room; rooms that it does not name are ours no more."""
        known = self._inbox.offsets if welcome.server.epoch == self.epoch else {}
        done = self._receipts.offsets if known else {}
        cursors = {room.id: room.cursor for room in welcome.rooms}
        # What was read stays read, unless the relay skips ahead of it or has lost the end of its log.
        kept = {room.id for room in welcome.rooms if room.cursor <= known.get(room.id, -1) <= room.head}
        self._inbox.begin(welcome.server.epoch, {})
        self._inbox.offsets = {room: known[room] if room in kept else at for room, at in cursors.items()}
        self._receipts.begin(
            {room: done.get(room, at) if room in kept else at for room, at in cursors.items()}
        )
        self._keep.begin(self.epoch, self._receipts.offsets)
        self._put_if_room(Heard("welcome", welcome))

    def forget(self, room: str) -> None:
        """Let go of a room that we left; when we are back it begins wherever the relay says."""
        self._inbox.offsets.pop(room, None)
        self._receipts.offsets.pop(room, None)

    def heard(self, event: str, raw: Any) -> None:
        """Judge one event of the relay."""
        kind = RELAY_EVENTS.get(event)
        if kind is None or not isinstance(raw, dict):
            log.debug("the relay says %r, which this client does not know", event)
        elif kind.kept:
            self._entry(event, raw)
        elif event == "chat_gap":
            self._gap(raw)
        else:
            self._signal(event, raw)

    def failed(self, error: ClawNetError) -> None:
        """Hand an error to the handlers."""
        log.warning("%s", error)
        self._put_if_room(Heard("error", error))

    def processed(self, heard: Heard) -> None:
        """Note that the handlers are done with it; what belongs to a lost history is not told."""
        if heard.room is not None and heard.epoch == self.epoch:
            self._receipts.processed(heard.room, heard.offset)
            self._keep.processed(heard.room, heard.offset)

    def _entry(self, event: str, raw: dict[str, Any]) -> None:
        room, offset = raw.get("room"), raw.get("offset")
        if not isinstance(room, str) or not isinstance(offset, int):
            log.warning("the relay sent a %s without a place", event)
            return
        # A room that is new to us begins where the relay begins.
        self._inbox.offsets.setdefault(room, offset - 1)
        self._receipts.offsets.setdefault(room, offset - 1)
        if offset == self._inbox.offsets[room] + 1 and self.queue.qsize() >= self._limit:
            return
        match self._inbox.judge(room, offset):
            case Verdict.NEW:
                self.queue.put_nowait(Heard(event, _parsed(event, raw), room, offset, self.epoch))
            case Verdict.REPEAT:
                self._receipts.repeat(room)
            case Verdict.HOLE:
                log.debug("offset %d of %s came too early", offset, room)

    def _gap(self, raw: dict[str, Any]) -> None:
        gap = _parsed("chat_gap", raw)
        if not isinstance(gap, ChatGap):
            return
        known = self._inbox.offsets.get(gap.room, 0)
        if gap.oldest - 1 <= known:
            self._receipts.repeat(gap.room)
            return
        self._inbox.gap(gap.room, gap.oldest)
        # The relay counts from what was acknowledged; what came and still waits for its handler is not gone.
        gap = gap.model_copy(update={"since": max(gap.since, known + 1)})
        self.queue.put_nowait(Heard("chat_gap", gap, gap.room, gap.oldest - 1, self.epoch))

    def _signal(self, event: str, raw: dict[str, Any]) -> None:
        body = _parsed(event, raw)
        if body is not None:
            self._put_if_room(Heard(event, body))

    def _put_if_room(self, heard: Heard) -> None:
        if self.queue.qsize() < self._limit:
            self.queue.put_nowait(heard)


def _parsed(event: str, raw: dict[str, Any]) -> BaseModel | None:
    """Read an event's body; None if a newer relay says what this client can't understand."""
    try:
        return RELAY_EVENTS[event].body.model_validate(raw)
    except ValidationError as error:
        log.warning("a %s of the relay can't be read: %s", event, error.errors()[0]["msg"])
        return None
