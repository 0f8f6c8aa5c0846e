"""The reference page: all that the description says, no script, nothing from outside."""

import base64
import re

import httpx

from app.rest.reference import drawn
from docs.openapi import described
from tests.fakes import OPERATOR_TOKEN

REFERENCE = "/api/reference"


async def test_page_is_for_those_who_have_a_token(http: httpx.AsyncClient) -> None:
    refused = await http.get(REFERENCE)
    by_name = base64.b64encode(f"me:{OPERATOR_TOKEN}".encode()).decode()
    wrong = base64.b64encode(b"me:wrong").decode()

    assert refused.status_code == 401
    assert [value.split(" ")[0] for value in refused.headers.get_list("www-authenticate")] == [
        "Bearer",
        "Basic",
    ]
    assert (await http.get(REFERENCE, headers={"Authorization": f"Basic {by_name}"})).status_code == 200
    for other in (f"Basic {wrong}", "Basic ???", "Digest x", "Basic"):
        assert (await http.get(REFERENCE, headers={"Authorization": other})).status_code == 401
    # What a browser sends by itself opens nothing else.
    rooms = await http.get("/api/v1/rooms", headers={"Authorization": f"Basic {by_name}"})
    assert rooms.status_code == 401


async def test_page_runs_no_script_and_loads_nothing(operator: httpx.AsyncClient) -> None:
    first, second = [await operator.get(REFERENCE) for _ in range(2)]
    policies = [answer.headers["content-security-policy"] for answer in (first, second)]
    nonces = [re.findall(r"style-src 'nonce-([\w-]+)'", policy)[0] for policy in policies]

    assert first.headers["content-type"].startswith("text/html")
    assert all(policy.startswith("default-src 'none'") for policy in policies)
    assert nonces[0] != nonces[1]
    assert f"<style nonce='{nonces[0]}'>" in first.text
    assert not re.search(r"<script|\ssrc=|https?://|url\(|\sstyle=|\son\w+=", first.text)


def test_every_operation_and_schema_is_drawn_and_escaped() -> None:
    document = described()
    document["info"]["description"] = "<script>alert(1)</script>"

    page = drawn(document, "x")

    assert "<script>" not in page
    for path, item in document["paths"].items():
        assert f"<code>{path}</code>" in page
        assert all(f"id='{operation['operationId']}'" in page for operation in item.values())
    assert all(f"id='schema-{name}'" in page for name in document["components"]["schemas"])
