"""Saved commands: lines under names of their own."""

import asyncio

import pytest

from app.actor import Actor
from app.services.saved import MAX_LINE, MAX_SAVED, SavedCommands
from protocol.errors import Conflict, Forbidden, InvalidRequest, NotFound
from tests.fakes import FakeClock, FlakyStore, Stage, open_stage, settings_of


@pytest.fixture
def saved(stage: Stage) -> SavedCommands:
    return stage.core.coordination.saved


async def test_line_is_kept_over_a_restart(stage: Stage, saved: SavedCommands, store: FlakyStore) -> None:
    await saved.save(stage.operator, "morning", "/ask @all good morning")

    again = await open_stage(store, FakeClock(), settings_of())
    await again.core.stop()

    assert again.core.coordination.saved.line("morning") == "/ask @all good morning"


async def test_line_is_replaced_and_forgotten(stage: Stage, saved: SavedCommands) -> None:
    await saved.save(stage.operator, "morning", "/ping")
    await saved.save(stage.operator, "morning", "/status")
    assert saved.all() == {"morning": "/status"}

    await saved.forget(stage.operator, "morning")

    assert saved.line("morning") is None
    with pytest.raises(NotFound):
        await saved.forget(stage.operator, "morning")


async def test_only_masters_save_and_forget(stage: Stage, saved: SavedCommands, ann: Actor) -> None:
    await saved.save(stage.operator, "morning", "/ping")

    with pytest.raises(Forbidden):
        await saved.save(ann, "morning", "/do evil")
    with pytest.raises(Forbidden):
        await saved.forget(ann, "morning")

    assert saved.line("morning") == "/ping"


@pytest.mark.parametrize("name", ["", "two words", "été", "x" * 33, "@all", "/ping", "-"])
async def test_name_must_be_one(stage: Stage, saved: SavedCommands, name: str) -> None:
    with pytest.raises(InvalidRequest) as refusal:
        await saved.save(stage.operator, name, "/ping")

    assert refusal.value.field == "name"


@pytest.mark.parametrize(
    "line", ["ping", "//ping", "/", "/ ", "/nothing", "/ ping", "", "/ask " + "x" * MAX_LINE, "/morning"]
)
async def test_line_must_be_a_command_that_there_is(stage: Stage, saved: SavedCommands, line: str) -> None:
    await saved.save(stage.operator, "morning", "/ping")

    with pytest.raises(InvalidRequest):
        await saved.save(stage.operator, "evening", line)


@pytest.mark.parametrize("name", ["ping", "pause"])
async def test_name_of_a_command_stays_the_commands(stage: Stage, saved: SavedCommands, name: str) -> None:
    with pytest.raises(Conflict):
        await saved.save(stage.operator, name, "/status")


async def test_there_are_so_many_and_no_more_even_at_once(stage: Stage, saved: SavedCommands) -> None:
    names = [f"line{n}" for n in range(MAX_SAVED + 3)]

    outcomes = await asyncio.gather(
        *(saved.save(stage.operator, name, "/ping") for name in names), return_exceptions=True
    )

    assert [type(outcome) for outcome in outcomes if outcome] == [Conflict] * 3
    assert len(saved.all()) == MAX_SAVED
