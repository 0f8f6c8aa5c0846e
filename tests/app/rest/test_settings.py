"""`/api/v1/settings` and `/info` over REST."""

import httpx
import pytest

from app.rest.settings import Changes
from app.services.runtime_settings import CHANGEABLE
from app.settings import Settings

SETTINGS = "/api/v1/settings"


async def test_setting_is_changed_by_who_has_seen_it(operator: httpx.AsyncClient) -> None:
    tag = (await operator.get(SETTINGS)).headers["etag"]

    first = await operator.put(SETTINGS, json={"loop_limit": 3}, headers={"If-Match": tag})
    second = await operator.put(SETTINGS, json={"loop_limit": 4}, headers={"If-Match": tag})

    assert (first.status_code, second.status_code) == (200, 412)
    assert first.headers["etag"] == (await operator.get(SETTINGS)).headers["etag"] != tag
    found = {item["name"]: item for item in (await operator.get(SETTINGS)).json()["items"]}
    assert (found["loop_limit"]["value"], found["loop_limit"]["changed"]) == (3, True)


async def test_unknown_setting_is_refused(operator: httpx.AsyncClient) -> None:
    answer = await operator.put(SETTINGS, json={"port": 1})

    assert (answer.status_code, answer.json()["field"]) == (422, "port")


def test_body_names_what_can_be_changed() -> None:
    assert tuple(Changes.model_fields) == CHANGEABLE


@pytest.mark.parametrize("name", CHANGEABLE)
def test_bounds_are_those_of_the_settings(name: str) -> None:
    theirs = Settings.model_json_schema()["properties"][name]
    ours = next(
        part for part in Changes.model_json_schema()["properties"][name]["anyOf"] if part["type"] != "null"
    )

    bounds = ("type", "minimum", "exclusiveMinimum")
    assert [ours.get(bound) for bound in bounds] == [theirs.get(bound) for bound in bounds]


async def test_info_says_what_relay_this_is(operator: httpx.AsyncClient) -> None:
    info = (await operator.get("/api/v1/info")).json()

    assert (info["name"], info["epoch"], info["protocols"]) == ("ClawNet", "first", [1, 2])
