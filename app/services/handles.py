"""Handles: unique names that people can read, without look-alikes, in quarantine after their release."""

from datetime import timedelta

from app.clock import Clock, stamp
from protocol.addressing import RESERVED_HANDLES, is_handle
from protocol.errors import Conflict, HandleTaken, InvalidRequest
from storage.ports import HandleRecord, SaveHandle

QUARANTINE = timedelta(days=30)
MAX_RESTING = 32  # handles that one agent has let go of and that still rest

# What looks alike in a handle's alphabet (Unicode TS 39, cut down to a-z, 0-9, - and _).
_LOOKALIKES = (("0", "o"), ("1", "l"), ("rn", "m"), ("vv", "w"), ("_", "-"))


def normalised(handle: str) -> str:
    """Return a handle in the one form that is kept: lower case.

    Raises:
        InvalidRequest: it has other characters than a-z, 0-9, - and _, or reads like a reserved word.
    """
    name = handle.lower()
    if not is_handle(name):
        raise InvalidRequest("a handle has 1 to 32 of a-z, 0-9, - and _", field="handle")
    if skeleton(name) in _RESERVED:
        raise InvalidRequest("this handle is reserved", field="handle")
    return name


def skeleton(handle: str) -> str:
    """Return what handles that look alike have in common."""
    for part, twin in _LOOKALIKES:
        handle = handle.replace(part, twin)
    return handle


_RESERVED = frozenset(map(skeleton, RESERVED_HANDLES))


class HandleRegistry:
    """Who bears a handle, and who bore it; the history is never rewritten."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._bearers: dict[str, HandleRecord] = {}
        self._history: dict[str, list[HandleRecord]] = {}

    def learn(self, record: HandleRecord) -> None:
        """Take up what the store holds; the newest record of a handle counts."""
        key = skeleton(record.handle)
        known = self._bearers.get(key)
        if known is None or known.taken_at <= record.taken_at:
            self._bearers[key] = record
        history = self._history.setdefault(record.agent_id, [])
        if history and (history[-1].handle, history[-1].taken_at) == (record.handle, record.taken_at):
            history[-1] = record
        else:
            history.append(record)

    def bearer(self, handle: str) -> str | None:
        """Return the id of the agent that bears exactly this handle now."""
        record = self._bearers.get(skeleton(handle))
        is_borne = record is not None and record.released_at is None and record.handle == handle
        return record.agent_id if record and is_borne else None

    def history(self, agent_id: str) -> list[HandleRecord]:
        """List the handles that an agent has borne, oldest first."""
        return list(self._history.get(agent_id, ()))

    def check_free(self, handle: str, agent_id: str) -> None:
        """Let an agent take a handle.

        Raises:
            HandleTaken: another agent has it or one that looks like it, or had it in the last 30 days.
            Conflict: the agent has let go of too many in the last 30 days.
        """
        record = self._bearers.get(skeleton(handle))
        if record is not None and record.agent_id != agent_id and not self._is_over(record):
            raise HandleTaken("another agent has this handle, or one that looks like it", field="handle")
        # Who takes one name after the other would keep all of them from others, and history without end.
        let_go = [each for each in self._history.get(agent_id, ()) if each.released_at is not None]
        if sum(not self._is_over(each) for each in let_go[-MAX_RESTING:]) >= MAX_RESTING:
            raise Conflict(f"{MAX_RESTING} handles in 30 days are enough", field="handle")

    def _is_over(self, record: HandleRecord) -> bool:
        return record.released_at is not None and record.released_at <= stamp(self._clock.now() - QUARANTINE)

    def taking(self, handle: str, agent_id: str) -> list[SaveHandle]:
        """Return what is written when an agent takes a handle and lets go of the one it has."""
        now = self._clock.stamp()
        ops = [SaveHandle(HandleRecord(handle, agent_id, now))]
        history = self._history.get(agent_id)
        if history and history[-1].released_at is None:
            last = history[-1]
            ops.insert(0, SaveHandle(HandleRecord(last.handle, agent_id, last.taken_at, now)))
        return ops
