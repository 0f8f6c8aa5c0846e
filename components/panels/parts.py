"""The parts of the settings: each owns one element and keeps it true."""

from typing_extensions import override

from app.services.credentials import Issued
from app.services.permissions import Operation, Standing
from app.services.persistence import Persistence
from components import asks
from components.panels.answers import Answer, Answers, Table, failure
from components.people import People
from components.pictures import keys, people, rules
from components.render import label
from components.state import ConsoleState
from components.upkeep import Upkeep
from components.views import elements
from protocol.errors import ClawNetError
from protocol.roles import Role


class Part:
    """One part of the settings."""

    def draw(self) -> None:
        """Show it as it is now; a part that the browser draws on its own has nothing to do."""

    async def tick(self) -> None:
        """Look after what changes without a fact."""
        self.draw()


class AppearancePart(Part):
    """What the browser shows and how: its own affair."""

    def __init__(self) -> None:
        elements.Appearance()


class KeyboardPart(Part):
    """Which keys do what: the browser's own affair."""

    def __init__(self) -> None:
        elements.Keyboard()


class GeneralPart(Part):
    """Which relay this is, and the settings that it was started with."""

    def __init__(self, upkeep: Upkeep, state: ConsoleState, version: str) -> None:
        self._upkeep = upkeep
        self._state = state
        self._version = version
        self._store: Answer = {"answers": True}
        self._general = elements.General()

    @override
    def draw(self) -> None:
        """Show it."""
        viewer = self._state.agents[self._state.viewer]
        who = {"handle": label(viewer.handle), "role": viewer.role.value}
        told = {"version": self._version, "settings": rules.settings(self._upkeep.settings_now())}
        self._general.draw("show", {**told, **who, "store": self._store})

    @override
    async def tick(self) -> None:
        """Ask the store whether it answers, and say when."""
        self._store = {"answers": await self._upkeep.store_answers(), "checked": self._upkeep.stamped()}
        self.draw()


class AccessPart(Part):
    """Where the operator is signed in, and with which tokens."""

    def __init__(self, upkeep: Upkeep, actions: People, state: ConsoleState) -> None:
        self._upkeep = upkeep
        self._actions = actions
        self._state = state
        table: Table = {
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
        }
        self._access.draw("show", shown)

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


class PersistencePart(Part):
    """Where everything is kept, and the way to another store."""

    def __init__(self, upkeep: Upkeep) -> None:
        self._upkeep = upkeep
        table: Table = {"test": (asks.Address, self._test), "switch": (asks.Address, self._switch)}
        self._persistence = elements.Persistence(ask=Answers(upkeep, table))
        self._answers = True

    @override
    def draw(self) -> None:
        """Show the store of the day."""
        try:
            shown = self._pictured(self._upkeep.store())
        except ClawNetError as error:
            shown = failure(error)
        self._persistence.draw("show", shown)

    @override
    async def tick(self) -> None:
        """Ask the store as well: that the last write went well says nothing of now."""
        self._answers = await self._upkeep.store_answers()
        self.draw()

    async def _test(self, ask: asks.Address) -> Answer:
        seconds = await self._upkeep.try_out(ask.address.strip())
        return {"ms": round(seconds * 1000)}

    async def _switch(self, ask: asks.Address) -> Answer:
        now = self._pictured(await self._upkeep.switch(ask.address.strip()))
        self._persistence.draw("show", now)
        return now

    def _pictured(self, store: Persistence) -> Answer:
        return {
            "address": label(store.address),
            "durability": store.durability,
            "epoch": store.epoch,
            "writable": store.writable and self._answers,
            "pinned": store.pinned,
            "switches": self._upkeep.may(Operation.PERSISTENCE_SET),
            "retention": rules.settings(self._upkeep.settings_now(), rules.RETENTION),
        }


class ConnectPart(Part):
    """How an agent is connected, and whether it has been."""

    def __init__(self, actions: People, state: ConsoleState) -> None:
        self._actions = actions
        self._state = state
        self._connect = elements.Connect()

    @override
    def draw(self) -> None:
        """Show who is there."""
        shown = {"people": people.everyone(self._state), "creates": self._actions.may(Operation.AGENT_CREATE)}
        self._connect.draw("show", shown)
