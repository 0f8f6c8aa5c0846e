"""How fast and how patiently connections are served."""

from dataclasses import dataclass

from protocol.reliability import RetryPolicy


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast and how patiently a connection is served; `buffer` in bytes."""

    window: int = 256
    ack_timeout: float = 2.0
    buffer: int = 1024 * 1024

    @property
    def policy(self) -> RetryPolicy:
        """Return the back-off between two tries of the same entries."""
        return RetryPolicy(first=self.ack_timeout, factor=1.5, cap=10.0, jitter=0.0, tries=4)
