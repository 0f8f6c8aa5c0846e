"""Handles: one form, no look-alikes, no reserved words, a month of rest, and a history that stays."""

import asyncio
from contextlib import suppress
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core import build_core
from app.services.handles import MAX_RESTING, QUARANTINE, normalised, skeleton
from app.services.identity import IdentityService
from protocol.addressing import RESERVED_HANDLES, is_handle
from protocol.errors import Conflict, Forbidden, HandleTaken, InvalidRequest, NotFound
from protocol.roles import Role
from tests.fakes import OPERATOR_TOKEN, FakeClock, FlakyStore, Stage, settings_of

MONTH = 30 * 24 * 3600.0
# Words that read like reserved ones, and are not written like them.
LOOKALIKES = [
    "a11",
    "r00t",
    "nu11",
    "0wner",
    "rnaster",
    "vvarden",
    "w0rker",
    "c1awnet",
    "master_ui",
    "gl0bal",
]


@pytest.fixture
def identity(stage: Stage) -> IdentityService:
    return stage.core.people.identity


@pytest.fixture
async def agents(stage: Stage) -> tuple[str, str]:
    """Enrol ann and bob."""
    return tuple([(await stage.enrol(name)).agent_id for name in ("ann", "bob")])  # type: ignore[return-value]


def periods(identity: IdentityService, agent_id: str = "ann") -> list[tuple[str, bool]]:
    """Return the handles that an agent has borne, and whether it still does."""
    return [(record.handle, record.released_at is None) for record in identity.handle_history(agent_id)]


@pytest.mark.parametrize(
    ("given_as", "kept_as"), [("Ann", "ann"), ("ANN-1", "ann-1"), ("a", "a"), ("\u212aate", "kate")]
)
def test_handle_is_kept_in_one_form(given_as: str, kept_as: str) -> None:
    assert normalised(given_as) == kept_as


@given(st.text(max_size=40) | st.text("aAbB01-_", max_size=8))
def test_whatever_is_accepted_has_the_form_of_a_handle(text: str) -> None:
    accepted: list[str] = []
    with suppress(InvalidRequest):
        accepted.append(normalised(text))

    assert all(is_handle(name) and name.isascii() and normalised(name) == name for name in accepted)


@pytest.mark.parametrize(
    "handle",
    ["\u0430nn", "\uff41nn", "ann\u200b", "a.n", "a\u0301nn", "\ufb01n", "\u0130", "__proto__", "-", ""],
)
def test_characters_from_elsewhere_are_refused(handle: str) -> None:
    with pytest.raises(InvalidRequest):
        normalised(handle)


@pytest.mark.parametrize("word", sorted(RESERVED_HANDLES))
def test_reserved_word_is_refused_in_any_case(word: str) -> None:
    for handle in (word, word.upper(), word.title()):
        with pytest.raises(InvalidRequest, match="reserved"):
            normalised(handle)


@pytest.mark.parametrize("handle", LOOKALIKES)
def test_what_reads_like_a_reserved_word_is_refused(handle: str) -> None:
    assert handle not in RESERVED_HANDLES
    with pytest.raises(InvalidRequest, match="reserved"):
        normalised(handle)


@given(st.from_regex(r"[a-z0-9](?:[a-z0-9_-]{0,30}[a-z0-9])?", fullmatch=True))
def test_handle_looks_like_itself_and_like_what_it_stands_for(handle: str) -> None:
    assert skeleton(handle.replace("o", "0").replace("l", "1").replace("-", "_")) == skeleton(handle)


@pytest.mark.parametrize(
    ("first", "second"),
    [("bob", "b0b"), ("moon", "rnoon"), ("will", "wi11"), ("wat", "vvat"), ("a-b", "a_b")],
)
@pytest.mark.usefixtures("agents")
async def test_lookalike_of_anothers_handle_is_taken(
    stage: Stage, identity: IdentityService, first: str, second: str
) -> None:
    await identity.rename(stage.actor("bob"), "bob", first)

    with pytest.raises(HandleTaken):
        await identity.rename(stage.actor("ann"), "ann", second)
    with pytest.raises(HandleTaken):
        await stage.core.people.credentials.enrol(stage.operator, agent_id="cas", handle=second)


