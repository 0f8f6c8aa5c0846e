"""The shared secret of v1: identity and role as sent, recorded, and never somebody who has a token."""

import pytest

from app.actor import Actor, Via
from app.services.identity import OPERATOR
from app.services.shared_secret import DASHBOARD, SharedSecretService
from app.settings import Settings
from protocol.errors import ClawNetError, Forbidden, InvalidRequest, RateLimited, Unauthenticated
from protocol.roles import Role
from tests.app.services.keys import closed
from tests.fakes import OPERATOR_TOKEN, Ear, FakeWire, Stage, settings_of

SECRET = "a-secret-that-all-share"


@pytest.fixture
def settings() -> Settings:
    return settings_of(secret_key=SECRET)


@pytest.fixture
async def shared(stage: Stage) -> SharedSecretService:
    return stage.core.shared


async def admit(shared: SharedSecretService, agent_id: str | None, role: Role | None = None) -> Actor:
    return await shared.admit(SECRET, agent_id, role, Via.SOCKET, "192.0.2.1")


async def test_newcomer_is_enrolled_as_it_says(shared: SharedSecretService, stage: Stage) -> None:
    actor = await admit(shared, "node-1", Role.WARDEN)

    assert (actor.agent_id, actor.handle, actor.role) == ("node-1", "node-1", Role.WARDEN)
    assert stage.core.people.identity.agent("node-1").role is Role.WARDEN
    assert stage.core.people.credentials.listed(stage.operator, "node-1") == []


async def test_newcomer_that_names_no_role_is_a_worker(shared: SharedSecretService) -> None:
    assert (await admit(shared, "node-1")).role is Role.WORKER


async def test_who_comes_again_is_the_same_agent_in_the_role_it_names(
    shared: SharedSecretService, stage: Stage
) -> None:
    await admit(shared, "node-1", Role.WORKER)

    again = await admit(shared, "node-1", Role.MASTER)
    silent = await admit(shared, "node-1")

    assert (again.role, silent.role) == (Role.MASTER, Role.MASTER)
    assert [agent.id for agent in stage.core.people.identity.agents()] == ["node-1", OPERATOR]


async def test_every_login_is_recorded_as_shared(shared: SharedSecretService, stage: Stage) -> None:
    await admit(shared, "node-1")
    await admit(shared, "node-1", Role.MASTER)

    records = [each for each in await stage.records() if each.action == "login.shared"]

    assert [(each.actor, each.address, each.detail) for each in records] == [
        ("node-1", "192.0.2.1", {"role": "worker"}),
        ("node-1", "192.0.2.1", {"role": "master"}),
    ]


@pytest.mark.parametrize("agent_id", [None, "", "a b", "dm:a:b", "x" * 65, "../x"])
async def test_id_that_no_agent_can_have_is_refused(
    shared: SharedSecretService, agent_id: str | None
) -> None:
    with pytest.raises(InvalidRequest):
        await admit(shared, agent_id)


@pytest.mark.parametrize("agent_id", ["ann", OPERATOR, "relay"])
async def test_secret_stands_for_nobody_who_has_a_token(
    shared: SharedSecretService, stage: Stage, agent_id: str
) -> None:
    await stage.enrol("ann")

    with pytest.raises(Forbidden):
        await admit(shared, agent_id, Role.MASTER)

    assert stage.actor("ann").role is Role.WORKER


async def test_secret_stands_for_nobody_whose_token_was_taken_back(
    shared: SharedSecretService, stage: Stage
) -> None:
    issued = await stage.core.people.credentials.enrol(stage.operator, agent_id="ann")
    await stage.core.people.credentials.revoke(stage.operator, issued.token.id)

    with pytest.raises(Forbidden):
        await admit(shared, "ann")


async def test_agent_that_gets_a_token_is_shut_out_of_what_the_secret_opened(
    shared: SharedSecretService, stage: Stage, ear: Ear
) -> None:
    actor = await admit(shared, "node-1")
    wire = FakeWire()
    await stage.core.readers.delivery.attach("link", actor, wire, None)

    await stage.core.people.credentials.issue(stage.operator, "node-1")
    await shared.sweep()
    await shared.sweep()

    assert shared.actor_of(actor.token_id or "", Via.SOCKET) is None
    assert len(closed(ear)) == 1
    assert [why.code for why in wire.closings] == ["unauthenticated"]


async def test_own_token_says_who_it_is_whatever_is_claimed(shared: SharedSecretService) -> None:
    actor = await shared.admit(OPERATOR_TOKEN, "node-1", Role.WORKER, Via.SOCKET)

    assert (actor.agent_id, actor.role) == (OPERATOR, Role.MASTER)


@pytest.mark.parametrize("wrong", ["", "x", SECRET[:-1], SECRET + "x"])
async def test_wrong_secret_opens_nothing(shared: SharedSecretService, wrong: str) -> None:
    with pytest.raises(Unauthenticated):
        await shared.admit(wrong, "node-1", None, Via.SOCKET)
    with pytest.raises(Unauthenticated):
        await shared.authenticate(wrong, Via.REST)


async def test_secret_alone_is_the_dashboard(shared: SharedSecretService) -> None:
    actor = await shared.authenticate(SECRET, Via.REST)

    assert (actor.agent_id, actor.role) == (DASHBOARD, Role.MASTER)
    assert shared.actor_of(actor.token_id or "", Via.CONSOLE) is not None


@pytest.mark.parametrize(
    "agent_id", ["Node.Local", "master", "all", "x" * 64, "-".join("abcdefghijklmnop"), "9", "A_"]
)
async def test_any_agent_id_finds_some_handle(
    shared: SharedSecretService, stage: Stage, agent_id: str
) -> None:
    actor = await admit(shared, agent_id)

    assert stage.core.people.identity.find(f"@{actor.handle}").id == agent_id


async def test_look_alikes_bear_different_handles(shared: SharedSecretService) -> None:
    handles = [(await admit(shared, agent_id)).handle for agent_id in ("node-1", "node-l", "NODE-1")]

    assert len(set(handles)) == 3


async def test_enrolling_is_limited_by_address(shared: SharedSecretService, stage: Stage) -> None:
    for number in range(settings_of().rate_events_burst):
        await admit(shared, f"node-{number}")

    with pytest.raises(RateLimited):
        await admit(shared, "one-too-many")

    assert not stage.core.people.identity.knows("one-too-many")


class TestWithoutASecret:
    """Nothing that was ever opened by a secret stays open when there is none."""

    @pytest.fixture
    def settings(self) -> Settings:
        return settings_of()

    @pytest.mark.parametrize("secret", [SECRET, ""])
    async def test_secret_opens_nothing(self, shared: SharedSecretService, secret: str) -> None:
        with pytest.raises(ClawNetError):
            await shared.admit(secret, "node-1", None, Via.SOCKET)

    async def test_id_of_a_shared_session_stands_for_nobody(self, shared: SharedSecretService) -> None:
        assert shared.actor_of(f"shared:{OPERATOR}", Via.SOCKET) is None
        assert shared.actor_of("shared:ann", Via.SOCKET) is None
