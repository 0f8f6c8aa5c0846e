"""Saved views: queries under names, each operator's own."""

import pytest

from app.actor import Actor
from app.services.views import MAX_NAME, MAX_QUERY, MAX_VIEWS, SavedViews
from protocol.errors import Conflict, Forbidden, InvalidRequest, NotFound
from protocol.roles import Role
from tests.fakes import FakeClock, FlakyStore, Stage, open_stage, settings_of


@pytest.fixture
def views(stage: Stage) -> SavedViews:
    return stage.core.keeping.views


async def test_views_last_and_are_each_operators_own(
    stage: Stage, views: SavedViews, store: FlakyStore
) -> None:
    warden = await stage.enrol("eye", Role.WARDEN)
    await views.save(stage.operator, "slow ones", "status:running since:1h")
    await views.save(warden, "mine", "by:eye")

    again = await open_stage(store, FakeClock(), settings_of())
    await again.core.stop()

    kept = again.core.keeping.views
    assert (kept.of(stage.operator), kept.of(warden)) == (
        {"slow ones": "status:running since:1h"},
        {"mine": "by:eye"},
    )


async def test_view_is_replaced_and_forgotten(stage: Stage, views: SavedViews) -> None:
    await views.save(stage.operator, "late", "status:failed")
    await views.save(stage.operator, "late", "status:lost")
    assert views.of(stage.operator) == {"late": "status:lost"}

    await views.forget(stage.operator, "late")

    assert views.of(stage.operator) == {}
    with pytest.raises(NotFound):
        await views.forget(stage.operator, "late")
    assert [record.action for record in (await stage.records())[-3:]] == [
        "view.save",
        "view.save",
        "view.forget",
    ]


async def test_there_are_so_many_and_no_more(stage: Stage, views: SavedViews) -> None:
    for number in range(MAX_VIEWS):
        await views.save(stage.operator, f"view {number}", "status:failed")

    with pytest.raises(Conflict):
        await views.save(stage.operator, "one more", "status:failed")
    await views.save(stage.operator, "view 0", "status:lost")

    assert len(views.of(stage.operator)) == MAX_VIEWS


@pytest.mark.parametrize(
    ("name", "query", "field"),
    [
        ("", "x", "name"),
        ("x" * (MAX_NAME + 1), "x", "name"),
        ("a\nb", "x", "name"),
        ("late", "", "query"),
        ("late", "x" * (MAX_QUERY + 1), "query"),
    ],
)
async def test_name_and_query_must_be_some(
    stage: Stage, views: SavedViews, name: str, query: str, field: str
) -> None:
    with pytest.raises(InvalidRequest) as refusal:
        await views.save(stage.operator, name, query)

    assert refusal.value.field == field


async def test_who_has_no_console_keeps_no_views(views: SavedViews, ann: Actor) -> None:
    with pytest.raises(Forbidden):
        await views.save(ann, "mine", "by:ann")
    with pytest.raises(Forbidden):
        await views.forget(ann, "mine")
