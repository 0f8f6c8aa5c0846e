"""Frames off the wire: cut where they end, however the bytes come."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from websockets.frames import Frame, Opcode

from app.edge.frames import WHOLE_TEXT, FrameReader, NotTold, body_of

LONGEST = 70_000
SIZES = (0, 1, 125, 126, 127, 65_535, 65_536, LONGEST)


def a_frame(body: bytes, opcode: Opcode = Opcode.TEXT, *, fin: bool = True, mask: bool = True) -> bytes:
    return Frame(opcode, body, fin).serialize(mask=mask)


@pytest.mark.parametrize("size", SIZES)
def test_frame_of_any_size_is_cut_whole_and_read(size: int) -> None:
    body = bytes(index % 251 for index in range(size))
    frame = a_frame(body)

    ((cut, begin),) = FrameReader(LONGEST).cut(frame)

    assert cut == frame
    assert cut[0] == WHOLE_TEXT
    assert body_of(cut, begin) == body


@given(
    sizes=st.lists(st.sampled_from(SIZES[:5]) | st.integers(0, 300), max_size=8),
    steps=st.lists(st.integers(1, 200), min_size=1, max_size=50),
)
def test_frames_are_the_same_however_their_bytes_come(sizes: list[int], steps: list[int]) -> None:
    kinds = (Opcode.TEXT, Opcode.BINARY, Opcode.PING, Opcode.CONT)
    sent = [
        a_frame(b"x" * min(size, 125), kinds[n % 4], fin=n % 3 > 0 or n % 4 == 2)
        for n, size in enumerate(sizes)
    ]
    heard: list[bytes] = []
    wire, frames, at, turn = b"".join(sent), FrameReader(LONGEST), 0, 0
    while at < len(wire):
        step = steps[turn % len(steps)]
        heard += [frame for frame, _ in frames.cut(wire[at : at + step])]
        at, turn = at + step, turn + 1

    assert heard == sent


@pytest.mark.parametrize(
    "bad",
    [
        a_frame(b"x" * (LONGEST + 1)),
        a_frame(b"x", mask=False),
        a_frame(b"x" * 126, mask=False),
        b"\x81\xff" + b"\xff" * 8,
    ],
    ids=["too long", "not masked", "long and not masked", "longer than anything"],
)
def test_what_nobody_may_send_is_handed_on_with_all_behind_it(bad: bytes) -> None:
    good, frames, heard = a_frame(b"good"), FrameReader(LONGEST), []

    with pytest.raises(NotTold) as untold:
        heard += list(frames.cut(good)) + list(frames.cut(bad + good))

    assert untold.value.rest == bad + good


def test_too_long_a_frame_is_known_by_its_head() -> None:
    head = a_frame(b"x" * (LONGEST + 1))[:14]

    with pytest.raises(NotTold):
        list(FrameReader(LONGEST).cut(head))
