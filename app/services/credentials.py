"""Credentials: whose a token is, and how tokens are made, handed on and taken back."""

import asyncio
from dataclasses import dataclass, replace
from datetime import timedelta

from app.actor import Actor, Via
from app.clock import Clock, stamp
from app.events import Fact, TokenClosed, TokenForgotten, TokenKept
from app.journal import Journal
from app.services import tokens
from app.services.audit import RELAY, AuditService
from app.services.identity import OPERATOR, IdentityService
from app.services.permissions import Operation, Standing, check, standing_to
from app.services.tokens import Minted
from protocol.agents import Agent
from protocol.errors import ClawNetError, Conflict, InvalidRequest, NotFound, Unauthenticated
from protocol.roles import Role
from protocol.tokens import TokenInfo, TokenState
from storage.ports import Directory, ForgetToken, SaveToken, TokenRecord

MAX_TOKENS = 16  # of one agent, those that open the door
MAX_ENDED = 16  # of one agent, those that open it no more; the newest are kept, as evidence
MAX_OVERLAP = 24 * 3600.0  # seconds


@dataclass(frozen=True, slots=True)
class Issued:
    """A fresh token: the text is shown this once and not kept."""

    agent: Agent
    token: TokenInfo
    text: str


class CredentialService:
    """Knows tokens by their digests; an agent may have several."""

    def __init__(
        self, *, identity: IdentityService, journal: Journal, clock: Clock, audit: AuditService
    ) -> None:
        self._identity = identity
        self._journal = journal
        self._clock = clock
        self._audit = audit
        self._tokens: dict[str, TokenRecord] = {}
        self._holders: set[str] = set()
        self._used: set[str] = set()
        self._closed: set[str] = set()
        # A token is read, changed and written; one at a time, or a note of its use would undo its revocation.
        self._changing = asyncio.Lock()

    async def load(self, directory: Directory) -> None:
        """Take up what the store knows."""
        self._tokens = {token.id: token for token in await directory.tokens()}
        self._holders = {token.agent_id for token in self._tokens.values()}
        self._closed = {token_id for token_id in self._tokens if self._state(token_id) != TokenState.VALID}

    def apply(self, fact: Fact) -> None:
        """Follow what the journal published."""
        match fact:
            case TokenKept(record):
                self._tokens[record.id] = record
                self._holders.add(record.agent_id)
                if self._state(record.id) == TokenState.VALID:
                    # The operator's token comes back under the id that it had.
                    self._closed.discard(record.id)
            case TokenForgotten(token_id):
                self._tokens.pop(token_id, None)
                self._closed.discard(token_id)
            case _:
                pass

    async def admit_operator(self, text: str) -> None:
        """Make sure that the operator exists and that this token opens the door."""
        token_id, secret = tokens.parse(text)
        minted = Minted(token_id, text, tokens.digest_of(secret))
        if self._identity.knows(OPERATOR):
            await self._issue(RELAY, self._identity.agent(OPERATOR), minted)
        else:
            await self._enrol(RELAY, OPERATOR, OPERATOR, Role.MASTER, minted)

    async def enrol(
        self, actor: Actor, *, agent_id: str, handle: str | None = None, role: Role = Role.WORKER
    ) -> Issued:
        """Enrol an agent and give it a token.

        Raises:
            Forbidden: the actor is no master.
            InvalidRequest: the handle is malformed or reserved.
            Conflict: the id is in use. HandleTaken: the handle is.
        """
        check(actor, Operation.AGENT_CREATE)
        return await self._enrol(actor, agent_id, handle, role, tokens.mint())

    async def issue(self, actor: Actor, agent_id: str, lifetime: float | None = None) -> Issued:
        """Give an agent a further token that lasts `lifetime` seconds, or for ever.

        Raises:
            Forbidden: the actor is no master. NotFound: no such agent. Conflict: it has too many.
        """
        check(actor, Operation.TOKEN_CREATE, standing_to(actor, agent_id))
        agent = self._identity.agent(agent_id)
        async with self._changing:
            self._check_number(agent_id)
            return await self._issue(actor, agent, tokens.mint(), lifetime=lifetime)

    async def rotate(self, actor: Actor, token_id: str, overlap: float = 600.0) -> Issued:
        """Put a new token in the place of one that goes on opening the door for `overlap` seconds.

        Raises:
            NotFound: no such token for this actor. InvalidRequest: the overlap is over 24 h.
            Conflict: the token opens nothing any more, or there are too many beside it.
        """
        async with self._changing:
            record = self._owned(actor, token_id, Operation.TOKEN_ROTATE)
            if not 0 <= overlap <= MAX_OVERLAP:
                raise InvalidRequest("an overlap is from 0 to 86400 seconds", field="overlap")
            if self._state(token_id) != TokenState.VALID:
                raise Conflict("this token is not valid any more", field="token_id")
            if overlap:
                self._check_number(record.agent_id)
            ends = stamp(self._clock.now() + timedelta(seconds=overlap))
            old = replace(record, expires_at=min(record.expires_at or ends, ends))
            agent = self._identity.agent(record.agent_id)
            issued = await self._issue(actor, agent, tokens.mint(), beside=old, until=record.expires_at)
        await self.sweep()
        return issued

    async def revoke(self, actor: Actor, token_id: str) -> TokenInfo:
        """Take a token back; what it opened is shut at once.

        Raises:
            NotFound: no such token for this actor.
        """
        async with self._changing:
            record = self._owned(actor, token_id, Operation.TOKEN_REVOKE)
            if record.revoked_at is None:
                revoked = replace(record, revoked_at=self._clock.stamp())
                old = self._outdated(record)
                closed = TokenClosed(token_id, record.agent_id, "revoked")
                await self._journal.write(
                    SaveToken(revoked),
                    *map(ForgetToken, old),
                    self._audit.op(actor, "token.revoke", record.agent_id, token=token_id),
                    facts=lambda _: (TokenKept(revoked), closed, *map(TokenForgotten, old)),
                )
                self._closed.add(token_id)
        return self._info(self._tokens[token_id])

    def listed(self, actor: Actor, agent_id: str | None = None) -> list[TokenInfo]:
        """List tokens, of one agent or of all.

        Raises:
            Forbidden: somebody else's, and the actor is no master.
        """
        standing = Standing.OTHER if agent_id is None else standing_to(actor, agent_id)
        check(actor, Operation.TOKEN_LIST, standing)
        return self._of(agent_id)

    async def authenticate(self, token: str, via: Via, address: str | None = None) -> Actor:
        """Tell whose token this is.

        Raises:
            Unauthenticated: nobody's; a wrong secret and an unknown id read and cost the same.
        """
        token_id, secret = tokens.parse(token)
        record = self._tokens.get(token_id)
        if not tokens.matches(secret, record.digest if record else None):
            raise Unauthenticated("this token is not valid")
        if (actor := self.actor_of(token_id, via, address)) is None:
            raise Unauthenticated("this token is not valid any more")
        self._note_use(token_id, address)
        return actor

    def actor_of(self, token_id: str, via: Via, address: str | None = None) -> Actor | None:
        """Return the present authority of a token, or None when it has none (any more)."""
        if self._state(token_id) != TokenState.VALID:
            return None
        agent = self._identity.agent(self._tokens[token_id].agent_id)
        return Actor(agent.id, agent.handle, agent.role, via, token_id, address)

    def has_issued(self, agent_id: str) -> bool:
        """Tell whether an agent has, or ever had, a token of its own."""
        return agent_id in self._holders

    async def sweep(self) -> None:
        """Shut what tokens opened that have run out, and store when tokens were last used."""
        async with self._changing:
            for token_id in self._tokens.keys() - self._closed:
                if self._state(token_id) != TokenState.VALID:
                    await self._close(self._tokens[token_id])
            await self._store_uses()

    async def _enrol(
        self, actor: Actor, agent_id: str, handle: str | None, role: Role, minted: Minted
    ) -> Issued:
        async with self._identity.changing:
            enrolling = self._identity.enrolling(agent_id, handle, role)
            record = self._record(agent_id, minted)
            await self._journal.write(
                *enrolling.ops,
                SaveToken(record),
                self._audit.op(actor, "agent.create", agent_id, role=role, token=record.id),
                facts=lambda _: (*enrolling.facts, TokenKept(record)),
            )
        return Issued(enrolling.agent, self._info(record), minted.text)

    async def _issue(
        self,
        actor: Actor,
        agent: Agent,
        minted: Minted,
        *,
        lifetime: float | None = None,
        beside: TokenRecord | None = None,
        until: str | None = None,
    ) -> Issued:
        record = self._record(agent.id, minted, lifetime)
        if beside is not None:
            # What a master has limited in time does not outlive that by being rotated.
            record = replace(record, expires_at=until)
        records = [record] if beside is None else [record, beside]
        action = "token.create" if beside is None else "token.rotate"
        await self._journal.write(
            *map(SaveToken, records),
            self._audit.op(actor, action, agent.id, token=record.id, before=beside.id if beside else None),
            facts=lambda _: tuple(map(TokenKept, records)),
        )
        return Issued(agent, self._info(record), minted.text)

    async def _store_uses(self) -> None:
        used, self._used = self._used & self._tokens.keys(), set()
        if not used:
            return
        try:
            await self._journal.write(*(SaveToken(self._tokens[token_id]) for token_id in used))
        except ClawNetError:
            # The next sweep tries again, with what was noted meanwhile.
            self._used |= used
            raise

    async def _close(self, record: TokenRecord) -> None:
        old = self._outdated(record)
        await self._journal.write(
            *map(ForgetToken, old),
            self._audit.op(RELAY, "token.expire", record.agent_id, token=record.id),
            facts=lambda _: (
                TokenClosed(record.id, record.agent_id, "expired"),
                *map(TokenForgotten, old),
            ),
        )
        # Not before: with the store away it is shut at the next sweep.
        self._closed.add(record.id)

    def _record(self, agent_id: str, minted: Minted, lifetime: float | None = None) -> TokenRecord:
        now = self._clock.now()
        expires = stamp(now + timedelta(seconds=lifetime)) if lifetime is not None else None
        return TokenRecord(minted.id, agent_id, minted.digest, stamp(now), expires)

    def _owned(self, actor: Actor, token_id: str, operation: Operation) -> TokenRecord:
        record = self._tokens.get(token_id)
        # Somebody else's token answers like one that does not exist.
        if record is None or (actor.role is not Role.MASTER and record.agent_id != actor.agent_id):
            raise NotFound("no such token", field="token_id")
        check(actor, operation, standing_to(actor, record.agent_id))
        return record

    def _check_number(self, agent_id: str) -> None:
        if sum(info.state == TokenState.VALID for info in self._of(agent_id)) >= MAX_TOKENS:
            raise Conflict(f"an agent has at most {MAX_TOKENS} tokens", field="agent_id")

    def _outdated(self, ending: TokenRecord) -> list[str]:
        # Who exchanges its token again and again must not make the directory grow.
        known = (self._tokens[token_id] for token_id in self._closed - {ending.id})
        ended = [each for each in known if each.agent_id == ending.agent_id]
        ended.sort(key=lambda each: each.revoked_at or each.expires_at or "")
        return [each.id for each in ended[: max(0, len(ended) + 1 - MAX_ENDED)]]

    def _note_use(self, token_id: str, address: str | None) -> None:
        now = self._clock.stamp()
        self._tokens[token_id] = replace(self._tokens[token_id], last_used_at=now, last_address=address)
        self._used.add(token_id)

    def _state(self, token_id: str) -> TokenState:
        record = self._tokens.get(token_id)
        if record is None or record.revoked_at is not None:
            return TokenState.REVOKED
        if record.expires_at is not None and record.expires_at <= self._clock.stamp():
            return TokenState.EXPIRED
        return TokenState.VALID

    def _of(self, agent_id: str | None) -> list[TokenInfo]:
        chosen = [each for each in self._tokens.values() if agent_id in {None, each.agent_id}]
        return [self._info(record) for record in sorted(chosen, key=lambda each: each.created_at)]

    def _info(self, record: TokenRecord) -> TokenInfo:
        state = self._state(record.id) if record.id in self._tokens else TokenState.VALID
        return tokens.info_of(record, state)
