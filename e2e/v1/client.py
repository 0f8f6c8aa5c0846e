"""A v1 client as they have always been: python-socketio's synchronous client, a handshake without a version.

It is driven by one JSON command per line on stdin, answers each with {"done": <number>, ...}, and tells every
event that it hears as {"event": ..., "body": ...}.
"""

import json
import sys
import threading
from typing import Any

import socketio

_writing = threading.Lock()


def tell(**what: Any) -> None:
    """Say something to the test."""
    with _writing:
        sys.stdout.write(json.dumps(what) + "\n")
        sys.stdout.flush()


class Client:
    """The commands."""

    def __init__(self) -> None:
        self._socket = socketio.Client(reconnection_delay=0.05, reconnection_delay_max=0.2)
        self._socket.on("*", lambda event, body=None: tell(event=event, body=body))
        self._socket.on("connect", lambda: tell(event="connect"))
        self._socket.on("disconnect", lambda reason: tell(event="disconnect", body=reason))
        self._socket.on("connect_error", self._refused)

    def connect(self, url: str, auth: dict[str, Any], transports: list[str]) -> dict[str, Any]:
        """Connect; what becomes of it is told as an event."""
        self._socket.connect(url, auth=auth, transports=transports, wait=False)
        return {}

    def call(self, event: str, body: Any) -> dict[str, Any]:
        """Send an event and wait for its ack."""
        return {"ack": self._socket.call(event, body, timeout=10)}

    def emit(self, event: str, body: Any) -> dict[str, Any]:
        """Send an event as v1 clients mostly do: nobody waits for an ack."""
        self._socket.emit(event, body)
        return {}

    def burst(self, event: str, bodies: list[Any]) -> dict[str, Any]:
        """Send many at once."""
        for body in bodies:
            self._socket.emit(event, body)
        return {}

    def close(self) -> dict[str, Any]:
        """Leave."""
        self._socket.disconnect()
        return {}

    def _refused(self, data: Any = None) -> None:
        tell(event="connect_error", body=data.get("data") if isinstance(data, dict) else None)


def main() -> None:
    """Take commands until there are no more."""
    client = Client()
    for line in sys.stdin:
        given = json.loads(line)
        number, command = given.pop("number"), given.pop("command")
        try:
            tell(done=number, **getattr(client, command)(**given))
        except Exception as error:  # noqa: BLE001 - the test is told whatever it is
            tell(done=number, failed=repr(error))
    client.close()


if __name__ == "__main__":
    main()
