"""A session ends when it has rested, lasted or lost its token, and a cookie is as strict as can be."""

from dataclasses import replace

import pytest
from starlette.responses import Response

from app.actor import Actor, Via
from components import session
from components.ports import Console
from components.session import ABSOLUTE, IDLE, KEPT, Sessions
from protocol.errors import Unauthenticated
from protocol.roles import Role
from tests.fakes import OPERATOR_TOKEN, FakeClock, Stage


@pytest.fixture
async def actor(console: Console) -> Actor:
    return await console.entry.authenticate(OPERATOR_TOKEN, Via.CONSOLE)


def test_a_session_tells_who_its_operator_is(sessions: Sessions, actor: Actor) -> None:
    opened = sessions.open(actor)

    assert sessions.actor(opened.id) == actor
    assert len(opened.id) >= 43


@pytest.mark.parametrize("session_id", [None, "", "guess"])
def test_an_id_that_was_never_given_is_nobody(sessions: Sessions, session_id: str | None) -> None:
    assert sessions.actor(session_id) is None


def test_a_session_that_rests_is_over(sessions: Sessions, actor: Actor, clock: FakeClock) -> None:
    opened = sessions.open(actor)
    clock.advance(IDLE)

    assert sessions.actor(opened.id) is None


def test_looking_at_a_session_does_not_keep_it_awake(
    sessions: Sessions, actor: Actor, clock: FakeClock
) -> None:
    opened = sessions.open(actor)
    clock.advance(IDLE - 1)
    looked = sessions.actor(opened.id)
    clock.advance(1)

    assert looked == actor
    assert sessions.actor(opened.id) is None


def test_a_session_in_use_lasts_until_its_absolute_end(
    sessions: Sessions, actor: Actor, clock: FakeClock
) -> None:
    opened = sessions.open(actor)
    lived = 0.0
    while sessions.actor(opened.id, using=True) is not None:
        clock.advance(IDLE / 2)
        lived += IDLE / 2

    assert lived == ABSOLUTE


def test_a_kept_session_may_rest_for_a_month(sessions: Sessions, actor: Actor, clock: FakeClock) -> None:
    opened = sessions.open(actor, keep=True)
    clock.advance(KEPT - 1)
    late = sessions.actor(opened.id)
    clock.advance(1)

    assert late == actor
    assert sessions.actor(opened.id) is None


def test_a_closed_session_is_over(sessions: Sessions, actor: Actor) -> None:
    opened = sessions.open(actor)
    sessions.close(opened.id)

    assert sessions.actor(opened.id) is None


def test_the_least_used_session_gives_way(console: Console, actor: Actor, clock: FakeClock) -> None:
    few = Sessions(console.entry, clock.monotonic, limit=2)
    first, second = few.open(actor), few.open(actor)
    clock.advance(1)
    few.actor(first.id, using=True)
    third = few.open(actor)

    assert [few.actor(one.id) is not None for one in (first, second, third)] == [True, False, True]


def test_an_actor_without_a_token_gets_no_session(sessions: Sessions, actor: Actor) -> None:
    with pytest.raises(Unauthenticated):
        sessions.open(replace(actor, token_id=None))


async def test_a_worker_has_no_session_even_if_one_was_opened(sessions: Sessions, stage: Stage) -> None:
    enrolment = await stage.core.people.credentials.enrol(stage.operator, agent_id="ann", role=Role.WORKER)
    ann = await stage.core.people.credentials.authenticate(enrolment.text, Via.CONSOLE)
    opened = sessions.open(ann)

    assert sessions.actor(opened.id) is None


def test_a_page_belongs_to_the_session_that_built_it(sessions: Sessions) -> None:
    release = sessions.bind("page", "mine")

    assert sessions.owns("mine", "page")
    assert not sessions.owns("other", "page")
    release()
    assert sessions.owns("other", "page")


@pytest.mark.parametrize(
    ("scheme", "name", "secure"), [("http", "clawnet", False), ("https", "__Host-clawnet", True)]
)
def test_the_cookie_is_strict_and_out_of_reach_of_scripts(
    sessions: Sessions, actor: Actor, scheme: str, name: str, secure: bool
) -> None:
    response = Response()
    opened = sessions.open(actor)
    session.give(response, {"type": "http", "scheme": scheme}, opened)
    cookie = response.headers["set-cookie"].lower()

    assert cookie.startswith(f"{name.lower()}={opened.id.lower()};")
    assert all(word in cookie for word in ("httponly", "samesite=strict", "path=/"))
    assert ("secure" in cookie) is secure
    assert "max-age" not in cookie


def test_a_kept_session_outlives_the_browser(sessions: Sessions, actor: Actor) -> None:
    response = Response()
    session.give(response, {"type": "http", "scheme": "http"}, sessions.open(actor, keep=True))

    assert f"max-age={int(KEPT)}" in response.headers["set-cookie"].lower()
