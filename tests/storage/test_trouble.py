"""An operator hears once that the store is away, with the reason, and once that it is back."""

import logging

import pytest

from protocol.errors import Unavailable
from storage.trouble import Trouble


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
