"""Search: who may, what is found, and how far one call goes."""

import pytest

from app.actor import Actor
from app.services import search
from protocol.errors import InvalidRequest, NotFound
from protocol.requests import ChatDelete, RoomCreate, TaskDispatch
from protocol.roles import Role
from tests.fakes import Stage


async def found(stage: Stage, actor: Actor, text: str, *, room: str = "global") -> list[int]:
    return [message.offset for message in (await stage.core.search.search(actor, room, text)).messages]


@pytest.mark.parametrize(
    ("text", "offsets"),
    [
        ("tide", [4, 2, 1]),
        ("TIDE low", [2]),
        ("high  tide", [4, 1]),
        ("ÉTÉ", [3]),
        ("straße", [5]),
        ("strasse", [5]),
        ("%", []),
        ("nothing", []),
    ],
)
async def test_all_words_are_found_in_either_case_newest_first(
    stage: Stage, ann: Actor, text: str, offsets: list[int]
) -> None:
    for said in ("high tide", "low Tide", "été", "tidemark, high", "STRASSE"):
        await stage.say(ann, said)

    assert await found(stage, ann, text) == offsets


async def test_command_of_a_task_is_found(stage: Stage, ann: Actor) -> None:
    request = TaskDispatch(to=["ann"], command="ping", room="global")
    await stage.core.coordination.slash.dispatch(ann, request)

    assert await found(stage, ann, "/ping")


async def test_what_was_taken_back_is_not_found(stage: Stage, ann: Actor) -> None:
    said = await stage.say(ann, "a canary")
    await stage.core.chat.delete(ann, ChatDelete(room="global", id=said.id, reason="x"))

    assert await found(stage, ann, "canary") == []


async def test_room_that_is_private_is_searched_by_its_members_only(
    stage: Stage, ann: Actor, bob: Actor
) -> None:
    room = await stage.core.rooms.create(ann, RoomCreate(room="cellar", visibility="private"))
    await stage.say(ann, "a canary", to_type="room", to_id=room.id)

    assert await found(stage, ann, "canary", room=room.id) == [1]
    assert await found(stage, ann, "canary") == []
    with pytest.raises(NotFound):
        await found(stage, bob, "canary", room=room.id)


async def test_search_of_a_warden_is_recorded_without_its_words(stage: Stage, ann: Actor) -> None:
    warden = await stage.enrol("wanda", Role.WARDEN)

    await found(stage, ann, "canary")
    await found(stage, warden, "canary")

    records = [record for record in await stage.records() if record.action == "message.search"]
    assert [(record.actor, record.target) for record in records] == [("wanda", "global")]
    assert "canary" not in records[0].model_dump_json()


@pytest.mark.parametrize("text", ["", "  ", " ".join(map(str, range(search.MAX_WORDS + 1)))])
async def test_search_without_a_word_or_with_too_many_is_refused(stage: Stage, ann: Actor, text: str) -> None:
    with pytest.raises(InvalidRequest) as refusal:
        await found(stage, ann, text)

    assert refusal.value.field == "q"


@pytest.mark.parametrize("bound", ["LOOKED", "LOOKED_BYTES", "FOUND_BYTES"])
async def test_one_call_looks_at_so_much_and_no_more(
    stage: Stage, ann: Actor, bound: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await stage.say_many(ann, 7)
    monkeypatch.setattr(search, bound, 3)

    page = await stage.core.search.search(ann, "global", "text")
    rest = await stage.core.search.search(ann, "global", "text", before=page.next)

    assert page.next is not None
    assert len(page.messages) < 7
    assert page.messages[-1].offset == page.next
    assert rest.messages[0].offset == page.next - 1
