"""Behaviour of protocol.audit: a chain in which every later change shows."""

import hashlib

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from protocol.audit import GENESIS, AuditEntry, AuditRecord, first_break, seal

NOW = "2026-01-02T03:04:05.678Z"
HEX = st.text("0123456789abcdef", min_size=64, max_size=64)
lengths = st.integers(3, 8)


def chain(length: int) -> list[AuditRecord]:
    """Seal so many entries, one after the other."""
    records: list[AuditRecord] = []
    for seq in range(1, length + 1):
        entry = AuditEntry(ts=NOW, actor="ada", via="socket", action="message.post", detail={"size": seq})
        records.append(seal(entry, seq=seq, prev=records[-1].hash if records else GENESIS))
    return records


def head(records: list[AuditRecord]) -> tuple[int, str]:
    return records[-1].seq, records[-1].hash


@given(lengths)
def test_untouched_chain_holds_even_after_a_trip_through_json(length: int) -> None:
    records = [AuditRecord.model_validate_json(record.model_dump_json()) for record in chain(length)]

    assert first_break(records, head=head(records)) is None


def test_empty_chain_holds_until_somebody_remembers_more() -> None:
    assert first_break([]) is None
    assert first_break([], head=(0, GENESIS)) is None
    assert first_break([], head=(1, "f" * 64)) is not None


@given(lengths, st.data())
def test_chain_may_begin_at_the_oldest_record_that_is_kept(length: int, data: st.DataObject) -> None:
    records = chain(length)
    kept = records[data.draw(st.integers(0, length - 1)) :]

    assert first_break(kept, head=head(records)) is None


@given(lengths, st.data())
@pytest.mark.parametrize(
    ("field", "forged"),
    [
        ("ts", "2026-01-02T03:04:05.679Z"),
        ("actor", "eve"),
        ("via", "rest"),
        ("action", "message.delete"),
        ("target", "m1"),
        ("result", "denied"),
        ("address", "192.0.2.1"),
        ("detail", {}),
        ("hash", "f" * 64),
        ("prev", "f" * 64),
        ("seq", 99),
    ],
)
def test_change_of_any_field_of_any_record_is_found(
    field: str, forged: object, length: int, data: st.DataObject
) -> None:
    records = chain(length)
    place = data.draw(st.integers(0, length - 1))

    records[place] = records[place].model_copy(update={field: forged})

    found = first_break(records)
    assert found is not None
    assert found.seq in {place + 1, place + 2, 99}


@given(lengths, st.data())
def test_record_taken_from_the_middle_is_missed(length: int, data: st.DataObject) -> None:
    records = chain(length)

    del records[data.draw(st.integers(1, length - 2))]

    assert first_break(records) is not None


@given(lengths, st.data())
def test_record_that_stands_twice_is_found(length: int, data: st.DataObject) -> None:
    records = chain(length)
    place = data.draw(st.integers(0, length - 1))

    records.insert(place, records[place])

    assert first_break(records) is not None


@given(lengths, st.data())
def test_two_records_that_changed_places_are_found(length: int, data: st.DataObject) -> None:
    records = chain(length)
    place = data.draw(st.integers(0, length - 2))

    records[place : place + 2] = reversed(records[place : place + 2])

    assert first_break(records) is not None


@given(lengths, HEX)
def test_end_that_was_cut_off_is_found_by_who_remembers_the_head(length: int, other: str) -> None:
    records = chain(length)

    assert first_break(records[:-1]) is None
    assert first_break(records[:-1], head=head(records)) is not None
    assert first_break(records, head=(length, other)) is not None


def test_hash_can_be_recomputed_from_the_canonical_json_as_documented() -> None:
    record = chain(1)[0]
    fields = record.model_dump(exclude={"hash"})

    canonical = orjson.dumps(fields, option=orjson.OPT_SORT_KEYS)

    assert record.hash == hashlib.sha256(canonical).hexdigest()
    assert record.prev == GENESIS


def test_entry_has_no_room_for_a_body() -> None:
    with pytest.raises(ValidationError):
        AuditEntry.model_validate({"ts": NOW, "actor": "a", "via": "rest", "action": "x", "text": "hello"})
    with pytest.raises(ValidationError):
        AuditEntry.model_validate(
            {"ts": NOW, "actor": "a", "via": "rest", "action": "x", "detail": {"body": {"text": "hello"}}}
        )
