"""The throttle: how often one address may call, whatever it calls and whoever it says it is."""

import httpx
import pytest
from fastapi.routing import iter_route_contexts

from app.clock import SystemClock
from app.rest.throttle import AddressThrottle
from tests.app.doors import Doors, open_doors
from tests.app.edge.exchange import Inner, ask
from tests.fakes import OPERATOR_TOKEN, Stage


class Caller:
    """Calls one API through a throttle of its own, from any address."""

    def __init__(self, doors: Doors, limit: str) -> None:
        self._throttle = AddressThrottle(doors.api, limit=limit, clock=SystemClock())

    async def call(
        self, method: str, path: str, *, address: str = "192.0.2.7", token: str | None = None
    ) -> httpx.Response:
        """Ask once."""
        transport = httpx.ASGITransport(app=self._throttle, client=(address, 1))
        headers = {"authorization": f"Bearer {token}"} if token else {}
        async with httpx.AsyncClient(transport=transport, base_url="http://relay") as client:
            return await client.request(method, path, headers=headers)


@pytest.fixture
async def doors(stage: Stage) -> Doors:
    return await open_doors(stage)


async def test_address_is_answered_as_often_as_it_may_call_and_no_more(doors: Doors) -> None:
    caller = Caller(doors, "3/day")

    statuses = [(await caller.call("GET", "/v1/ping")).status_code for _ in range(5)]

    assert statuses == [200, 200, 200, 429, 429]


async def test_refusal_is_a_problem_that_says_when_to_come_back(doors: Doors) -> None:
    caller = Caller(doors, "1/day")
    await caller.call("GET", "/v1/ping")

    answer = await caller.call("GET", "/v1/ping")

    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert (problem["status"], problem["code"], problem["retryable"]) == (429, "rate_limited", True)
    assert 0 < problem["retry_after"] <= 24 * 3600
    assert int(answer.headers["retry-after"]) >= problem["retry_after"]


async def test_every_answer_says_how_much_is_left(doors: Doors) -> None:
    caller = Caller(doors, "2/day")

    answers = [await caller.call("GET", path) for path in ("/v1/ping", "/v1/nothing", "/v1/ping")]

    assert [answer.status_code for answer in answers] == [200, 404, 429]
    assert [answer.headers["ratelimit-remaining"] for answer in answers] == ["1", "0", "0"]
    assert {answer.headers["ratelimit-limit"] for answer in answers} == {"2"}
    assert all(0 < int(answer.headers["ratelimit-reset"]) <= 24 * 3600 + 1 for answer in answers)


async def test_every_route_counts_and_is_counted_before_authentication(doors: Doors) -> None:
    caller = Caller(doors, "1/day")
    await caller.call("GET", "/v1/ping")
    contexts = iter_route_contexts(doors.api.routes)
    calls = [(method, str(each.path)) for each in contexts for method in each.methods or ()]

    answers = {call: await caller.call(*call, token="clw_operator_wrong") for call in calls}

    assert len(answers) >= 30
    assert {call for call, answer in answers.items() if answer.status_code != 429} == set()
    assert all("retry-after" in answer.headers for answer in answers.values())


@pytest.mark.parametrize(
    ("method", "path", "token", "status"),
    [
        ("GET", "/v1/nothing", None, 404),
        ("GET", "/v2/rooms", None, 404),
        ("PUT", "/v1/ping", None, 405),
        ("GET", "/v1/rooms", None, 401),
        ("GET", "/v1/rooms", "clw_operator_wrong", 401),
        ("POST", "/v1/joins/collect", None, 422),
        ("GET", "/v1/rooms", OPERATOR_TOKEN, 200),
    ],
)
async def test_whatever_comes_of_it_a_call_counts(
    doors: Doors, method: str, path: str, token: str | None, status: int
) -> None:
    caller = Caller(doors, "2/day")

    statuses = [(await caller.call(method, path, token=token)).status_code for _ in range(3)]

    assert statuses == [status, status, 429]


async def test_guesses_of_tokens_are_not_even_looked_at_over_the_limit(doors: Doors) -> None:
    caller = Caller(doors, "1/day")
    await caller.call("GET", "/v1/rooms", token="clw_operator_wrong")
    before = await doors.stage.records()

    for _ in range(3):
        await caller.call("GET", "/v1/rooms", token="clw_operator_wrong")

    assert await doors.stage.records() == before


async def test_addresses_do_not_pay_for_each_other(doors: Doors) -> None:
    caller = Caller(doors, "1/day")
    await caller.call("GET", "/v1/ping")

    refused = await caller.call("GET", "/v1/ping")
    answered = await caller.call("GET", "/v1/ping", address="192.0.2.8")

    assert (refused.status_code, answered.status_code) == (429, 200)


async def test_two_throttles_do_not_pay_for_each_other(doors: Doors) -> None:
    await Caller(doors, "1/day").call("GET", "/v1/ping")

    assert (await Caller(doors, "1/day").call("GET", "/v1/ping")).status_code == 200


async def test_forwarding_header_does_not_make_another_address() -> None:
    inner = Inner()
    throttle = AddressThrottle(inner, limit="1/day", clock=SystemClock())

    statuses = [(await ask(throttle, {"x-forwarded-for": f"198.51.100.{n}"})).status for n in range(3)]

    assert statuses == [204, 429, 429]
    assert len(inner.scopes) == 1


async def test_what_is_no_request_is_not_counted() -> None:
    inner = Inner()
    throttle = AddressThrottle(inner, limit="1/day", clock=SystemClock())

    for _ in range(3):
        await ask(throttle, kind="websocket")

    assert len(inner.scopes) == 3


async def test_request_without_a_peer_counts_as_well() -> None:
    throttle = AddressThrottle(Inner(), limit="1/day", clock=SystemClock())

    statuses = [(await ask(throttle, client=None)).status for _ in range(2)]

    assert statuses == [204, 429]
