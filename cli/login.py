"""`clownet-cli login`: keeps a relay's URL and a token for later commands."""

import sys

import typer

from cli import profiles
from cli.access import Access, checked, profile_name, told_token, url_of
from cli.caller import Caller, command
from cli.rendering import safe


@command
def login(caller: Caller) -> None:
    """Check a token with the relay and keep both for later commands.

    The token comes from --token-file, from CLAWNET_TOKEN, or is asked for; never from the command line,
    which other users of this machine can read.

    Example: clownet-cli login --url http://127.0.0.1:3000 --profile work
    """
    name = profile_name(caller.given)
    token = told_token(caller.given) or _asked()
    access = caller.minded(Access(url_of(caller.given, None), token))
    with caller.relay_at(access) as relay:
        agent = relay.get("agents/me")["agent"]
    profiles.save(name, profiles.Profile(access.url, access.token, agent["id"]))
    kept = {"profile": name, "url": access.url, "agent": agent}
    caller.output.result(kept, f"logged in to {access.url} as @{safe(agent['handle'])} (profile {name})")


def _asked() -> str:
    if sys.stdin.isatty():
        return checked(str(typer.prompt("Token", hide_input=True, err=True)).strip())
    return checked(sys.stdin.readline().strip())
