"""Every command of `clownet-cli`, walked: help with an example, JSON, and the exit code of each cause.

A new command has no row in the tables below and fails this module until it gets one.
"""

import json
import secrets
import shlex
from collections.abc import Callable
from pathlib import Path
from string import Formatter
from typing import Any

import pytest

from cli.access import Access
from cli.completion import PROGRAM
from cli.exits import OK
from cli.relay import Relay
from docs.commands import Leaf, leaves
from tests.cli.conftest import OPERATOR_TOKEN, Shell

LEAVES = {leaf.name: leaf for leaf in leaves()}
EVERY = pytest.mark.parametrize("leaf", LEAVES.values(), ids=LEAVES)

# Words behind the command with which it works, as the operator; `None`: it goes on until it is stopped.
WORKS: dict[str, str | None] = {
    "serve": None,
    "login": "",
    "presence": "",
    "logs": "--limit 5",
    "backup": "{folder}/backup.ndjson",
    "restore": "{archive} --to json:{folder}/restored",
    "export": "--room {room}",
    "import": "{state}",
    "doctor": "--only relay",
    "completion": "bash",
    "mcp": None,
    "version": "",
    "profiles": "",
    "profiles list": "",
    "profiles forget": "{login}",
    "chat": "--room {room} --msg hello",
    "chat send": "{room} hello",
    "chat history": "{room}",
    "chat search": "{room} hello",
    "chat delete": "{room} {message}",
    "chat tail": "--no-follow --room {room}",
    "chat open": "{room}",
    "rooms": "",
    "rooms list": "",
    "rooms create": "{fresh}",
    "rooms join": "{room}",
    "rooms leave": "{own}",
    "rooms show": "{room}",
    "rooms update": "{room} --topic work",
    "rooms rename": "{own} {fresh}",
    "rooms delete": "{own} --yes",
    "rooms invite": "{room} @{agent}",
    "rooms kick": "{room} {agent}",
    "dm": "",
    "dm list": "",
    "dm send": "@{agent} hello",
    "dm history": "@{agent}",
    "agents": "",
    "agents list": "",
    "agents create": "{fresh}",
    "agents show": "@{agent}",
    "agents rename": "{agent} {agent}",
    "agents role": "{agent} worker",
    "agents join": "{fresh} --wait 0",
    "agents waiting": "",
    "agents admit": "{application}",
    "agents deny": "{application}",
    "agents pause": "{agent}",
    "agents resume": "{agent}",
    "agent run": None,
    "handles": "",
    "handles list": "",
    "handles history": "{agent}",
    "handles set": "{agent} {agent}",
    "tokens": "",
    "tokens list": "--agent {agent}",
    "tokens create": "{agent}",
    "tokens rotate": "{token}",
    "tokens revoke": "{token}",
    "audit list": "--limit 5",
    "audit verify": "",
    "audit export": "",
    "settings": "",
    "settings list": "",
    "settings set": "loop_limit 99",
    "settings reset": "loop_limit",
    "persistence show": "",
    "persistence set": None,
    "persistence test": "--to json:{folder}/other",
    "tasks": "",
    "tasks list": "",
    "tasks dispatch": "status --to {agent}",
    "tasks show": "{task}",
    "tasks watch": "{ended}",
    "tasks cancel": "{task}",
    "tasks approve": "{risky}",
    "tasks deny": "{risky}",
    "tasks retry": "{ended}",
    "commands": "",
    "commands list": "",
    "commands save": "{fresh} '/status @all'",
    "commands forget": "{saved}",
}
# What works with another code than 0, and why it has to.
OTHER_CODES = {"tasks watch": 20, "agents join": 14}

# Commands that a worker may not give.
MASTERS = {"audit", "logs", "backup", "import", "settings"}
FOR_MASTERS = {
    name: WORKS[name] for name in WORKS if name.split()[0] in {"audit", "logs", "backup", "import"}
}
FOR_MASTERS |= {
    name: WORKS[name]
    for name in (
        "agents create",
        "agents role",
        "agents waiting",
        "agents admit",
        "agents deny",
        "agents pause",
        "agents resume",
        "persistence show",
        "persistence test",
        "rooms update",
        "rooms rename",
        "rooms delete",
        "commands save",
        "commands forget",
    )
}
# What a worker may do with its own it may not do with another's.
FOR_MASTERS |= {"handles set": "operator mine", "agents rename": "operator mine", "tokens list": ""}

