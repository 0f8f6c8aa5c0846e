"""Two agents, and the rooms of the stage."""

import pytest

from app.actor import Actor
from app.services.rooms import RoomService
from tests.fakes import Stage


@pytest.fixture
async def ann(stage: Stage) -> Actor:
    return await stage.enrol("ann")


@pytest.fixture
async def bob(stage: Stage) -> Actor:
    return await stage.enrol("bob")


@pytest.fixture
def rooms(stage: Stage) -> RoomService:
    return stage.core.rooms
