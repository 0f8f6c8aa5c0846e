"""Session keys: one for each room, whatever it is called."""

from hypothesis import given
from hypothesis import strategies as st

from cli.agent.sessions import session_key

ROOMS = st.text(min_size=1, max_size=80) | st.sampled_from(["global", "Global", "dm:a:b", "inbox:a", "x-y"])


@given(ROOMS, ROOMS)
def test_two_rooms_never_share_a_session(one: str, other: str) -> None:
    keys = {session_key("claw", room, 0).lower() for room in (one, other)}

    assert len(keys) == len({one, other})


def test_a_room_cannot_be_named_like_another_ones_hash() -> None:
    hashed = session_key("claw", "dm:a:b", 0).rpartition(":")[2]

    assert session_key("claw", hashed, 0) != session_key("claw", "dm:a:b", 0)


def test_a_new_session_has_another_key() -> None:
    keys = [session_key("claw", "global", number) for number in range(3)]

    assert keys[0] == "agent:claw:clawnet:room:global"
    assert len(set(keys)) == 3
