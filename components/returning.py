"""Where somebody was last: the bare address of the console leads back there, as long as it exists."""

from collections.abc import Mapping
from urllib.parse import unquote

from app.actor import Actor
from components.ports import Console
from components.routes import View, dm_path, place_of, room_path
from protocol.errors import ClawNetError

COOKIE = "clawnet_room"


def last_conversation(cookies: Mapping[str, str], console: Console, actor: Actor) -> str:
    """Return the path of the conversation that a browser had open last; empty when it is not to be seen."""
    place = place_of(unquote(cookies.get(COOKIE, ""))[:512])
    if place is None or place.view is not View.CHAT:
        return ""
    if place.handle:
        known = any(agent.handle == place.handle for agent in console.identity.agents())
        return dm_path(place.handle) if known else ""
    try:
        return room_path(console.rooms.see(actor, place.room).id)
    except ClawNetError:
        return ""
