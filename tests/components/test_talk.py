"""What is asked about rooms is answered from the services, with their judgement."""

import pytest

from app.actor import Actor
from components.actions import Actions
from components.asks import Question
from components.panels.answers import Answers
from components.state import ConsoleState
from components.talk import Talk
from components.trail import Trail
from tests.components.conftest import SignIn
from tests.fakes import Stage


@pytest.fixture
async def ann(stage: Stage) -> Actor:
    return await stage.enrol("ann")


@pytest.fixture
async def actions(sign_in: SignIn) -> Actions:
    return await sign_in(Actions)


async def asking(actions: Actions, trail: Trail) -> Answers:
    state = ConsoleState.snapshot("operator", lambda _: True, rooms=[], agents=[], presence=[])
    return Answers(actions, Talk(actions, trail, state).table())


@pytest.fixture
async def talk(actions: Actions, sign_in: SignIn) -> Answers:
    return await asking(actions, await sign_in(Trail))


async def test_what_was_said_is_found_page_by_page(talk: Answers, actions: Actions) -> None:
    for number in range(3):
        await actions.send("global", f"needle {number}", f"k{number}")
    await actions.send("global", "hay", "k")

    answer = await talk.answer(_question("find", room="global", text="NEEDLE"))
    rest = await talk.answer(_question("find", room="global", text="needle", before=2))

    assert [hit["text"] for hit in answer["hits"]] == ["needle 2", "needle 1", "needle 0"]  # type: ignore[attr-defined]
    assert [hit["o"] for hit in rest["hits"]] == [1]  # type: ignore[attr-defined]


async def test_a_room_is_changed_filled_emptied_and_deleted(
    talk: Answers, actions: Actions, ann: Actor
) -> None:
    await actions.create_room("red", "", private=False)
    for what, more in (
        ("change", {"topic": "now"}),
        ("invite", {"agent_id": "ann"}),
        ("leave", {}),
    ):
        assert "error" not in await talk.answer(_question(what, room="red", **more)), what
    assert actions.see("red").topic == "now"
    assert actions.see("red").members == [ann.agent_id]

    assert await talk.answer(_question("size", room="red")) == {"count": 0}
    await talk.answer(_question("kick", room="red", agent_id="ann"))
    assert actions.see("red").members == []
    await talk.answer(_question("delete", room="red"))
    assert (await talk.answer(_question("size", room="red")))["code"] == "not_found"


async def test_a_message_is_removed_with_its_reason(talk: Answers, actions: Actions) -> None:
    sent = await actions.send("global", "oops", "k1")
    await talk.answer(_question("remove", room="global", id=sent.id, reason="wrong"))

    message = (await actions.history("global")).messages[0]
    assert message.payload.kind == "redaction"


async def test_what_was_done_with_a_room_is_told_to_who_may_know(talk: Answers, actions: Actions) -> None:
    await actions.create_room("red", "", private=False)
    await actions.create_room("redder", "", private=False)
    answer = await talk.answer(_question("lately", room="red"))

    assert [row["action"] for row in answer["rows"]] == ["room.create"]  # type: ignore[attr-defined]


async def test_a_message_is_delivered_to_whom_has_said_so(
    talk: Answers, actions: Actions, stage: Stage, ann: Actor
) -> None:
    await stage.enrol("bob")
    await actions.create_room("red", "", private=False, members=[ann.agent_id, "bob"])
    sent = await actions.send("red", "hi", "k1")
    stage.core.readers.progress.note("ann", "red", sent.offset)

    answer = await talk.answer(_question("receipts", room="red", offset=sent.offset, sender="operator"))
    assert answer == {"got": ["ann"], "due": ["bob"]}
    answer = await talk.answer(_question("receipts", room="red", offset=sent.offset, sender="ann"))
    assert answer == {"got": [], "due": ["bob"]}, "who sits at the console is not counted"


async def test_a_room_is_called_otherwise_and_its_name_is_checked(talk: Answers, actions: Actions) -> None:
    await actions.create_room("red", "", private=False)
    await actions.create_room("blue", "", private=False)

    assert "error" not in await talk.answer(_question("change", room="red", title="green"))
    assert actions.see("red").title == "green"
    assert (await talk.answer(_question("change", room="red", title="blue")))["code"] == "room_exists"
    assert "small letters" in str((await talk.answer(_question("change", room="red", title="No!")))["error"])


async def test_a_warden_changes_nothing(sign_in: SignIn, warden_token: str, actions: Actions) -> None:
    await actions.create_room("red", "", private=False)
    watcher = await asking(await sign_in(Actions, warden_token), await sign_in(Trail, warden_token))

    for what, more in (
        ("change", {"topic": "mine"}),
        ("change", {"title": "mine"}),
        ("invite", {"agent_id": "eye"}),
        ("kick", {"agent_id": "operator"}),
        ("join", {}),
        ("leave", {}),
        ("delete", {}),
        ("remove", {"id": "m1", "reason": "no"}),
    ):
        answer = await watcher.answer(_question(what, room="red", **more))
        assert answer.get("code") == "forbidden", what


def _question(what: str, **detail: object) -> Question:
    return Question.model_validate({"n": 1, "what": what, **detail})
