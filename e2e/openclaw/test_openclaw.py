"""The sidecar and the real OpenClaw: `make openclaw` runs these, nothing else does.

The model behind OpenClaw counts its calls: whatever is killed, a question reaches it once.
"""

import os
import secrets
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from e2e.openclaw.model import Model
from e2e.openclaw.process import OpenClawGateway
from e2e.rest import Rest
from e2e.sidecar import SidecarProcess, eventually
from e2e.taskdesk import RealDesk
from e2e.taskrelay import AGENT
from e2e.test_sidecar_tasks import desk

__all__ = ["desk"]

INSTALLED = os.environ.get("CLAWNET_OPENCLAW", "")
SLOW = 180.0  # seconds; the first turn of a fresh gateway loads half of OpenClaw

pytestmark = pytest.mark.timeout(900)


@pytest.fixture(scope="session")
def model() -> Iterator[Model]:
    """Return the model behind OpenClaw."""
    with Model() as opened:
        yield opened


@pytest.fixture(scope="session")
def gateway(model: Model, tmp_path_factory: pytest.TempPathFactory) -> Iterator[OpenClawGateway]:
    """Return a gateway that has not been started."""
    opened = OpenClawGateway(Path(INSTALLED), tmp_path_factory.mktemp("openclaw") / "home", model.port)
    yield opened
    opened.kill()


@pytest.fixture
async def sidecar(desk: RealDesk, gateway: OpenClawGateway, tmp_path: Path) -> AsyncIterator[SidecarProcess]:
    """Return a sidecar that drives it."""
    if not gateway.is_running:
        await gateway.start()
    secret = tmp_path / "gateway.token"
    secret.write_text(gateway.token)
    words = ("--gateway-url", gateway.url, "--gateway-token-file", str(secret))
    started = SidecarProcess(tmp_path / "sidecar", desk.url, desk.token, *words).start()
    yield started
    started.kill()
    assert started.faults() == []


@pytest.mark.usefixtures("sidecar")
async def test_a_question_that_is_typed_in_the_chat_is_answered_there(desk: RealDesk, operator: Rest) -> None:
    sent = await operator.say(f"/ask @{AGENT} what is the time?")
    end = await desk.ended(sent["task_ids"][0], SLOW)

    steps = [message["payload"] for message in await operator.history()]
    assert end["state"] == "succeeded"
    assert "what is the time?" in end["output"]
    assert steps[-1]["task"]["output"] == end["output"]


@pytest.mark.usefixtures("sidecar")
async def test_questions_of_a_room_share_a_session_until_it_is_begun_anew(desk: RealDesk) -> None:
    said = [("/new",), ("/ask", "COUNT"), ("/ask", "COUNT"), ("/new",), ("/ask", "COUNT"), ("/do", "COUNT")]

    ends = [await desk.ended(await desk.dispatch(*words), SLOW) for words in said]

    counts = [end["output"] for end in ends if end["output"].startswith("questions")]
    assert counts == ["questions: 1", "questions: 2", "questions: 1", "questions: 2"]


@pytest.mark.usefixtures("sidecar")
async def test_every_reading_command_is_answered(desk: RealDesk) -> None:
    reads = ["status", "health", "sessions", "cron", "agents", "models", "version"]

    ends = {name: await desk.ended(await desk.dispatch(f"/{name}"), SLOW) for name in reads}

    assert {end["state"] for end in ends.values()} == {"succeeded"}
    assert "2026.9.6" in ends["status"]["output"]
    assert "clawnet" in ends["agents"]["output"]
    told = await desk.told("cron")
    assert told["openclaw"]["version"] == "2026.9.6"
    assert told["cron"] != []


@pytest.mark.usefixtures("sidecar")
async def test_what_it_says_is_streamed(desk: RealDesk) -> None:
    task = await desk.dispatch("/ask", "DRIP:8x600")

    end = await desk.ended(task, SLOW)

    assert end["output"].split()[-1] == "7."
    assert len(desk.progress(task)) >= 2


@pytest.mark.usefixtures("sidecar")
async def test_a_cancelled_question_reaches_the_model_no_more(desk: RealDesk, model: Model) -> None:
    task = await desk.dispatch("/ask", "DRIP:200x300")
    await desk.said(task, SLOW)
    abandoned = model.abandoned

    await desk.cancel(task)

    assert (await desk.ended(task, SLOW))["state"] == "cancelled"
    await eventually(lambda: model.abandoned > abandoned)


@pytest.mark.usefixtures("sidecar")
async def test_a_question_that_takes_too_long_is_ended(desk: RealDesk) -> None:
    task = await desk.dispatch("/ask", "HANG", timeout=5)

    assert (await desk.ended(task, SLOW))["state"] == "timed_out"


@pytest.mark.parametrize("command", ["/ask", "/do"])
@pytest.mark.parametrize("seconds", [1, 12])
async def test_a_sidecar_killed_in_a_turn_asks_the_model_once(
    desk: RealDesk, model: Model, sidecar: SidecarProcess, command: str, seconds: int
) -> None:
    mark = secrets.token_hex(8)
    task = await desk.dispatch(command, f"SLEEP:{seconds} {mark}")
    await eventually(lambda: model.calls(mark) == 1, SLOW)

    sidecar.kill()
    sidecar.restart()

    end = await desk.ended(task, SLOW)
    assert end["state"] == "succeeded"
    assert mark in end["output"]
    assert model.calls(mark) == 1
    assert desk.results(task) == 1


async def test_a_gateway_killed_in_a_turn_leaves_one_honest_result(
    desk: RealDesk, model: Model, sidecar: SidecarProcess, gateway: OpenClawGateway
) -> None:
    mark = secrets.token_hex(8)
    task = await desk.dispatch("/ask", f"SLEEP:20 {mark}", timeout=600)
    await eventually(lambda: model.calls(mark) == 1, SLOW)

    gateway.kill()
    await gateway.start()

    # OpenClaw takes an interrupted turn up by itself, or does not; the sidecar never begins it a second time.
    end = await desk.ended(task, 600)
    assert end["state"] in {"succeeded", "failed"}, sidecar.log()
    assert desk.results(task) == 1
