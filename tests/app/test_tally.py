"""The tally: sums that cost nothing, in the shapes that Prometheus asks for."""

from app.tally import Spread, Tally
from protocol.addressing import RoomKind
from protocol.rooms import RoomProgress


def progress(*, recovered: bool) -> RoomProgress:
    return RoomProgress(
        id="r", kind=RoomKind.ROOM, title="r", head=3, oldest=1, cursor=1, recovered=recovered
    )


def test_times_fall_below_their_bounds() -> None:
    spread = Spread((0.1, 1.0))

    spread.add(0.1)
    spread.add(0.5, 3)
    spread.add(7.0)

    assert spread.cumulative() == [("0.1", 1), ("1.0", 4), ("+Inf", 5)]
    assert spread.total == 0.1 + 1.5 + 7.0


def test_return_counts_as_lost_if_one_room_is() -> None:
    tally = Tally()

    tally.resumed([progress(recovered=True)])
    tally.resumed([progress(recovered=True), progress(recovered=False)])

    assert tally.resumes == {"recovered": 1, "lost": 1}


def test_too_many_events_are_counted_by_their_door_as_well() -> None:
    tally = Tally()

    tally.refused("not_found")
    tally.refused("rate_limited")

    assert (tally.refusals, tally.limited) == ({"not_found": 1, "rate_limited": 1}, {"socket": 1})


def test_entries_are_counted_and_the_late_ones_among_them() -> None:
    tally = Tally()

    tally.passed(late=False)
    tally.passed(late=True)

    assert (tally.deliveries, tally.replays) == (2, 1)
