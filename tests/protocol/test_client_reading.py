"""Reading with the SDK: each entry once and in order, acknowledged when it has been handled."""

from clawnet import Message
from tests.protocol.client_relay import NOW, Listener, ScriptedRelay, envelope


async def test_messages_are_heard_in_order_and_acknowledged(relay: ScriptedRelay, listener: Listener) -> None:
    for offset in range(1, 6):
        await relay.post(offset, text=f"n{offset}")

    await relay.until(lambda: ("global", 5) in relay.acks)

    assert listener.texts == ["n1", "n2", "n3", "n4", "n5"]


async def test_a_repeat_is_not_heard_again_but_acknowledged(relay: ScriptedRelay, listener: Listener) -> None:
    await relay.post(1)
    await relay.until(lambda: ("global", 1) in relay.acks)

    await relay.post(1, replay=True)
    await relay.until(lambda: relay.acks.count(("global", 1)) == 2)

    assert len(listener.messages) == 1


async def test_what_stands_behind_a_hole_is_left_to_the_relay(
    relay: ScriptedRelay, listener: Listener
) -> None:
    for offset in (1, 3, 2, 3):
        await relay.post(offset, text=f"n{offset}")

    await relay.until(lambda: ("global", 3) in relay.acks)

    assert listener.texts == ["n1", "n2", "n3"]


async def test_a_gap_is_stepped_over_and_told(relay: ScriptedRelay, listener: Listener) -> None:
    await relay.post(1)
    await relay.say("chat_gap", {"room": "global", "from": 2, "oldest": 10})
    await relay.post(10, text="after")

    await relay.until(lambda: ("global", 10) in relay.acks)

    assert [(gap.since, gap.oldest) for gap in listener.gaps] == [(2, 10)]
    assert listener.texts == ["hi", "after"]


async def test_a_gap_does_not_name_what_has_come(relay: ScriptedRelay, listener: Listener) -> None:
    listener.may_go_on.clear()
    for offset in (1, 2, 3):
        await relay.post(offset)
    await listener.until(1)
    relay.recovered = False
    await relay.hang_up()
    await relay.until(lambda: len(relay.handshakes) == 2 and relay.connections == 1)

    await relay.say("chat_gap", {"room": "global", "from": 1, "oldest": 9})
    await relay.post(9)
    listener.may_go_on.set()
    await relay.until(lambda: ("global", 9) in relay.acks)

    assert [message.offset for message in listener.messages] == [1, 2, 3, 9]
    assert [(gap.since, gap.oldest) for gap in listener.gaps] == [(4, 9)]


async def test_what_was_received_but_not_handled_is_not_claimed_on_reconnect(
    relay: ScriptedRelay, listener: Listener
) -> None:
    await relay.post(1)
    await relay.until(lambda: ("global", 1) in relay.acks)
    listener.may_go_on.clear()
    await relay.post(2)
    await relay.post(3)
    await listener.until(2)

    await relay.hang_up()
    await relay.until(lambda: len(relay.handshakes) == 2 and relay.connections == 1)
    relay.cursors["global"] = 1
    for offset in (2, 3):
        await relay.post(offset, replay=True)
    listener.may_go_on.set()
    await relay.until(lambda: ("global", 3) in relay.acks)

    assert relay.handshakes[1]["resume"]["offsets"] == {"global": 1}
    assert [message.offset for message in listener.messages] == [1, 2, 3]


async def test_what_a_newer_relay_says_is_passed_over(relay: ScriptedRelay, listener: Listener) -> None:
    await relay.post(1, payload={"kind": "hologram", "depth": 3})
    await relay.say("weather_update", {"sun": True})
    await relay.post(2, text="readable")

    await relay.until(lambda: ("global", 2) in relay.acks)

    assert listener.texts == ["readable"]


async def test_a_new_epoch_begins_anew(relay: ScriptedRelay, listener: Listener) -> None:
    await relay.post(1, text="before")
    await relay.until(lambda: ("global", 1) in relay.acks)
    relay.epoch, relay.recovered = "epoch-2", False

    await relay.hang_up()
    await relay.until(lambda: len(relay.handshakes) == 2 and relay.connections == 1)
    await relay.post(1, text="after")
    await listener.until(2)

    assert listener.texts == ["before", "after"]


async def test_a_relay_that_lost_the_end_of_its_log_is_believed(
    relay: ScriptedRelay, listener: Listener
) -> None:
    await relay.post(1, text="one")
    await relay.post(2, text="lost")
    await relay.until(lambda: ("global", 2) in relay.acks)
    relay.cursors["global"] = relay.heads["global"] = 1

    await relay.hang_up()
    await relay.until(lambda: len(relay.handshakes) == 2 and relay.connections == 1)
    await relay.post(2, text="two")
    await listener.until(3)

    assert listener.texts == ["one", "lost", "two"]


async def test_a_room_that_is_new_begins_where_the_relay_begins(
    relay: ScriptedRelay, listener: Listener
) -> None:
    await relay.post(51, room="ops")
    await relay.post(52, room="ops")

    await relay.until(lambda: ("ops", 52) in relay.acks)

    assert [message.offset for message in listener.messages] == [51, 52]


async def test_a_room_that_was_left_begins_anew(relay: ScriptedRelay, listener: Listener) -> None:
    room = {"id": "ops", "kind": "room", "title": "ops", "created_at": NOW}
    await relay.post(5, room="ops")
    await relay.say("room_update", {"action": "left", "room": room, "agent_id": "me"})

    await relay.post(90, room="ops")
    await relay.until(lambda: ("ops", 90) in relay.acks)

    assert [message.offset for message in listener.messages] == [5, 90]


async def test_what_does_not_fit_is_left_to_the_relay(relay: ScriptedRelay) -> None:
    listener = Listener(relay, inbox=4)
    listener.may_go_on.clear()

    async with listener.agent:
        for offset in range(1, 21):
            await relay.post(offset)
        await listener.until(1)
        listener.may_go_on.set()
        acknowledged = 0
        while acknowledged < 20:
            await relay.until(lambda: bool(relay.acks))
            acknowledged = relay.acks[-1][1]
            relay.acks.clear()
            for offset in range(acknowledged + 1, min(acknowledged + 5, 21)):
                await relay.post(offset, replay=True)

    assert [message.offset for message in listener.messages] == list(range(1, 21))


def test_the_fixture_speaks_as_the_protocol_does() -> None:
    assert Message.model_validate(envelope(1)).offset == 1
