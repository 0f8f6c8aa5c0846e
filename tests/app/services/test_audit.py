"""Audit: one record for each change, none for what changed nothing, and never a body."""

from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest

from app.actor import Via
from protocol.errors import ClawNetError
from protocol.requests import (
    ChatHistory,
    ChatTyping,
    PresenceSet,
)
from tests.app.services.deeds import (
    CANARY,
    CHANGES,
    REPEATABLE,
    Doing,
    added,
    destroy,
    furnish,
    kick,
    leave,
    promote,
    rename,
    revoke,
    send,
)
from tests.fakes import OPERATOR_TOKEN, FlakyStore, Stage


@pytest.fixture
async def stage(stage: Stage, tmp_path: Path) -> Stage:
    """Furnish the stage."""
    return await furnish(stage, tmp_path)


@pytest.mark.parametrize(("doing", "expected"), CHANGES, ids=lambda each: getattr(each, "__name__", ""))
async def test_every_change_leaves_exactly_its_record(
    stage: Stage, doing: Doing, expected: list[tuple[str, str, str]]
) -> None:
    records = await added(stage, doing)

    assert [(record.actor, record.action, record.target) for record in records] == expected
    assert {record.result for record in records} == {"ok"}


@pytest.mark.parametrize("doing", REPEATABLE, ids=lambda doing: doing.__name__)
async def test_what_is_asked_again_and_changes_nothing_leaves_no_record(stage: Stage, doing: Doing) -> None:
    await doing(stage)

    assert await added(stage, doing) == []


async def test_first_message_to_a_peer_leaves_a_record_for_the_room_and_one_for_itself(stage: Stage) -> None:
    async def whisper(stage: Stage) -> object:
        return await stage.say(stage.actor("ann"), to_type="dm", to_id="eve")

    records = await added(stage, whisper)

    assert [record.action for record in records] == ["room.create", "message.send"]


async def test_what_is_not_stored_is_not_recorded(stage: Stage) -> None:
    async def pass_by(stage: Stage) -> object:
        stage.core.chat.typing(stage.actor("ann"), ChatTyping(to_type="global", to_id="global", typing=True))
        stage.core.people.presence.choose("ann", PresenceSet(status="idle"))
        await stage.core.rooms.listed(stage.actor("ann"))
        await stage.core.chat.history(stage.actor("ann"), ChatHistory(room="alpha"))
        return await stage.core.rooms.read(stage.actor("ann"), "alpha")

    assert await added(stage, pass_by) == []


async def test_record_says_who_by_what_door_from_where_and_when(stage: Stage) -> None:
    actor = replace(stage.actor("ann"), via=Via.REST, address="192.0.2.9")
    stage.clock.advance(5)

    sent = await stage.say(actor, "hello")

    record = (await stage.records())[-1]
    assert (record.actor, record.via, record.address) == ("ann", "rest", "192.0.2.9")
    assert record.ts == sent.ts == "2026-01-01T00:00:05.000Z"


async def test_record_of_a_message_names_it_by_id_size_and_hash(stage: Stage) -> None:
    (record,) = await added(stage, send)

    assert set(record.detail) == {"id", "size", "sha256"}
    assert record.detail["id"] == "fresh"
    assert len(str(record.detail["sha256"])) == 64


async def test_record_of_a_change_says_what_was_before(stage: Stage) -> None:
    (renamed,) = await added(stage, rename)
    (promoted,) = await added(stage, promote)

    assert renamed.detail == {"before": "ann", "after": "star"}
    assert promoted.detail == {"before": "worker", "after": "warden"}


async def test_no_record_holds_what_was_said_or_a_secret(stage: Stage) -> None:
    issued = await stage.core.people.credentials.enrol(stage.operator, agent_id="dee")
    harmless = [doing for doing, _ in CHANGES if doing not in {destroy, revoke, kick, leave}]
    for doing in harmless:
        # Some of it is done already by the time that it is its turn.
        with suppress(ClawNetError):
            await doing(stage)

    text = "".join(record.model_dump_json() for record in await stage.records())
    assert text
    assert CANARY not in text
    assert issued.text.split("_")[2] not in text
    assert OPERATOR_TOKEN not in text


async def test_message_that_the_store_refused_is_not_recorded(stage: Stage) -> None:
    await send(stage)

    async def clash(stage: Stage) -> object:
        with pytest.raises(ClawNetError):
            await stage.say(stage.actor("ann"), "other", to_type="room", to_id="alpha", key="fresh")
        return None

    assert await added(stage, clash) == []


async def test_change_and_its_record_are_one_write(stage: Stage, store: FlakyStore) -> None:
    store.batches.clear()

    await send(stage)

    (batch,) = store.batches
    (write,) = batch
    assert [type(op).__name__ for op in write] == ["Append", "AppendAudit"]
