"""`clownet-cli tasks`: ask agents to run commands, and follow what becomes of it."""

import secrets
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.caller import Caller, command, listing
from cli.exits import FAILED
from cli.rendering import paragraph, safe
from protocol.tasks import TERMINAL, TaskState

if TYPE_CHECKING:
    from cli.relay import Relay

app = typer.Typer(
    help="Ask agents to run commands, and follow them.\n\nExample: clownet-cli tasks",
    invoke_without_command=True,
)

COLUMNS = ("id", "state", "to", "command", "args", "requested_by", "created_at")
LOOK = 0.5  # seconds between two looks at tasks under way
TaskArgument = Annotated[str, typer.Argument(metavar="TASK", help="Id of the task.")]
ReasonOption = Annotated[str, typer.Option(help="Why, for the record.")]


@listing(app)
def list_tasks(
    caller: Caller,
    state: Annotated[TaskState | None, typer.Option(help="Only tasks in this state.")] = None,
    to: Annotated[str | None, typer.Option(help="Only tasks for the agent of this id.")] = None,
    room: Annotated[str | None, typer.Option(help="Only tasks of this room.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=200, help="Most tasks to show.")] = 50,
) -> None:
    """List tasks, the newest first.

    Example: clownet-cli tasks list --state running
    """
    query = {"state": state.value if state else None, "to": to, "room": room, "limit": limit}
    with caller.relay() as relay:
        tasks = relay.get("tasks", **query)["items"]
    if not caller.output.as_json:
        tasks = [task | {"args": " ".join(task["args"])} for task in tasks]
    caller.output.table(COLUMNS, tasks)


@app.command("dispatch")
@command
def dispatch(  # noqa: PLR0917 - Typer's options are never positional
    caller: Caller,
    name: Annotated[str, typer.Argument(metavar="COMMAND", help="Command, as in status or ask.")],
    args: Annotated[list[str] | None, typer.Argument(help="Its arguments.")] = None,
    to: Annotated[list[str] | None, typer.Option(help="Id, @handle, @online or @all; repeatable.")] = None,
    room: Annotated[str | None, typer.Option(help="Room in which it is asked for.")] = None,
    timeout: Annotated[float | None, typer.Option(min=1, help="Seconds that it may run.")] = None,
    wait: Annotated[bool, typer.Option("--wait", help="Wait for the results.")] = False,
) -> None:
    """Ask agents to run a command; with --wait --json one line a task, as each ends.

    Example: clownet-cli tasks dispatch status --to @online --wait
    """
    told = {"to": to or ["@online"], "command": name, "args": args or [], "room": room, "timeout": timeout}
    body = {field: value for field, value in told.items() if value is not None}
    with caller.relay() as relay:
        made = relay.post("tasks", body, key=secrets.token_hex(16))
        for unknown in made["unknown"]:
            caller.output.note(f"nobody is {safe(unknown)}")
        if wait:
            _follow(caller, relay, [task["id"] for task in made["tasks"]])
            return
    caller.output.table(("id", "state", "to"), made["tasks"])


@app.command("show")
@command
def show(caller: Caller, task_id: TaskArgument) -> None:
    """Show a task with its output.

    Example: clownet-cli tasks show TASK
    """
    with caller.relay() as relay:
        task = relay.get(relay.path("tasks", task_id))
    caller.output.result(task, _story(task))


@app.command("watch")
@command
def watch(caller: Caller, task_id: TaskArgument) -> None:
    """Wait until a task has ended; exit code 20 when it did not succeed.

    Example: clownet-cli tasks watch TASK
    """
    with caller.relay() as relay:
        _follow(caller, relay, [task_id])


@app.command("cancel")
@command
def cancel(caller: Caller, task_id: TaskArgument, reason: ReasonOption = "") -> None:
    """Ask for a task to stop (who asked for it, masters).

    Example: clownet-cli tasks cancel TASK --reason enough
    """
    _act(caller, task_id, "cancel", {"reason": reason})


@app.command("approve")
@command
def approve(caller: Caller, task_id: TaskArgument) -> None:
    """Let a risky task run, once (masters).

    Example: clownet-cli tasks approve TASK
    """
    _act(caller, task_id, "approve")


@app.command("deny")
@command
def deny(caller: Caller, task_id: TaskArgument, reason: ReasonOption = "") -> None:
    """Refuse a risky task (masters).

    Example: clownet-cli tasks deny TASK --reason 'not today'
    """
    _act(caller, task_id, "deny", {"reason": reason})


@app.command("retry")
@command
def retry(caller: Caller, task_id: TaskArgument) -> None:
    """Run a task that has ended once more.

    Example: clownet-cli tasks retry TASK
    """
    _act(caller, task_id, "retry", key=secrets.token_hex(16))


def _act(
    caller: Caller,
    task_id: str,
    action: str,
    body: Mapping[str, object] | None = None,
    *,
    key: str | None = None,
) -> None:
    with caller.relay() as relay:
        task = relay.post(relay.path("tasks", task_id, action), body, key=key)
    caller.output.result(task, f"{safe(task['id'])} is {safe(task['state'])}")


def _follow(caller: Caller, relay: "Relay", task_ids: list[str]) -> None:
    waiting, has_failed = list(task_ids), False
    while waiting:
        for task in [relay.get(relay.path("tasks", task_id)) for task_id in waiting]:
            if task["state"] in TERMINAL:
                waiting.remove(task["id"])
                has_failed |= task["state"] != TaskState.SUCCEEDED
                caller.output.result(task, _story(task))
        if waiting:
            time.sleep(LOOK)
    if has_failed:
        raise typer.Exit(FAILED)


def _story(task: Mapping[str, Any]) -> str:
    words = " ".join([f"/{task['command']}", *task["args"]])
    lines = [f"{safe(task['id'])} is {safe(task['state'])}: {safe(words)} for {safe(task['to'])}"]
    if task.get("reason"):
        lines.append(paragraph("why:", task["reason"]))
    if task.get("output"):
        lines.append(paragraph("output:", task["output"]))
    if task.get("truncated"):
        lines.append("(the output was cut)")
    return "\n".join(lines)
