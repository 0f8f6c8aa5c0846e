"""Who may do what: one table of operation, role and standing; what is not in it is refused.

A standing is what an actor is to the thing it acts on. For the outsiders of a private room or of somebody
else's DM the thing does not exist, and the answer is the same as for one that really does not.
"""

from collections.abc import Mapping
from enum import StrEnum

from app.actor import Actor
from protocol.errors import Forbidden, NotFound
from protocol.roles import Role


class Standing(StrEnum):
    """What an actor is to the room, agent or token that it acts on."""

    ANY = "any"  # nothing in particular: the operation has no object
    SELF = "self"  # the object is the actor, or its own
    OTHER = "other"  # the object is somebody else's
    OWNER = "owner"
    MEMBER = "member"
    VISITOR = "visitor"  # not a member of a public room
    OUTSIDER = "outsider"  # not a member of a private room


class Operation(StrEnum):
    """Everything that can be asked of the relay."""

    CHAT_SEND = "chat.send"
    CHAT_READ = "chat.read"
    CHAT_DELETE = "chat.delete"
    CHAT_TYPE = "chat.type"
    ROOM_LIST = "room.list"
    ROOM_SEE = "room.see"
    ROOM_CREATE = "room.create"
    ROOM_JOIN = "room.join"
    ROOM_LEAVE = "room.leave"
    ROOM_INVITE = "room.invite"
    ROOM_KICK = "room.kick"
    ROOM_UPDATE = "room.update"
    ROOM_DELETE = "room.delete"
    PRESENCE_LIST = "presence.list"
    PRESENCE_SET = "presence.set"
    AGENT_LIST = "agent.list"
    AGENT_CREATE = "agent.create"
    AGENT_ADMIT = "agent.admit"
    AGENT_DISCONNECT = "agent.disconnect"
    HANDLE_SET = "handle.set"
    ROLE_SET = "role.set"
    TOKEN_LIST = "token.list"  # noqa: S105 - a name
    TOKEN_CREATE = "token.create"  # noqa: S105 - a name
    TOKEN_ROTATE = "token.rotate"  # noqa: S105 - a name
    TOKEN_REVOKE = "token.revoke"  # noqa: S105 - a name
    AUDIT_READ = "audit.read"
    LIMITS_READ = "limits.read"
    LOGS_READ = "logs.read"
    SETTINGS_READ = "settings.read"
    SETTINGS_SET = "settings.set"
    METRICS_READ = "metrics.read"
    PERSISTENCE_READ = "persistence.read"
    PERSISTENCE_SET = "persistence.set"
    STORE_BACKUP = "store.backup"
    STORE_IMPORT = "store.import"
    HISTORY_PURGE = "history.purge"
    RELAY_RESTART = "relay.restart"
    VIEW_SAVE = "view.save"
    REPORT = "report"
    TELEMETRY_READ = "telemetry.read"
    TASK_LIST = "task.list"
    TASK_DISPATCH = "task.dispatch"
    TASK_DISPATCH_RISKY = "task.dispatch_risky"
    TASK_REPORT = "task.report"
    TASK_CANCEL = "task.cancel"
    TASK_APPROVE = "task.approve"
    COMMAND_LIST = "command.list"
    COMMAND_SAVE = "command.save"
    FLEET_PAUSE = "fleet.pause"
    LOOP_RESET = "loop.reset"


Row = Mapping[Role, frozenset[Standing]]


def _row(
    master: str | None = None, warden: str | None = None, worker: str | None = None
) -> dict[Role, frozenset[Standing]]:
    given = {Role.MASTER: master, Role.WARDEN: warden, Role.WORKER: worker}
    return {role: frozenset(map(Standing, (words or "").split())) for role, words in given.items()}


_INSIDE = "owner member"
_PUBLIC = "owner member visitor"

