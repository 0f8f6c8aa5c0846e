"""Admission: an agent without a token asks, a master decides, and the answer is fetched once."""

import asyncio

import pytest

from app.actor import Via
from app.services.admission import MAX_OF_ADDRESS, MAX_WAITING, WAIT, AdmissionService, names
from protocol.admissions import ApplicationState
from protocol.errors import (
    ClawNetError,
    Conflict,
    Forbidden,
    HandleTaken,
    InvalidRequest,
    NotFound,
    RateLimited,
    Unauthenticated,
)
from protocol.roles import Role
from tests.fakes import FakeClock, Stage, settings_of


@pytest.fixture
def admission(stage: Stage) -> AdmissionService:
    return stage.core.people.admission


def test_applicant_waits_and_is_shown_with_where_it_asked_from(
    stage: Stage, admission: AdmissionService
) -> None:
    application, secret = admission.apply_for("ann", "star", "192.0.2.1")

    (shown,) = admission.waiting(stage.operator)
    assert shown == application
    assert shown.model_dump() == {
        "id": application.id,
        "agent_id": "ann",
        "handle": "star",
        "address": "192.0.2.1",
        "asked_at": "2026-01-01T00:00:00.000Z",
        "state": ApplicationState.PENDING,
    }
    assert secret.split("_")[2] not in shown.model_dump_json()


def test_who_waits_learns_that_as_often_as_it_asks(admission: AdmissionService) -> None:
    application, secret = admission.apply_for("ann", None, None)

    answers = [admission.collect(secret) for _ in range(3)]

    assert answers == [(application, None)] * 3


async def test_token_of_an_admitted_agent_is_fetched_once(stage: Stage, admission: AdmissionService) -> None:
    application, secret = admission.apply_for("ann", "star", None)

    admitted = await admission.admit(stage.operator, application.id, Role.WARDEN)
    told, token = admission.collect(secret)
    with pytest.raises(NotFound):
        admission.collect(secret)

    assert admitted.state is told.state is ApplicationState.ADMITTED
    actor = await stage.core.people.credentials.authenticate(token or "", Via.SOCKET)
    assert (actor.agent_id, actor.handle, actor.role) == ("ann", "star", Role.WARDEN)


async def test_admitted_agent_is_a_worker_unless_a_master_says_otherwise(
    stage: Stage, admission: AdmissionService
) -> None:
    application, _ = admission.apply_for("ann", None, None)

    await admission.admit(stage.operator, application.id)

    assert stage.actor("ann").role is Role.WORKER


async def test_denied_applicant_learns_that_once_and_is_not_enrolled(
    stage: Stage, admission: AdmissionService
) -> None:
    application, secret = admission.apply_for("ann", None, None)

    await admission.deny(stage.operator, application.id)
    told, token = admission.collect(secret)
    with pytest.raises(NotFound):
        admission.collect(secret)

    assert (told.state, token) == (ApplicationState.DENIED, None)
    assert not stage.core.people.identity.knows("ann")


async def test_secret_of_an_application_opens_no_door(stage: Stage, admission: AdmissionService) -> None:
    application, secret = admission.apply_for("ann", None, None)
    await admission.admit(stage.operator, application.id)

    with pytest.raises(Unauthenticated):
        await stage.core.people.credentials.authenticate(secret, Via.SOCKET)


async def test_wrong_secret_fetches_nothing_and_spends_nothing(
    stage: Stage, admission: AdmissionService
) -> None:
    application, secret = admission.apply_for("ann", None, None)
    await admission.admit(stage.operator, application.id)
    guesses = [secret + "0", f"clw_{application.id}_0", "clw_0_0", application.id, ""]

    refusals = []
    for guess in guesses:
        with pytest.raises(NotFound) as refusal:
            admission.collect(guess)
        refusals.append(refusal.value.body())

    assert refusals == [refusals[0]] * len(guesses)
    assert admission.collect(secret)[1] is not None


