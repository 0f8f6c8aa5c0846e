"""The registry of slash commands: what can be typed, with which arguments, and how risky it is."""

import pytest

from app.services.commands import (
    BUILT_IN,
    MAX_ANNOUNCED,
    MAX_ARGS,
    Argument,
    Command,
    CommandRegistry,
    RunsAt,
    head_of,
)
from protocol.errors import InvalidRequest
from protocol.tasks import MAX_ARG

MOVE = Command(
    "move", "Move things", 1, "Test", (Argument("what"), Argument("count", type="number", required=False))
)
NOTE = Command("note", "Note it", 0, "Test", (Argument("name"), Argument("text", rest=True)))


@pytest.fixture
def registry() -> CommandRegistry:
    return CommandRegistry()


def test_every_built_in_command_explains_itself() -> None:
    assert len({command.name for command in BUILT_IN}) == len(BUILT_IN)
    for command in BUILT_IN:
        described = command.describe()
        assert described.help
        assert described.category
        assert all(
            {"name", "type", "source", "required", "rest"} == argument.keys() for argument in described.args
        )


@pytest.mark.parametrize(
    ("name", "risk", "runs_at"),
    [
        ("ping", 0, RunsAt.AGENT),
        ("ask", 1, RunsAt.AGENT),
        ("do", 2, RunsAt.AGENT),
        ("pause", 1, RunsAt.RELAY),
        ("help", 0, RunsAt.RELAY),
    ],
)
def test_risk_and_place_of_a_command(
    registry: CommandRegistry, name: str, risk: int, runs_at: RunsAt
) -> None:
    command = registry.named(name)

    assert (command.risk, command.runs_at) == (risk, runs_at)


@pytest.mark.parametrize(
    ("typed", "nearest"), [("pign", "/ping"), ("stats", "/status"), ("do!", "/do"), ("", "/help lists")]
)
def test_unknown_command_is_refused_with_the_nearest(
    registry: CommandRegistry, typed: str, nearest: str
) -> None:
    with pytest.raises(InvalidRequest, match=nearest):
        registry.named(typed)


@pytest.mark.parametrize(
    ("line", "parts"),
    [
        ("/ping", ("ping", "")),
        ("/Ping  @bob ", ("ping", "@bob")),
        ("/ask\nwhat is\n\nthis", ("ask", "what is\n\nthis")),
        ("/ do it", ("", "do it")),
        ("/", ("", "")),
        ("//ping", ("/ping", "")),
    ],
)
def test_name_begins_right_after_the_slash(line: str, parts: tuple[str, str]) -> None:
    assert head_of(line) == parts


@pytest.mark.parametrize("line", ["ping", " /ping", ""])
def test_line_without_a_slash_is_none(line: str) -> None:
    with pytest.raises(InvalidRequest):
        head_of(line)


@pytest.mark.parametrize(
    ("command", "text", "args"),
    [
        (MOVE, "chair", ("chair",)),
        (MOVE, '"red  chair" 3', ("red  chair", "3")),
        (NOTE, 'tides  high "water"  at 3', ("tides", 'high "water"  at 3')),
    ],
)
def test_arguments_are_taken_apart(command: Command, text: str, args: tuple[str, ...]) -> None:
    assert command.parse(text) == args


@pytest.mark.parametrize(
    ("command", "text"),
    [
        (MOVE, ""),
        (MOVE, "a 1 more"),
        (MOVE, "chair three"),
        (MOVE, "chair ²"),
        (MOVE, '"chair'),
        (NOTE, "tides"),
    ],
)
def test_wrong_arguments_are_refused_with_what_to_type(command: Command, text: str) -> None:
    with pytest.raises(InvalidRequest) as refusal:
        command.parse(text)

    assert refusal.value.field == "args"
    assert command.usage in refusal.value.message or "quote" in refusal.value.message


@pytest.mark.parametrize("words", [("x",) * (MAX_ARGS + 1), ("x" * (MAX_ARG + 1),)])
def test_too_much_is_refused_and_never_cut(words: tuple[str, ...]) -> None:
    free = Command("free", "Anything", 0, "Test", None)

    with pytest.raises(InvalidRequest):
        free.check(words)


def test_usage_shows_what_is_needed() -> None:
    assert MOVE.usage == "/move <what> [count]"


def test_agent_announces_further_commands(registry: CommandRegistry) -> None:
    registry.announce("bob", [{"name": "deploy", "help": "Deploy it", "risk": 1, "colour": "red"}])

    command = registry.named("deploy")

    assert (command.help, command.risk, command.runs_at) == ("Deploy it", 1, RunsAt.AGENT)
    assert command.parse('to "the moon"') == ("to", "the moon")
    assert "deploy" in [each.name for each in registry.all()]


def test_announced_command_is_as_risky_as_its_riskiest_agent_says(registry: CommandRegistry) -> None:
    registry.announce("bob", [{"name": "deploy", "risk": 2}])
    registry.announce("cas", [{"name": "deploy", "risk": 0}])

    assert registry.named("deploy").risk == 2


def test_announced_command_without_a_risk_has_the_highest(registry: CommandRegistry) -> None:
    registry.announce("bob", [{"name": "deploy"}])

    assert registry.named("deploy").risk == 2


def test_agent_cannot_change_a_built_in_command(registry: CommandRegistry) -> None:
    registry.announce("bob", [{"name": "do", "risk": 0}, {"name": "pause", "risk": 0}])

    assert registry.named("do").risk == 2
    assert registry.named("pause").runs_at is RunsAt.RELAY


def test_what_an_agent_says_later_replaces_what_it_said(registry: CommandRegistry) -> None:
    registry.announce("bob", [{"name": "deploy"}])
    registry.announce("bob", [{"name": "build"}])

    with pytest.raises(InvalidRequest):
        registry.named("deploy")
    assert registry.named("build").name == "build"


def test_agent_announces_so_many_and_no_more(registry: CommandRegistry) -> None:
    registry.announce("bob", [{"name": f"extra{n}"} for n in range(2 * MAX_ANNOUNCED)])

    assert len(registry.all()) == len(BUILT_IN) + MAX_ANNOUNCED


@pytest.mark.parametrize(
    "commands",
    [
        "deploy",
        {"name": "deploy"},
        [{"help": "nameless"}],
        [{"name": "De ploy"}],
        [{"name": "x", "risk": 3}],
        None,
    ],
)
def test_what_is_no_list_of_commands_is_refused(registry: CommandRegistry, commands: object) -> None:
    with pytest.raises(InvalidRequest) as refusal:
        registry.announce("bob", commands)

    assert refusal.value.field == "specs.commands"
