"""The bus: carries facts from the journal to whoever listens, in order and at once."""

import logging
from collections.abc import Callable
from dataclasses import dataclass

from app.events import Fact

Listener = Callable[[Fact], None]
_log = logging.getLogger("clawnet.bus")


@dataclass(frozen=True, slots=True, eq=False)
class _Ear:
    listener: Listener
    deaf_to: frozenset[type[Fact]]


class Bus:
    """Calls every listener for every fact, in the order of their subscription."""

    def __init__(self) -> None:
        self._ears: list[_Ear] = []
        self._settled: list[Callable[[], None]] = []
        # By kind of fact, made when the first of its kind comes: there is one of them a message.
        self._listeners: dict[type[Fact], tuple[Listener, ...]] = {}

    def subscribe(self, listener: Listener, *, deaf_to: tuple[type[Fact], ...] = ()) -> Callable[[], None]:
        """Hear every fact from now on but those of some kinds; call what is returned to stop."""
        ear = _Ear(listener, frozenset(deaf_to))
        self._ears.append(ear)
        self._listeners.clear()

        def stop() -> None:
            if ear in self._ears:
                self._ears.remove(ear)
                self._listeners.clear()

        return stop

    def on_settled(self, listener: Callable[[], None]) -> None:
        """Call `listener` whenever everything of one commit has been published."""
        self._settled.append(listener)

    def publish(self, fact: Fact) -> None:
        """Tell everybody; a listener that fails does not keep the others from hearing."""
        for listener in self._listeners.get(type(fact)) or self._listening_to(type(fact)):
            try:
                listener(fact)
            except Exception:  # noqa: BLE001 - one broken listener must not silence the rest
                _log.exception("a listener failed", extra={"fact": type(fact).__name__})

    def settle(self) -> None:
        """Tell that a commit has been published."""
        for listener in self._settled:
            try:
                listener()
            except Exception:  # noqa: BLE001 - as above
                _log.exception("a listener failed", extra={"fact": "settled"})

    def _listening_to(self, kind: type[Fact]) -> tuple[Listener, ...]:
        listeners = tuple(ear.listener for ear in self._ears if kind not in ear.deaf_to)
        self._listeners[kind] = listeners
        return listeners
