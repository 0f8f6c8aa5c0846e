"""The sidecar as a process, between a relay that gives tasks and a gateway that counts its model's turns."""

from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest

from e2e.gateway import SHARED, STEPS, FakeGateway
from e2e.sidecar import SidecarProcess
from e2e.taskrelay import StandIn

Start = Callable[..., SidecarProcess]  # with the command line's words, and variables of its environment


@pytest.fixture
async def desk() -> AsyncIterator[StandIn]:
    """Return a relay that gives tasks."""
    async with StandIn().open() as relay:
        yield relay


@pytest.fixture
async def gateway() -> AsyncIterator[FakeGateway]:
    """Return a gateway."""
    async with FakeGateway().open() as opened:
        yield opened


@pytest.fixture
def start(desk: StandIn, tmp_path: Path) -> Iterator[Start]:
    """Start sidecars; they are killed at the end, and their logs must hold no fault."""
    begun: list[SidecarProcess] = []

    def begin(*words: str, **environment: str) -> SidecarProcess:
        begun.append(SidecarProcess(tmp_path / "sidecar", desk.url, desk.token, *words, **environment))
        return begun[-1].start()

    yield begin
    for sidecar in begun:
        sidecar.kill()
        assert sidecar.faults() == []


@pytest.fixture
def sidecar(start: Start, gateway: FakeGateway, tmp_path: Path) -> SidecarProcess:
    """Return a sidecar that drives the gateway."""
    secret = tmp_path / "gateway.token"
    secret.write_text(SHARED)
    return start("--gateway-url", gateway.url, "--gateway-token-file", str(secret))


@pytest.mark.usefixtures("sidecar")
async def test_a_question_is_answered_once_and_each_room_has_a_memory_of_its_own(
    desk: StandIn, gateway: FakeGateway
) -> None:
    questions = [await desk.dispatch("/ask", f"in {room}", room=room) for room in ("alpha", "Alpha", "alpha")]
    ends = [await desk.ended(each) for each in questions]

    assert [end["output"] for end in ends] == ["echo 1: in alpha", "echo 1: in Alpha", "echo 3: in alpha"]
    assert [gateway.turns[each] for each in questions] == [1, 1, 1]
    assert [desk.results(each) for each in questions] == [1, 1, 1]
    assert all(key == key.lower() for key in gateway.transcripts)


@pytest.mark.usefixtures("sidecar")
async def test_what_the_agent_says_is_streamed_while_it_says_it(desk: StandIn) -> None:
    task = await desk.dispatch("/ask", "DRIP:8x400")

    end = await desk.ended(task)

    heard = desk.progress(task)
    assert len(heard) >= 2
    assert all(end["output"].startswith(text.rstrip()) for text in heard)


@pytest.mark.usefixtures("sidecar")
async def test_every_reading_command_is_answered_and_no_text_or_path_leaves(desk: StandIn) -> None:
    await desk.ended(await desk.dispatch("/ask", "something private"))
    reads = ["ping", "version", "help", "status", "health", "sessions", "cron", "agents", "models"]

    ends = [await desk.ended(await desk.dispatch(f"/{name}")) for name in reads]
    await desk.until(lambda: "2026.9.6-fake" in str(desk.reports), 60, "no report on OpenClaw")

    said = str([end["output"] for end in ends]) + str(desk.reports)
    assert {end["state"] for end in ends} == {"succeeded"}
    assert not any(word in said for word in ("private", "secret", SHARED, desk.token))
    assert {row["name"] for row in desk.reports[0]["specs"]["commands"]} > {"ask", "stop", "status"}


@pytest.mark.usefixtures("sidecar")
async def test_an_unknown_command_is_refused_with_the_nearest_one(
    desk: StandIn, gateway: FakeGateway
) -> None:
    end = await desk.ended(await desk.dispatch("/aks", "hello"))

    assert (end["state"], end["output"]) == ("failed", "unknown command /aks; did you mean /ask?")
    assert gateway.turns == {}


@pytest.mark.usefixtures("sidecar")
@pytest.mark.parametrize("text", ["/config set x", "!id", "  /new"])
async def test_openclaws_own_commands_are_not_reached(desk: StandIn, gateway: FakeGateway, text: str) -> None:
    ends = [await desk.ended(await desk.dispatch(command, text)) for command in ("/ask", "/do")]

    assert {end["state"] for end in ends} == {"failed"}
    assert gateway.turns == {}


@pytest.mark.usefixtures("sidecar")
async def test_a_cancelled_turn_is_stopped_in_the_gateway(desk: StandIn, gateway: FakeGateway) -> None:
    task = await desk.dispatch("/ask", "DRIP:200x200")
    await desk.until(lambda: bool(desk.progress(task)), 30, "no progress")

    await desk.cancel(task)

    assert (await desk.ended(task))["state"] == "cancelled"
    assert gateway.aborts == [task]


