"""Bad input over HTTP: each request gets its error code, nothing of it stays, and everybody else goes on."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator

import httpx
import pytest
import pytest_asyncio

from e2e.bad_requests import PAYLOADS, POLLING, REQUESTS, BadRequest
from e2e.paces import UNLIMITED
from e2e.relay import Relay
from e2e.scene import Scene, scene_on

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.fixture(scope="module")
def relay(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Relay]:
    """Start one relay for the module."""
    started = Relay(tmp_path_factory.mktemp("relay"), **UNLIMITED).start()
    yield started
    started.kill()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def scene(relay: Relay) -> AsyncIterator[Scene]:
    """Set the scene once for the module."""
    async with scene_on(relay) as set_up:
        yield set_up


@pytest_asyncio.fixture(scope="module", loop_scope="module", autouse=True)
async def silent(relay: Relay) -> AsyncIterator[asyncio.StreamReader]:
    """Connect at the beginning of the module and say nothing all the while."""
    reader, writer = await asyncio.open_connection("127.0.0.1", relay.port)
    yield reader
    writer.close()


async def test_the_corpus_is_large() -> None:
    names = [case.name for case in REQUESTS]
    assert len(names) == len(set(names)) >= 40


@pytest.mark.parametrize("case", REQUESTS, ids=lambda case: case.name)
async def test_bad_request(scene: Scene, case: BadRequest) -> None:
    answer = await ask(scene, case)

    assert answer.status_code in case.status, answer.text
    assert "Traceback" not in answer.text
    if case.code:
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["code"] in {case.code, "not_found" if answer.status_code == 404 else case.code}
    await scene.goes_on()


@pytest.mark.parametrize("body", PAYLOADS.values(), ids=PAYLOADS.keys())
async def test_bad_payload_of_the_polling_transport(scene: Scene, body: bytes) -> None:
    async with httpx.AsyncClient(base_url=scene.relay.url, trust_env=False) as http:
        opened = await http.get(POLLING)
        session = json.loads(opened.text[1:])["sid"]

        answer = await http.post(f"{POLLING}&sid={session}", content=body)

    assert answer.status_code == 400
    await scene.goes_on()


async def test_what_is_posted_to_a_link_that_has_just_ended_is_answered_like_an_unknown_one(
    scene: Scene,
) -> None:
    async with httpx.AsyncClient(base_url=scene.relay.url, trust_env=False) as http:
        session = json.loads((await http.get(POLLING)).text[1:])["sid"]
        farewell = await http.post(f"{POLLING}&sid={session}", content=b"1")

        late = [await http.post(f"{POLLING}&sid={session}", content=b"3") for _ in range(2)]
        unknown = await http.post(f"{POLLING}&sid=nobody", content=b"3")

    assert farewell.status_code == 200
    assert [answer.status_code for answer in (*late, unknown)] == [400, 400, 400]
    assert {answer.text.replace(session, "nobody") for answer in late} == {unknown.text}
    await scene.goes_on()


async def test_a_body_of_15_megabytes_is_not_read(scene: Scene) -> None:
    before = scene.relay.process.memory_info().rss
    async with httpx.AsyncClient(base_url=scene.relay.url, trust_env=False) as http:
        headers = {"authorization": f"Bearer {scene.evil}"}
        try:
            answer = await http.post("/api/v1/messages", headers=headers, content=b"x" * 15_000_000)
        except httpx.TransportError:
            # The relay hung up while the body was on its way, which is as good.
            pass
        else:
            assert answer.status_code == 413
    assert scene.relay.process.memory_info().rss - before < 4 * 1024 * 1024
    await scene.goes_on()


async def test_a_head_without_an_end_is_cut_off(scene: Scene) -> None:
    before = scene.relay.process.memory_info().rss
    _, writer = await asyncio.open_connection("127.0.0.1", scene.relay.port)
    writer.write(b"GET /api/v1/ping HTTP/1.1\r\nHost: relay\r\n")
    with pytest.raises(ConnectionError):
        await add_headers(writer, 2000)
    writer.close()

    assert scene.relay.process.memory_info().rss - before < 4 * 1024 * 1024
    await scene.goes_on()


async def test_who_connects_and_says_nothing_is_cut_off(scene: Scene, silent: asyncio.StreamReader) -> None:
    assert await asyncio.wait_for(silent.read(), 20) == b""
    await scene.goes_on()


async def add_headers(writer: asyncio.StreamWriter, count: int) -> None:
    """Go on with the head of a request, 10 KB at a time."""
    for number in range(count):
        writer.write(b"x-%d: " % number + b"x" * 10_000 + b"\r\n")
        await writer.drain()


async def ask(scene: Scene, case: BadRequest) -> httpx.Response:
    """Send a request of the corpus, in the name of the one who misbehaves unless it says otherwise."""
    headers: dict[str, str | bytes] = {"authorization": f"Bearer {scene.evil}", **case.headers}
    if not headers["authorization"]:
        del headers["authorization"]
    body = case.body() if callable(case.body) else case.body
    async with httpx.AsyncClient(trust_env=False, timeout=30) as http:
        # As a ready-made URL, or httpx would tidy up the path.
        url = httpx.URL(scene.relay.url + case.path)
        return await http.request(case.method, url, headers=list(headers.items()), content=body)  # type: ignore[arg-type]
