"""The sidebar as data: rooms and direct messages with what is new in them."""

from typing import Any

from components.render import label
from components.routes import dm_path, room_path
from components.state import ConsoleState
from components.unread import Unread
from protocol.addressing import RoomKind, parties_of
from protocol.agents import Status
from protocol.rooms import Room

Row = dict[str, Any]
MAX_DMS = 12


def rooms(state: ConsoleState, unread: Unread) -> list[Row]:
    """List the rooms: global first, then by name."""
    shown = [room for room in state.rooms.values() if room.kind is not RoomKind.DM]
    shown.sort(key=lambda room: (room.kind is not RoomKind.GLOBAL, room.title))
    return [_room(room, unread, state.viewer) for room in shown]


def direct(state: ConsoleState, unread: Unread) -> list[Row]:
    """List direct messages: unread first, then opened ones, then agents that could be written to."""
    opened = {
        min(parties_of(room.id) - {state.viewer}): room
        for room in state.rooms.values()
        if room.kind is RoomKind.DM
    }
    others = [agent_id for agent_id in state.agents if agent_id != state.viewer]
    rows = [_dm(state, unread, agent_id, opened.get(agent_id)) for agent_id in others]
    rows.sort(key=lambda row: (not row["unread"], not row["opened"], row["place"], row["name"]))
    return rows[:MAX_DMS]


def _room(room: Room, unread: Unread, viewer: str) -> Row:
    count = unread.of(room.id)
    return {
        "id": room.id,
        "key": room.id,
        "name": label(room.title),
        "path": room_path(room.id),
        "private": room.visibility == "private",
        "archived": room.archived,
        "member": viewer in room.members,
        "unread": count.unread,
        "mentions": count.mentions,
    }


def _dm(state: ConsoleState, unread: Unread, agent_id: str, room: Room | None) -> Row:
    agent, presence = state.agents[agent_id], state.presence.get(agent_id)
    status = presence.status if presence else Status.OFFLINE
    count = unread.of(room.id) if room else unread.of("")
    return {
        "id": room.id if room else "",
        "key": agent.handle,
        "name": label(agent.handle),
        "path": dm_path(agent.handle),
        "status": status.value,
        "place": list(Status).index(status),
        "opened": room is not None,
        "unread": count.unread,
        "mentions": count.mentions,
    }
