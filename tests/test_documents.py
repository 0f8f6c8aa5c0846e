"""Documents say what the code does: PROTOCOL_v2.md and docs/settings.md against models and tables."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from app.settings import Settings
from docs import tables
from docs.tables import DOCUMENTS, MARKED, ROOT, SECTIONS, rendered
from protocol.errors import leaves
from protocol.events import CLIENT_EVENTS, RELAY_EVENTS, Budget
from protocol.payloads import Payload
from protocol.roles import Role

PROTOCOL = ROOT / "PROTOCOL_v2.md"
EVERY_DOCUMENT = pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
GENERATED = re.compile(r"<!-- generated:[\w-]+ -->.*?<!-- /generated -->", re.DOTALL)


@pytest.fixture(scope="module")
def protocol() -> str:
    return PROTOCOL.read_text()


@pytest.fixture(scope="module")
def prose(protocol: str) -> str:
    """What people wrote in PROTOCOL_v2.md, without the tables."""
    return GENERATED.sub("", protocol)


@EVERY_DOCUMENT
def test_committed_tables_are_those_of_the_code(path: Path) -> None:
    text = path.read_text()

    assert rendered(text) == text, "run `python -m docs.tables`"


@EVERY_DOCUMENT
def test_generating_twice_changes_nothing(path: Path) -> None:
    once = rendered(path.read_text())

    assert rendered(once) == once


def test_every_table_has_its_place_in_one_document() -> None:
    places = [name for path in DOCUMENTS for _, name, _ in MARKED.findall(path.read_text())]

    assert sorted(places) == sorted(SECTIONS)


@pytest.mark.parametrize(("text", "status"), [("old", 1), ("right", 0)])
def test_check_tells_by_its_exit_code_and_writes_nothing(
    text: str, status: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = {
        "old": "<!-- generated:roles -->\nold\n<!-- /generated -->",
        "right": f"<!-- generated:roles -->\n{tables.roles()}\n<!-- /generated -->",
    }[text]
    path = tmp_path / "page.md"
    path.write_text(written)
    monkeypatch.setattr(tables, "ROOT", tmp_path)
    monkeypatch.setattr(tables, "DOCUMENTS", (path,))

    assert tables.main(["--check"]) == status

    assert path.read_text() == written


def test_writing_puts_the_tables_in_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "page.md"
    path.write_text("before\n<!-- generated:roles -->\nold\n<!-- /generated -->\nafter\n")
    monkeypatch.setattr(tables, "ROOT", tmp_path)
    monkeypatch.setattr(tables, "DOCUMENTS", (path,))

    assert tables.main([]) == 0

    assert path.read_text() == (
        f"before\n<!-- generated:roles -->\n{tables.roles()}\n<!-- /generated -->\nafter\n"
    )


def test_command_line_that_the_documents_name_works() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "docs.tables", "--check"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.returncode, done.stdout) == (0, "")


@pytest.mark.parametrize("code", [cls.code for cls in leaves()])
def test_error_code_is_documented(protocol: str, code: str) -> None:
    assert f"| `{code}` |" in protocol


@pytest.mark.parametrize("name", CLIENT_EVENTS)
def test_client_event_is_documented_with_its_body(protocol: str, name: str) -> None:
    assert f"| [`{name}`](#{name}) |" in protocol
    assert f"\n#### {name}\n" in protocol


@pytest.mark.parametrize("name", RELAY_EVENTS)
def test_relay_event_is_documented(protocol: str, name: str) -> None:
    assert f"\n| `{name}` |" in protocol


@pytest.mark.parametrize("model", Payload.__subclasses__(), ids=lambda model: model.__name__)
def test_payload_kind_is_documented(protocol: str, model: type[Payload]) -> None:
    assert f"\n#### {model.__name__}\n" in protocol
    assert f'| `kind` | `"{model.model_fields["kind"].default}"` |' in protocol


@pytest.mark.parametrize("role", Role)
def test_role_is_documented(protocol: str, role: Role) -> None:
    assert f"\n| `{role}` |" in protocol


@pytest.mark.parametrize("budget", Budget)
def test_budget_is_explained(prose: str, budget: Budget) -> None:
    assert f"`{budget}`" in prose


@pytest.mark.parametrize("name", Settings.model_fields)
def test_setting_is_documented_and_says_what_it_is_for(name: str) -> None:
    settings = (ROOT / "docs" / "settings.md").read_text()

    assert f"| `CLAWNET_{name.upper()}` |" in settings
    assert Settings.model_fields[name].description


def test_every_link_inside_the_protocol_leads_to_a_heading(protocol: str) -> None:
    headings = re.findall(r"^#+ (.+)$", protocol, re.MULTILINE)
    anchors = [re.sub(r"[^\w -]", "", heading).lower().replace(" ", "-") for heading in headings]
    links = re.findall(r"\]\(#([^)]+)\)", protocol)

    assert [link for link in links if link not in anchors] == []
    assert sorted(set(anchors)) == sorted(anchors)


@pytest.mark.parametrize(
    "promise",
    [
        "An ack without `ok` is no ack",
        "Identity and role come from the token alone",
        "An ack means stored",
        "Nothing is skipped silently",
        "A connection whose handshake names no `protocol`, or 1, speaks version 1",
    ],
)
def test_protocol_states_what_clients_rely_on(prose: str, promise: str) -> None:
    assert promise in prose


def test_minimal_client_fits_on_a_page(prose: str) -> None:
    block = re.search(r"## A minimal client\n+```\n(.*?)```", prose, re.DOTALL)

    assert block
    assert 10 <= len(block[1].splitlines()) <= 25
