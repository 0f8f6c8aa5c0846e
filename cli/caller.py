"""What every command shares: its options, its way to the relay, its output, and how it fails."""

import functools
import inspect
import os
import sys
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli import profiles
from cli.access import Access, Given, access_of, profile_name, url_of
from cli.exits import INTERRUPTED, READER_GONE
from cli.rendering import Output
from protocol.errors import ClawNetError, Internal

if TYPE_CHECKING:
    from cli.relay import Relay

UrlOption = Annotated[
    str | None, typer.Option("--url", help="Relay to talk to (env CLAWNET_URL).", show_default=False)
]
ProfileOption = Annotated[
    str | None,
    typer.Option("--profile", help="Login to use (env CLAWNET_PROFILE).", show_default=False),
]
TokenFileOption = Annotated[
    str | None,
    typer.Option(
        "--token-file",
        help="File with the token, - for standard input (env CLAWNET_TOKEN holds the token itself).",
        show_default=False,
    ),
]
JsonOption = Annotated[bool | None, typer.Option("--json", help="Print JSON.", show_default=False)]

_SHARED = {"url": UrlOption, "profile": ProfileOption, "token_file": TokenFileOption, "as_json": JsonOption}


class Caller:
    """The one who runs a command."""

    def __init__(self, given: Given, context: typer.Context) -> None:
        self.given = given
        self.context = context
        self.output = Output(as_json=bool(given.as_json))

    @property
    def has_subcommand(self) -> bool:
        """Tell whether a subcommand follows and does the work."""
        return self.context.invoked_subcommand is not None

    def access(self) -> Access:
        """Return relay and token.

        Raises:
            ClawNetError: there is none.
        """
        return self.minded(access_of(self.given))

    def stranger(self) -> Access:
        """Return the relay without a token, for who has none yet.

        Raises:
            InvalidRequest: the URL is no good.
        """
        profile = profiles.load(profile_name(self.given))
        return self.minded(Access(url_of(self.given, profile), ""))

    def minded(self, access: Access) -> Access:
        """Return an access, warning where its token would travel in the clear."""
        if access.is_exposed:
            self.output.note("warning: the token travels unencrypted; use https beyond this machine")
        return access

    def relay(self) -> "Relay":
        """Return a client of the relay.

        Raises:
            ClawNetError: there is no access.
        """
        return self.relay_at(self.access())

    def relay_at(self, access: Access) -> "Relay":
        """Return a client of a relay that need not be the caller's own yet."""
        from cli.relay import Relay  # noqa: PLC0415 - httpx is slow to import, `--help` needs none

        return Relay(access, note=self.output.note)


def command(function: Callable[..., None], *, shared: Mapping[str, Any] = _SHARED) -> Callable[..., None]:
    """Make a command of a function: its first parameter is the caller, the shared options come with it.

    Every failure ends in one line on stderr and the exit code of the protocol's error.
    """

    @functools.wraps(function)
    def run(context: typer.Context, **options: Any) -> None:
        said = Given(**{name: options.pop(name, None) for name in _SHARED})
        # Options before a subcommand count for it too; its own come first.
        context.obj = said.over(context.obj or Given())
        caller = Caller(context.obj, context)
        try:
            function(caller, **options)
        except (typer.Exit, typer.Abort):
            raise
        except KeyboardInterrupt:
            raise typer.Exit(INTERRUPTED) from None
        except BrokenPipeError:
            # What is left in the buffer goes nowhere, and nobody has to read of that.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise typer.Exit(READER_GONE) from None
        except Exception as error:  # noqa: BLE001 - the last line of defence: people get no tracebacks
            refusal = _refusal_of(error)
            caller.output.error(refusal)
            raise typer.Exit(refusal.exit_code) from None

    parameters = _parameters(function, shared)
    run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    run.__annotations__ = {each.name: each.annotation for each in parameters}
    return run


def listing(app: typer.Typer) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Make a function the command `list` of `app`, and what `app` does when no subcommand is given."""

    def register(function: Callable[..., None]) -> Callable[..., None]:
        def overview(caller: Caller) -> None:
            if not caller.has_subcommand:
                function(caller)

        app.callback()(command(overview))
        return app.command("list")(command(function))

    return register


def _parameters(function: Callable[..., None], shared: Mapping[str, Any]) -> list[inspect.Parameter]:
    """Return what Typer shall see: the context, the command's own options, and the shared ones."""
    _, *own = inspect.signature(function, eval_str=True).parameters.values()
    common = [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=annotation)
        for name, annotation in shared.items()
    ]
    return [
        inspect.Parameter("context", inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=typer.Context),
        *(each.replace(kind=inspect.Parameter.KEYWORD_ONLY) for each in own),
        *common,
    ]


def _refusal_of(error: Exception) -> ClawNetError:
    if isinstance(error, ClawNetError):
        return error
    if os.environ.get("CLAWNET_DEBUG"):
        raise error
    return Internal(f"{type(error).__name__}: {error} (CLAWNET_DEBUG=1 shows where)")
