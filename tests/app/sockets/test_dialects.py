"""The choice of a version: once, at the handshake, by what it says and by nothing else."""

from typing import Any

import pytest

from app.sockets.packets import Incoming
from protocol.errors import InvalidRequest
from tests.app.doors import Doors, open_doors
from tests.fakes import Stage


@pytest.fixture
async def doors(stage: Stage) -> Doors:
    return await open_doors(stage)


def version(doors: Doors, auth: object) -> str:
    return type(doors.agents._dialects.choose(auth)[0]).__name__


@pytest.mark.parametrize("auth", [None, {}, {"protocol": None}, {"protocol": 1}, {"token": "x"}])
async def test_who_names_no_version_or_the_first_speaks_the_first(doors: Doors, auth: Any) -> None:
    assert version(doors, auth) == "FirstDialect"


async def test_who_names_the_second_speaks_the_second(doors: Doors) -> None:
    assert version(doors, {"protocol": 2}) == "SecondDialect"


@pytest.mark.parametrize("wrong", [0, 3, "2", True, 2.0, [], {}])
async def test_version_that_is_none_is_refused(doors: Doors, wrong: Any) -> None:
    with pytest.raises(InvalidRequest):
        version(doors, {"protocol": wrong})


@pytest.mark.parametrize("auth", ["text", 7, [1], Incoming(), Incoming(refusal=InvalidRequest("NaN"))])
async def test_handshake_that_can_not_be_read_is_refused(doors: Doors, auth: Any) -> None:
    with pytest.raises(InvalidRequest):
        version(doors, auth)
