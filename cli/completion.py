"""`clownet-cli completion`: the script that makes a shell complete commands and options."""

import os
from typing import Annotated, Literal

import typer

from cli.caller import Caller, command

PROGRAM = "clownet-cli"
VARIABLE = "_CLOWNET_CLI_COMPLETE"


@command
def completion(
    caller: Caller,
    shell: Annotated[Literal["bash", "zsh", "fish"], typer.Argument(help="Which shell.")],
) -> None:
    """Print a shell's completion script.

    Example: clownet-cli completion bash > ~/.local/share/bash-completion/completions/clownet-cli
    """
    from typer._completion_shared import get_completion_script  # noqa: PLC0415 - only this command needs it

    script = get_completion_script(prog_name=PROGRAM, complete_var=VARIABLE, shell=shell)
    caller.output.result({"shell": shell, "script": script}, script)


def prepare() -> None:
    """Understand a shell that asks for completions; Typer does this only with options of its own."""
    if VARIABLE in os.environ:
        from typer._completion_classes import completion_init  # noqa: PLC0415 - imports what shells need

        completion_init()