@pytest.mark.usefixtures("agents")
async def test_lookalike_of_ones_own_handle_is_free_to_oneself(
    stage: Stage, identity: IdentityService
) -> None:
    await identity.rename(stage.actor("bob"), "bob", "b0b")

    assert identity.find("@b0b").id == "bob"
    with pytest.raises(NotFound):
        identity.find("@bob")


@pytest.mark.usefixtures("agents")
async def test_handle_that_was_let_go_rests_for_a_month(
    stage: Stage, identity: IdentityService, clock: FakeClock
) -> None:
    await identity.rename(stage.actor("ann"), "ann", "star")

    clock.advance(MONTH - 0.001)
    with pytest.raises(HandleTaken):
        await identity.rename(stage.actor("bob"), "bob", "ann")
    with pytest.raises(HandleTaken):
        await stage.core.people.credentials.enrol(stage.operator, agent_id="cas", handle="ann")
    clock.advance(0.001)
    await identity.rename(stage.actor("bob"), "bob", "ann")

    assert timedelta(days=30) == QUARANTINE
    assert identity.find("@ann").id == "bob"


@pytest.mark.usefixtures("agents")
async def test_agent_takes_so_many_handles_a_month_and_no_more(
    stage: Stage, identity: IdentityService, clock: FakeClock
) -> None:
    for n in range(MAX_RESTING):
        clock.advance(1)
        await identity.rename(stage.actor("ann"), "ann", f"star-{n}")

    with pytest.raises(Conflict, match="enough"):
        await identity.rename(stage.actor("ann"), "ann", "one-more")
    await identity.rename(stage.actor("bob"), "bob", "one-more")

    clock.advance(MONTH)
    assert (await identity.rename(stage.actor("ann"), "ann", "star-0")).handle == "star-0"


@pytest.mark.usefixtures("agents")
async def test_lookalike_of_a_resting_handle_rests_too(stage: Stage, identity: IdentityService) -> None:
    await identity.rename(stage.actor("bob"), "bob", "moon")
    await identity.rename(stage.actor("bob"), "bob", "star")

    with pytest.raises(HandleTaken):
        await identity.rename(stage.actor("ann"), "ann", "rnoon")


@pytest.mark.usefixtures("agents")
async def test_who_let_a_handle_go_may_have_it_back_at_once(
    stage: Stage, identity: IdentityService, clock: FakeClock
) -> None:
    await identity.rename(stage.actor("ann"), "ann", "star")
    clock.advance(1)

    await identity.rename(stage.actor("ann"), "ann", "ann")

    assert identity.find("@ann").id == "ann"


@pytest.mark.usefixtures("agents")
async def test_resting_handle_names_nobody(stage: Stage, identity: IdentityService) -> None:
    await identity.rename(stage.actor("ann"), "ann", "star")

    with pytest.raises(NotFound):
        identity.find("@ann")


@pytest.mark.usefixtures("agents")
async def test_rest_of_a_handle_outlasts_a_restart(
    stage: Stage, identity: IdentityService, store: FlakyStore, clock: FakeClock
) -> None:
    clock.advance(1)
    await identity.rename(stage.actor("ann"), "ann", "star")
    again = build_core(settings_of(), store=store, clock=clock)
    await again.start(OPERATOR_TOKEN)

    with pytest.raises(HandleTaken):
        await again.people.identity.rename(stage.actor("bob"), "bob", "ann")
    found = again.people.identity.find("@star").id
    kept = periods(again.people.identity)
    await again.stop()

    assert found == "ann"
    assert kept == [("ann", False), ("star", True)]


