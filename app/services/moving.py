"""Moving: the whole store as a backup, and the predecessor's history as an import."""

import hashlib
import re
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from app.actor import Actor
from app.clock import Clock, stamp
from app.events import RoomOpened
from app.journal import Journal
from app.services.audit import AuditService
from app.services.permissions import Operation, check
from app.services.posting import posted
from app.services.rooms import RoomService
from protocol.addressing import GLOBAL, RoomKind, address_of, dm_room, is_agent_id, is_room_name
from protocol.errors import InvalidRequest
from protocol.messages import Draft
from protocol.payloads import TextPayload
from protocol.rooms import Room
from protocol.text import MAX_TEXT
from protocol.trusted import json_of
from storage.archive import lines_of
from storage.ports import Append, CreateRoom
from storage.upkeep import Portability


@dataclass(frozen=True, slots=True)
class OldMessage:
    """A message of the predecessor (v3.x): `to` is `all`, an agent id or `#room`; `ts` RFC 3339 or ms."""

    sender: str
    to: str
    text: str
    ts: str | float


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import did; what was there before is counted, not stored again."""

    stored: int = 0
    repeated: int = 0


class MovingService:
    """Streams everything out, and takes the predecessor's messages in."""

    def __init__(
        self,
        *,
        store: Portability,
        journal: Journal,
        rooms: RoomService,
        audit: AuditService,
        clock: Clock,
    ) -> None:
        self._store = store
        self._journal = journal
        self._rooms = rooms
        self._audit = audit
        self._clock = clock

    async def backup(self, actor: Actor) -> AsyncIterator[bytes]:
        """Return everything as lines, as it is at this moment, whatever is written meanwhile.

        Raises:
            Forbidden: no master.
        """
        check(actor, Operation.STORE_BACKUP)
        await self._audit.note(actor, "store.backup")
        return lines_of(self._store.dump())

    async def take_in(self, actor: Actor, messages: Sequence[OldMessage]) -> Imported:
        """Store the predecessor's messages with their own senders and times; again does nothing.

        Raises:
            Forbidden: no master. InvalidRequest: a message can't be read.
        """
        check(actor, Operation.STORE_IMPORT)
        drafts = [await self._draft(message) for message in messages]
        stored = 0
        for draft in drafts:
            body = json_of(draft.payload)
            append = Append(draft, hashlib.sha256(body).digest(), len(body))
            receipt = await self._journal.write(append, facts=posted)
            stored += receipt.repeat is None
        done = Imported(stored, len(drafts) - stored)
        await self._audit.note(actor, "store.import", stored=done.stored, repeated=done.repeated)
        return done

    async def _draft(self, old: OldMessage) -> Draft:
        sender = _id_of(old.sender)
        room = await self._room(sender, old.to)
        to_type, to_id = address_of(room, sender)
        ts = _stamp_of(old.ts)
        # What makes an old message itself: the predecessor gave it no id.
        key = hashlib.sha256("\0".join((sender, old.to, ts, old.text)).encode()).hexdigest()
        return Draft(
            id=f"v3-{key[:32]}",
            room=room,
            ts=ts,
            from_id=sender,
            from_handle=sender.lower(),
            to_type=to_type,
            to_id=to_id,
            payload=TextPayload(text=old.text[:MAX_TEXT]),
            dedupe_key=f"v3-{key}",
        )

    async def _room(self, sender: str, to: str) -> str:
        if to in {"all", ""}:
            return GLOBAL
        if to.startswith("#"):
            return await self._opened(_room_of(to[1:]), RoomKind.ROOM, [])
        parties = sorted({sender, _id_of(to)})
        return await self._opened(dm_room(sender, _id_of(to)), RoomKind.DM, parties)

    async def _opened(self, room_id: str, kind: RoomKind, members: list[str]) -> str:
        if room_id != GLOBAL and self._rooms.room(room_id) is None:
            now = self._clock.stamp()
            visibility = "private" if kind is RoomKind.DM else "public"
            room = Room(
                id=room_id, kind=kind, title=room_id, visibility=visibility, members=members, created_at=now
            )
            await self._journal.write(CreateRoom(room), facts=lambda _: (RoomOpened(room),))
        return room_id


def _id_of(text: str) -> str:
    name = re.sub(r"[^A-Za-z0-9._-]", "-", text)[:64]
    if not is_agent_id(name):
        raise InvalidRequest(f"{text[:64]!r} can't be an agent's id", field="from")
    return name


def _room_of(text: str) -> str:
    name = re.sub(r"[^a-z0-9_-]", "-", text.lower())[:64].strip("-_")
    if name != GLOBAL and not is_room_name(name):
        raise InvalidRequest(f"{text[:64]!r} can't be a room's name", field="to")
    return name


def _stamp_of(ts: str | float) -> str:
    try:
        if isinstance(ts, str):
            return stamp(datetime.fromisoformat(ts).astimezone(UTC))
        return stamp(datetime.fromtimestamp(ts / 1000, UTC))
    except (ValueError, OverflowError, OSError):
        raise InvalidRequest("a time can't be read", field="ts") from None
