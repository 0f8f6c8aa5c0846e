"""Exit codes: one for each code of the protocol, so that a script can tell refusals apart."""

from protocol.errors import leaves

OK = 0
INTERRUPTED = 130  # what a shell reports for SIGINT

# The protocol's own tree is the table; a new error brings its exit code along.
EXIT_CODES: dict[str, int] = {cls.code: cls.exit_code for cls in leaves()}


def epilog() -> str:
    """Return the table as one paragraph for `--help`."""
    codes = sorted(EXIT_CODES.items(), key=lambda item: item[1])
    listed = ", ".join(f"{number} {code}" for code, number in codes)
    return f"Exit codes: {OK} done, {listed}, {INTERRUPTED} interrupted."
