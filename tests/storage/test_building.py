"""A message that is built without validation is the message that validation would build."""

from protocol.messages import Message
from storage.building import message_with, placed
from tests.storage.samples import a_message


def test_placed_draft_is_the_validated_message() -> None:
    draft = a_message("key", "hello").draft

    message = placed(draft, 7)

    assert message == Message.model_validate(draft._asdict() | {"offset": 7})
    assert (
        message.model_dump_json() == Message.model_validate_json(message.model_dump_json()).model_dump_json()
    )
    assert message.model_copy(update={"replay": True}).replay


def test_built_messages_share_nothing() -> None:
    draft = a_message("key", "hello").draft
    one, other = placed(draft, 1), placed(draft, 2)

    assert (one.offset, other.offset) == (1, 2)
    assert message_with(dict(one.__dict__)) == one
