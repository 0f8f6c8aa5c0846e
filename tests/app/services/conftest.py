"""Two agents, and the rooms of the stage."""

import pytest

from app.actor import Actor
from app.services.credentials import CredentialService, Issued
from app.services.rooms import RoomService
from tests.app.services.tasks.crew import Crew, gather
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


@pytest.fixture
def credentials(stage: Stage) -> CredentialService:
    return stage.core.people.credentials


@pytest.fixture
async def issued(stage: Stage, credentials: CredentialService) -> Issued:
    """Enrol ann."""
    return await credentials.enrol(stage.operator, agent_id="ann")


@pytest.fixture
async def crew(stage: Stage) -> Crew:
    """Put on the stage who asks for tasks and who executes them."""
    return await gather(stage)
