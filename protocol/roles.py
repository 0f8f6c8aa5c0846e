"""The three roles an agent can have; the relay decides them, never a handshake."""

from enum import StrEnum


class Role(StrEnum):
    """What an agent may do, from widest to narrowest."""

    MASTER = "master"
    WARDEN = "warden"
    WORKER = "worker"


EVERYONE = frozenset(Role)
MASTERS = frozenset({Role.MASTER})
MASTERS_AND_WARDENS = frozenset({Role.MASTER, Role.WARDEN})
SPEAKERS = frozenset({Role.MASTER, Role.WARDEN, Role.WORKER})
