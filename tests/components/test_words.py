"""Every state that the relay knows has a word here, and no other word is used."""

from components.views.words import PRESENCE_WORDS, TASK_WORDS, counted, nick_of
from protocol.agents import Status
from protocol.tasks import TaskState


def test_every_state_of_a_task_has_a_word_of_its_own() -> None:
    assert set(TASK_WORDS) == set(TaskState)
    assert len({word for word, _, _ in TASK_WORDS.values()}) == len(TaskState)


def test_every_presence_has_a_word() -> None:
    assert set(PRESENCE_WORDS) == set(Status)


def test_a_name_keeps_its_colour() -> None:
    assert nick_of("operator") == nick_of("operator")
    assert {nick_of(f"agent-{number}") for number in range(200)} == set(range(8))


def test_one_is_not_many() -> None:
    words = [counted(number, "member") for number in (0, 1, 1200)]

    assert words == ["0 members", "1 member", "1,200 members"]
