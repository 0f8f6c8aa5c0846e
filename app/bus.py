"""The bus: carries facts from the journal to whoever listens, in order and at once."""

import logging
from collections.abc import Callable

from app.events import Fact

Listener = Callable[[Fact], None]
_log = logging.getLogger("clawnet.bus")


class Bus:
    """Calls every listener for every fact, in the order of their subscription."""

    def __init__(self) -> None:
        self._listeners: list[Listener] = []

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Hear every fact from now on; call what is returned to stop."""
        self._listeners.append(listener)

        def stop() -> None:
            if listener in self._listeners:
                self._listeners.remove(listener)

        return stop

    def publish(self, fact: Fact) -> None:
        """Tell everybody; a listener that fails does not keep the others from hearing."""
        for listener in tuple(self._listeners):
            try:
                listener(fact)
            except Exception:  # noqa: BLE001 - one broken listener must not silence the rest
                _log.exception("a listener failed", extra={"fact": type(fact).__name__})
