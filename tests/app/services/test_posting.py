"""Posting: what tells two bodies apart, and what becomes of a write."""

import gc
import weakref
from collections.abc import Iterator
from contextlib import contextmanager

from app.services.posting import Address, Posting, Stub, append_of, digest, place_in, posted
from protocol.acks import Sent
from protocol.payloads import TextPayload
from protocol.rooms import Room
from protocol.trusted import trusted
from storage.ports import Place, Receipt
from tests.fakes import FlakyStore, Stage, a_room, an_append

NOW = "2026-01-01T00:00:00.000Z"


def address(room: Room) -> Address:
    return Address(room, "room", room.id)


def test_body_in_another_room_is_another_body() -> None:
    assert digest("alpha", b"x") != digest("beta", b"x")
    assert digest("alpha", b"x") != digest("alpha", b"y")
    assert digest("al", b"phax") != digest("alpha", b"x")


async def test_entry_is_its_senders_and_has_its_size(stage: Stage) -> None:
    payload = TextPayload(text="tide 🌊")

    append = append_of(stage.operator, address(a_room("alpha")), payload, Stub("m1", "k1"), NOW)

    draft = append.draft
    assert (draft.id, draft.dedupe_key, draft.room, draft.ts) == ("m1", "k1", "alpha", NOW)
    assert (draft.from_id, draft.from_handle) == ("operator", "operator")
    assert append.size == len(payload.model_dump_json().encode())


async def test_key_stands_for_the_payload_unless_for_other_words(stage: Stage) -> None:
    def fingerprint(text: str, body: bytes | None = None) -> bytes:
        payload, stub = TextPayload(text=text), Stub("m1", "k1", body)
        return append_of(stage.operator, address(a_room("alpha")), payload, stub, NOW).fingerprint

    assert fingerprint("one") != fingerprint("two")
    assert fingerprint("one", b"/ping") == fingerprint("two", b"/ping")
    assert fingerprint("one", b"/ping") != fingerprint("one", b"/status")
    assert fingerprint("one", b"") != fingerprint("one")


async def test_place_is_the_first_entrys_or_the_repeats(store: FlakyStore) -> None:
    (first,) = await store.commit([(an_append("k1"), an_append("k2"))])
    (repeat,) = await store.commit([(an_append("k1"),)])

    assert isinstance(first, Receipt)
    assert isinstance(repeat, Receipt)
    assert place_in(first) == place_in(repeat) == Place("k1", "alpha", 1, NOW)
    assert [fact.message.id for fact in posted(first)] == ["k1", "k2"]
    assert posted(repeat) == ()


class Caller:
    """Waits for a posting that it knows, as a link does."""

    def __init__(self, posting: Posting) -> None:
        self._posting = posting
        posting.when_settled(self.conclude)

    def conclude(self) -> None:
        self._posting.result()


def test_settled_posting_leaves_nothing_to_the_garbage_collector() -> None:
    receipt = Receipt(repeat=Place("m1", "alpha", 1, NOW))
    with without_collector():
        posting = Posting(lambda _, __: trusted(Sent, {}), ())
        caller = weakref.ref(Caller(posting))
        posting.settle(receipt)
        del posting

        assert caller() is None


@contextmanager
def without_collector() -> Iterator[None]:
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
