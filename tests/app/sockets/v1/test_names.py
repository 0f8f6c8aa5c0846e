"""Names of version 1: where one speaks, and the ids that clients make for their messages."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from app.sockets.v1 import names
from protocol.addressing import MessageId
from protocol.errors import InvalidRequest

KEY = TypeAdapter(MessageId)


@pytest.mark.parametrize(
    ("to", "target"),
    [
        ("all", ("global", "global")),
        ("#alpha", ("room", "alpha")),
        ("#War-Room", ("room", "war-room")),
        ("node-1", ("dm", "node-1")),
        ("@ann", ("dm", "@ann")),
    ],
)
def test_target_is_a_place_of_version_2(to: str, target: tuple[str, str]) -> None:
    assert names.target_of(to) == target


@pytest.mark.parametrize("to", ["all", "#alpha", "node-1"])
def test_place_is_named_as_it_was_called(to: str) -> None:
    assert names.named(*names.target_of(to)) == to


@pytest.mark.parametrize("name", ["#", "", "#a b", "#a:b", "#" + "x" * 65, "#ä"])
def test_name_that_no_room_can_have_is_refused(name: str) -> None:
    with pytest.raises(InvalidRequest):
        names.room_of(name)


def test_only_rooms_that_have_a_name_are_shown() -> None:
    rooms = ["alpha", "p-0123456789", "global", "dm:a:b", "inbox:a"]

    assert [room for room in rooms if names.is_shown(room)] == ["alpha", "p-0123456789"]


@pytest.mark.parametrize("text", ["/update", "//twice", "/"])
def test_slash_at_the_beginning_is_doubled_so_that_nothing_is_carried_out(text: str) -> None:
    assert names.literal(text) == f"/{text}"


def test_other_text_stays_as_it_is() -> None:
    assert names.literal("a / b") == "a / b"


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=24))
def test_local_id_is_a_key_and_comes_back(local_id: str) -> None:
    key = names.key_of(local_id)

    assert KEY.validate_python(key) == key
    is_hashed = key.startswith("v1:") and len(key) == 67
    assert is_hashed or names.local_id_of(key) == local_id.removeprefix("v1:")


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=60, max_size=256))
def test_long_local_ids_stay_apart(local_id: str) -> None:
    assert KEY.validate_python(names.key_of(local_id)) != names.key_of(local_id + "x")
