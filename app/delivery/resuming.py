"""Where a connection takes up a room: what it says itself, or what is kept of it, within what there is."""

from protocol.requests import Resume
from protocol.rooms import Room, RoomProgress
from storage.ports import Bounds


def taken_up(room: Room, bounds: Bounds, epoch: str, kept: int, resume: Resume | None) -> RoomProgress:
    """Return where a reader goes on; `kept` is its stored cursor, `epoch` that of the relay's history."""
    same_history = resume is None or resume.epoch == epoch
    known = kept
    if resume is not None and same_history:
        known = resume.offsets.get(room.id, known)
    # A client that claims more than there is would wait for ever.
    cursor = min(known, bounds.head) if same_history else bounds.oldest - 1
    return RoomProgress(
        id=room.id,
        kind=room.kind,
        title=room.title,
        head=bounds.head,
        oldest=bounds.oldest,
        cursor=cursor,
        recovered=same_history and bounds.oldest - 1 <= known <= bounds.head,
    )
