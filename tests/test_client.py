"""`client.py`: the predecessor's environment, read."""

from pathlib import Path

import pytest

from client import options_of
from protocol.errors import InvalidRequest


def test_each_agent_has_a_folder_of_its_own() -> None:
    one, other = (options_of({"AGENT_ID": name}) for name in ("one", "other"))

    assert one.data_dir != other.data_dir
    assert one.data_dir.name == "one"


def test_what_is_told_is_taken() -> None:
    told = {"CLAWNET_DATA_DIR": "/data", "CLAWNET_ALLOW": "/allow"}
    told |= {"OPENCLAW_GATEWAY_URL": "ws://127.0.0.1:1", "OPENCLAW_GATEWAY_TOKEN": "token"}

    options = options_of(told)

    assert (options.data_dir, options.allow) == (Path("/data"), Path("/allow"))
    assert (options.gateway_url, options.gateway_token, options.backend) == (
        "ws://127.0.0.1:1",
        "token",
        "auto",
    )


@pytest.mark.parametrize("name", ["../etc", "a/b", ".hidden", "x" * 65])
def test_an_id_that_would_leave_the_folder_is_refused(name: str) -> None:
    with pytest.raises(InvalidRequest):
        options_of({"AGENT_ID": name})