@pytest.mark.parametrize("ask", ["admit", "deny"])
async def test_application_is_forgotten_after_ten_minutes(
    stage: Stage, admission: AdmissionService, clock: FakeClock, ask: str
) -> None:
    application, secret = admission.apply_for("ann", None, None)

    clock.advance(WAIT - 0.001)
    before = admission.waiting(stage.operator)
    clock.advance(0.001)

    assert WAIT == 600
    assert before == [application]
    assert admission.waiting(stage.operator) == []
    with pytest.raises(NotFound):
        admission.collect(secret)
    with pytest.raises(NotFound):
        await getattr(admission, ask)(stage.operator, application.id)


def test_number_of_who_wait_is_bounded_until_the_first_are_forgotten(
    admission: AdmissionService, clock: FakeClock
) -> None:
    for n in range(MAX_WAITING):
        admission.apply_for(f"agent{n}", None, f"192.0.2.{n}")

    with pytest.raises(RateLimited) as refusal:
        admission.apply_for("late", None, None)
    clock.advance(WAIT)
    admission.apply_for("late", None, None)

    assert (refusal.value.retry_after or 0) > 0


@pytest.mark.parametrize("agent_id", ["", "a b", "dm:a:b", "-x", "x" * 65, "\ud800"])
def test_nobody_asks_under_what_is_no_id(admission: AdmissionService, agent_id: str) -> None:
    with pytest.raises(InvalidRequest) as refusal:
        admission.apply_for(agent_id, None, None)

    assert refusal.value.field == "agent_id"


@pytest.mark.parametrize("role", [Role.WORKER, Role.WARDEN])
async def test_only_masters_see_and_decide(stage: Stage, admission: AdmissionService, role: Role) -> None:
    actor = await stage.enrol("eve", role)
    application, secret = admission.apply_for("ann", None, None)

    with pytest.raises(Forbidden):
        admission.waiting(actor)
    with pytest.raises(Forbidden):
        await admission.admit(actor, application.id)
    with pytest.raises(Forbidden):
        await admission.deny(actor, application.id)
    with pytest.raises(Forbidden):
        await admission.deny(actor, "nothing")

    assert admission.collect(secret)[0].state is ApplicationState.PENDING


async def test_decision_is_final(stage: Stage, admission: AdmissionService) -> None:
    application, _ = admission.apply_for("ann", None, None)
    await admission.deny(stage.operator, application.id)

    with pytest.raises(Conflict):
        await admission.admit(stage.operator, application.id)
    with pytest.raises(Conflict):
        await admission.deny(stage.operator, application.id)

    assert not stage.core.people.identity.knows("ann")


async def test_of_two_who_admit_at_once_one_does(stage: Stage, admission: AdmissionService) -> None:
    application, secret = admission.apply_for("ann", None, None)

    admissions = [admission.admit(stage.operator, application.id) for _ in range(5)]
    answers = await asyncio.gather(*admissions, return_exceptions=True)

    assert sum(isinstance(answer, Conflict) for answer in answers) == 4
    assert admission.collect(secret)[1] is not None


@pytest.mark.parametrize("order", [("admit", "deny"), ("deny", "admit")])
async def test_who_is_admitted_and_denied_at_once_is_one_of_the_two(
    stage: Stage, admission: AdmissionService, order: tuple[str, str]
) -> None:
    application, secret = admission.apply_for("ann", None, None)

    decisions = [getattr(admission, ask)(stage.operator, application.id) for ask in order]
    answers = await asyncio.gather(*decisions, return_exceptions=True)
    told, token = admission.collect(secret)

    assert [isinstance(answer, ClawNetError) for answer in answers] == [False, True]
    is_admitted = told.state is ApplicationState.ADMITTED
    assert stage.core.people.identity.knows("ann") is is_admitted
    assert (token is not None) is is_admitted


