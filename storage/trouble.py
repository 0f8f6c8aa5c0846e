"""A store that goes away: callers do not wait for it, and it is said once, as is that it is back."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from protocol.errors import Unavailable

PATIENCE = 1.8  # seconds until a caller hears that the store is away; two are promised
_log = logging.getLogger("clawnet.storage")


@asynccontextmanager
async def patience() -> AsyncIterator[None]:
    """Give what stands in the block as long as a caller waits.

    Raises:
        Unavailable: the store took longer.
    """
    try:
        async with asyncio.timeout(PATIENCE):
            yield
    except TimeoutError:
        raise Unavailable("the store does not answer", retry_after=1.0) from None


class Trouble:
    """Whether the last write failed."""

    def __init__(self) -> None:
        self._lasts = False

    def begins(self, error: Unavailable) -> None:
        """Note a failure; the reason is for operators only."""
        if not self._lasts:
            self._lasts = True
            _log.warning("the store is away", extra={"reason": str(error.__cause__ or error.message)})

    def ends(self) -> None:
        """Note a success."""
        if self._lasts:
            self._lasts = False
            _log.warning("the store is back")
