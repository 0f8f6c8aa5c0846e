"""`clownet-cli settings`: how the relay is set, and what can be changed while it runs."""

import json
from contextlib import suppress
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.caller import Caller, command, listing
from cli.rendering import safe
from protocol.errors import Conflict, InvalidRequest, NotFound

if TYPE_CHECKING:
    from cli.relay import Relay

app = typer.Typer(
    help="Show and change how the relay is set (masters).\n\nExample: clownet-cli settings",
    invoke_without_command=True,
)

TRIES = 3  # while others change settings as well
COLUMNS = ("name", "value", "changed", "changeable", "description")

NameArgument = Annotated[str, typer.Argument(help="The setting, as in rate_chat.")]


@listing(app)
def list_settings(caller: Caller) -> None:
    """List the settings; secrets are not shown.

    Example: clownet-cli settings list
    """
    with caller.relay() as relay:
        settings = _all(relay)
    if not caller.output.as_json:
        settings = [each | {"value": json.dumps(each["value"])} for each in settings]
    caller.output.table(COLUMNS, settings)


@app.command("set")
@command
def change(
    caller: Caller,
    name: NameArgument,
    value: Annotated[str, typer.Argument(help="The value, JSON where it is no plain word or number.")],
) -> None:
    """Change a setting at once and lastingly, until it is reset.

    Example: clownet-cli settings set risky_commands '["/do *", "/run *"]'
    """
    _put(caller, name, _value_of(value))


@app.command("reset")
@command
def reset(caller: Caller, name: NameArgument) -> None:
    """Let the environment decide about a setting again.

    Example: clownet-cli settings reset risky_commands
    """
    _put(caller, name, None)


def _put(caller: Caller, name: str, value: Any) -> None:
    with caller.relay() as relay:
        after = _changed(relay, name, value)
    caller.output.result(after[name], f"{safe(name)} is {safe(json.dumps(after[name]['value']))}")


def _changed(relay: "Relay", name: str, value: Any) -> dict[str, dict[str, Any]]:
    for _ in range(TRIES - 1):
        # Somebody may change another setting meanwhile, which is to stay.
        with suppress(Conflict):
            return _replaced(relay, name, value)
    return _replaced(relay, name, value)


def _replaced(relay: "Relay", name: str, value: Any) -> dict[str, dict[str, Any]]:
    page, tag = relay.tagged("settings")
    settings = {each["name"]: each for each in page["items"]}
    if name not in settings:
        raise NotFound(f"there is no setting {name}", field="name")
    if not settings[name]["changeable"]:
        raise InvalidRequest(f"{name} can only be set by {settings[name]['variable']}", field="name")
    kept = {key: each["value"] for key, each in settings.items() if each["changed"] and key != name}
    changes = kept | ({} if value is None else {name: value})
    return {each["name"]: each for each in relay.put("settings", changes, tag=tag)["items"]}


def _all(relay: "Relay") -> list[dict[str, Any]]:
    return relay.items("settings")


def _value_of(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text
