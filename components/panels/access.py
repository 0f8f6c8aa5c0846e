"""Access in the settings: who may come in, who is signed in where, and with which tokens."""

from typing_extensions import override

from app.services.credentials import Issued
from app.services.permissions import Operation, Standing
from components import asks
from components.panels.answers import Answer, Answers, Table
from components.panels.changing import Changing
from components.panels.parts import Part
from components.people import People
from components.pictures import keys, people
from components.state import ConsoleState
from components.upkeep import Upkeep
from components.views import elements
from protocol.roles import Role

RULES = ("allow_joins", "block_joins")


class AccessPart(Part):
    """Where the operator is signed in, and with which tokens."""

    def __init__(self, upkeep: Upkeep, actions: People, state: ConsoleState) -> None:
        self._upkeep = upkeep
        self._actions = actions
        self._state = state
        self._rules = Changing(upkeep, state, RULES)
        table: Table = {
            "change": (asks.ChangeSettings, self._change),
            "issue": (asks.NewToken, self._issue),
            "rotate": (asks.Rotate, self._rotate),
            "revoke": (asks.Named, self._revoke),
            "sign_out": (asks.Named, self._sign_out),
            "admit": (asks.Admit, self._admit),
            "deny": (asks.Named, self._deny),
        }
        self._access = elements.Access(ask=Answers(actions, table))

    @override
    def draw(self) -> None:
        """Show sessions and tokens as they are now."""
        viewer = self._state.viewer
        shown = {
            "agent": viewer,
            "sessions": [
                keys.session(each, now=self._upkeep.now(), own=self._upkeep.is_own(each))
                for each in self._upkeep.sessions()
            ],
            "tokens": {"rows": keys.tokens(self._actions.tokens(viewer), own=self._upkeep.own_token())},
            "issues": self._actions.may(Operation.TOKEN_CREATE, Standing.SELF),
            "operators": [each for each in people.everyone(self._state) if each["role"] != Role.WORKER],
            "admits": self._actions.may(Operation.AGENT_ADMIT),
            "waiting": [keys.application(asked) for asked in self._actions.waiting()],
            "rules": self._rules.shown() if self._actions.may(Operation.SETTINGS_READ) else None,
        }
        self._access.draw("show", shown)

    @override
    async def begin(self) -> None:
        """Look up who changed the rules last."""
        await self._rules.look()

    async def _change(self, ask: asks.ChangeSettings) -> Answer:
        answer = await self._rules.change(ask)
        self.draw()
        return answer

    async def _issue(self, ask: asks.NewToken) -> Answer:
        return self._fresh(await self._actions.issue(self._state.viewer, ask.lifetime))

    async def _rotate(self, ask: asks.Rotate) -> Answer:
        return self._fresh(await self._actions.rotate(ask.token, ask.overlap))

    async def _revoke(self, ask: asks.Named) -> Answer:
        revoked = keys.token(await self._actions.revoke(ask.id))
        self.draw()
        return revoked

    async def _admit(self, ask: asks.Admit) -> Answer:
        admitted = await self._actions.admit(ask.id, ask.role)
        self.draw()
        return {"agent": admitted.agent_id}

    async def _deny(self, ask: asks.Named) -> Answer:
        denied = await self._actions.deny(ask.id)
        self.draw()
        return {"agent": denied.agent_id}

    async def _sign_out(self, ask: asks.Named) -> Answer:
        self._upkeep.sign_out(ask.id)
        self.draw()
        return {}

    def _fresh(self, issued: Issued) -> Answer:
        self.draw()
        return keys.fresh(issued)
