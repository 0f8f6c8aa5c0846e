"""What a connection is told before delivery closes it."""

from protocol.errors import Unauthenticated, Unavailable
from protocol.pushes import Closing

SLOW = "slow_reader"
TOO_SLOW = Closing(
    code=Unavailable.code,
    message="too slow: entries were not acknowledged in time; come back and they are replayed",
    reason=SLOW,
)


def token_is(why: str) -> Closing:
    """Return what is said when a connection's token has ended."""
    return Closing(code=Unauthenticated.code, message=f"the token is {why}", retryable=False, reason=why)
