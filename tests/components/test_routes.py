"""Paths lead to places, and redirects stay at home."""

import pytest

from components.routes import (
    Place,
    Section,
    View,
    agent_path,
    dm_path,
    dm_with,
    is_local,
    place_of,
    room_path,
)


@pytest.mark.parametrize(
    ("path", "place"),
    [
        ("/dashboard", Place(View.CHAT, room="global")),
        ("/dashboard/", Place(View.CHAT, room="global")),
        ("/dashboard/r/alpha", Place(View.CHAT, room="alpha")),
        ("/dashboard/r/global", Place(View.CHAT, room="global")),
        ("/dashboard/dm/ann", Place(View.CHAT, handle="ann")),
        ("/dashboard/fleet", Place(View.FLEET)),
        ("/dashboard/fleet/Scout-1", Place(View.FLEET, agent="Scout-1")),
        ("/dashboard/fleet/ann?tab=token", Place(View.FLEET, agent="ann", query="tab=token")),
        ("/dashboard/fleet/..%2Fx", None),
        ("/dashboard/fleet/ann/more", None),
        ("/dashboard/logs", Place(View.LOGS)),
        ("/dashboard/audit?actor=ann", Place(View.LOGS, section="audit", query="actor=ann")),
        ("/dashboard/audit/", Place(View.LOGS, section="audit")),
        ("/dashboard/settings", Place(View.SETTINGS, section="general")),
        ("/dashboard/settings/limits", Place(View.SETTINGS, section="limits")),
        ("/dashboard/settings/nothing", None),
        ("/dashboard/settings/limits/more", None),
        ("/dashboard?", Place(View.CHAT, room="global")),
        ("/dashboard/chat", None),
        ("/dashboard/nowhere", None),
        ("/dashboard/r/UPPER", None),
        ("/dashboard/r/dm:a:b", None),
        ("/dashboard/r/inbox%3Aann", None),
        ("/dashboard/dm/..%2Fx", None),
        ("/dashboardx", None),
        ("/", None),
    ],
)
def test_a_path_leads_to_one_place_or_nowhere(path: str, place: Place | None) -> None:
    assert place_of(path) == place


@pytest.mark.parametrize("room", ["global", "alpha", "a-b_c"])
def test_the_path_of_a_room_leads_to_it(room: str) -> None:
    assert place_of(room_path(room)) == Place(View.CHAT, room=room)


def test_the_path_of_direct_messages_leads_to_the_handle() -> None:
    assert place_of(dm_path("ann")) == Place(View.CHAT, handle="ann")
    assert dm_with("operator", "ann") == "dm:ann:operator"


@pytest.mark.parametrize("target", ["/dashboard", "/dashboard/r/alpha?m=1", "/"])
def test_a_path_on_this_site_is_local(target: str) -> None:
    assert is_local(target)


@pytest.mark.parametrize(
    "target",
    [
        "",
        "//evil.example",
        "/\\evil.example",
        "https://evil.example",
        "x",
        "/a\nb",
        "/a b",
        "\\x",
        "/\t/evil.example",
    ],
)
def test_what_could_lead_elsewhere_is_not_local(target: str) -> None:
    assert not is_local(target)


def test_the_path_of_an_agent_leads_to_it() -> None:
    assert place_of(agent_path("a.b")) == Place(View.FLEET, agent="a.b")


def test_what_an_address_asks_for_is_read_once_and_bounded() -> None:
    place = place_of("/dashboard/audit?actor=ann&actor=bob&text=a%20b" + "&x=1" * 10_000)

    assert place is not None
    assert place.asked() == {"actor": "bob", "text": "a b", "x": "1"}
    assert set(Section) >= {"general", "persistence"}
