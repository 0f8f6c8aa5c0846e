"""`clownet-cli tokens`: the keys of agents, made, handed on and taken back."""

from typing import Annotated

import typer

from cli.caller import Caller, command
from cli.rendering import safe

app = typer.Typer(
    help="List, make, rotate and revoke tokens.\n\nExample: clownet-cli tokens", invoke_without_command=True
)

COLUMNS = ("id", "agent_id", "state", "created_at", "expires_at", "last_used_at", "last_address")

AgentOption = Annotated[str | None, typer.Option("--agent", help="Only the tokens of this agent.")]
TokenArgument = Annotated[str, typer.Argument(metavar="TOKEN_ID", help="The token's id, not the token.")]


@app.callback()
@command
def overview(caller: Caller, agent: AgentOption = None) -> None:
    """List tokens, if no subcommand is given."""
    if not caller.has_subcommand:
        _list(caller, agent)


@app.command("list")
@command
def list_tokens(caller: Caller, agent: AgentOption = None) -> None:
    """List tokens: of one agent, or of all (masters).

    Example: clownet-cli tokens list --agent scout
    """
    _list(caller, agent)


@app.command("create")
@command
def create(
    caller: Caller,
    agent: Annotated[str, typer.Argument(metavar="AGENT_ID", help="Whose token it shall be.")],
    lifetime: Annotated[float | None, typer.Option(help="Seconds until it runs out; never if unset.")] = None,
) -> None:
    """Give an agent a further token, which is shown this once (masters).

    Example: clownet-cli tokens create scout --lifetime 86400
    """
    told = {"agent_id": agent, "lifetime": lifetime}
    with caller.relay() as relay:
        made = relay.post("tokens", {name: value for name, value in told.items() if value is not None})
    caller.output.note("keep the token, it is not shown again")
    caller.output.result(made, safe(made["secret"]))


@app.command("rotate")
@command
def rotate(
    caller: Caller,
    token: TokenArgument,
    overlap: Annotated[float, typer.Option(help="Seconds for which the old one goes on working.")] = 600.0,
) -> None:
    """Put a new token in the place of this one; the new one is shown this once.

    Example: clownet-cli tokens rotate TOKEN_ID --overlap 60
    """
    with caller.relay() as relay:
        made = relay.post(relay.path("tokens", token, "rotate"), {"overlap": overlap})
    caller.output.note(f"the old token works for another {overlap:g} s; the new one is not shown again")
    caller.output.result(made, safe(made["secret"]))


@app.command("revoke")
@command
def revoke(caller: Caller, token: TokenArgument) -> None:
    """Take a token back; what it opened is shut at once.

    Example: clownet-cli tokens revoke TOKEN_ID
    """
    with caller.relay() as relay:
        gone = relay.delete(relay.path("tokens", token))
    caller.output.result(gone, f"revoked {safe(gone['id'])} of {safe(gone['agent_id'])}")


def _list(caller: Caller, agent: str | None) -> None:
    with caller.relay() as relay:
        caller.output.table(COLUMNS, relay.items("tokens", agent_id=agent))
