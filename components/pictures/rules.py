"""Settings and limits as data: what is in force, what it is called, and who decides it."""

from collections.abc import Mapping, Sequence
from typing import Any

from app.services.limits import BudgetUse
from app.services.runtime_settings import CHANGEABLE, SettingView
from app.settings import Settings
from components.render import label
from components.state import ConsoleState
from protocol.events import Budget
from storage.addresses import masked

Picture = dict[str, Any]
LARGE = 100_000  # ports and the like are no quantities
SECRET = {"master_token", "secret_key"}
BUDGETS = {
    Budget.CHAT: "Messages",
    Budget.CATCH_UP: "Reading back",
    Budget.SIGNAL: "Signals",
    Budget.CONTROL: "Changes",
    Budget.MISTAKE: "Mistakes",
}
FIXED = (
    "rate_rest",
    "max_connections_per_address",
    "max_connections_per_agent",
    "max_unidentified",
    "task_approval_time",
)
RETENTION = ("keep_days", "keep_messages", "keep_bytes", "data_dir")


def settings(given: Settings, names: tuple[str, ...] | None = None) -> list[Picture]:
    """List settings, all or some: value, meaning, and whether the environment has set it. No secrets."""
    fields = type(given).model_fields
    return [
        {
            "name": f"CLAWNET_{name.upper()}",
            "value": label(_shown(name, getattr(given, name))),
            "about": (fields[name].description or "").replace("`", ""),
            "given": name in given.model_fields_set,
        }
        for name in (names or tuple(fields))
    ]


def _shown(name: str, value: object) -> str:
    if name in SECRET:
        return "set, never shown" if value else "not set"
    if name == "store":
        return masked(str(value))
    if isinstance(value, list):
        return ", ".join(map(str, value)) or "none"
    if isinstance(value, int) and value >= LARGE:
        return f"{value:,}"
    return f"{value:g}" if isinstance(value, float) else str(value)


def form(current: Settings, views: Sequence[SettingView]) -> list[Picture]:
    """List what may be changed while the relay runs; `changed` is what differs from the environment."""
    changed = {view.name for view in views if view.changed}
    fields = type(current).model_fields
    return [
        {
            "name": name,
            "variable": f"CLAWNET_{name.upper()}",
            "about": (fields[name].description or "").replace("`", "").replace(" (JSON list)", ""),
            "value": getattr(current, name),
            "changed": name in changed,
        }
        for name in CHANGEABLE
    ]


def use(uses: list[BudgetUse], state: ConsoleState) -> list[Picture]:
    """List the budgets in use: `left` of `burst`, refilled with `rate` a second."""
    return [
        {
            "key": label(each.key),
            "who": label(state.handle_of(each.key)),
            "budget": BUDGETS[each.budget],
            "left": int(each.left),
            "burst": each.burst,
            "rate": each.per_second,
        }
        for each in uses
    ]


def links(counts: Mapping[str, int], state: ConsoleState) -> list[Picture]:
    """List who holds how many connections, the most first."""
    rows = sorted(counts.items(), key=lambda row: (-row[1], row[0]))
    return [
        {"key": label(agent_id), "who": label(state.handle_of(agent_id)), "count": count}
        for agent_id, count in rows
    ]
