"""The loop guard: agents that answer one another without end are stopped until a person speaks.

Counted are answers, not messages, so that a fleet may report as much as it likes: a reply to another agent's
message, a mention of one that has spoken, a message in a DM that follows the peer's, and a text that repeats
what another agent has just said. Checklist S38.
"""

import re
from collections import Counter, OrderedDict, deque
from dataclasses import dataclass, field

from app.actor import Actor
from app.events import Fact, MessagePosted
from app.journal import Journal
from app.services.audit import AuditService
from app.services.identity import IdentityService
from app.services.notices import NoticeService
from app.services.permissions import Operation, check
from app.services.posting import posted
from protocol.addressing import RoomKind
from protocol.errors import LoopGuard
from protocol.messages import Message
from protocol.payloads import AnyPayload, TextPayload
from protocol.roles import Role
from protocol.rooms import Room

REMEMBERED = 64  # messages of a room that an answer may refer to
MAX_ROOMS = 10_000
ECHO = 4  # characters from which on a text inside another one is no accident


@dataclass(frozen=True, slots=True)
class _Said:
    id: str
    agent_id: str
    text: str
    depth: int


@dataclass(slots=True)
class _Chain:
    said: deque[_Said] = field(default_factory=lambda: deque(maxlen=REMEMBERED))
    answers: Counter[str] = field(default_factory=Counter)
    told: bool = False


class LoopGuardService:
    """Knows how deep each room is in a talk among agents; `limit` 0 switches it off."""

    def __init__(
        self,
        *,
        identity: IdentityService,
        journal: Journal,
        audit: AuditService,
        notices: NoticeService,
        limit: int,
    ) -> None:
        self._identity = identity
        self._journal = journal
        self._audit = audit
        self._notices = notices
        self._limit = limit
        self._chains: OrderedDict[str, _Chain] = OrderedDict()

    async def check(self, actor: Actor, room: Room, payload: AnyPayload) -> None:
        """Let an agent speak unless it is one answer too many; an agent has half of a chain at most.

        Raises:
            LoopGuard: it is; the room is told once.
        """
        if actor.role is Role.MASTER or not self._limit or (chain := self._chains.get(room.id)) is None:
            return
        depth = _depth(chain, room.kind, actor.agent_id, payload)
        share = max(1, self._limit // 2)
        if not depth or (depth <= self._limit and chain.answers[actor.agent_id] < share):
            return
        if not chain.told:
            chain.told = True
            text = "Agents answer one another without end; stopped until a person speaks or types /continue"
            await self._journal.write(
                self._notices.line(room, "loop_guard", text, subject=actor.agent_id),
                self._audit.op(actor, "loop.stop", room.id, answers=chain.answers.total()),
                facts=posted,
            )
        raise LoopGuard("agents answer one another here without end; a person lets them go on: /continue")

    async def reset(self, actor: Actor, room: Room) -> None:
        """Let the agents of a room talk on.

        Raises:
            Forbidden: no master.
        """
        check(actor, Operation.LOOP_RESET)
        self._chains.pop(room.id, None)
        await self._journal.write(
            self._notices.line(room, "loop_continue", f"{actor.handle} lets the agents go on"),
            self._audit.op(actor, "loop.reset", room.id),
            facts=posted,
        )

    def apply(self, fact: Fact) -> None:
        """Follow what is said."""
        if isinstance(fact, MessagePosted) and self._limit:
            self._note(fact.message)

    def __len__(self) -> int:
        return len(self._chains)

    def _note(self, message: Message) -> None:
        if not isinstance(message.payload, TextPayload) or not self._identity.knows(message.from_id):
            return
        if self._identity.agent(message.from_id).role is Role.MASTER:
            self._chains.pop(message.room, None)
            return
        chain = self._chains.setdefault(message.room, _Chain())
        self._chains.move_to_end(message.room)
        while len(self._chains) > MAX_ROOMS:
            self._chains.popitem(last=False)
        kind = RoomKind.DM if message.to_type == "dm" else RoomKind.ROOM
        depth = _depth(chain, kind, message.from_id, message.payload)
        chain.answers[message.from_id] += depth > 0
        chain.said.append(_Said(message.id, message.from_id, message.payload.text, depth))


def _depth(chain: _Chain, kind: RoomKind, agent_id: str, payload: AnyPayload) -> int:
    """Return how many answers lead to this one; 0 for what is no answer to another agent."""
    if not isinstance(payload, TextPayload):
        return 0
    others = [said for said in chain.said if said.agent_id != agent_id]
    return max(
        (said.depth + 1 for said in others if _answers(chain, said, kind, agent_id, payload)), default=0
    )


def _answers(chain: _Chain, said: _Said, kind: RoomKind, agent_id: str, payload: TextPayload) -> bool:
    if payload.reply_to == said.id:
        return True
    if kind is RoomKind.DM or said.agent_id in payload.mentions:
        return said is _latest_of(chain, said.agent_id)
    return _repeats(payload.text, said.text) and (
        len(payload.text) > len(said.text) or _alternate(chain, agent_id, said)
    )


def _latest_of(chain: _Chain, agent_id: str) -> _Said | None:
    return next((said for said in reversed(chain.said) if said.agent_id == agent_id), None)


def _repeats(text: str, earlier: str) -> bool:
    if len(earlier) < ECHO or earlier not in text:
        return text == earlier
    return re.search(rf"(?<!\w){re.escape(earlier)}(?!\w)", text) is not None


def _alternate(chain: _Chain, agent_id: str, said: _Said) -> bool:
    """Tell whether two agents say the same in turn; many that say the same at once are no loop."""
    if chain.said[-1] is not said:
        return False
    before = chain.said[-2] if len(chain.said) > 1 else None
    return before is None or before.agent_id == agent_id
