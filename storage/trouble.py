"""Says once when a store goes away and once when it is back, however many writes fail in between."""

import logging

from protocol.errors import Unavailable

_log = logging.getLogger("clawnet.storage")


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
