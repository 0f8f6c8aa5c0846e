"""The loop guard: agents that answer one another without end are stopped until a person speaks.

Counted are answers, not messages, so that a fleet may report as much as it likes: a reply to another agent's
message, a mention of one that has spoken, a text that quotes another one, and the same words said in turn.
Several answers to one message count once. Checklist S38.
"""

import asyncio
import re
from collections import Counter, OrderedDict, deque
from dataclasses import dataclass, field
from typing import NamedTuple

from app.actor import Actor
from app.events import Fact, MessagePosted
from app.journal import Journal
from app.services.audit import AuditService
from app.services.identity import IdentityService
from app.services.notices import NoticeService
from app.services.permissions import Operation, check
from app.services.posting import Posting, posted
from protocol.errors import ClawNetError, LoopGuard
from protocol.messages import Message
from protocol.payloads import AnyPayload, TextPayload
from protocol.roles import Role
from protocol.rooms import Room

REMEMBERED = 64  # messages of a room that an answer may refer to
KEPT = 1_000  # characters of each of them
HEAD = 16  # characters that are looked for before the rest
MAX_ROOMS = 2_000  # those that were spoken in last
QUOTED = 4  # characters from which on a text inside another one is no accident
TURNS = 4  # times that two agents say the same in turn until it is no accident either


@dataclass(slots=True, eq=False)
class _Said:
    """A message: its `depth` in a talk among agents, and how many times in turn it was said."""

    id: str
    agent_id: str
    text: str
    size: int
    depth: int
    turns: int
    head: str
    answered_by: set[str] = field(default_factory=set)


class _Chain:
    """A room's talk: the messages that an answer may refer to, who answered, and who is about to speak."""

    __slots__ = ("_deepest", "_waiting", "answers", "held", "said", "told")

    def __init__(self) -> None:
        self.said: deque[_Said] = deque()
        self.answers: Counter[str] = Counter()
        self.held: dict[str, int] = {}
        self.told = False
        self._deepest = 0
        self._waiting: list[asyncio.Future[None]] = []

    def add(self, said: _Said) -> None:
        """Remember what was said; the oldest is forgotten."""
        self.said.append(said)
        self._deepest = max(self._deepest, said.depth)
        if len(self.said) > REMEMBERED and self.said.popleft().depth >= self._deepest > 0:
            self._deepest = max(said.depth for said in self.said)

    def next_depth(self) -> int:
        """Return how deep in a talk the next message can be."""
        last = self.said[-1].turns if self.said else 0
        return max(self._deepest, last) + 1

    def release(self, agent_id: str) -> None:
        """Note that one message less is on its way."""
        left = self.held[agent_id] - 1
        if left:
            self.held[agent_id] = left
        else:
            del self.held[agent_id]
            waiting, self._waiting = self._waiting, []
            for each in waiting:
                if not each.done():
                    each.set_result(None)

    async def settled(self, agent_id: str) -> None:
        """Wait until nothing of an agent is on its way."""
        while agent_id in self.held:
            self._waiting.append(asyncio.get_running_loop().create_future())
            await self._waiting[-1]


class _Answer(NamedTuple):
    """What a message would be: an answer to some others, or one more turn; `depth` 0 is neither."""

    to: tuple[_Said, ...] = ()
    turns: int = 0
    depth: int = 0
    is_new: bool = False


