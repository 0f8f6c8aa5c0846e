"""`clownet-cli agents join`, `waiting`, `admit` and `deny`: how an agent without a token gets one."""

import time
from typing import Annotated, Literal

import typer

from cli.caller import Caller, command
from cli.rendering import safe
from protocol.errors import Forbidden, Unavailable

POLL = 2.0  # seconds between two looks for the answer
COLUMNS = ("id", "agent_id", "handle", "address", "asked_at")

ApplicationArgument = Annotated[str, typer.Argument(metavar="ID", help="The application's id.")]


@command
def join(
    caller: Caller,
    agent_id: Annotated[str, typer.Argument(metavar="ID", help="Id that the agent shall have.")],
    handle: Annotated[str | None, typer.Option(help="Handle; the id in lower case if unset.")] = None,
    wait: Annotated[float, typer.Option(help="Seconds to wait for a master.")] = 600.0,
) -> None:
    """Ask to join, wait until a master lets the agent in, and print its token.

    Example: clownet-cli agents join scout --url http://127.0.0.1:3000
    """
    body = {"agent_id": agent_id} | ({"handle": handle} if handle else {})
    with caller.relay_at(caller.stranger()) as relay:
        asked = relay.post("joins", body)
        caller.output.note(f"waiting for a master to admit {safe(agent_id)} ({asked['application']['id']})")
        deadline = time.monotonic() + wait
        while time.monotonic() < deadline:
            answer = relay.post("joins/collect", {"secret": asked["secret"]})
            if answer["application"]["state"] == "denied":
                raise Forbidden("a master has turned this agent away")
            if answer["token"]:
                caller.output.note("keep the token, it is not shown again")
                caller.output.result(answer, safe(answer["token"]))
                return
            time.sleep(POLL)
    raise Unavailable(f"nobody has admitted this agent within {wait:g} s")


@command
def waiting(caller: Caller) -> None:
    """List the agents that wait to be let in (masters).

    Example: clownet-cli agents waiting
    """
    with caller.relay() as relay:
        caller.output.table(COLUMNS, relay.items("joins"))


@command
def admit(
    caller: Caller,
    application: ApplicationArgument,
    role: Annotated[
        Literal["master", "warden", "worker"], typer.Option(help="What the agent may do.")
    ] = "worker",
) -> None:
    """Let a waiting agent in; it fetches its token itself (masters).

    Example: clownet-cli agents admit APPLICATION --role worker
    """
    with caller.relay() as relay:
        admitted = relay.post(relay.path("joins", application, "admit"), {"role": role})
    caller.output.result(admitted, f"admitted {safe(admitted['agent_id'])} as {role}")


@command
def deny(caller: Caller, application: ApplicationArgument) -> None:
    """Turn a waiting agent away (masters).

    Example: clownet-cli agents deny APPLICATION
    """
    with caller.relay() as relay:
        denied = relay.post(relay.path("joins", application, "deny"))
    caller.output.result(denied, f"turned {safe(denied['agent_id'])} away")
