"""Clients of REST: the operator, and an agent without rights."""

from collections.abc import AsyncIterator

import httpx
import pytest

from tests.fakes import OPERATOR_TOKEN


@pytest.fixture
def operator(http: httpx.AsyncClient) -> httpx.AsyncClient:
    """Log the operator in."""
    http.headers["Authorization"] = f"Bearer {OPERATOR_TOKEN}"
    return http


@pytest.fixture
async def ann(operator: httpx.AsyncClient) -> AsyncIterator[httpx.AsyncClient]:
    """Enrol a worker and log it in."""
    token = (await operator.post("/api/v1/agents", json={"agent_id": "ann"})).json()["token"]
    headers = {"Authorization": f"Bearer {token}"}
    async with httpx.AsyncClient(
        transport=operator._transport, base_url="http://relay", headers=headers
    ) as client:
        yield client
