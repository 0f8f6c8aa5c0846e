"""Messages in as little as they need: the same again, and nothing for the garbage collector."""

import gc

import pytest

from protocol.messages import Message
from protocol.payloads import AnyPayload, RedactionPayload, SystemPayload, TextPayload
from storage.building import placed
from storage.packing import id_of, packed, time_of, unpacked
from tests.storage.samples import EARLY, a_message


def a_stored(payload: AnyPayload) -> Message:
    return placed(a_message("m1", "x", ts=EARLY).draft, 7).model_copy(update={"payload": payload})


@pytest.mark.parametrize(
    "payload",
    [
        TextPayload(text="hello"),
        TextPayload(text="猫", reply_to="m0", mentions=["bob", "cleo"]),
        SystemPayload(event="joined", text="bob came", subject="bob"),
        RedactionPayload(target="m0", target_offset=1, reason="a mistake"),
    ],
)
def test_message_comes_back_as_it_was(payload: AnyPayload) -> None:
    message = a_stored(payload)

    again = unpacked(packed(message))

    assert again.model_dump() == message.model_dump()
    assert again.model_dump_json() == message.model_dump_json()


def test_id_and_time_are_read_without_unpacking() -> None:
    message = a_stored(TextPayload(text="hello"))

    assert (id_of(packed(message)), time_of(packed(message))) == (message.id, message.ts)


def test_garbage_collector_has_nothing_to_walk() -> None:
    entries = [packed(a_stored(TextPayload(text="hello", mentions=["bob"]))) for _ in range(100)]
    gc.collect()

    assert [entry for entry in entries if gc.is_tracked(entry)] == []