# Words that name what is not there.
MISSING = {
    "profiles forget": "nowhere",
    "export": "--room nowhere",
    "chat": "--room nowhere --msg x",
    "chat send": "nowhere x",
    "chat history": "nowhere",
    "chat search": "nowhere x",
    "chat delete": "{room} nowhere",
    "settings set": "nowhere 1",
    "settings reset": "nowhere",
    "chat tail": "--no-follow --room nowhere",
    "chat open": "nowhere",
    "rooms join": "nowhere",
    "rooms leave": "nowhere",
    "rooms show": "nowhere",
    "rooms update": "nowhere --topic x",
    "rooms rename": "nowhere elsewhere",
    "rooms delete": "nowhere --yes",
    "rooms invite": "nowhere @{agent}",
    "rooms kick": "nowhere {agent}",
    "dm send": "@nobody-here x",
    "dm history": "@nobody-here",
    "agents show": "nobody-here",
    "agents rename": "nobody-here x1",
    "agents role": "nobody-here worker",
    "agents admit": "nowhere",
    "agents deny": "nowhere",
    "agents pause": "nobody-here",
    "handles set": "nobody-here x1",
    "handles history": "nobody-here",
    "tokens create": "nobody-here",
    "tokens rotate": "nowhere",
    "tokens revoke": "nowhere",
    "tasks show": "nowhere",
    "tasks watch": "nowhere",
    "tasks cancel": "nowhere",
    "tasks approve": "nowhere",
    "tasks deny": "nowhere",
    "tasks retry": "nowhere",
    "commands forget": "nowhere",
}

# Commands that need no relay, or are about its absence.
LOCAL = {
    "serve",
    "restore",
    "completion",
    "version",
    "profiles",
    "profiles list",
    "profiles forget",
    "doctor",
}
LOCAL |= {"agent run"}  # it waits for a relay for as long as it lives


# What a command prints one a line, each an object of its own.
LINES = {"export", "audit export"}
# Words for commands that would go on, where there is no relay.
NOWHERE = {"agents join": "x --wait 0", "persistence set": "--to json:{folder}/x"}


# How what a command uses up is made, and where its id stands in the answer.
MAKING: dict[str, tuple[Any, ...]] = {
    "own": ("rooms create FRESH", "id"),
    "token": ("tokens create {agent}", "token", "id"),
    "message": ("chat --room {room} --msg x", "id"),
    "task": ("tasks dispatch status --to {agent}", 0, "id"),
    "risky": ("tasks dispatch do --to {agent} -- something", 0, "id"),
    "ended": ("tasks cancel {task}", "id"),
    "saved": ("commands save FRESH '/status @all'", "name"),
    "login": ("login --profile FRESH", "profile"),
}


class World:
    """A relay with something of everything in it; what one command uses up is made when it is named."""

    def __init__(self, operator: Shell, folder: Path) -> None:
        mark = secrets.token_hex(4)
        self.operator = operator
        self._names = {"folder": str(folder), "room": f"room-{mark}", "agent": f"agent-{mark}"}
        self._names |= {"state": str(folder / "state.json"), "archive": str(folder / "archive.ndjson")}
        made = self._do("agents create {agent}")
        self.worker = Shell(operator.home, **{**operator.env, "CLAWNET_TOKEN": made["token"]})
        self._do("rooms create {room} --member {agent}")
        self._do("chat --room {room} --msg hello")
        self._do("dm send @{agent} hello")
        self._do("backup {archive}")
        old = {"messages": [{"from": "old", "msg": "hi", "ts": 1_700_000_000_000}]}
        (folder / "state.json").write_text(json.dumps(old))

    def words(self, text: str) -> list[str]:
        """Return the words of a command with the names filled in."""
        return shlex.split(self.filled(text, self._made))

    def filled(self, text: str, make: Callable[[str], str]) -> str:
        """Return a text with its names filled in; what has none yet is made."""
        named = {name for _, name, _, _ in Formatter().parse(text) if name}
        return text.format(**{name: self._names.get(name) or make(name) for name in named})

    def _made(self, name: str) -> str:
        """Make what a name stands for, as it is used up, and return its id."""
        fresh = f"fresh-{secrets.token_hex(4)}"
        if name == "application":
            with Relay(Access(self.operator.env["CLAWNET_URL"], "")) as relay:
                return str(relay.post("joins", {"agent_id": fresh})["application"]["id"])
        if name not in MAKING:
            return fresh
        words, *path = MAKING[name]
        made = self._do(words.replace("FRESH", fresh))
        for key in path:
            made = made[key]
        return str(made)

    def _do(self, text: str) -> Any:
        done = self.operator.run("--json", *self.words(text))
        assert done.code == 0, (text, done.err)
        return done.data