@pytest.mark.usefixtures("sidecar")
async def test_stop_ends_what_runs_in_its_room_and_nothing_else(desk: StandIn, gateway: FakeGateway) -> None:
    here, there = [await desk.dispatch("/ask", "HANG", room=room) for room in ("here", "there")]
    waiting = await desk.dispatch("/ask", "next", room="here")
    for task in (here, there):
        await desk.running(task)

    stop = await desk.ended(await desk.dispatch("/stop", here, room="here"))

    assert stop["state"] == "succeeded"
    assert (await desk.ended(here))["state"] == "cancelled"
    assert (await desk.ended(waiting))["state"] == "succeeded"
    assert gateway.aborts == [here]


@pytest.mark.usefixtures("sidecar")
async def test_a_turn_that_fails_says_why(desk: StandIn) -> None:
    end = await desk.ended(await desk.dispatch("/ask", "FAIL"))

    assert (end["state"], end["output"]) == ("failed", "LLM request failed")


@pytest.mark.usefixtures("sidecar")
async def test_new_begins_a_session_anew(desk: StandIn) -> None:
    said = [("/ask", "one"), ("/ask", "two"), ("/new",), ("/ask", "three")]

    ends = [await desk.ended(await desk.dispatch(*words)) for words in said]

    assert [end["output"] for end in ends[:2]] == ["echo 1: one", "echo 3: two"]
    assert ends[3]["output"] == "echo 1: three"


@pytest.mark.parametrize("step", STEPS)
async def test_a_gateway_that_hangs_up_anywhere_costs_no_second_turn(
    desk: StandIn, gateway: FakeGateway, sidecar: SidecarProcess, step: str
) -> None:
    await desk.ended(await desk.dispatch("/health"))
    # Two steps only happen to somebody who comes back.
    gateway.cuts += [step] if step in {"agent", "accepted", "mid", "final"} else ["accepted", step]

    task = await desk.dispatch("/ask", "DRIP:12x400")
    end = await desk.ended(task)

    assert end["state"] == "succeeded", (end, sidecar.log())
    assert gateway.cuts == []
    assert gateway.turns == {task: 1}
    assert desk.results(task) == 1


@pytest.mark.parametrize("command", ["/ask", "/do"])
async def test_a_sidecar_killed_in_a_turn_finds_it_again(
    desk: StandIn, gateway: FakeGateway, sidecar: SidecarProcess, command: str
) -> None:
    task = await desk.dispatch(command, "SLEEP:4 hello")
    await desk.running(task)

    sidecar.kill()
    sidecar.restart()

    assert (await desk.ended(task))["output"] == "echo 1: SLEEP:4 hello"
    assert gateway.turns == {task: 1}
    assert desk.results(task) == 1


async def test_a_turn_that_ended_unseen_is_found_in_the_transcript(
    desk: StandIn, gateway: FakeGateway, sidecar: SidecarProcess
) -> None:
    task = await desk.dispatch("/ask", "SLEEP:1 hello")
    await desk.running(task)
    sidecar.kill()
    await gateway.ended(task)

    gateway.forget()
    sidecar.restart()

    assert (await desk.ended(task))["output"] == "echo 1: SLEEP:1 hello"
    assert gateway.turns == {task: 1}


async def test_a_sidecar_that_is_asked_to_leave_stops_no_turn(
    desk: StandIn, gateway: FakeGateway, sidecar: SidecarProcess
) -> None:
    task = await desk.dispatch("/ask", "SLEEP:3 hello")
    await desk.running(task)

    assert await sidecar.stop() == 0
    sidecar.restart()

    assert (await desk.ended(task))["state"] == "succeeded"
    assert gateway.turns == {task: 1}
    assert gateway.aborts == []


async def test_the_gateways_token_is_needed_once(
    desk: StandIn, gateway: FakeGateway, sidecar: SidecarProcess, start: Start
) -> None:
    await desk.ended(await desk.dispatch("/health"))
    await sidecar.stop()
    start("--gateway-url", gateway.url)

    end = await desk.ended(await desk.dispatch("/health"))

    tokens = [params["auth"]["token"] for params in gateway.connects]
    assert end["state"] == "succeeded"
    assert tokens[0] == SHARED
    assert tokens[-1] in gateway.device_tokens.values()
    assert (sidecar.data / "device.json").stat().st_mode & 0o077 == 0
    assert SHARED not in (sidecar.data / "device.json").read_text()


async def test_a_gateway_that_is_killed_and_never_resumes_leaves_an_honest_failure(
    desk: StandIn, gateway: FakeGateway, sidecar: SidecarProcess
) -> None:
    task = await desk.dispatch("/ask", "HANG", timeout=8)
    await desk.running(task)

    await gateway.kill()
    await gateway.start()

    end = await desk.ended(task, within=150)
    assert end["state"] in {"failed", "timed_out"}, sidecar.log()
    assert gateway.turns == {task: 1}
