"""The fleet: all agents, who waits to be let in, and the details of one."""

from app.events import Fact
from app.services.identity import OPERATOR
from app.services.pausing import FLEET
from app.services.permissions import Operation, Standing
from components import asks
from components.panels.answers import Answer, Answers, Table, failure
from components.people import People
from components.pictures import keys, people, records, signs, tasks, telemetry
from components.render import label
from components.routes import Place, View, agent_path
from components.signs import Signs
from components.state import ConsoleState
from components.trail import Filter, Trail
from components.views.elements import Fleet
from protocol.agents import Agent
from protocol.errors import ClawNetError

HISTORY = 50  # records of an agent's own page of history
TASKS = 30  # of an agent's own page of tasks


class FleetPanel:
    """Keeps the fleet's view true and does what is asked of it there."""

    view = View.FLEET

    def __init__(self, actions: People, trail: Trail, state: ConsoleState, vital: Signs) -> None:
        self._actions = actions
        self._trail = trail
        self._state = state
        self._signs = vital
        self._agent = ""
        self._tab = ""
        table: Table = {
            "create": (asks.NewAgent, self._create),
            "rename": (asks.NewHandle, self._rename),
            "role": (asks.NewRole, self._change_role),
            "issue": (asks.NewToken, self._issue),
            "rotate": (asks.Rotate, self._rotate),
            "revoke": (asks.Named, self._revoke),
            "renew": (asks.Renew, self._renew),
            "shut_out": (asks.Named, self._shut_out),
            "disconnect": (asks.Named, self._disconnect),
            "block": (asks.Named, self._block),
            "unblock": (asks.Named, self._unblock),
            "admit": (asks.Admit, self._admit),
            "deny": (asks.Named, self._deny),
            "pause": (asks.Refuse, self._pause),
            "resume": (asks.Named, self._resume),
        }
        self._fleet = Fleet(ask=Answers(actions, table))

    async def go(self, place: Place) -> None:
        """Show the fleet, or open an agent's details."""
        self._agent, self._tab = place.agent, place.asked().get("tab", "overview")
        self._draw()
        self._draw_signs()
        await self._draw_history()

    def hear(self, _: list[Fact]) -> None:
        """Show what has changed."""
        self._draw()

    async def tick(self) -> None:
        """Show what changes without a fact: who waits, which tokens were used, how everybody fares."""
        self._draw()
        self._draw_signs()

    def _draw(self) -> None:
        may = self._actions.may
        allowed = {
            "create": may(Operation.AGENT_CREATE),
            "admit": may(Operation.AGENT_ADMIT),
            "role": may(Operation.ROLE_SET, Standing.OTHER),
            "message": may(Operation.CHAT_SEND, Standing.MEMBER),
            "tokens": may(Operation.TOKEN_CREATE, Standing.OTHER),
            "pause": may(Operation.FLEET_PAUSE),
            "disconnect": may(Operation.AGENT_DISCONNECT),
            "block": may(Operation.SETTINGS_SET),
        }
        waiting = [keys.application(asked) for asked in self._actions.waiting()]
        key_states = keys.by_agent(self._actions.tokens()) if allowed["tokens"] else None
        self._fleet.draw("permit", allowed)
        self._fleet.draw("waits", waiting)
        self._fleet.draw("halt", {"all": FLEET in self._actions.paused()})
        everyone = people.everyone(self._state, key_states)
        self._fleet.draw(
            "show", [{**each, "paused": self._actions.is_paused(each["id"])} for each in everyone]
        )
        self._fleet.draw("open", self._dossier(key_states))
        self._draw_tokens()

    def _draw_signs(self) -> None:
        if news := self._signs.changed():
            self._fleet.tell("pulse", news)

    def _dossier(self, key_states: people.Keys | None) -> dict[str, object]:
        if self._agent not in self._state.agents:
            return {"id": self._agent, "tab": self._tab, "known": False}
        own = Standing.SELF if self._agent == self._state.viewer else Standing.OTHER
        return {
            **people.person(self._state, self._agent, key_states),
            "known": True,
            "tab": self._tab,
            **self._halted(),
            "blocked": self._actions.is_blocked(self._agent),
            "telemetry": self._telemetry(),
            "curves": self._curves(),
            "sessions": self._sessions(),
            "tasks": self._tasks() if self._tab == "tasks" else [],
            "renames": self._actions.may(Operation.HANDLE_SET, own),
        }

    def _curves(self) -> signs.Picture | None:
        if self._tab != "overview":
            return None
        return signs.curves(self._actions.samples(self._agent), self._actions.minutes(self._agent))

    def _sessions(self) -> list[signs.Picture]:
        return signs.sessions(self._actions.telemetry(self._agent)) if self._tab == "sessions" else []

    def _tasks(self) -> list[tasks.Picture]:
        mine = [task for task in self._state.work.newest_first() if task.to == self._agent]
        return [tasks.row(task, self._state) for task in mine[:TASKS]]

    def _halted(self) -> dict[str, object]:
        """Return whether the open agent is paused, alone or with the fleet, and why."""
        paused = self._actions.paused()
        return {
            "paused": self._actions.is_paused(self._agent),
            "alone": self._agent in paused,
            "why": label(paused.get(self._agent) or paused.get(FLEET, "")),
            "pauses": self._agent not in {self._state.viewer, OPERATOR},
        }

    def _telemetry(self) -> dict[str, object] | None:
        told = self._actions.telemetry(self._agent)
        return telemetry.telemetry(told) if told and told.reported_at else None

    def _draw_tokens(self) -> None:
        if self._tab != "token" or self._agent not in self._state.agents:
            return
        try:
            shown: Answer = {"rows": keys.tokens(self._actions.tokens(self._agent))}
        except ClawNetError as error:
            shown = failure(error)
        self._fleet.draw("tokens", {"id": self._agent, **shown})

    async def _draw_history(self) -> None:
        if self._tab != "history" or self._agent not in self._state.agents:
            return
        agent, shown = self._agent, self._names()
        try:
            found = await self._trail.search(Filter(target=agent), limit=HISTORY)
            mine = [record for record in found.records if record.target == agent]
            shown["rows"] = [records.record(record, self._state) for record in mine]
            shown["more"] = found.more
        except ClawNetError as error:
            shown |= failure(error)
        if agent == self._agent:
            self._fleet.draw("history", shown)

    def _names(self) -> dict[str, object]:
        borne = [
            {"handle": label(each.handle), "taken": each.taken_at, "released": each.released_at}
            for each in reversed(self._actions.handles(self._agent))
        ]
        return {"id": self._agent, "names": borne}

    async def _create(self, ask: asks.NewAgent) -> Answer:
        issued = await self._actions.enrol(ask.agent_id, ask.handle.strip().lower(), ask.role)
        return {**keys.fresh(issued), "path": agent_path(issued.agent.id)}

    async def _rename(self, ask: asks.NewHandle) -> Answer:
        return _named(await self._actions.rename(ask.agent_id, ask.handle.strip()))

    async def _change_role(self, ask: asks.NewRole) -> Answer:
        return _named(await self._actions.change_role(ask.agent_id, ask.role))

    async def _issue(self, ask: asks.NewToken) -> Answer:
        return keys.fresh(await self._actions.issue(ask.agent_id, ask.lifetime))

    async def _rotate(self, ask: asks.Rotate) -> Answer:
        return keys.fresh(await self._actions.rotate(ask.token, ask.overlap))

    async def _revoke(self, ask: asks.Named) -> Answer:
        return keys.token(await self._actions.revoke(ask.id))

    async def _renew(self, ask: asks.Renew) -> Answer:
        return keys.fresh(await self._actions.renew(ask.agent_id, ask.overlap))

    async def _shut_out(self, ask: asks.Named) -> Answer:
        return {"revoked": await self._actions.shut_out(ask.id)}

    async def _disconnect(self, ask: asks.Named) -> Answer:
        return {"closed": await self._actions.disconnect(ask.id)}

    async def _block(self, ask: asks.Named) -> Answer:
        revoked = await self._actions.block(ask.id)
        self._draw()
        return {"revoked": revoked}

    async def _unblock(self, ask: asks.Named) -> Answer:
        await self._actions.unblock(ask.id)
        self._draw()
        return {}

    async def _admit(self, ask: asks.Admit) -> Answer:
        admitted = await self._actions.admit(ask.id, ask.role)
        self._draw()
        return {"agent": admitted.agent_id}

    async def _deny(self, ask: asks.Named) -> Answer:
        denied = await self._actions.deny(ask.id)
        self._draw()
        return {"agent": denied.agent_id}

    async def _pause(self, ask: asks.Refuse) -> Answer:
        stopped = await self._actions.pause(ask.id, ask.reason.strip())
        self._draw()
        return {"stopped": len(stopped)}

    async def _resume(self, ask: asks.Named) -> Answer:
        await self._actions.resume(ask.id)
        self._draw()
        return {}


def _named(agent: Agent) -> Answer:
    return {"agent": agent.id, "handle": label(agent.handle), "role": agent.role.value}
