"""Settings that are changed at run time: who may, what holds, and what lasts."""

from typing import Any

import pytest

from app.core import build_core
from app.services.runtime_settings import CHANGEABLE, HIDDEN, RuntimeSettings, SettingView
from app.settings import Settings
from protocol.errors import Forbidden, InvalidRequest, RateLimited
from protocol.events import Budget
from protocol.requests import TaskDispatch
from protocol.tasks import TaskState
from storage.ports import SaveSetting
from tests.fakes import OPERATOR_TOKEN, FakeClock, FlakyStore, Stage, settings_of


@pytest.fixture
def settings() -> Settings:
    return settings_of(master_token="a-canary-of-a-token", store="postgresql://ann:canary@db/x")


@pytest.fixture
def runtime(stage: Stage) -> RuntimeSettings:
    return stage.core.keeping.settings


def passing(_: list[SettingView]) -> None:
    """Guard nothing."""


async def change(stage: Stage, **changes: Any) -> list[SettingView]:
    return await stage.core.keeping.settings.replace(stage.operator, changes, passing)


async def test_settings_are_shown_without_their_secrets(stage: Stage, runtime: RuntimeSettings) -> None:
    shown = {each.name: each for each in runtime.all(stage.operator)}

    assert set(shown) == set(Settings.model_fields)
    assert (shown["master_token"].value, shown["secret_key"].value) == (HIDDEN, None)
    assert "canary" not in repr(shown)
    assert {name for name, each in shown.items() if each.changeable} == set(CHANGEABLE)


async def test_change_holds_at_once_and_is_recorded(stage: Stage) -> None:
    await change(stage, rate_chat=1.0, rate_chat_burst=1, deny_commands=["/ping*"], loop_limit=3)

    stage.core.limits.take("ann", Budget.CHAT)
    with pytest.raises(RateLimited):
        stage.core.limits.take("ann", Budget.CHAT)
    await stage.enrol("ann")
    request = TaskDispatch(to=["ann"], command="ping", room="global")
    asked = await stage.core.coordination.slash.dispatch(stage.operator, request)
    assert asked.tasks[0].state == TaskState.BLOCKED
    record = next(each for each in await stage.records() if each.action == "settings.change")
    assert record.target == "deny_commands loop_limit rate_chat rate_chat_burst"


async def test_what_is_not_named_has_its_old_value_again(stage: Stage, runtime: RuntimeSettings) -> None:
    before = runtime.current
    await change(stage, loop_limit=3, keep_days=1)
    assert (runtime.current.loop_limit, runtime.current.keep_days) == (3, 1)

    shown = await change(stage)

    assert runtime.current == before
    assert not any(each.changed for each in shown)


async def test_change_lasts(stage: Stage, store: FlakyStore, clock: FakeClock, settings: Settings) -> None:
    await change(stage, worker_risk=2)

    again = build_core(settings, store=store, clock=clock)
    await again.start(OPERATOR_TOKEN)

    assert again.keeping.settings.current.worker_risk == 2
    assert again.coordination.tasks._worker_risk == 2
    await again.stop()


async def test_stored_change_that_is_not_valid_any_more_is_passed_over(
    store: FlakyStore, clock: FakeClock, settings: Settings
) -> None:
    await store.commit([(SaveSetting("settings", '{"gone": 1, "loop_limit": 3}'),)])

    again = build_core(settings, store=store, clock=clock)
    await again.start(OPERATOR_TOKEN)

    assert again.keeping.settings.current == settings
    await again.stop()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("port", 1),
        ("master_token", "another-token-of-mine"),
        ("nothing", 1),
        ("loop_limit", -1),
        ("loop_limit", "3"),
        ("loop_limit", 1.5),
        ("rate_chat", 0),
        ("worker_risk", 3),
        ("deny_commands", "/do *"),
    ],
)
async def test_what_can_not_be_is_refused_by_name(stage: Stage, name: str, value: Any) -> None:
    with pytest.raises(InvalidRequest) as refusal:
        await change(stage, **{name: value})

    assert refusal.value.field == name


async def test_others_than_masters_neither_see_nor_set(stage: Stage, runtime: RuntimeSettings) -> None:
    ann = await stage.enrol("ann")

    with pytest.raises(Forbidden):
        runtime.all(ann)
    with pytest.raises(Forbidden):
        await runtime.replace(ann, {}, passing)
