"""The description of REST: complete, with examples that hold, and links that lead somewhere."""

import json
from typing import Any

import httpx
import pytest
from fastapi.routing import APIRoute, iter_route_contexts
from pydantic import TypeAdapter

from app.rest.examples import EXAMPLES, LINKS
from app.rest.openapi import operations
from docs.openapi import DOCUMENT, described, rendered
from tests.app.doors import open_doors
from tests.fakes import Stage


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    return described()


def test_committed_description_is_that_of_the_code() -> None:
    assert DOCUMENT.read_text() == rendered(), "run `python -m docs.openapi`"


async def test_relay_serves_the_description(operator: httpx.AsyncClient, document: dict[str, Any]) -> None:
    for path in ("/api/docs", "/api/openapi.json"):
        assert (await operator.get(path)).json() == json.loads(json.dumps(document))


def test_every_operation_has_a_name_of_its_own_and_a_purpose(document: dict[str, Any]) -> None:
    found = [operation for _, _, operation in operations(document)]

    names = [operation["operationId"] for operation in found]
    assert len(names) == len(set(names)) > 70
    assert all(operation["summary"] and operation["tags"] for operation in found)


def test_every_operation_says_how_it_refuses(document: dict[str, Any]) -> None:
    for path, method, operation in operations(document):
        answers = set(operation["responses"])
        if "security" in operation:
            assert answers >= {"401", "403", "404", "429", "500", "503"}, (method, path)
        if "requestBody" in operation:
            assert answers >= {"409", "413", "422"}, (method, path)


def test_headers_of_lists_and_of_what_is_tagged_are_named(document: dict[str, Any]) -> None:
    def headers(path: str, method: str, status: str = "200") -> set[str]:
        return set(document["paths"][path][method]["responses"][status]["headers"])

    assert "Link" in headers("/api/v1/rooms", "get") & headers("/api/v1/rooms/{room_id}/history", "get")
    assert "ETag" in headers("/api/v1/settings", "put") & headers("/api/v1/rooms", "post", "201")
    assert not {"Link", "ETag"} & headers("/api/v1/info", "get")


def test_readiness_says_how_it_refuses(document: dict[str, Any]) -> None:
    assert set(document["paths"]["/readyz"]["get"]["responses"]) == {"200", "503"}
    assert set(document["paths"]["/healthz"]["get"]["responses"]) == {"200"}


def test_no_parameter_can_be_null(document: dict[str, Any]) -> None:
    parameters = [
        each for _, _, operation in operations(document) for each in operation.get("parameters", ())
    ]

    assert parameters
    assert not [each["name"] for each in parameters if "null" in json.dumps(each["schema"])]


def test_every_body_has_an_example(document: dict[str, Any]) -> None:
    bodies = [
        content["schema"]
        for _, _, operation in operations(document)
        for content in operation.get("requestBody", {}).get("content", {}).values()
    ]
    named = {
        option["$ref"].rpartition("/")[2]
        for body in bodies
        for option in body.get("anyOf", [body])
        if "$ref" in option
    }

    assert named - EXAMPLES.keys() == set()


async def test_every_example_is_what_its_model_takes(stage: Stage) -> None:
    doors = await open_doors(stage)
    models: dict[str, Any] = {}
    for context in iter_route_contexts(doors.api.routes):
        route = context.original_route
        if isinstance(route, APIRoute):
            for field in (route.body_field, route.response_field):
                if field is not None:
                    _collect(field.field_info.annotation, models)

    for name in EXAMPLES.keys() & models.keys():
        TypeAdapter(models[name]).validate_json(json.dumps(EXAMPLES[name]))
    assert len(EXAMPLES.keys() & models.keys()) >= len(EXAMPLES) - 3


def _collect(annotation: Any, models: dict[str, Any]) -> None:
    for option in getattr(annotation, "__args__", (annotation,)):
        if hasattr(option, "model_fields"):
            models[option.__name__] = option


def test_every_link_leads_to_an_operation_by_its_own_parameters(document: dict[str, Any]) -> None:
    by_name = {operation["operationId"]: operation for _, _, operation in operations(document)}

    for source, links in LINKS.items():
        assert source in by_name
        for link in links.values():
            names = {each["name"] for each in by_name[link["operationId"]]["parameters"]}
            assert set(link["parameters"]) <= names
