"""Tokens of all agents in the settings: how each stands, and what masters do about it."""

from typing_extensions import override

from app.services.credentials import Issued
from app.services.permissions import Operation, Standing
from components import asks
from components.panels.answers import Answer, Answers, Table, failure
from components.panels.parts import Part
from components.people import People
from components.pictures import keys
from components.state import ConsoleState
from components.upkeep import Upkeep
from components.views import elements
from protocol.errors import ClawNetError


class TokensPart(Part):
    """A row an agent; its tokens in full when it is opened."""

    def __init__(self, upkeep: Upkeep, people: People, state: ConsoleState) -> None:
        self._upkeep = upkeep
        self._people = people
        self._state = state
        table: Table = {
            "issue": (asks.NewToken, self._issue),
            "rotate": (asks.Rotate, self._rotate),
            "revoke": (asks.Named, self._revoke),
        }
        self._tokens = elements.Tokens(ask=Answers(people, table))

    @override
    def draw(self) -> None:
        """Show how all agents stand with their tokens."""
        try:
            infos = self._people.tokens()
            shown: Answer = {
                "rows": keys.holders(infos, self._state, own=self._upkeep.own_token()),
                "issues": self._people.may(Operation.TOKEN_CREATE, Standing.OTHER),
                "shared": self._upkeep.settings_now().secret_key is not None,
            }
        except ClawNetError as error:
            shown = failure(error)
        self._tokens.draw("show", shown)

    async def _issue(self, ask: asks.NewToken) -> Answer:
        return self._fresh(await self._people.issue(ask.agent_id, ask.lifetime))

    async def _rotate(self, ask: asks.Rotate) -> Answer:
        return self._fresh(await self._people.rotate(ask.token, ask.overlap))

    async def _revoke(self, ask: asks.Named) -> Answer:
        revoked = keys.token(await self._people.revoke(ask.id))
        self.draw()
        return revoked

    def _fresh(self, issued: Issued) -> Answer:
        self.draw()
        return keys.fresh(issued)
