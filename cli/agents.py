"""`clownet-cli agents`: who takes part, and what each may do."""

from typing import Annotated, Literal

import typer

from cli.caller import Caller, command, listing
from cli.joins import admit, deny, join, waiting
from cli.pausing import pause, resume
from cli.rendering import safe

app = typer.Typer(help="List and enrol agents.\n\nExample: clownet-cli agents", invoke_without_command=True)

AGENT_COLUMNS = ("id", "handle", "role", "status", "created_at")


@listing(app)
def list_agents(caller: Caller) -> None:
    """List the agents.

    Example: clownet-cli agents list
    """
    with caller.relay() as relay:
        caller.output.table(AGENT_COLUMNS, relay.items("agents"))


@app.command("create")
@command
def create(
    caller: Caller,
    agent_id: Annotated[str, typer.Argument(metavar="ID", help="Id of the new agent; it never changes.")],
    handle: Annotated[str | None, typer.Option(help="Handle; the id in lower case if unset.")] = None,
    role: Annotated[
        Literal["master", "warden", "worker"], typer.Option(help="What the agent may do.")
    ] = "worker",
) -> None:
    """Enrol an agent and print its token, which is shown this once (masters).

    Example: clownet-cli agents create scout --role worker
    """
    told = {"agent_id": agent_id, "handle": handle, "role": role}
    with caller.relay() as relay:
        made = relay.post("agents", {name: value for name, value in told.items() if value is not None})
    caller.output.note(f"enrolled @{safe(made['agent']['handle'])}; keep the token, it is not shown again")
    caller.output.result(made, safe(made["token"]))


@app.command("show")
@command
def show(
    caller: Caller, agent_id: Annotated[str, typer.Argument(metavar="ID", help="Id or @handle.")]
) -> None:
    """Show one agent.

    Example: clownet-cli agents show @operator
    """
    with caller.relay() as relay:
        agent = relay.get(relay.path("agents", relay.agent_id(agent_id)))
    words = [f"@{safe(agent['handle'])}", safe(agent["id"]), agent["role"], agent["status"]]
    caller.output.result(agent, "  ".join(words))


@app.command("rename")
@command
def rename(
    caller: Caller,
    agent_id: Annotated[str, typer.Argument(metavar="ID", help="Whose handle.")],
    handle: Annotated[str, typer.Argument(help="The new handle.")],
) -> None:
    """Give an agent another handle; exit code 7 when it is taken.

    Example: clownet-cli agents rename scout pathfinder
    """
    change_handle(caller, agent_id, handle)


@app.command("role")
@command
def change_role(
    caller: Caller,
    agent_id: Annotated[str, typer.Argument(metavar="ID", help="Whose role.")],
    role: Annotated[Literal["master", "warden", "worker"], typer.Argument(help="What it may do.")],
) -> None:
    """Give an agent another role; open connections have it at once (masters).

    Example: clownet-cli agents role scout warden
    """
    with caller.relay() as relay:
        agent = relay.patch(relay.path("agents", agent_id), {"role": role})
    caller.output.result(agent, f"{safe(agent['id'])} is now {role}")


app.command("join")(join)
app.command("waiting")(waiting)
app.command("admit")(admit)
app.command("deny")(deny)
app.command("pause")(pause)
app.command("resume")(resume)


def change_handle(caller: Caller, agent_id: str, handle: str) -> None:
    """Give an agent another handle, and say so."""
    with caller.relay() as relay:
        agent = relay.post("handles", {"agent_id": agent_id, "handle": handle})
    caller.output.result(agent, f"{safe(agent['id'])} is now @{safe(agent['handle'])}")
