"""Exit codes: one for each code of the protocol, so that a script can tell refusals apart."""

from protocol.errors import leaves

OK = 0
FAILED = 20  # the relay did as it was asked, and the task that was waited for did not succeed
BROKEN = 21  # `doctor` found something that does not work
READER_GONE = 141  # what a shell reports for SIGPIPE: `| head` has read enough
INTERRUPTED = 130  # what a shell reports for SIGINT

# The protocol's own tree is the table; a new error brings its exit code along.
EXIT_CODES: dict[str, int] = {cls.code: cls.exit_code for cls in leaves()}
OWN_CODES = {
    "done": OK,
    "task_failed": FAILED,
    "doctor_found_faults": BROKEN,
    "interrupted": INTERRUPTED,
    "reader_gone": READER_GONE,
}


def epilog() -> str:
    """Return the table as one paragraph for `--help`."""
    codes = sorted((OWN_CODES | EXIT_CODES).items(), key=lambda item: item[1])
    listed = ", ".join(f"{number} {code}" for code, number in codes)
    return f"Exit codes: {listed}."
