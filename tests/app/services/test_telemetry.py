"""Telemetry: the last word of each agent, section by section, for those who may see it."""

import pytest

from app.actor import Actor
from app.services.telemetry import MINUTES, SAMPLES, TelemetryService
from protocol.errors import Forbidden, InvalidRequest
from protocol.requests import Report
from protocol.roles import Role
from tests.fakes import Stage


@pytest.fixture
def telemetry(stage: Stage) -> TelemetryService:
    return stage.core.coordination.telemetry


def test_section_that_a_report_leaves_out_has_not_changed(
    stage: Stage, telemetry: TelemetryService, ann: Actor
) -> None:
    telemetry.hear(ann, Report(specs={"cpu": 1}, cron=["nightly"]))
    stage.clock.advance(30)
    telemetry.hear(ann, Report(specs={"cpu": 2}))

    picture = telemetry.of(stage.operator, "ann")

    assert picture.sections == {"specs": {"cpu": 2}, "cron": ["nightly"]}
    assert picture.reported_at == "2026-01-01T00:00:30.000Z"


def test_agent_that_has_reported_nothing_has_an_empty_picture(
    stage: Stage, telemetry: TelemetryService, ann: Actor
) -> None:
    assert telemetry.of(ann, "ann").sections == {}
    assert telemetry.of(stage.operator, "ann").reported_at is None


async def test_only_masters_wardens_and_the_agent_itself_see_it(
    stage: Stage, telemetry: TelemetryService, ann: Actor, bob: Actor
) -> None:
    telemetry.hear(ann, Report(running=["t1"]))
    warden = await stage.enrol("wat", Role.WARDEN)

    seen = [telemetry.of(actor, "ann").sections for actor in (ann, warden, stage.operator)]
    with pytest.raises(Forbidden):
        telemetry.of(bob, "ann")

    assert seen == [{"running": ["t1"]}] * 3


def test_announced_commands_can_be_typed_and_a_malformed_list_is_refused(
    stage: Stage, telemetry: TelemetryService, ann: Actor
) -> None:
    telemetry.hear(ann, Report(specs={"commands": [{"name": "deploy", "help": "Ship it", "risk": 2}]}))

    with pytest.raises(InvalidRequest):
        telemetry.hear(ann, Report(specs={"commands": "rm -rf /"}))

    assert stage.core.coordination.registry.named("deploy").risk == 2
    assert telemetry.of(ann, "ann").sections["specs"]["commands"][0]["name"] == "deploy"


def test_shares_are_kept_so_many_and_no_more(stage: Stage, telemetry: TelemetryService, ann: Actor) -> None:
    for number in range(SAMPLES + 5):
        stage.clock.advance(5)
        telemetry.hear(ann, Report(specs={"cpu_percent": number, "ram_percent": 41.5}))
    telemetry.hear(ann, Report(running=[]))

    kept = telemetry.samples(stage.operator, "ann")

    assert len(kept) == SAMPLES
    assert [sample.cpu for sample in kept[-2:]] == [float(SAMPLES + 4)] * 2
    assert (kept[-1].ram, kept[-2].at) == (41.5, "2026-01-01T00:05:25.000Z")


@pytest.mark.parametrize("said", [True, "12", 101, -1, None, float("nan"), [12]])
def test_what_is_no_share_is_no_sample(telemetry: TelemetryService, ann: Actor, said: object) -> None:
    telemetry.hear(ann, Report(specs={"cpu_percent": said}))
    telemetry.hear(ann, Report.model_validate({"specs": {"cpu_percent": said, "ram_percent": 3}}))

    assert [(sample.cpu, sample.ram) for sample in telemetry.samples(ann, "ann")] == [(None, 3.0)]


def test_samples_are_for_those_who_see_the_rest(telemetry: TelemetryService, ann: Actor, bob: Actor) -> None:
    telemetry.hear(ann, Report(specs={"cpu_percent": 5}))

    with pytest.raises(Forbidden):
        telemetry.samples(bob, "ann")


def test_an_hour_is_kept_a_sample_a_minute(stage: Stage, telemetry: TelemetryService, ann: Actor) -> None:
    for number in range(4 * (MINUTES + 5)):
        stage.clock.advance(15)
        telemetry.hear(ann, Report(specs={"cpu_percent": number % 100, "disk_percent": 58}))
    telemetry.hear(ann, Report(openclaw={"latency_ms": 8}))

    minutes = telemetry.minutes(stage.operator, "ann")

    assert len(minutes) == MINUTES
    assert [each.at[17:19] for each in minutes] == ["15"] * MINUTES
    assert (minutes[-1].disk, telemetry.samples(ann, "ann")[-1].latency) == (58.0, 8.0)


@pytest.mark.parametrize(
    ("told", "skew"),
    [
        ("2026-01-01T00:00:04+00:00", 4.0),
        ("2026-01-01T00:59:57.500000+01:00", -2.5),
        ("2026-01-01T00:00:04", None),
        ("soon", None),
        (12, None),
        (None, None),
    ],
)
def test_clock_of_an_agent_is_compared_with_ours(
    telemetry: TelemetryService, ann: Actor, told: object, skew: float | None
) -> None:
    telemetry.hear(ann, Report(specs={"clock": told}))
    telemetry.hear(ann, Report(running=[]))  # tells nothing of it, so nothing has changed

    assert telemetry.of(ann, "ann").skew == skew


def test_minutes_are_for_those_who_see_the_rest(telemetry: TelemetryService, bob: Actor) -> None:
    with pytest.raises(Forbidden):
        telemetry.minutes(bob, "ann")
