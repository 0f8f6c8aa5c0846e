"""Every refusal that a client can meet, as one tree.

ClawNetError
├── InvalidRequest      422  the request is wrong and stays wrong
├── Unauthenticated     401  no token, or one that is not valid
├── Forbidden           403  known, but not allowed
│   └── Paused               an operator has stopped this agent for now
├── NotFound            404  absent, or hidden from who asks
├── Conflict            409  clashes with what is there
│   ├── HandleTaken
│   ├── RoomExists
│   ├── DedupeMismatch       same dedupe key, other body
│   ├── StaleLease           the task was handed on
│   └── LoopGuard            agents answer each other without end; a person lets them go on
├── HistoryGone         410  older than what is kept
├── TooLarge            413
├── RateLimited         429  retry after `retry_after` seconds
├── Unavailable         503  retry later
└── Internal            500  a bug of the relay

The same code stands in a socket ack, in REST's problem+json and behind the exit code of `clownet-cli`.
"""

from collections.abc import Mapping
from typing import ClassVar

from typing_extensions import override


class ClawNetError(Exception):
    """A refusal with a code that a client can act on."""

    code: ClassVar[str] = "internal"
    status: ClassVar[int] = 500
    retryable: ClassVar[bool] = False
    exit_code: ClassVar[int] = 1

    def __init__(self, message: str, *, field: str | None = None, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.field = field
        self.retry_after = retry_after

    def body(self) -> dict[str, object]:
        """Return the error object of PROTOCOL_v2: code, message, retryable and what else applies."""
        body: dict[str, object] = {
            "code": self.code,
            "message": self.message,
            "retryable": self.retryable,
        }
        if self.retry_after is not None:
            body["retry_after"] = round(self.retry_after, 3)
        if self.field is not None:
            body["field"] = self.field
        return body

    @override
    def __str__(self) -> str:
        return f"{self.code}: {self.message}"


class InvalidRequest(ClawNetError):
    """The request is malformed or breaks a rule; sending it again does not help."""

    code = "invalid_request"
    status = 422
    exit_code = 2


class Unauthenticated(ClawNetError):
    """No token came with the request, or it is not valid any more."""

    code = "unauthenticated"
    status = 401
    exit_code = 3


class Forbidden(ClawNetError):
    """The actor is known and may not do this."""

    code = "forbidden"
    status = 403
    exit_code = 4


class Paused(Forbidden):
    """An operator has paused this agent, or the fleet; it may read and must not act."""

    code = "paused"
    exit_code = 16


class NotFound(ClawNetError):
    """Nothing of that name exists for this actor; hidden things answer the same."""

    code = "not_found"
    status = 404
    exit_code = 5


class Conflict(ClawNetError):
    """The request clashes with the present state."""

    code = "conflict"
    status = 409
    exit_code = 6


class HandleTaken(Conflict):
    """Another agent has this handle, or had it until lately."""

    code = "handle_taken"
    exit_code = 7


class RoomExists(Conflict):
    """A room of this name is there already."""

    code = "room_exists"
    exit_code = 8


class DedupeMismatch(Conflict):
    """The dedupe key was used by the same sender for another body."""

    code = "dedupe_mismatch"
    exit_code = 9


class StaleLease(Conflict):
    """The lease was handed on; the result of its former holder does not count."""

    code = "stale_lease"
    exit_code = 10


class LoopGuard(Conflict):
    """Agents have answered one another too often without a person; `/continue` lets them go on."""

    code = "loop_guard"
    exit_code = 15


class HistoryGone(ClawNetError):
    """The history asked for is older than what the relay keeps."""

    code = "history_gone"
    status = 410
    exit_code = 11


class TooLarge(ClawNetError):
    """A text, body or frame is over its limit."""

    code = "too_large"
    status = 413
    exit_code = 12


class RateLimited(ClawNetError):
    """A limit is used up for `retry_after` seconds."""

    code = "rate_limited"
    status = 429
    retryable = True
    exit_code = 13


class Unavailable(ClawNetError):
    """The relay can't do this now: the store is away, or it is stopping."""

    code = "unavailable"
    status = 503
    retryable = True
    exit_code = 14


class Internal(ClawNetError):
    """A fault of the relay itself; it is logged there and nothing of it is shown."""

    code = "internal"
    status = 500
    retryable = True
    exit_code = 1


def leaves(root: type[ClawNetError] = ClawNetError) -> list[type[ClawNetError]]:
    """List the tree below `root`, parents before children."""
    return [cls for child in root.__subclasses__() for cls in (child, *leaves(child))]


_BY_CODE: dict[str, type[ClawNetError]] = {cls.code: cls for cls in leaves()}


def error_of(body: Mapping[str, object]) -> ClawNetError:
    """Rebuild the error that a relay sent; a code of a later relay keeps what it says of `retryable`."""
    unknown = Internal if body.get("retryable") is True else ClawNetError
    cls = _BY_CODE.get(str(body.get("code")), unknown)
    field, retry_after = body.get("field"), body.get("retry_after")
    return cls(
        str(body.get("message", "the relay gave no reason")),
        field=field if isinstance(field, str) else None,
        retry_after=float(retry_after) if isinstance(retry_after, int | float) else None,
    )
