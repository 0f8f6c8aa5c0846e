"""Behaviour of protocol.addressing: names of rooms, and how they are taken apart again."""

import re
from contextlib import suppress

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from protocol.addressing import (
    GLOBAL,
    RESERVED_HANDLES,
    RoomKind,
    address_of,
    dm_room,
    inbox_room,
    is_agent_id,
    is_handle,
    is_room_name,
    kind_of,
    parties_of,
)
from protocol.errors import InvalidRequest

agent_ids = st.from_regex(re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}"), fullmatch=True)
room_names = st.from_regex(re.compile(r"[a-z0-9]([a-z0-9_-]{0,62}[a-z0-9])?"), fullmatch=True).filter(
    lambda name: name != GLOBAL
)
any_text = st.text(st.characters(), max_size=80) | st.text("dminbox:ab", max_size=12)


@given(agent_ids, agent_ids)
def test_room_of_two_agents_does_not_depend_on_their_order(one: str, other: str) -> None:
    assume(one != other)

    assert dm_room(one, other) == dm_room(other, one)


@given(st.lists(agent_ids, min_size=4, max_size=4))
def test_two_pairs_share_a_room_only_if_they_are_the_same_pair(ids: list[str]) -> None:
    one, other, third, fourth = ids
    assume(one != other)
    assume(third != fourth)

    assert (dm_room(one, other) == dm_room(third, fourth)) == ({one, other} == {third, fourth})


@given(agent_ids, agent_ids)
def test_parties_of_a_dm_are_the_two_it_was_made_of(one: str, other: str) -> None:
    assume(one != other)

    assert parties_of(dm_room(one, other)) == {one, other}


@given(agent_ids)
def test_nobody_has_a_dm_with_themselves(agent_id: str) -> None:
    with pytest.raises(InvalidRequest):
        dm_room(agent_id, agent_id)


@pytest.mark.parametrize(
    "bad", ["", ":", "a:b", "inbox:a", "-a", ".a", "a b", "a\n", "ä", "a" * 65, "a\0", "\ud800", "a/b", "@a"]
)
def test_what_is_no_agent_id_gets_no_room(bad: str) -> None:
    assert not is_agent_id(bad)
    with pytest.raises(InvalidRequest) as refused:
        dm_room("ada", bad)
    assert refused.value.field == "to_id"
    with pytest.raises(InvalidRequest):
        dm_room(bad, "ada")
    with pytest.raises(InvalidRequest):
        kind_of(inbox_room(bad))


@given(agent_ids)
def test_refusal_of_a_room_names_the_field(agent_id: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        kind_of(f"dm:{agent_id}:{agent_id}")

    assert refused.value.field == "room"


@given(any_text)
def test_every_text_has_a_kind_or_is_refused(text: str) -> None:
    with suppress(InvalidRequest):  # anything else would reach the client as `internal`
        assert kind_of(text) in RoomKind


@given(room_names, agent_ids, agent_ids)
def test_every_made_name_has_the_kind_it_was_made_for(name: str, one: str, other: str) -> None:
    assume(one != other)

    assert kind_of(GLOBAL) is RoomKind.GLOBAL
    assert kind_of(name) is RoomKind.ROOM
    assert kind_of(dm_room(one, other)) is RoomKind.DM
    assert kind_of(inbox_room(one)) is RoomKind.INBOX


@pytest.mark.parametrize(
    "text",
    [
        "",
        ":",
        "dm:",
        "dm:a",
        "dm:a:a",
        "dm:b:a",
        "dm:a:b:c",
        "dm:a:b\n",
        "DM:a:b",
        "inbox:",
        "inbox:a:b",
        "Room",
        "room ",
        "-room",
        "room-",
        "#room",
        "r" * 65,
        "room\n",
        "room\0",
        "\ud800",
        "global:",
        "room:alpha",
    ],
)
def test_what_can_not_name_a_room_is_refused(text: str) -> None:
    with pytest.raises(InvalidRequest):
        kind_of(text)


@pytest.mark.parametrize("text", ["dm", "inbox"])
def test_words_of_the_relay_without_a_separator_are_ordinary_rooms(text: str) -> None:
    assert kind_of(text) is RoomKind.ROOM


@given(agent_ids, agent_ids)
def test_either_party_addresses_a_dm_by_the_other(one: str, other: str) -> None:
    assume(one != other)
    room = dm_room(one, other)

    to_type, to_id = address_of(room, viewer=one)

    assert (to_type, to_id) == ("dm", other)
    assert dm_room(one, to_id) == room


@given(room_names, agent_ids)
def test_a_room_is_addressed_by_its_own_name(name: str, viewer: str) -> None:
    assert address_of(name, viewer) == ("room", name)
    assert address_of(GLOBAL, viewer) == ("global", GLOBAL)


@given(agent_ids, agent_ids, agent_ids)
def test_a_warden_sees_one_of_the_parties_of_a_foreign_dm(one: str, other: str, warden: str) -> None:
    assume(len({one, other, warden}) == 3)

    to_type, to_id = address_of(dm_room(one, other), viewer=warden)

    assert to_type == "dm"
    assert to_id in {one, other}


@given(room_names)
def test_a_named_room_has_no_parties(name: str) -> None:
    assert parties_of(name) == parties_of(GLOBAL) == frozenset()


@pytest.mark.parametrize("text", ["ada", "a", "a-b", "a_b", "0", "a" * 32])
def test_a_plain_word_can_be_a_handle(text: str) -> None:
    assert is_handle(text)


@pytest.mark.parametrize("text", ["", "Ada", "-a", "a-", "_a", "a b", "a.b", "@a", "а", "a" * 33, "a\n"])  # noqa: RUF001
def test_what_could_be_misread_is_no_handle(text: str) -> None:
    assert not is_handle(text)


def test_every_reserved_word_is_shaped_like_a_handle_and_so_needs_the_list() -> None:
    assert [word for word in RESERVED_HANDLES if not is_handle(word)] == []


@given(any_text)
def test_no_room_name_can_be_taken_for_global_a_dm_or_an_inbox(text: str) -> None:
    assert not (is_room_name(text) and (text == GLOBAL or ":" in text))


def test_nobody_makes_a_room_called_global() -> None:
    assert not is_room_name(GLOBAL)
    assert is_room_name("globals")
