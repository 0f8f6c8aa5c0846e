"""Tokens, applications and sessions as data: everything but what opens a door."""

from collections.abc import Iterable
from typing import Any

from app.services.admission import WAIT
from app.services.credentials import Issued
from components.render import label
from components.session import Session
from components.state import ConsoleState
from protocol.admissions import Application
from protocol.tokens import TokenInfo, TokenState

Picture = dict[str, Any]


def token(info: TokenInfo) -> Picture:
    """Return a token as a row of its agent."""
    return {
        "id": info.id,
        "agent": info.agent_id,
        "state": info.state.value,
        "created": info.created_at,
        "expires": info.expires_at,
        "revoked": info.revoked_at,
        "used": info.last_used_at,
        "address": info.last_address or "",
    }


def tokens(infos: Iterable[TokenInfo], own: str | None = None) -> list[Picture]:
    """List tokens: what opens the door first, then the newest; `own` is the one of this session."""
    rows = [{**token(info), "own": info.id == own} for info in infos]
    rows.sort(key=lambda row: str(row["created"]), reverse=True)
    return sorted(rows, key=lambda row: row["state"] != TokenState.VALID)


def holders(infos: Iterable[TokenInfo], state: ConsoleState, own: str | None = None) -> list[Picture]:
    """List agents with their tokens, those without any as well; by handle."""
    kept: dict[str, list[TokenInfo]] = {agent_id: [] for agent_id in state.agents}
    for info in infos:
        kept.setdefault(info.agent_id, []).append(info)
    standing = by_agent(info for each in kept.values() for info in each)
    rows = [
        {
            "agent": agent_id,
            "handle": label(state.handle_of(agent_id)),
            "role": state.role_of(agent_id),
            "key": standing.get(agent_id, {"state": "none"}),
            "created": min((info.created_at for info in mine), default=None),
            **_last_use(mine),
            "rows": tokens(mine, own=own),
        }
        for agent_id, mine in kept.items()
    ]
    return sorted(rows, key=lambda row: str(row["handle"]))


def _last_use(infos: Iterable[TokenInfo]) -> Picture:
    used = [info for info in infos if info.last_used_at is not None]
    last = max(used, key=lambda info: info.last_used_at or "", default=None)
    return {"used": last.last_used_at if last else None, "address": (last.last_address or "") if last else ""}


def by_agent(infos: Iterable[TokenInfo]) -> dict[str, Picture]:
    """Return for each agent how it stands with its tokens: `expires` dates the end of the last valid one."""
    keys: dict[str, Picture] = {}
    for info in infos:
        known = keys.get(info.agent_id)
        if info.state is not TokenState.VALID:
            keys.setdefault(info.agent_id, {"state": info.state.value, "expires": None})
        elif known is None or known["state"] != TokenState.VALID:
            keys[info.agent_id] = {"state": info.state.value, "expires": info.expires_at}
        elif known["expires"] is not None:
            later = None if info.expires_at is None else max(known["expires"], info.expires_at)
            known["expires"] = later
    return keys


def fresh(issued: Issued) -> Picture:
    """Return a new token for the one dialog that ever shows it."""
    agent = issued.agent
    return {"agent": agent.id, "handle": label(agent.handle), "secret": issued.text}


def application(asked: Application) -> Picture:
    """Return who waits; `lasts` is in seconds from `asked` on."""
    return {
        "id": asked.id,
        "agent": asked.agent_id,
        "handle": label(asked.handle or ""),
        "address": asked.address or "",
        "asked": asked.asked_at,
        "lasts": WAIT,
    }


def session(opened: Session, *, now: float, own: bool) -> Picture:
    """Return where somebody is signed in; ages in whole minutes, so that a picture does not always differ."""
    return {
        "name": opened.name,
        "own": own,
        "kept": opened.kept,
        "address": opened.address or "",
        "age": int(now - opened.opened) // 60,
        "rest": int(now - opened.used) // 60,
    }
