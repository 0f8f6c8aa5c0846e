"""Every code block of the README and the guides does what it says, against the real relay.

A block has a language. `console` and `sh` are typed as they stand, from top to bottom of a page; programs
that go on must still go on when the page is done. A comment `not run: reason` before a block says why it is
left out.
"""

import json
import os
import re
import secrets
import shlex
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.cli.conftest import OPERATOR_TOKEN, ROOT, Shell

GUIDES = (
    "README.md",
    "docs/operator-guide.md",
    "docs/agent-guide.md",
    "docs/sidecar.md",
    "docs/architecture.md",
)
_BLOCK = re.compile(
    r"(?:<!-- not run: (?P<why>[^>]+) -->\n)?```(?P<language>\w*)\n(?P<text>.*?)```", re.DOTALL
)
RELAY = "http://127.0.0.1:3000"
# What goes on until it is stopped.
GOES_ON = re.compile(
    r"clownet-cli (serve|agent run|mcp|chat tail|chat open|logs -f|presence --watch)|agent\.run\(\)"
    r"|curl -N|wait=30"
)
_FILE = re.compile(r"^((?:sqlite:|json:)?)(?=[\w/-]+(\.ndjson|\.json|\.db)$|data/)")
# Secrets are where the pages say that they are; commands name these files.
TOKEN_FILES = ("agent.token", "claw.token", "gateway.token", "robin.token")


@dataclass(frozen=True)
class Block:
    """One block of a page."""

    language: str
    text: str
    why_not: str | None


def blocks(document: str) -> list[Block]:
    """Take a page's blocks out."""
    return [Block(m["language"], m["text"], m["why"]) for m in _BLOCK.finditer((ROOT / document).read_text())]


class Desk:
    """A folder, a shell, and the programs that go on."""

    def __init__(self, folder: Path, url: str) -> None:
        self._folder = folder
        self._url = url
        self.shell = Shell(folder, CLAWNET_URL=url, CLAWNET_TOKEN=OPERATOR_TOKEN)
        self._running: list[tuple[str, subprocess.Popen[str]]] = []
        self._prepare()

    def type(self, block: Block) -> None:
        """Do what a block says."""
        match block.language:
            case "console":
                for line in re.sub(r"\\\n\s*", "", block.text).splitlines():
                    self._command(line.removeprefix("$ ").partition("  #")[0].strip())
            case "sh":
                self._script(block.text)
            case "python":
                self._program(block.text)
            case "json":
                json.loads(block.text)

    def finish(self) -> None:
        """Stop what goes on; it must have gone on until now."""
        for what, process in self._running:
            ended = process.poll()
            process.kill()
            _, err = process.communicate()
            assert ended in {None, 0}, (what, err)

    def _prepare(self) -> None:
        program = self._folder / "bin" / "clownet-cli"
        program.parent.mkdir()
        program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m cli.main "$@"\n')
        program.chmod(0o755)
        (self._folder / "state.json").write_text('{"messages": []}')
        self.shell.run("agents", "resume", "@all")
        made = self.shell.run("agents", "create", f"reader-{secrets.token_hex(4)}", "--json")
        self._token = str(made.data["token"])
        for name in TOKEN_FILES:
            (self._folder / name).write_text(self._token)
            (self._folder / name).chmod(0o600)

    def _command(self, line: str) -> None:
        line = line.replace(RELAY, self._url)
        if GOES_ON.search(line):
            self._start(line, ["sh", "-c", f"exec {line}"])
        elif line.startswith("clownet-cli ") and not re.search(r"[|<>$;&]", line):
            words = shlex.split(line.replace(" data/", f" {self._folder}/data/"))[1:]
            done = self.shell.run(*self._at_home(words), stdin=OPERATOR_TOKEN)
            assert done.code in {0, 6}, (line, done.err)
        else:
            self._script(line)

    def _at_home(self, words: list[str]) -> list[str]:
        """Let files stand in the folder; commands run in this process, whose folder is another."""
        return [_FILE.sub(f"\\g<1>{self._folder}/", word) for word in words]

    def _script(self, text: str) -> None:
        done = subprocess.run(  # noqa: S603 - the pages' own words
            ["/bin/sh", "-ec", text.replace(RELAY, self._url)],
            cwd=self._folder,
            env=self._environment(),
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, (text, done.stderr)

    def _program(self, text: str) -> None:
        told = text.replace(RELAY, self._url).replace("clw_...", self._token)
        self._start(text, [sys.executable, "-c", told])
        if not GOES_ON.search(text):
            assert self._running[-1][1].wait(60) == 0, text

    def _start(self, what: str, words: list[str]) -> None:
        process = subprocess.Popen(  # noqa: S603 - the pages' own words
            words,
            cwd=self._folder,
            env=self._environment(),
            text=True,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )
        self._running.append((what, process))

    def _environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("CLAWNET_")}
        path = f"{self._folder / 'bin'}:{os.environ['PATH']}"
        return kept | {"PYTHONPATH": str(ROOT), "PATH": path} | self.shell.env


@pytest.fixture
def desk(relay_url: str, tmp_path: Path) -> Iterator[Desk]:
    made = Desk(tmp_path, relay_url)
    yield made
    made.finish()


@pytest.mark.parametrize("document", GUIDES)
def test_every_block_of_a_page_does_what_it_says(document: str, desk: Desk) -> None:
    for block in blocks(document):
        if block.why_not is None:
            desk.type(block)


@pytest.mark.parametrize("document", GUIDES)
def test_every_block_of_a_page_says_what_it_is(document: str) -> None:
    found = blocks(document)

    assert len(found) == (ROOT / document).read_text().count("```") / 2
    assert {block.language for block in found} <= {"console", "sh", "python", "json", "text"}


@pytest.mark.parametrize("document", [*GUIDES, "docs/decisions/README.md", "docs/cli.md", "CONTRIBUTING.md"])
def test_every_link_of_a_page_leads_somewhere(document: str) -> None:
    here = (ROOT / document).parent
    links = re.findall(r"\]\((?!https?://|#)([^)#]+)", (ROOT / document).read_text())

    assert [link for link in links if not (here / link).exists()] == []
