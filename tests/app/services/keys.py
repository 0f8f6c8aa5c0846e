"""What tests do with tokens: try them, connect with them, and hear which were shut."""

from app.actor import Via
from app.events import TokenClosed
from app.services.credentials import CredentialService
from protocol.errors import Unauthenticated
from tests.fakes import Ear, FakeWire, Stage


async def opens(credentials: CredentialService, token: str) -> bool:
    """Tell whether a token opens the door."""
    try:
        await credentials.authenticate(token, Via.SOCKET)
    except Unauthenticated:
        return False
    return True


async def connect(stage: Stage, token: str, link: str) -> FakeWire:
    """Open a connection with a token."""
    actor = await stage.core.people.credentials.authenticate(token, Via.SOCKET)
    wire = FakeWire()
    await stage.core.readers.delivery.attach(link, actor, wire, None)
    stage.core.readers.delivery.begin(link)
    return wire


def closed(ear: Ear) -> list[tuple[str, str]]:
    """Return which tokens were shut, and why."""
    return [(fact.token_id, fact.why) for fact in ear.facts if isinstance(fact, TokenClosed)]
