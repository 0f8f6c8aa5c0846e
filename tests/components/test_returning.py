"""The bare address leads back to where one was, if that is still there and to be seen."""

from urllib.parse import quote

import pytest

from components.ports import Console
from components.returning import COOKIE, last_conversation
from protocol.requests import RoomCreate
from tests.fakes import Stage


@pytest.mark.parametrize(
    ("kept", "path"),
    [
        ("/dashboard/r/red", "/dashboard/r/red"),
        ("/dashboard/r/global", "/dashboard/r/global"),
        ("/dashboard/dm/ann", "/dashboard/dm/ann"),
        ("/dashboard/r/blue", ""),
        ("/dashboard/dm/bob", ""),
        ("/dashboard/fleet", ""),
        ("//evil.test/dashboard/r/red", ""),
        ("", ""),
    ],
)
async def test_a_kept_path_leads_back_or_nowhere(
    stage: Stage, console: Console, kept: str, path: str
) -> None:
    await stage.core.rooms.create(await stage.enrol("ann"), RoomCreate(room="red"))

    assert last_conversation({COOKIE: quote(kept, safe="")}, console, stage.operator) == path


async def test_nothing_kept_leads_nowhere(stage: Stage, console: Console) -> None:
    assert last_conversation({}, console, stage.operator) == ""
