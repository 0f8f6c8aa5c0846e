"""What OpenClaw says of itself, in words for people and as sections of the agent's report.

The gateway's answers and the `--json` of its command line have the same shapes. Nothing of a session's or
job's texts is taken, nor paths: only what is named here leaves the machine.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cli.agent.runs import cleaned

Answer = Any  # whatever OpenClaw says; nothing is taken for granted

SHOWN = 20  # rows of a list
LONGEST = 200  # characters of one word


@dataclass(frozen=True, slots=True)
class Read:
    """A reading command: the gateway's method, the command line's words, and how to say the answer."""

    method: str
    argv: tuple[str, ...]
    say: Callable[[Answer], str]


def rows_of(answer: Answer, name: str) -> list[Mapping[str, Any]]:
    """Return the rows of a list, which may stand under its name."""
    rows = answer.get(name) if isinstance(answer, Mapping) else answer
    return [row for row in rows if isinstance(row, Mapping)] if isinstance(rows, Sequence) else []


def sessions(answer: Answer) -> list[dict[str, object]]:
    """Return the latest sessions: key, last change, whether one runs, and tokens used."""
    return [
        _told(
            key=row.get("key"),
            updated_at=row.get("updatedAt"),
            active=row.get("hasActiveRun"),
            tokens=row.get("totalTokens"),
        )
        for row in rows_of(answer, "sessions")[:SHOWN]
    ]


def jobs(answer: Answer) -> list[dict[str, object]]:
    """Return the scheduled jobs: id, name, schedule, when they run next and how they last ended."""
    return [
        _told(
            id=row.get("id"),
            name=row.get("displayName") or row.get("name"),
            enabled=row.get("enabled"),
            schedule=_schedule(row.get("schedule")),
            next_run=row.get("nextRunAtMs") or _inside(row, "state").get("nextRunAtMs"),
            last_status=row.get("lastRunStatus") or _inside(row, "state").get("lastStatus"),
        )
        for row in rows_of(answer, "jobs")[:SHOWN]
    ]


def summary(health: Answer, status: Answer, agents: Answer) -> dict[str, object]:
    """Return the report's section on OpenClaw."""
    health, status = _mapping(health), _mapping(status)
    return _told(
        ok=health.get("ok"),
        version=status.get("runtimeVersion"),
        default_agent=health.get("defaultAgentId"),
        agents=[row.get("id") for row in rows_of(agents, "agents")][:SHOWN],
        channels={name: _state(state) for name, state in _inside(health, "channels").items()},
        tasks_active=_inside(status, "tasks").get("active"),
        rss=_inside(status, "processMemory").get("rssBytes"),
    )


def _say_status(answer: Answer) -> str:
    told = _mapping(answer)
    tasks, memory = _inside(told, "tasks"), _inside(told, "processMemory").get("rssBytes")
    lines = {
        "OpenClaw": told.get("runtimeVersion"),
        "sessions": _inside(told, "sessions").get("count"),
        "tasks": f"{tasks.get('active', 0)} active, {tasks.get('failures', 0)} failed" if tasks else None,
        "memory": f"{memory // 2**20} MB" if isinstance(memory, int) else None,
        "heartbeat": _inside(told, "heartbeat").get("defaultAgentId"),
        "degraded": _inside(told, "eventLoop").get("degraded"),
    }
    return _lines(lines)


def _say_health(answer: Answer) -> str:
    told = _mapping(answer)
    plugins = _inside(told, "plugins")
    return _lines(
        {
            "ok": told.get("ok"),
            "default agent": told.get("defaultAgentId"),
            "agents": ", ".join(str(row.get("agentId")) for row in rows_of(told, "agents")),
            "channels": ", ".join(f"{k}: {_state(v)}" for k, v in _inside(told, "channels").items())
            or "none",
            "plugin errors": len(plugins.get("errors") or []),
            "models degraded": _inside(told, "modelRuntime").get("degraded"),
        }
    )


def _say_sessions(answer: Answer) -> str:
    return _table(sessions(answer), "no sessions")


def _say_jobs(answer: Answer) -> str:
    return _table(jobs(answer), "no jobs")


def _say_agents(answer: Answer) -> str:
    rows = [_told(id=row.get("id"), model=_model(row.get("model"))) for row in rows_of(answer, "agents")]
    return _table(rows[:SHOWN], "no agents")


def _say_models(answer: Answer) -> str:
    rows = [
        _told(
            id=row.get("key") or row.get("id"), provider=row.get("provider"), available=row.get("available")
        )
        for row in rows_of(answer, "models")
    ]
    return _table(rows, "no models")


READS: dict[str, Read] = {
    "status": Read("status", ("status", "--json"), _say_status),
    "health": Read("health", ("health", "--json"), _say_health),
    "sessions": Read("sessions.list", ("sessions", "list", "--json"), _say_sessions),
    "cron": Read("cron.list", ("cron", "list", "--json"), _say_jobs),
    "agents": Read("agents.list", ("agents", "list", "--json"), _say_agents),
    "models": Read("models.list", ("models", "list", "--json"), _say_models),
}


def count_in(text: str) -> int:
    """Return how many rows somebody asked for, within bounds."""
    return min(max(int(text), 1), 100) if text.isascii() and text.isdigit() and len(text) < 4 else SHOWN


def _told(**fields: object) -> dict[str, object]:
    return {name: _fit(value) for name, value in fields.items() if value is not None}


def _fit(value: object) -> object:
    return cleaned(value)[:LONGEST] if isinstance(value, str) else value


def _mapping(value: Answer) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _inside(value: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    return _mapping(value.get(name))


def _schedule(value: Answer) -> str | None:
    told = _mapping(value)
    if "expr" in told:
        return str(told["expr"])
    if isinstance(every := told.get("everyMs"), int):
        return f"every {every // 1000} s"
    return str(told["kind"]) if "kind" in told else None


def _state(value: Answer) -> str:
    told = _mapping(value)
    known = next(
        (told[name] for name in ("state", "status", "health") if isinstance(told.get(name), str)), None
    )
    return str(known or ("running" if told.get("running") else "configured"))


def _model(value: Answer) -> object:
    return value.get("primary") if isinstance(value, Mapping) else value


def _lines(values: Mapping[str, object]) -> str:
    return "\n".join(f"{name}: {value}" for name, value in values.items() if value not in {None, ""})


def _table(rows: Sequence[Mapping[str, object]], empty: str) -> str:
    lines = ["  ".join(_word(value) for value in row.values()) for row in rows]
    return "\n".join(lines) or empty


def _word(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)
