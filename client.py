"""Starts the sidecar as the predecessor's `client.py` was started: with environment variables.

| variable | becomes |
|---|---|
| `CLAWNET_URL`, else `CLAWNET_RELAY_URL`, `RELAY_URL` | the relay |
| `CLAWNET_TOKEN`, else `AGENT_TOKEN`, `CLAWNET_SECRET_KEY` | the token; it has to be the agent's own |
| `AGENT_ID`, else `CLAWNET_AGENT_ID` | the name of the data folder; who the agent is, the token says |
| `OPENCLAW_GATEWAY_URL`, `OPENCLAW_GATEWAY_TOKEN` | OpenClaw's gateway |
| `CLAWNET_ALLOW` | the file with the commands that `/run` may start |
| `CLAWNET_DATA_DIR` | the data folder itself |

The shared secret of old let anybody be any agent and run anything; an agent's own token comes from
`clownet-cli agents create`.
"""

import os
import re
import sys
from collections.abc import Mapping
from pathlib import Path

from cli.access import Given, access_of
from cli.agent.logs import set_up
from cli.agent.options import Options, default_folder
from cli.agent.sidecar import Sidecar
from cli.rendering import Output
from protocol.errors import ClawNetError, InvalidRequest

URLS = ("CLAWNET_URL", "CLAWNET_RELAY_URL", "RELAY_URL")
TOKENS = ("CLAWNET_TOKEN", "AGENT_TOKEN", "CLAWNET_SECRET_KEY")
NAMES = ("AGENT_ID", "CLAWNET_AGENT_ID")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


def options_of(environment: Mapping[str, str]) -> Options:
    """Return the options that an environment stands for.

    Raises:
        InvalidRequest: the agent's id can't be a folder's name.
    """
    name = _first(environment, NAMES) or "default"
    if _NAME.fullmatch(name) is None:
        raise InvalidRequest("this can't be an agent's id", field="AGENT_ID")
    folder, allow = environment.get("CLAWNET_DATA_DIR"), environment.get("CLAWNET_ALLOW")
    return Options(
        data_dir=Path(folder) if folder else default_folder(name),
        gateway_url=environment.get("OPENCLAW_GATEWAY_URL") or None,
        gateway_token=environment.get("OPENCLAW_GATEWAY_TOKEN") or None,
        allow=Path(allow) if allow else None,
    )


def main() -> int:
    """Run the sidecar; return the exit code of the protocol's error, or 0."""
    output = Output(as_json=False)
    try:
        if (token := _first(os.environ, TOKENS)) is not None:
            os.environ["CLAWNET_TOKEN"] = token
        access = access_of(Given(url=_first(os.environ, URLS)))
        set_up(as_json=False)
        Sidecar(access, options_of(os.environ)).run()
    except ClawNetError as error:
        output.error(error)
        return error.exit_code
    return 0


def _first(environment: Mapping[str, str], names: tuple[str, ...]) -> str | None:
    return next((environment[name] for name in names if environment.get(name)), None)


if __name__ == "__main__":
    sys.exit(main())
