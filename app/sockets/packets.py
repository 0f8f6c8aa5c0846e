"""Packets that a client may send, checked before python-socketio looks at them.

python-socketio 5.18 lets a client call the server's own `connect` and `disconnect` handlers by emitting
events of those names, holds binary attachments without limit and logs a traceback for every malformed packet.
So every event arrives here under one name of ours, as an `Incoming`; what was wrong with it travels along and
is answered like any other refusal.
"""

from typing import Any, ClassVar, NamedTuple

from socketio.packet import ACK, CONNECT, DISCONNECT, EVENT, Packet
from typing_extensions import override

from protocol.errors import ClawNetError, InvalidRequest
from protocol.text import dumps, loads

EVENT_NAME = "c2cp"  # the only event that handlers are registered for
MAX_NUMBER = 18  # digits of an ack's number that are read without a second look


class Incoming(NamedTuple):
    """An event as it came: name and arguments unchecked, or the reason why it can't be read.

    `number` is the one that its ack must bear on a direct way.
    """

    name: Any = None
    args: tuple[Any, ...] = ()
    wants_ack: bool = False
    refusal: ClawNetError | None = None
    number: str = ""


class StrictJson:
    """The JSON codec that python-socketio is given."""

    loads = staticmethod(loads)

    @staticmethod
    def dumps(value: object, separators: object = None) -> str:
        """Encode compactly, whatever separators python-socketio names."""
        del separators
        return dumps(value)


class StrictPacket(Packet):  # type: ignore[misc]  # python-socketio has no types
    """A packet that is an event of ours, a connect or a disconnect; nothing else."""

    uses_binary_events = False
    packet_type: int
    namespace: str | None
    id: int | None
    data: Any
    json: ClassVar[type[StrictJson]] = StrictJson

    @override
    def decode(self, encoded_packet: object) -> int:
        try:
            self._read(encoded_packet)
        except ClawNetError as refusal:
            self._refuse(refusal)
        except (ValueError, IndexError, RecursionError):
            self._refuse(InvalidRequest("not a Socket.IO packet"))
        return 0

    def _read(self, encoded_packet: object) -> None:
        if not isinstance(encoded_packet, str):
            raise InvalidRequest("binary frames are not taken")
        attachments = super().decode(encoded_packet)
        if self.packet_type != CONNECT and self.namespace not in {None, "/"}:
            # Nobody is in another namespace; python-socketio would drop this without a word.
            self.namespace, self.id = None, None
            raise InvalidRequest("there is no such namespace")
        if self.packet_type == EVENT and not attachments:
            self._wrap()
        elif self.packet_type == ACK:
            raise InvalidRequest("the relay asked for no ack")
        elif self.packet_type not in {CONNECT, DISCONNECT} or attachments:
            raise InvalidRequest("this type of packet is not taken")

    def _wrap(self) -> None:
        self.data = [EVENT_NAME, incoming_of(self.data, self.id is not None)]

    def _refuse(self, refusal: ClawNetError) -> None:
        incoming = Incoming(wants_ack=self.id is not None, refusal=refusal)
        if self.packet_type == CONNECT:
            # The connect handler refuses it by name; an event before a connect would be dropped in silence.
            self.data = incoming
            return
        self.packet_type = EVENT
        self.data = [EVENT_NAME, incoming]


def event_in(frame: str) -> Incoming | None:
    """Read an Engine.IO frame that holds a plain event, `42…`; None leaves it to `StrictPacket`."""
    begin = frame.find("[")
    number = frame[2:begin]
    if begin < 2 or (number and not (number.isascii() and number.isdigit() and len(number) <= MAX_NUMBER)):
        return None
    try:
        return incoming_of(loads(frame[begin:]), bool(number), number)
    except ClawNetError as refusal:
        return Incoming(wants_ack=bool(number), refusal=refusal, number=number)


def incoming_of(data: object, wants_ack: bool, number: str = "") -> Incoming:
    """Return what an event's data says.

    Raises:
        InvalidRequest: it is no list, or an empty one.
    """
    if not isinstance(data, list) or not data:
        raise InvalidRequest("an event is a list of its name and its body")
    return Incoming(data[0], tuple(data[1:]), wants_ack, None, number)
