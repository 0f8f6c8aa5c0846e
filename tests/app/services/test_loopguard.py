"""The loop guard: agents that answer one another without end are stopped, agents that report are not."""

import asyncio
import random
from collections.abc import Callable

import pytest

from app.actor import Actor
from app.services.loopguard import KEPT, MAX_ROOMS, REMEMBERED
from app.settings import Settings
from protocol.addressing import ToType
from protocol.errors import Forbidden, LoopGuard, Unavailable
from protocol.payloads import SystemPayload, TextPayload
from protocol.requests import ChatSend, RoomCreate
from protocol.roles import Role
from tests.fakes import FlakyStore, Stage, settings_of

LIMIT = 8
Answering = Callable[[str], str]


@pytest.fixture
def settings() -> Settings:
    """Make the limit small."""
    return settings_of(loop_limit=LIMIT)


async def speak(stage: Stage, who: Actor, text: str, *, room: str = "global", **fields: object) -> str:
    """Say something; return its id."""
    payload = TextPayload.model_validate({"text": text} | fields)
    to_type: ToType = "global" if room == "global" else "room"
    request = ChatSend(to_type=to_type, to_id=room, payload=payload)
    return (await stage.core.compose.send(who, request)).id


async def echo(stage: Stage, pair: tuple[Actor, Actor], answer: Answering, *, room: str = "global") -> int:
    """Let two agents answer each other until one is stopped; return how many words fell."""
    text = "hello"
    for count in range(10 * LIMIT):
        try:
            await speak(stage, pair[count % 2], text, room=room)
        except LoopGuard:
            return count
        text = answer(text)
    return 10 * LIMIT


async def notices(stage: Stage, room: str = "global") -> list[str]:
    """Return what the relay itself has said in a room."""
    page = await stage.core.base.store.page(room, after=0, limit=1_000)
    return [entry.payload.event for entry in page if isinstance(entry.payload, SystemPayload)]


@pytest.mark.parametrize(
    "answer",
    [lambda text: text, lambda text: f"you said: {text}", lambda text: f"> {text}\n\nindeed"],
    ids=["the same words", "in other words around", "quoted"],
)
async def test_two_echoes_stop_each_other_within_the_limit(
    stage: Stage, ann: Actor, bob: Actor, answer: Answering
) -> None:
    assert await echo(stage, (ann, bob), answer) <= LIMIT + 1


async def test_echoes_of_very_long_words_are_stopped_too(stage: Stage, ann: Actor, bob: Actor) -> None:
    assert await echo(stage, (ann, bob), lambda _: "x" * (KEPT + 5)) <= LIMIT + 2
    assert await echo(stage, (ann, bob), lambda text: ("x" * KEPT + text)[:15_000]) <= LIMIT + 2


async def test_replies_to_each_other_are_stopped_whatever_they_say(
    stage: Stage, ann: Actor, bob: Actor
) -> None:
    said = await speak(stage, ann, "begin")
    for count in range(LIMIT):
        said = await speak(stage, (bob, ann)[count % 2], f"word {count}", reply_to=said)

    with pytest.raises(LoopGuard):
        await speak(stage, bob, "one word more", reply_to=said)


async def test_mentions_of_each_other_are_stopped(stage: Stage, ann: Actor, bob: Actor) -> None:
    turns = [(ann, "bob"), (bob, "ann")] * LIMIT
    for count, (one, other) in enumerate(turns[: LIMIT + 1]):
        await speak(stage, one, f"word {count}", mentions=[other])

    with pytest.raises(LoopGuard):
        await speak(stage, bob, "one word more", mentions=["ann"])


async def test_direct_messages_that_only_follow_each_other_are_no_loop(
    stage: Stage, ann: Actor, bob: Actor
) -> None:
    words = (f"word {count}" for count in range(10 * LIMIT))

    assert await echo(stage, (ann, bob), lambda _: next(words), room="dm:ann:bob") == 10 * LIMIT


async def test_echoes_in_direct_messages_are_stopped(stage: Stage, ann: Actor, bob: Actor) -> None:
    assert await echo(stage, (ann, bob), lambda text: f"echo: {text}", room="dm:ann:bob") <= LIMIT + 2


async def test_room_is_told_once_and_the_trail_too(stage: Stage, ann: Actor, bob: Actor) -> None:
    await echo(stage, (ann, bob), lambda text: text)

    for _ in range(3):
        with pytest.raises(LoopGuard, match="end"):
            await speak(stage, bob, "hello")

    assert (LoopGuard.code, LoopGuard.retryable) == ("loop_guard", False)
    assert await notices(stage) == ["loop_guard"]
    assert [each.action for each in await stage.records()].count("loop.stop") == 1


async def test_room_is_told_later_when_the_store_was_away(
    stage: Stage, ann: Actor, bob: Actor, store: FlakyStore
) -> None:
    await speak(stage, ann, "hello")
    for count in range(LIMIT):
        await speak(stage, (bob, ann)[count % 2], "hello")
    store.failure = Unavailable("gone")
    with pytest.raises(Unavailable):
        await speak(stage, bob, "hello")
    store.failure = None

    with pytest.raises(LoopGuard):
        await speak(stage, bob, "hello")

    assert await notices(stage) == ["loop_guard"]


async def test_who_is_stopped_may_say_something_new(stage: Stage, ann: Actor, bob: Actor) -> None:
    await echo(stage, (ann, bob), lambda text: text)

    assert await speak(stage, ann, "the tide is out")


