"""The trail as a file: for who is signed in, from our own pages, and harmless in a spreadsheet."""

import csv
import io
import json

import httpx
import pytest

from components.export import COLUMNS
from tests.components.conftest import HOST
from tests.fakes import OPERATOR_TOKEN, Stage

PATH = "/dashboard/audit/export"


@pytest.fixture
async def signed_in(door: httpx.AsyncClient) -> httpx.AsyncClient:
    await door.post("/login", data={"token": OPERATOR_TOKEN}, headers={"Origin": f"http://{HOST}"})
    return door


async def test_nobody_gets_it_without_a_session(door: httpx.AsyncClient) -> None:
    answer = await door.get(PATH)

    assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated")


async def test_another_site_does_not_get_it(signed_in: httpx.AsyncClient, stage: Stage) -> None:
    before = len(await stage.records())
    answer = await signed_in.get(PATH, headers={"Sec-Fetch-Site": "cross-site"})

    assert answer.status_code == 403
    assert len(await stage.records()) == before


async def test_lines_of_json_come_with_a_name_and_seals(signed_in: httpx.AsyncClient) -> None:
    answer = await signed_in.get(PATH)

    records = [json.loads(line) for line in answer.text.splitlines()]
    assert [record["seq"] for record in records] == list(range(1, len(records) + 1))
    assert answer.headers["content-disposition"] == 'attachment; filename="clawnet-audit.ndjson"'
    assert answer.headers["cache-control"] == "no-store"
    assert "default-src 'self'" in answer.headers["content-security-policy"]


async def test_cells_that_begin_like_formulas_are_made_texts(
    signed_in: httpx.AsyncClient, stage: Stage
) -> None:
    await stage.core.base.audit.note(stage.operator, "test.note", '=cmd|"calc"!A1', why="+1")

    answer = await signed_in.get(PATH, params={"format": "csv", "action": "test."})

    header, row = list(csv.reader(io.StringIO(answer.text)))
    cells = dict(zip(header, row, strict=True))
    assert tuple(header) == COLUMNS
    assert (cells["target"], json.loads(cells["detail"])) == ('\'=cmd|"calc"!A1', {"why": "+1"})


async def test_it_ends_where_it_is_asked_to(signed_in: httpx.AsyncClient, stage: Stage) -> None:
    await stage.say_many(stage.operator, 4)

    answer = await signed_in.get(PATH, params={"until": 2})

    assert len(answer.text.splitlines()) == 2


@pytest.mark.parametrize("query", [{"format": "exe"}, {"until": -1}, {"until": "x"}])
async def test_what_makes_no_sense_is_refused(signed_in: httpx.AsyncClient, query: dict[str, str]) -> None:
    assert (await signed_in.get(PATH, params=query)).status_code == 422


async def test_everything_is_handed_out_to_masters_and_that_is_recorded(
    signed_in: httpx.AsyncClient, stage: Stage
) -> None:
    answer = await signed_in.get("/dashboard/backup")

    lines = [json.loads(line) for line in answer.text.splitlines()]
    assert len(lines) > 2
    assert answer.headers["content-disposition"] == 'attachment; filename="clawnet-backup.ndjson"'
    assert (await stage.records())[-1].action == "store.backup"
    cross = await signed_in.get("/dashboard/backup", headers={"Sec-Fetch-Site": "cross-site"})
    assert cross.status_code == 403


async def test_wardens_and_strangers_get_no_backup(door: httpx.AsyncClient, warden_token: str) -> None:
    stranger = await door.get("/dashboard/backup")
    await door.post("/login", data={"token": warden_token}, headers={"Origin": f"http://{HOST}"})
    warden = await door.get("/dashboard/backup")

    assert (stranger.status_code, warden.status_code) == (401, 403)
