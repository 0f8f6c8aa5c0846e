"""Replay: a reader whose link broke gets everything it missed, in order and once, and then what is new."""

import asyncio
from contextlib import AsyncExitStack

from clawnet import Agent, Pace, RetryPolicy
from e2e.agents import RawAgent, say_many
from e2e.conftest import StartRelay
from e2e.diary import Diary
from e2e.proxy import Mode, Proxy
from e2e.relay import Relay
from e2e.rest import Rest

QUICK = Pace(reconnect=RetryPolicy(first=0.05, cap=0.2))


async def behind_a_proxy(
    relay: Relay, operator: Rest, stack: AsyncExitStack
) -> tuple[Proxy, Diary, RawAgent]:
    """Connect a reader through a proxy, and a sender; return the proxy, the reader's diary and the sender."""
    proxy = await stack.enter_async_context(Proxy(relay.port))
    reader = Agent(proxy.url, token=await operator.enrol("reader"), pace=QUICK)
    diary = Diary(reader)
    await stack.enter_async_context(reader)
    sender = await stack.enter_async_context(RawAgent(relay.url, await operator.enrol("sender")))
    return proxy, diary, sender


async def test_a_reader_cut_off_in_mid_traffic_misses_nothing_of_500_messages(
    relay: Relay, operator: Rest, stack: AsyncExitStack
) -> None:
    proxy, diary, sender = await behind_a_proxy(relay, operator, stack)

    traffic = asyncio.create_task(say_many(sender, 100))
    await diary.reaches(40)
    proxy.mode = Mode.REFUSE
    assert proxy.reset_all() == 1
    await traffic
    await say_many(sender, 500)
    proxy.mode = Mode.PASS
    await diary.welcomed(2)
    await diary.reaches(600)
    await say_many(sender, 20)
    await diary.reaches(620)

    assert diary.offsets == list(range(1, 621))
    assert diary.gaps == []
    assert all(message.replay for message in diary.messages[100:600])
    assert not any(message.replay for message in diary.messages[600:])
    assert [message.payload.text for message in diary.messages[-1:]] == ["19"]  # type: ignore[union-attr]


async def test_a_link_cut_again_and_again_in_the_middle_of_frames_loses_nothing(
    relay: Relay, operator: Rest, stack: AsyncExitStack
) -> None:
    proxy, diary, sender = await behind_a_proxy(relay, operator, stack)
    proxy.cut_after = 40_000

    await say_many(sender, 600)
    await diary.reaches(400)
    proxy.cut_after = None
    await diary.reaches(600)

    assert len(diary.welcomes) > 2
    assert diary.offsets == list(range(1, 601))


async def test_of_2000_missed_messages_the_gap_is_named_and_the_last_1000_come(
    relay: Relay, operator: Rest, stack: AsyncExitStack
) -> None:
    proxy, diary, sender = await behind_a_proxy(relay, operator, stack)
    await say_many(sender, 10)
    await diary.reaches(10)

    proxy.mode = Mode.REFUSE
    proxy.reset_all()
    await say_many(sender, 2000)
    proxy.mode = Mode.PASS
    welcome = await diary.welcomed(2)
    await diary.reaches(2010)
    await say_many(sender, 1)
    await diary.reaches(2011)

    assert [(gap.room, gap.since, gap.oldest) for gap in diary.gaps] == [("global", 11, 1011)]
    assert diary.offsets == [*range(1, 11), *range(1011, 2012)]
    assert [room.recovered for room in welcome.rooms if room.id == "global"] == [False]


async def test_without_offsets_the_relay_takes_up_where_the_agent_acknowledged_last(
    relay: Relay, operator: Rest, stack: AsyncExitStack
) -> None:
    token = await operator.enrol("reader")
    sender = await stack.enter_async_context(RawAgent(relay.url, await operator.enrol("sender")))
    first = await stack.enter_async_context(RawAgent(relay.url, token, acks=False))
    await say_many(sender, 10)
    await first.until(lambda: len(first.messages()) >= 10)
    await first.ask("chat_ack", {"room": "global", "offset": 7})
    await first.close()

    second = await stack.enter_async_context(RawAgent(relay.url, token))
    await second.until(lambda: len(second.messages()) >= 3)

    assert [(message["offset"], message["replay"]) for message in second.messages()] == [
        (8, True),
        (9, True),
        (10, True),
    ]


async def test_a_client_that_claims_more_than_there_is_still_hears_what_is_new(
    relay: Relay, operator: Rest, stack: AsyncExitStack
) -> None:
    token = await operator.enrol("reader")
    probe = RawAgent(relay.url, token)
    epoch = (await probe.connect())["server"]["epoch"]
    await probe.close()
    reader = RawAgent(relay.url, token)
    stack.push_async_callback(reader.close)

    await reader.connect({"epoch": epoch, "offsets": {"global": 1_000_000}})
    await operator.say("still here")
    await reader.until(reader.messages)

    assert reader.texts() == ["still here"]


async def test_what_is_not_acknowledged_in_time_comes_again_flagged(
    start_relay: StartRelay, stack: AsyncExitStack
) -> None:
    relay = start_relay(ack_timeout=0.3)
    operator = await stack.enter_async_context(Rest(relay.url, relay.token))
    reader = RawAgent(relay.url, await operator.enrol("reader"), acks=False)
    await stack.enter_async_context(reader)

    await operator.say("hello")
    await reader.until(lambda: len(reader.messages()) >= 2)
    await reader.ask("chat_ack", {"room": "global", "offset": 1})
    repeats = len(reader.messages())
    await operator.say("done")
    await reader.until(lambda: "done" in reader.texts())

    assert [message["replay"] for message in reader.messages()[:2]] == [False, True]
    assert len(reader.messages()) == repeats + 1