@pytest.fixture(scope="module")
def world(relay_url: str, tmp_path_factory: pytest.TempPathFactory) -> World:
    folder = tmp_path_factory.mktemp("world")
    return World(Shell(folder, CLAWNET_URL=relay_url, CLAWNET_TOKEN=OPERATOR_TOKEN), folder)


def test_every_command_is_in_the_table() -> None:
    assert sorted(WORKS) == sorted(LEAVES)


@EVERY
def test_help_has_an_example_that_can_be_typed_and_every_exit_code(leaf: Leaf, operator: Shell) -> None:
    told = operator.run(*leaf.words, "--help")
    text = " ".join(told.out.split())
    typed = shlex.split(leaf.example.partition(">")[0])

    assert told.code == 0
    assert "\x1b" not in told.out
    assert leaf.example
    assert f"Example: {leaf.example}" in text
    assert f"Exit codes: {OK} done" in text
    assert typed[0] == PROGRAM
    assert typed[1 : 1 + len(leaf.words)] == list(leaf.words)
    leaf.command.make_context(leaf.name, typed[1 + len(leaf.words) :], resilient_parsing=True)


@EVERY
def test_every_command_takes_the_shared_options(leaf: Leaf) -> None:
    # `serve` is the relay itself: it logs in with no token, and its log is JSON already.
    assert leaf.has_shared is (leaf.name != "serve")


@EVERY
def test_an_option_that_is_none_is_a_usage_error(leaf: Leaf, operator: Shell) -> None:
    assert operator.run(*leaf.words, "--no-such-option").code == 2


@pytest.mark.parametrize("name", [name for name, words in WORKS.items() if words is not None])
def test_every_command_works_and_speaks_json(name: str, world: World) -> None:
    words = world.words(WORKS[name] or "")

    done = world.operator.run(*LEAVES[name].words, *words, "--json")

    assert done.code == OTHER_CODES.get(name, 0), done.err
    assert "\x1b" not in done.out + done.err
    if name == "agents join":
        return
    if name in LINES:
        assert [type(json.loads(line)) for line in done.out.splitlines()]
    elif name != "chat open":
        json.loads(done.out)


@pytest.mark.parametrize("name", FOR_MASTERS)
def test_without_the_right_it_is_forbidden(name: str, world: World) -> None:
    words = world.words(FOR_MASTERS[name] or "")

    refused = world.worker.run(*LEAVES[name].words, *words)

    assert refused.code == 4, refused.out + refused.err
    assert refused.err.splitlines()[-1].startswith("clownet-cli: forbidden: ")


@pytest.mark.parametrize("name", MISSING)
def test_what_is_not_there_is_not_found(name: str, world: World) -> None:
    missed = world.operator.run(*LEAVES[name].words, *world.words(MISSING[name]), "--json")

    assert missed.code == 5, missed.out + missed.err
    assert json.loads(missed.err)["error"]["code"] == "not_found"


@pytest.mark.parametrize("name", sorted(set(WORKS) - LOCAL))
def test_without_a_relay_it_is_unavailable(name: str, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    # What is sent again and again need not wait here.
    monkeypatch.setitem(Relay.__init__.__kwdefaults__ or {}, "pause", lambda _: None)
    words = shlex.split(world.filled(WORKS[name] or NOWHERE.get(name, ""), lambda _: "x1"))

    away = world.operator.run(*LEAVES[name].words, *words, "--url", "http://127.0.0.1:9")

    assert away.code == 14, away.out + away.err
    assert "Traceback" not in away.err
    assert away.err.splitlines()[-1].startswith("clownet-cli: unavailable: ")
