"""What an operator may do with agents: let them in, name them, give them roles and tokens."""

from app.actor import Actor
from app.services.credentials import Issued
from app.services.permissions import Operation, Standing
from app.services.telemetry import Sample, Telemetry
from components.authority import Authority
from protocol.admissions import Application
from protocol.agents import Agent
from protocol.errors import NotFound
from protocol.roles import Role
from protocol.tokens import TokenInfo, TokenState
from storage.ports import HandleRecord


class People(Authority):
    """The doings of one session with agents; each is judged by the service that does it."""

    async def enrol(self, agent_id: str, handle: str | None, role: Role) -> Issued:
        """Make an agent and its first token."""
        return await self._console.credentials.enrol(
            self.acting(), agent_id=agent_id, handle=handle or None, role=role
        )

    async def rename(self, agent_id: str, handle: str) -> Agent:
        """Give an agent another handle."""
        return await self._console.identity.rename(self.acting(), agent_id, handle)

    async def change_role(self, agent_id: str, role: Role) -> Agent:
        """Give an agent another role."""
        return await self._console.identity.change_role(self.acting(), agent_id, role)

    async def issue(self, agent_id: str, lifetime: float | None) -> Issued:
        """Give an agent a further token."""
        return await self._console.credentials.issue(self.acting(), agent_id, lifetime)

    async def rotate(self, token_id: str, overlap: float) -> Issued:
        """Put a new token in the place of one that works for another `overlap` seconds."""
        return await self._console.credentials.rotate(self.acting(), token_id, overlap)

    async def revoke(self, token_id: str) -> TokenInfo:
        """Take a token back."""
        return await self._console.credentials.revoke(self.acting(), token_id)

    async def renew(self, agent_id: str, overlap: float) -> Issued:
        """Put a new token in the place of an agent's newest one.

        Raises:
            NotFound: it has none that works.
        """
        valid = self._valid(self.acting(), agent_id)
        if not valid:
            raise NotFound("no valid token to rotate")
        return await self.rotate(max(valid, key=lambda info: info.created_at).id, overlap)

    async def shut_out(self, agent_id: str) -> int:
        """Take all tokens of an agent back, which closes its connections; return how many there were."""
        valid = self._valid(self.acting(), agent_id)
        for info in valid:
            await self.revoke(info.id)
        return len(valid)

    async def disconnect(self, agent_id: str) -> int:
        """Close an agent's connections; return how many there were."""
        return await self._console.upkeep.disconnect(self.acting(), agent_id)

    async def block(self, agent_id: str) -> int:
        """Let an agent never ask to be let in, and take its tokens back; return how many there were."""
        if not self.is_blocked(agent_id):
            await self._rule([*self._blocked(), agent_id])
        return await self.shut_out(agent_id)

    async def unblock(self, agent_id: str) -> None:
        """Let an agent ask to be let in again."""
        await self._rule([rule for rule in self._blocked() if rule != agent_id])

    def is_blocked(self, agent_id: str) -> bool:
        """Tell whether a rule names just this agent."""
        return agent_id in self._blocked()

    def _blocked(self) -> list[str]:
        return self._console.changeable.current.block_joins

    async def _rule(self, blocked: list[str]) -> None:
        actor = self.acting()
        views = self._console.changeable.all(actor)
        kept = {view.name: view.value for view in views if view.changeable and view.changed}
        await self._console.changeable.replace(actor, kept | {"block_joins": blocked}, lambda _: None)

    def _valid(self, actor: Actor, agent_id: str) -> list[TokenInfo]:
        infos = self._console.credentials.listed(actor, agent_id)
        return [info for info in infos if info.state is TokenState.VALID]

    async def admit(self, application_id: str, role: Role) -> Application:
        """Let an applicant in."""
        return await self._console.admission.admit(self.acting(), application_id, role)

    async def deny(self, application_id: str) -> Application:
        """Turn an applicant away."""
        return await self._console.admission.deny(self.acting(), application_id)

    async def pause(self, who: str, reason: str = "") -> list[str]:
        """Stop an agent, or with `@all` every worker, and ask for an end of what they do."""
        return await self._console.work.halting.pause(self.acting(), who, reason)

    async def resume(self, who: str) -> None:
        """Let an agent, or with `@all` everybody, act again."""
        await self._console.work.pausing.resume(self.acting(), who)

    def paused(self) -> dict[str, str]:
        """Return who is paused and why; `@all` stands for every worker."""
        return self._console.work.pausing.paused()

    def is_paused(self, agent_id: str) -> bool:
        """Tell whether an agent must not act."""
        return self._console.work.pausing.is_paused(agent_id)

    def telemetry(self, agent_id: str) -> Telemetry | None:
        """Return what an agent says of itself; None to those who may not know.

        Looking does not keep the session awake.
        """
        actor = self._reader(agent_id)
        return self._console.work.telemetry.of(actor, agent_id) if actor else None

    def samples(self, agent_id: str) -> list[Sample]:
        """Return how busy an agent's machine was lately; nothing to those who may not know."""
        actor = self._reader(agent_id)
        return self._console.work.telemetry.samples(actor, agent_id) if actor else []

    def minutes(self, agent_id: str) -> list[Sample]:
        """Return how its machine was in the last hour; nothing to those who may not know."""
        actor = self._reader(agent_id)
        return self._console.work.telemetry.minutes(actor, agent_id) if actor else []

    def _reader(self, agent_id: str) -> Actor | None:
        actor = self.watcher()
        own = Standing.SELF if actor and actor.agent_id == agent_id else Standing.OTHER
        return actor if self.may(Operation.TELEMETRY_READ, own) else None

    def agent(self, agent_id: str) -> Agent:
        """Return an agent.

        Raises:
            NotFound: there is none of this id.
        """
        return self._console.identity.agent(agent_id)

    def handles(self, agent_id: str) -> list[HandleRecord]:
        """List the handles that an agent has borne, oldest first."""
        return self._console.identity.handle_history(agent_id)

    def tokens(self, agent_id: str | None = None) -> list[TokenInfo]:
        """List the tokens of an agent or of all; looking does not keep the session awake.

        Raises:
            Forbidden: they are somebody else's.
        """
        actor = self.watcher()
        return self._console.credentials.listed(actor, agent_id) if actor else []

    def tokens_known(self) -> list[TokenInfo]:
        """List the tokens that this operator may know of: all of them, or none."""
        return self.tokens() if self.may(Operation.TOKEN_LIST, Standing.OTHER) else []

    def waiting(self) -> list[Application]:
        """List who waits to be let in; nobody, to those who may not decide."""
        actor = self.watcher()
        return self._console.admission.waiting(actor) if actor and self.may(Operation.AGENT_ADMIT) else []