async def test_applicant_whose_name_was_taken_meanwhile_goes_on_waiting(
    stage: Stage, admission: AdmissionService
) -> None:
    application, secret = admission.apply_for("bob", "star", None)
    await stage.core.people.credentials.enrol(stage.operator, agent_id="ann", handle="star")

    with pytest.raises(HandleTaken):
        await admission.admit(stage.operator, application.id)

    assert admission.collect(secret)[0].state is ApplicationState.PENDING
    assert admission.waiting(stage.operator) == [application]


async def test_answer_that_is_not_fetched_is_not_listed_as_waiting(
    stage: Stage, admission: AdmissionService
) -> None:
    admitted, _ = admission.apply_for("ann", None, None)
    denied, _ = admission.apply_for("bob", None, None)

    await admission.admit(stage.operator, admitted.id)
    await admission.deny(stage.operator, denied.id)

    assert admission.waiting(stage.operator) == []


async def test_one_address_can_not_fill_all_places(
    stage: Stage, admission: AdmissionService, clock: FakeClock
) -> None:
    secrets = [admission.apply_for(f"evil{n}", None, "192.0.2.1")[1] for n in range(MAX_OF_ADDRESS)]
    for application in admission.waiting(stage.operator)[:2]:
        await admission.deny(stage.operator, application.id)

    with pytest.raises(RateLimited):
        admission.apply_for("evil", None, "192.0.2.1")
    admission.apply_for("ann", None, "192.0.2.2")

    # Who fetches its answer makes room; so does who waits in vain.
    admission.collect(secrets[0])
    admission.apply_for("evil", None, "192.0.2.1")
    with pytest.raises(RateLimited):
        admission.apply_for("evil", None, "192.0.2.1")
    clock.advance(WAIT)
    admission.apply_for("evil", None, "192.0.2.1")


@pytest.mark.parametrize(
    ("rules", "named"),
    [
        (["ann"], True),
        (["ANN"], True),
        (["a*"], True),
        (["bob", "?nn"], True),
        (["192.0.2.0/24"], True),
        (["192.0.3.0/24", "2001:db8::/32"], False),
        (["an"], False),
        ([], False),
    ],
)
def test_rule_names_an_id_or_a_network(rules: list[str], *, named: bool) -> None:
    assert names(rules, "Ann", "192.0.2.7") is named


def test_who_has_no_address_is_in_no_network() -> None:
    assert not names(["0.0.0.0/0"], "ann", None)


async def test_who_is_blocked_or_not_allowed_does_not_even_wait(
    stage: Stage, admission: AdmissionService
) -> None:
    async def rule(**lists: list[str]) -> None:
        await stage.core.keeping.settings.replace(stage.operator, lists, lambda _: None)

    await rule(block_joins=["spam-*", "198.51.100.0/24"])
    for agent_id, address in (("spam-1", "192.0.2.1"), ("ann", "198.51.100.9")):
        with pytest.raises(Forbidden):
            admission.apply_for(agent_id, None, address)
    admission.apply_for("ann", None, "192.0.2.1")
    await rule(allow_joins=["trusted-*"], block_joins=["trusted-7"])
    for agent_id in ("bob", "trusted-7"):
        with pytest.raises(Forbidden):
            admission.apply_for(agent_id, None, "192.0.2.1")
    admission.apply_for("trusted-1", None, "192.0.2.1")

    # Who waits already is not sent away by a rule of later.
    assert [each.agent_id for each in admission.waiting(stage.operator)] == ["ann", "trusted-1"]


def test_rules_hold_from_the_start(stage: Stage) -> None:
    admission = stage.core.people.admission
    admission.adopt(settings_of(block_joins=["ann"]))

    with pytest.raises(Forbidden):
        admission.apply_for("ann", None, None)


@pytest.mark.parametrize("rule", ["", "two words", "10.0.0.0/99", "-x", "x" * 65, "a/b", "::1/200"])
def test_rule_that_names_nobody_is_refused(rule: str) -> None:
    with pytest.raises(ValueError, match="neither an agent's id nor a network"):
        settings_of(allow_joins=[rule])
