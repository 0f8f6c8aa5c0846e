"""How a command is given from the table of tasks: to one agent in a direct message, to several in #global."""

from collections.abc import Sequence

from components.actions import Actions
from components.routes import dm_with
from components.state import ConsoleState
from protocol.acks import Sent
from protocol.addressing import GLOBAL
from protocol.errors import InvalidRequest

GROUPS = frozenset({"online", "all"})


async def dispatch(actions: Actions, state: ConsoleState, to: Sequence[str], line: str, key: str) -> Sent:
    """Type a command for agents that are named by handle, or as `online` or `all`.

    Raises:
        InvalidRequest: nobody is named, an agent is not known, or it is no command.
        ClawNetError: what the relay refuses.
    """
    names = [name.removeprefix("@").casefold() for name in to]
    if not names:
        raise InvalidRequest("choose an agent", field="to")
    if not line.startswith("/") or line.startswith("//"):
        raise InvalidRequest("a command begins with /", field="line")
    agents = {name: state.agent_named(name) for name in names if name not in GROUPS}
    if unknown := [name for name, agent in agents.items() if agent is None]:
        raise InvalidRequest(f"there is no agent {', '.join(unknown)}", field="to")
    only = agents.get(names[0]) if len(names) == 1 else None
    if only is not None:
        return await actions.send(dm_with(state.viewer, only.id), line, key)
    head, _, rest = line.partition(" ")
    targets = " ".join(f"@{name}" for name in names)
    return await actions.send(GLOBAL, f"{head} {targets} {rest}".rstrip(), key)
