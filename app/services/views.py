"""Saved views: the queries that an operator keeps under names, wherever that operator signs in."""

import asyncio
import json

from app.actor import Actor
from app.journal import Journal
from app.services.audit import AuditService
from app.services.permissions import Operation, check
from protocol.errors import Conflict, InvalidRequest, NotFound
from storage.ports import Directory, SaveSetting

MAX_VIEWS = 20  # of one operator
MAX_NAME = 24
MAX_QUERY = 256
_KEY = "views"


class SavedViews:
    """Keeps views by operator; nobody sees those of others."""

    def __init__(self, *, journal: Journal, audit: AuditService) -> None:
        self._journal = journal
        self._audit = audit
        self._views: dict[str, dict[str, str]] = {}
        # Each change is made from the one before.
        self._changing = asyncio.Lock()

    async def load(self, directory: Directory) -> None:
        """Take up what the store knows."""
        self._views = json.loads((await directory.settings()).get(_KEY, "{}"))

    def of(self, actor: Actor) -> dict[str, str]:
        """Return the actor's own queries by name, in the order in which they were kept."""
        return dict(self._views.get(actor.agent_id, {}))

    async def save(self, actor: Actor, name: str, query: str) -> None:
        """Keep a query.

        Raises:
            Forbidden: neither master nor warden. InvalidRequest: no name, or no query.
            Conflict: there are too many.
        """
        check(actor, Operation.VIEW_SAVE)
        if not 0 < len(name) <= MAX_NAME or not name.isprintable():
            raise InvalidRequest(f"a name has 1 to {MAX_NAME} characters", field="name")
        if not 0 < len(query) <= MAX_QUERY:
            raise InvalidRequest(f"a query has 1 to {MAX_QUERY} characters", field="query")
        async with self._changing:
            own = self.of(actor)
            if name not in own and len(own) >= MAX_VIEWS:
                raise Conflict(f"there are {MAX_VIEWS} views already: forget one", field="name")
            await self._keep(actor, "view.save", name, own | {name: query})

    async def forget(self, actor: Actor, name: str) -> None:
        """Forget a query.

        Raises:
            Forbidden: neither master nor warden. NotFound: there is none of this name.
        """
        check(actor, Operation.VIEW_SAVE)
        async with self._changing:
            own = self.of(actor)
            if name not in own:
                raise NotFound("no view of this name", field="name")
            del own[name]
            await self._keep(actor, "view.forget", name, own)

    async def _keep(self, actor: Actor, action: str, name: str, own: dict[str, str]) -> None:
        others = {agent_id: views for agent_id, views in self._views.items() if agent_id != actor.agent_id}
        views = others | ({actor.agent_id: own} if own else {})
        await self._journal.write(SaveSetting(_KEY, json.dumps(views)), self._audit.op(actor, action, name))
        self._views = views