TABLE: Mapping[Operation, Row] = {
    # Wardens watch: they read and never speak (console 3.4).
    Operation.CHAT_SEND: _row(_INSIDE, None, _INSIDE),
    # Wardens read everything, and what they read where they are outsiders is recorded.
    Operation.CHAT_READ: _row(_PUBLIC, _PUBLIC + " outsider", _PUBLIC),
    # A message of one's own, or somebody else's.
    Operation.CHAT_DELETE: _row("self other", None, "self"),
    Operation.CHAT_TYPE: _row(_INSIDE, None, _INSIDE),
    Operation.ROOM_LIST: _row("any", "any", "any"),
    Operation.ROOM_SEE: _row(_PUBLIC, _PUBLIC + " outsider", _PUBLIC),
    Operation.ROOM_CREATE: _row("any", None, "any"),
    Operation.ROOM_JOIN: _row(_PUBLIC, _PUBLIC, _PUBLIC),
    Operation.ROOM_LEAVE: _row(_PUBLIC, _PUBLIC, _PUBLIC),
    Operation.ROOM_INVITE: _row(_INSIDE, None, _INSIDE),
    Operation.ROOM_KICK: _row(_PUBLIC, None, "owner"),
    Operation.ROOM_UPDATE: _row(_PUBLIC, None, "owner"),
    Operation.ROOM_DELETE: _row(_PUBLIC),
    Operation.PRESENCE_LIST: _row("any", "any", "any"),
    Operation.PRESENCE_SET: _row("self", "self", "self"),
    Operation.AGENT_LIST: _row("any", "any", "any"),
    Operation.AGENT_CREATE: _row("any"),
    Operation.AGENT_ADMIT: _row("any"),
    Operation.AGENT_DISCONNECT: _row("any"),
    Operation.HANDLE_SET: _row("self other", "self", "self"),
    Operation.ROLE_SET: _row("self other"),
    Operation.TOKEN_LIST: _row("self other", "self", "self"),
    Operation.TOKEN_CREATE: _row("self other"),
    Operation.TOKEN_ROTATE: _row("self other", "self", "self"),
    Operation.TOKEN_REVOKE: _row("self other", "self", "self"),
    Operation.AUDIT_READ: _row("any", "any"),
    Operation.LIMITS_READ: _row("any", "any"),
    Operation.LOGS_READ: _row("any", "any"),
    Operation.SETTINGS_READ: _row("any"),
    Operation.SETTINGS_SET: _row("any"),
    Operation.METRICS_READ: _row("any", "any"),
    Operation.PERSISTENCE_READ: _row("any", "any"),
    Operation.PERSISTENCE_SET: _row("any", "any"),
    Operation.STORE_BACKUP: _row("any"),
    Operation.STORE_IMPORT: _row("any"),
    Operation.HISTORY_PURGE: _row("any"),
    Operation.RELAY_RESTART: _row("any"),
    # Each operator's own.
    Operation.VIEW_SAVE: _row("any", "any"),
    Operation.REPORT: _row("self", "self", "self"),
    Operation.TELEMETRY_READ: _row("self other", "self other", "self"),
    Operation.TASK_LIST: _row("any", "any", "any"),
    # To oneself, or to somebody else; what counts as risky is a setting.
    Operation.TASK_DISPATCH: _row("self other", None, "self other"),
    Operation.TASK_DISPATCH_RISKY: _row("self other", None, "self"),
    # Only who a task is for reports on it.
    Operation.TASK_REPORT: _row("self", "self", "self"),
    # A task that one has asked for, or somebody else's.
    Operation.TASK_CANCEL: _row("self other", None, "self"),
    Operation.TASK_APPROVE: _row("any"),
    Operation.COMMAND_LIST: _row("any", "any", "any"),
    Operation.COMMAND_SAVE: _row("any"),
    Operation.FLEET_PAUSE: _row("any"),
    # An agent must not let itself go on.
    Operation.LOOP_RESET: _row("any"),
}


_ALLOWED = frozenset(
    (operation, role, standing)
    for operation, row in TABLE.items()
    for role, standings in row.items()
    for standing in standings
)


def is_allowed(role: Role, operation: Operation, standing: Standing = Standing.ANY) -> bool:
    """Tell whether the table has it."""
    return (operation, role, standing) in _ALLOWED


def check(actor: Actor, operation: Operation, standing: Standing = Standing.ANY) -> None:
    """Let an operation pass.

    Raises:
        NotFound: the actor is an outsider; nothing is said of why.
        Forbidden: the table does not have it.
    """
    if is_allowed(actor.role, operation, standing):
        return
    if standing is Standing.OUTSIDER:
        raise NotFound("no such room", field="room")
    if standing is Standing.VISITOR and is_allowed(actor.role, operation, Standing.MEMBER):
        raise Forbidden("join the room first")
    raise Forbidden(f"{operation} is not for you here")


def standing_to(actor: Actor, agent_id: str) -> Standing:
    """Return what an actor is to an agent's things."""
    return Standing.SELF if actor.agent_id == agent_id else Standing.OTHER