async def test_agent_has_no_more_than_its_half_of_a_talk(stage: Stage, ann: Actor, bob: Actor) -> None:
    cas = await stage.enrol("cas")
    said = [await speak(stage, ann, "report")]
    for n in range(LIMIT - 1):
        speaker = bob if n % 2 == 0 else (ann, cas)[n // 2 % 2]
        said.append(await speak(stage, speaker, f"answer {n}", reply_to=said[-1]))
    aside = await speak(stage, cas, "as an aside", reply_to=said[3])

    with pytest.raises(LoopGuard):
        await speak(stage, bob, "one word more", reply_to=aside)
    assert await speak(stage, ann, "and so do I", reply_to=aside)


async def test_who_does_not_wait_gets_no_more_than_its_half_either(
    stage: Stage, ann: Actor, bob: Actor
) -> None:
    cas = await stage.enrol("cas")
    said = [await speak(stage, ann, "report")]
    for n in range(LIMIT // 2 + 2):
        speaker = bob if n % 2 == 0 else (ann, cas)[n // 2 % 2]
        said.append(await speak(stage, speaker, f"answer {n}", reply_to=said[-1]))
    asides = [await speak(stage, who, f"aside of {who.handle}", reply_to=said[3]) for who in (ann, cas)]

    at_once = [speak(stage, bob, f"to {each}", reply_to=each) for each in (said[-1], *asides)]
    outcomes = await asyncio.gather(*at_once, return_exceptions=True)

    assert [isinstance(each, LoopGuard) for each in outcomes] == [False, True, True]


async def test_who_answers_every_report_once_is_never_stopped(stage: Stage, ann: Actor, bob: Actor) -> None:
    for n in range(5 * LIMIT):
        report = await speak(stage, ann, f"report {n}")
        await speak(stage, bob, "seen", reply_to=report)


async def test_many_words_on_one_message_are_one_answer(stage: Stage, ann: Actor, bob: Actor) -> None:
    await speak(stage, bob, "tell me", room="dm:ann:bob")
    asked = await speak(stage, bob, "tell us")

    for n in range(3 * LIMIT):
        await speak(stage, ann, f"step {n} done", room="dm:ann:bob")
        await speak(stage, ann, f"step {n} is done", mentions=["bob"])
        await speak(stage, ann, f"it is {n}", reply_to=asked)


async def test_word_of_a_person_begins_anew(stage: Stage, ann: Actor, bob: Actor) -> None:
    await echo(stage, (ann, bob), lambda text: text)

    await speak(stage, stage.operator, "now then")

    assert await echo(stage, (ann, bob), lambda text: text) >= LIMIT
    assert await notices(stage) == ["loop_guard", "loop_guard"]


async def test_continue_begins_anew_and_is_not_for_agents(stage: Stage, ann: Actor, bob: Actor) -> None:
    await echo(stage, (ann, bob), lambda text: text)

    with pytest.raises(Forbidden):
        await speak(stage, ann, "/continue")
    await speak(stage, stage.operator, "/continue")

    assert await speak(stage, bob, "hello")
    assert await notices(stage) == ["loop_guard", "loop_continue"]


async def test_rooms_do_not_count_together(stage: Stage, ann: Actor, bob: Actor) -> None:
    await stage.core.rooms.create(ann, RoomCreate(room="alpha", members=["bob"]))
    await echo(stage, (ann, bob), lambda text: text)

    assert await echo(stage, (ann, bob), lambda text: text, room="alpha") >= LIMIT


@pytest.mark.parametrize("limit", [0, 2])
async def test_limit_is_a_setting(stage: Stage, ann: Actor, bob: Actor, limit: int) -> None:
    stage.core.coordination.loops._limit = limit

    assert await echo(stage, (ann, bob), lambda text: text) == (3 if limit else 10 * LIMIT)


async def test_many_that_report_without_answering_are_never_stopped(stage: Stage) -> None:
    senders = [await stage.enrol(f"bot{n}") for n in range(16)]

    async def report(n: int) -> None:
        for count in range(625):
            await speak(stage, senders[n], f"{n}-{count}")

    await asyncio.gather(*map(report, range(16)))

    assert stage.core.base.store.bounds("global").head == 10_000


@pytest.mark.parametrize("seed", range(3))
async def test_many_that_say_the_same_in_any_order_are_never_stopped(stage: Stage, seed: int) -> None:
    senders = [await stage.enrol(f"bot{n}") for n in range(16)] * 60
    random.Random(seed).shuffle(senders)

    for sender in senders:
        await speak(stage, sender, "hello")

    assert await notices(stage) == []


async def test_memory_is_bounded(stage: Stage, ann: Actor) -> None:
    loops = stage.core.coordination.loops
    await speak(stage, ann, "x" * 10_000)
    chain = loops._chains["global"]
    page = await stage.core.base.store.page("global", after=0, limit=1)

    for n in range(2 * MAX_ROOMS):
        loops._note(page[0].model_copy(update={"room": f"room-{n % (MAX_ROOMS + 5)}"}))
    for _ in range(2 * REMEMBERED):
        await speak(stage, ann, "x")

    assert len(loops) == MAX_ROOMS
    assert len(loops._chains["global"].said) == REMEMBERED
    assert loops._chains["global"].held == {}
    assert len(chain.said[0].text) == KEPT


async def test_master_is_a_person(stage: Stage, ann: Actor) -> None:
    boss = await stage.enrol("boss", Role.MASTER)

    assert await echo(stage, (ann, boss), lambda text: text) == 10 * LIMIT
