"""Archives: everything comes back as it was, and one that is not whole is refused."""

from collections.abc import AsyncIterator

import pytest

from protocol.errors import InvalidRequest
from storage.archive import lines_of, records_of, verify
from storage.ports import TokenRecord
from storage.records import CursorRecord, HeadRecord, KeyRecord, Origin, Record, Setting

RECORDS: list[Record] = [
    Origin("first"),
    TokenRecord("t1", "ann", bytes(range(32)), "2026-01-01T00:00:00.000Z", revoked_at="later"),
    Setting("colour", "red"),
    CursorRecord("ann", "global", 7),
    HeadRecord("global", 9, 3),
    KeyRecord("ann", "key-1", b"\xff" * 32, "m1", "global", 9, "2026-01-01T00:00:00.000Z"),
]


async def stream() -> AsyncIterator[Record]:
    for record in RECORDS:
        yield record


async def written() -> list[bytes]:
    return [line async for line in lines_of(stream())]


async def test_records_come_back_as_they_were_under_another_epoch() -> None:
    lines = await written()

    read = [record async for record in records_of(lines, epoch="second")]

    assert read == [Origin("second"), *RECORDS[1:]]


async def test_whole_archive_is_recognised() -> None:
    manifest = verify(await written())

    assert manifest.records == len(RECORDS)


@pytest.mark.parametrize("lost", range(len(RECORDS) + 1))
async def test_archive_without_one_of_its_lines_is_refused(lost: int) -> None:
    lines = await written()
    del lines[lost]

    with pytest.raises(InvalidRequest, match="manifest"):
        verify(lines)


async def test_archive_with_a_changed_line_is_refused() -> None:
    lines = await written()
    lines[2] = lines[2].replace(b"red", b"rid")

    with pytest.raises(InvalidRequest, match="manifest"):
        verify(lines)


@pytest.mark.parametrize("text", [b"", b"hello\n", b'{"kind":"room"}\n', b"[]\n"])
async def test_what_is_no_archive_is_refused(text: bytes) -> None:
    with pytest.raises(InvalidRequest):
        verify([text] if text else [])


async def test_line_that_is_no_record_is_named() -> None:
    lines = [(await written())[0], b'{"kind":"token","record":{"id":1}}\n']

    with pytest.raises(InvalidRequest, match="line 2"):
        [record async for record in records_of(lines, epoch="second")]
