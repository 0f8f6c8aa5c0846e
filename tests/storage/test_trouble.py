"""A store that is away keeps nobody waiting; an operator hears of it once, and once that it is back."""

import asyncio
import logging

import pytest

from protocol.errors import Unavailable
from storage import trouble as trouble_module
from storage.trouble import Trouble, patience


def failure(reason: str) -> Unavailable:
    error = Unavailable("the store can't be reached now")
    error.__cause__ = OSError(reason)
    return error


def test_trouble_is_told_once_and_its_end_too(caplog: pytest.LogCaptureFixture) -> None:
    trouble = Trouble()

    with caplog.at_level(logging.WARNING, "clawnet.storage"):
        trouble.ends()
        trouble.begins(failure("disk full"))
        trouble.begins(failure("still full"))
        trouble.ends()
        trouble.ends()

    assert [record.message for record in caplog.records] == ["the store is away", "the store is back"]
    assert caplog.records[0].__dict__["reason"] == "disk full"


async def test_who_waits_for_a_store_that_does_not_answer_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trouble_module, "PATIENCE", 0.01)

    with pytest.raises(Unavailable, match="does not answer"):
        async with patience():
            await asyncio.Event().wait()
