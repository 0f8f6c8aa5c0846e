"""What an operator looks after beside the agents: the store, the limits, and who is signed in."""

from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any

from app.clock import stamp
from app.services.limits import BudgetUse
from app.services.permissions import Operation, check
from app.services.persistence import Persistence
from app.services.runtime_settings import SettingView
from app.services.upkeep import Counts
from app.settings import Settings
from components.authority import Authority
from components.session import Session
from protocol.audit import AuditRecord
from protocol.errors import ClawNetError, NotFound
from protocol.events import Budget

LOOKED = 1_000  # newest records among which a change is looked for


class Upkeep(Authority):
    """The doings of one session with the relay itself; the services judge them."""

    def store(self) -> Persistence:
        """Return where everything is kept, without keeping the session awake.

        Raises:
            Unauthenticated: the session is over. Forbidden: neither master nor warden.
        """
        return self._console.stores.show(self.watching())

    async def store_answers(self) -> bool:
        """Ask the store for one record; False when it does not answer."""
        if (actor := self.watcher()) is None:
            return False
        try:
            await self._console.audit.page(actor, limit=1)
        except ClawNetError:
            return False
        return True

    async def try_out(self, address: str) -> float:
        """Open another store and shut it again; return the seconds that it took.

        Raises:
            InvalidRequest, Unavailable: it can't be opened, and why.
        """
        begun = self._console.monotonic()
        await self._console.stores.test(self.acting(), address)
        return self._console.monotonic() - begun

    async def switch(self, address: str) -> Persistence:
        """Carry everything over to another store and go on with it."""
        return await self._console.stores.switch(self.acting(), address)

    def limits(self) -> list[BudgetUse]:
        """List the budgets that are in use now, the emptiest first.

        Raises:
            Unauthenticated: the session is over. Forbidden: neither master nor warden.
        """
        check(self.watching(), Operation.LIMITS_READ)
        return self._console.limits.use()

    def settings_now(self) -> Settings:
        """Return the settings that hold now."""
        return self._console.changeable.current

    def changeable(self) -> list[SettingView]:
        """List the settings as masters see them; nothing to others."""
        actor = self.watcher()
        return self._console.changeable.all(actor) if actor and self.may(Operation.SETTINGS_READ) else []

    async def change_settings(
        self, changes: Mapping[str, Any], guard: Callable[[list[SettingView]], None]
    ) -> None:
        """Set what is to differ from the environment; `guard` may refuse.

        Raises:
            Forbidden: no master. InvalidRequest: one of them can't be changed so.
        """
        await self._console.changeable.replace(self.acting(), changes, guard)

    def connections(self) -> dict[str, int]:
        """Count the connections that are open, by agent.

        Raises:
            Unauthenticated: the session is over. Forbidden: neither master nor warden.
        """
        return self._console.upkeep.connections(self.watching())

    async def counts(self) -> Counts:
        """Count what is kept.

        Raises:
            Unauthenticated: the session is over. Forbidden: neither master nor warden. Unavailable: no store.
        """
        return await self._console.upkeep.counts(self.watching())

    async def purge(self, days: float) -> int:
        """Let go of all messages older than so many days; return how many went."""
        return await self._console.upkeep.purge(self.acting(), days)

    async def restart(self) -> None:
        """Let the relay end and begin anew."""
        await self._console.upkeep.restart(self.acting())

    def can_restart(self) -> bool:
        """Tell whether the relay can begin anew by itself."""
        return self._console.upkeep.can_restart

    async def backup(self) -> AsyncIterator[bytes]:
        """Return everything that is kept, as lines; that it was taken is recorded."""
        return await self._console.moving.backup(self.acting(Budget.CATCH_UP))

    async def last_change(self) -> AuditRecord | None:
        """Return the last change of settings, if it is among the newest records; None to who may not."""
        actor = self.watcher()
        if actor is None or not self.may(Operation.AUDIT_READ):
            return None
        newest = await self._console.audit.page(actor, before=2**53, limit=LOOKED)
        return next((each for each in reversed(newest) if each.action == "settings.change"), None)

    def begun(self) -> str:
        """Return since when the relay runs."""
        return stamp(self._console.begun)

    def now(self) -> float:
        """Return the time that ages of sessions are counted to."""
        return self._console.monotonic()

    def stamped(self) -> str:
        """Return the relay's time of day as it is written."""
        return stamp(self._console.now())

    def sessions(self) -> list[Session]:
        """List the operator's own sessions."""
        actor = self.watcher()
        return self._sessions.of(actor.agent_id) if actor else []

    def is_own(self, session: Session) -> bool:
        """Tell whether a session is the one that acts here."""
        return session.id == self._session_id

    def own_token(self) -> str | None:
        """Return the id of the token that the session was opened with."""
        actor = self.watcher()
        return actor.token_id if actor else None

    def sign_out(self, name: str) -> None:
        """End one of the operator's own sessions; all its tabs are told at once.

        Raises:
            NotFound: there is none of this name (any more).
        """
        own = self._sessions.of(self.actor().agent_id)
        session = next((each for each in own if each.name == name), None)
        if session is None:
            raise NotFound("this session is over already")
        self._sessions.close(session.id)
