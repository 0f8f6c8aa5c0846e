"""What the memory store lets go of on demand."""

import gc

from storage.building import placed
from storage.memory_log import Keys, RoomLog
from tests.storage.samples import EARLY, LATE, a_message


def a_log(*moments: str) -> RoomLog:
    log = RoomLog(100, 1000)
    for offset, ts in enumerate(moments, 1):
        log.append(placed(a_message(f"m{offset}", "x", ts=ts).draft, offset), 10)
    return log


def test_old_end_goes_up_to_the_first_that_is_young() -> None:
    log = a_log(EARLY, EARLY, LATE, EARLY)

    assert [message.offset for message in log.prune(LATE, 10)] == [1, 2]
    assert (log.bounds.head, log.bounds.oldest) == (4, 3)


def test_bytes_of_what_went_are_free_again() -> None:
    log = a_log(*[EARLY] * 100)
    log.prune(LATE, 99)

    log.append(placed(a_message("big", "x").draft, 101), 980)

    assert log.bounds.oldest == 100


def test_keys_of_a_room_go_and_others_stay() -> None:
    keys = Keys()
    for room in ("alpha", "beta"):
        keys.add("ann", room, (b"f", room, room, 1, EARLY))

    keys.forget_room("alpha")

    assert [record.dedupe_key for record in keys.records()] == ["beta"]


def test_forgetting_an_unknown_key_is_no_failure() -> None:
    Keys().forget(placed(a_message("m1", "x").draft, 1))


def test_keys_are_nothing_for_the_garbage_collector_to_walk() -> None:
    keys = Keys()
    for n in range(1000):
        keys.add("ann", f"k{n}", (b"f", f"m{n}", "alpha", n, EARLY))
    gc.collect()

    assert [known for known in keys._of_sender["ann"].values() if gc.is_tracked(known)] == []