_NONE = _Answer()


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
        self.adopt(limit)
        self._chains: OrderedDict[str, _Chain] = OrderedDict()

    def adopt(self, limit: int) -> None:
        """Judge by another limit from now on."""
        self._limit = limit
        self._share = max(1, limit // 2)

    def is_free(self, actor: Actor, room: Room) -> bool:
        """Tell whether an agent may speak, whatever its words: none of them can be one answer too many."""
        if actor.role is Role.MASTER or not self._limit or (chain := self._chains.get(room.id)) is None:
            return True
        answers = chain.answers.get(actor.agent_id, 0) + chain.held.get(actor.agent_id, 0)
        return answers < self._share and chain.next_depth() <= self._limit

    def hold(self, actor: Actor, room: Room, posting: Posting) -> None:
        """Count a message as an answer while it is on its way; what it is, shows once it is stored."""
        if (chain := self._chains.get(room.id)) is not None:
            chain.held[actor.agent_id] = chain.held.get(actor.agent_id, 0) + 1
            posting.before_all(chain.release, actor.agent_id)

    async def check(self, actor: Actor, room: Room, payload: AnyPayload) -> bool:
        """Let an agent speak unless it is one answer too many; an agent has half of a chain at most.

        Returns whether it answers anybody.

        Raises:
            LoopGuard: it is; the room is told once.
        """
        if (chain := self._chains.get(room.id)) is not None:
            await chain.settled(actor.agent_id)
        if actor.role is Role.MASTER or not self._limit or (chain := self._chains.get(room.id)) is None:
            return False
        answer = self._judge(chain, actor.agent_id, payload)
        is_within = not answer.is_new or chain.answers[actor.agent_id] < self._share
        if not answer.depth or (answer.depth <= self._limit and is_within):
            return answer.depth > 0
        if not chain.told:
            await self._tell(actor, room, chain)
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

    async def _tell(self, actor: Actor, room: Room, chain: _Chain) -> None:
        chain.told = True
        text = "Agents answer one another without end; stopped until a person speaks or types /continue"
        try:
            await self._journal.write(
                self._notices.line(room, "loop_guard", text, subject=actor.agent_id),
                self._audit.op(actor, "loop.stop", room.id, answers=chain.answers.total()),
                facts=posted,
            )
        except ClawNetError:
            chain.told = False
            raise

    def apply(self, fact: Fact) -> None:
        """Follow what is said."""
        if isinstance(fact, MessagePosted) and self._limit:
            self._note(fact.message)

    def __len__(self) -> int:
        return len(self._chains)

    def _note(self, message: Message) -> None:
        payload, agent_id = message.payload, message.from_id
        role = self._identity.role_of(agent_id)
        if role is None or not isinstance(payload, TextPayload):
            return
        if role is Role.MASTER:
            self._chains.pop(message.room, None)
            return
        chain = self._chain(message.room)
        answer = self._judge(chain, agent_id, payload)
        if answer.depth <= 1 and chain.answers:
            # What is no answer, or the first one, begins a talk: nobody has had a share of it yet.
            chain.answers.clear()
        if answer is not _NONE:
            chain.answers[agent_id] += answer.is_new
            for said in answer.to:
                said.answered_by.add(agent_id)
        text = payload.text
        size, depth, turns = len(text), answer.depth, answer.turns
        chain.add(_Said(message.id, agent_id, text[:KEPT], size, depth, turns, text[:HEAD]))

    def _chain(self, room: str) -> _Chain:
        if (chain := self._chains.get(room)) is None:
            chain = self._chains[room] = _Chain()
            if len(self._chains) > MAX_ROOMS:
                self._chains.popitem(last=False)
        self._chains.move_to_end(room)
        return chain

    def _judge(self, chain: _Chain, agent_id: str, payload: AnyPayload) -> _Answer:
        if not isinstance(payload, TextPayload):
            return _NONE
        to = _answered(chain, agent_id, payload)
        turns = _turns(chain, agent_id, payload.text)
        if not to and not turns:
            return _NONE
        is_echo = turns >= min(TURNS, self._limit)
        depth = max((said.depth + 1 for said in to), default=0)
        # Ten words on one message are no longer a talk than one.
        is_new = is_echo or any(agent_id not in said.answered_by for said in to)
        return _Answer(to, turns, max(depth, turns if is_echo else 0), is_new)


def _answered(chain: _Chain, agent_id: str, payload: TextPayload) -> tuple[_Said, ...]:
    """Return what others have said that this refers to: by id, by name, or by its words."""
    if not payload.mentions and payload.reply_to is None:
        # Most of what is said: nothing but its words can refer to anything.
        text = payload.text
        size = len(text)
        # A short text is looked for much faster than a long one, and mostly it is not there either.
        held = [said for said in chain.said if said.size < size and said.head in text and said.text in text]
        if not held:
            return ()
        return tuple(said for said in held if said.agent_id != agent_id and _quotes(text, said))
    latest = {said.agent_id: said for said in chain.said} if payload.mentions else {}
    return tuple(
        said
        for said in chain.said
        if said.agent_id != agent_id
        and (
            said.id == payload.reply_to
            or (latest.get(said.agent_id) is said and said.agent_id in payload.mentions)
            or _quotes(payload.text, said)
        )
    )


def _quotes(text: str, said: _Said) -> bool:
    if not QUOTED <= said.size < len(text) or said.text not in text:
        return False
    return said.size > KEPT or re.search(rf"(?<!\w){re.escape(said.text)}(?!\w)", text) is not None


def _turns(chain: _Chain, agent_id: str, text: str) -> int:
    """Count how often two agents have said the same in turn; many that say the same at once are no loop."""
    if not chain.said:
        return 0
    last = chain.said[-1]
    if last.agent_id == agent_id or last.size != len(text) or last.text != text[:KEPT]:
        return 0
    has_turned = len(chain.said) > 1 and last.turns > 0 and chain.said[-2].agent_id == agent_id
    return last.turns + 1 if has_turned else 1
