"""Authority over an open connection: what changes outside counts for the next event, and what ends is cut."""

import pytest

from app.actor import Via
from protocol.roles import Role
from tests.app.doors import Doors, open_doors
from tests.fakes import FakeWire, Stage

ROOM = {"room": "mine"}


@pytest.fixture
async def doors(stage: Stage) -> Doors:
    return await open_doors(stage)


async def come(doors: Doors, role: Role = Role.WORKER) -> tuple[str, FakeWire]:
    """Let ann in; return her token's id and her way out."""
    issued = await doors.core.people.credentials.enrol(doors.stage.operator, agent_id="ann", role=role)
    actor = await doors.core.people.credentials.authenticate(issued.text, Via.SOCKET, "192.0.2.1")
    return issued.token.id, await doors.accept(actor, "link")


async def code_of(doors: Doors, event: str, body: object) -> str:
    """Return `ok` or the code of a refusal."""
    answer = await doors.ask("link", event, body)
    assert answer is not None
    return "ok" if answer["ok"] else str(answer["error"]["code"])


async def test_role_that_was_taken_away_is_gone_with_the_next_event(doors: Doors) -> None:
    await come(doors)
    before = await code_of(doors, "room_create", {"room": "first"})

    await doors.core.people.identity.change_role(doors.stage.operator, "ann", Role.WARDEN)

    assert before == "ok"
    assert await code_of(doors, "room_create", {"room": "second"}) == "forbidden"


async def test_role_that_was_given_counts_with_the_next_event(doors: Doors) -> None:
    await come(doors, Role.WARDEN)
    before = await code_of(doors, "room_create", ROOM)

    await doors.core.people.identity.change_role(doors.stage.operator, "ann", Role.MASTER)

    assert before == "forbidden"
    assert await code_of(doors, "room_create", ROOM) == "ok"


async def test_new_handle_stands_under_the_next_message(doors: Doors) -> None:
    await come(doors)
    await code_of(doors, "handle_set", {"handle": "star"})

    await code_of(doors, "chat_send", {"to_type": "global", "to_id": "global", "payload": {"text": "hello"}})

    page = await doors.core.base.store.page("global", limit=1)
    assert page[0].from_handle == "star"


async def test_event_of_a_token_that_was_taken_back_is_refused_and_does_nothing(doors: Doors) -> None:
    token_id, wire = await come(doors)

    await doors.core.people.credentials.revoke(doors.stage.operator, token_id)

    assert await code_of(doors, "room_create", ROOM) == "unauthenticated"
    assert [why.reason for why in wire.closings] == ["revoked"]
    assert [room.id for room in doors.core.rooms.visible_to(doors.stage.actor("ann"))] == ["global"]


async def test_event_of_a_token_that_ran_out_is_refused_even_before_the_sweep(doors: Doors) -> None:
    await come(doors)
    issued = await doors.core.people.credentials.issue(doors.stage.operator, "ann", lifetime=60)
    actor = await doors.core.people.credentials.authenticate(issued.text, Via.SOCKET)
    await doors.accept(actor, "link")
    doors.stage.clock.advance(60)

    assert await code_of(doors, "room_create", ROOM) == "unauthenticated"


async def test_connection_stays_when_another_token_of_the_agent_ends(doors: Doors) -> None:
    _, wire = await come(doors)
    other = await doors.core.people.credentials.issue(doors.stage.operator, "ann")

    await doors.core.people.credentials.revoke(doors.stage.operator, other.token.id)

    assert wire.closings == []
    assert await code_of(doors, "room_create", ROOM) == "ok"


async def test_record_of_an_event_names_the_address_of_its_connection(doors: Doors) -> None:
    await come(doors)

    await code_of(doors, "room_create", ROOM)

    record = (await doors.stage.records())[-1]
    assert (record.actor, record.action, record.address) == ("ann", "room.create", "192.0.2.1")