@pytest.mark.parametrize("pause", [0.0, 60.0])
@pytest.mark.usefixtures("agents")
async def test_history_names_every_handle_in_order(
    stage: Stage, identity: IdentityService, clock: FakeClock, pause: float
) -> None:
    for handle in ("star", "moon", "sun"):
        clock.advance(pause)
        await identity.rename(stage.actor("ann"), "ann", handle)

    assert periods(identity) == [("ann", False), ("star", False), ("moon", False), ("sun", True)]


@pytest.mark.usefixtures("agents")
async def test_history_says_from_when_to_when(
    stage: Stage, identity: IdentityService, clock: FakeClock
) -> None:
    clock.advance(60)
    await identity.rename(stage.actor("ann"), "ann", "star")

    first, second = identity.handle_history("ann")

    assert (first.taken_at, first.released_at) == ("2026-01-01T00:00:00.000Z", "2026-01-01T00:01:00.000Z")
    assert (second.taken_at, second.released_at) == ("2026-01-01T00:01:00.000Z", None)


@pytest.mark.usefixtures("agents")
async def test_handle_that_is_taken_back_begins_a_new_period(
    stage: Stage, identity: IdentityService, clock: FakeClock
) -> None:
    for handle in ("star", "ann"):
        clock.advance(1)
        await identity.rename(stage.actor("ann"), "ann", handle)

    assert periods(identity) == [("ann", False), ("star", False), ("ann", True)]


async def test_history_of_nobody_is_not_found(identity: IdentityService) -> None:
    with pytest.raises(NotFound):
        identity.handle_history("nobody")


@pytest.mark.usefixtures("agents")
async def test_refused_change_leaves_everything_as_it_was(stage: Stage, identity: IdentityService) -> None:
    for handle in ("bob", "admin", "no good"):
        with pytest.raises((HandleTaken, InvalidRequest)):
            await identity.rename(stage.actor("ann"), "ann", handle)

    assert periods(identity) == [("ann", True)]
    assert identity.find("@ann").id == "ann"


@pytest.mark.usefixtures("agents")
async def test_only_masters_change_the_handles_of_others(stage: Stage, identity: IdentityService) -> None:
    for role in (Role.WORKER, Role.WARDEN):
        await identity.change_role(stage.operator, "ann", role)
        with pytest.raises(Forbidden):
            await identity.rename(stage.actor("ann"), "bob", "star")

    assert periods(identity, "bob") == [("bob", True)]


async def test_of_fifty_who_claim_handles_that_look_alike_at_once_one_wins(
    stage: Stage, identity: IdentityService
) -> None:
    forms = ["moonlord", "m00nlord", "rnoonlord", "moon1ord", "Moonlord"]
    actors = [await stage.enrol(f"agent{n}") for n in range(50)]

    claims = [identity.rename(actor, actor.agent_id, forms[n % len(forms)]) for n, actor in enumerate(actors)]
    answers = await asyncio.gather(*claims, return_exceptions=True)

    assert sum(isinstance(answer, HandleTaken) for answer in answers) == 49
    assert sum(skeleton(agent.handle) == "moonlord" for agent in identity.agents()) == 1


async def test_agent_is_called_by_its_id_only_if_that_is_a_handle(stage: Stage) -> None:
    enrol = stage.core.people.credentials.enrol

    with pytest.raises(InvalidRequest):
        await enrol(stage.operator, agent_id="Admin")
    with pytest.raises(InvalidRequest):
        await enrol(stage.operator, agent_id="a.b")

    assert (await enrol(stage.operator, agent_id="a.b", handle="AB")).agent.handle == "ab"


async def test_nobody_poses_as_the_operator(stage: Stage, identity: IdentityService) -> None:
    ann = await stage.enrol("ann")

    for handle in ("operator", "0perator", "Operator"):
        with pytest.raises((HandleTaken, InvalidRequest)):
            await identity.rename(ann, "ann", handle)
