"""Rooms, agents, presence, login and the shared options, against the real relay."""

import json
import secrets
import stat
import subprocess
import sys

import pytest

from protocol.errors import leaves
from tests.cli.conftest import OPERATOR_TOKEN, ROOT, Shell

SERVER = {"app", "storage", "components", "nicegui", "fastapi", "socketio", "httpx", "rich"}


def test_rooms_are_made_listed_entered_and_left(operator: Shell) -> None:
    name, guest = f"room-{secrets.token_hex(4)}", f"guest-{secrets.token_hex(4)}"
    token = operator.run("agents", "create", guest, "--json").data["token"]
    visitor = Shell(operator.home, CLAWNET_URL=operator.env["CLAWNET_URL"], CLAWNET_TOKEN=token)

    made = operator.run("rooms", "create", name, "--topic", "work")
    again = operator.run("rooms", "create", name)
    joined = visitor.run("rooms", "join", name, "--json")
    left = visitor.run("rooms", "leave", name)
    listed = operator.run("rooms", "--json")

    assert (made.code, again.code, left.code) == (0, 8, 0)
    assert joined.data["members"] == ["operator", guest]
    assert ("work", 1) in [
        (room["topic"], len(room["members"])) for room in listed.data if room["id"] == name
    ]


def test_lists_in_a_pipe_are_tab_separated(operator: Shell) -> None:
    rooms = operator.run("rooms", "list")

    assert rooms.out.splitlines()[0].split("\t")[:3] == ["global", "global", "public"]


def test_agents_are_enrolled_by_masters_only(operator: Shell) -> None:
    worker = f"worker-{secrets.token_hex(4)}"

    made = operator.run("agents", "create", worker, "--handle", worker.upper(), "--role", "warden")
    token = made.out.strip()
    visitor = Shell(operator.home, CLAWNET_URL=operator.env["CLAWNET_URL"], CLAWNET_TOKEN=token)
    refused = visitor.run("agents", "create", "another")
    twice = operator.run("agents", "create", worker)
    listed = operator.run("agents", "list", "--json")

    assert token.startswith("clw_")
    assert (refused.code, twice.code) == (4, 6)
    assert [agent["role"] for agent in listed.data if agent["id"] == worker] == ["warden"]


def test_presence_shows_everyone(operator: Shell) -> None:
    there = operator.run("presence")

    assert any(line.startswith("operator\toperator\tmaster\t") for line in there.out.splitlines())


def test_a_login_is_kept_for_its_owner_only(nobody: Shell, relay_url: str) -> None:
    before = nobody.run("rooms")
    login = nobody.run("login", "--profile", "work", stdin=OPERATOR_TOKEN + "\n")
    after = nobody.run("rooms", "--profile", "work")
    kept = nobody.home / "clawnet" / "work.json"

    assert (before.code, login.code, after.code) == (3, 0, 0)
    assert OPERATOR_TOKEN not in login.out + login.err
    assert json.loads(kept.read_text())["url"] == relay_url
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert stat.S_IMODE(kept.parent.stat().st_mode) == 0o700


def test_a_token_file_serves_as_well(nobody: Shell) -> None:
    (nobody.home / "token").write_text(OPERATOR_TOKEN + "\n")

    by_file = nobody.run("--token-file", str(nobody.home / "token"), "rooms")
    by_pipe = nobody.run("rooms", "--token-file", "-", stdin=OPERATOR_TOKEN)
    missing = nobody.run("rooms", "--token-file", str(nobody.home / "nowhere"))

    assert (by_file.code, by_pipe.code, missing.code) == (0, 0, 2)


def test_a_kept_token_goes_to_its_own_relay_only(nobody: Shell) -> None:
    nobody.run("login", stdin=OPERATOR_TOKEN)

    elsewhere = nobody.run("--url", "http://127.0.0.1:9", "rooms")

    assert elsewhere.code == 3
    assert "no token for http://127.0.0.1:9" in elsewhere.err


def test_a_login_that_others_can_read_is_not_used(nobody: Shell) -> None:
    nobody.run("login", stdin=OPERATOR_TOKEN)
    (nobody.home / "clawnet" / "default.json").chmod(0o644)

    refused = nobody.run("rooms")

    assert refused.code == 2
    assert "others can read" in refused.err


def test_a_wrong_token_is_not_kept(nobody: Shell) -> None:
    refused = nobody.run("login", stdin="clw_wrong_token\n")

    assert refused.code == 3
    assert not (nobody.home / "clawnet").exists()


@pytest.mark.parametrize(
    "words", [("rooms",), ("chat", "tail", "--within", "0.2"), ("login",)], ids=lambda words: words[0]
)
def test_an_unreachable_relay_is_unavailable(operator: Shell, words: tuple[str, ...]) -> None:
    result = operator.run("--url", "http://127.0.0.1:9", *words)

    assert result.code == 14
    assert "Traceback" not in result.err
    assert result.err.splitlines()[-1].startswith("clownet-cli: unavailable: ")


def test_what_is_no_relay_is_said_so(operator: Shell) -> None:
    result = operator.run("--url", operator.env["CLAWNET_URL"] + "/api/v1/ping", "rooms")

    assert result.code == 5


@pytest.mark.parametrize("url", ["ftp://host", "host:3000", "http://user:word@host"])
def test_urls_that_are_none_are_refused(operator: Shell, url: str) -> None:
    assert operator.run("--url", url, "rooms").code == 2


def test_help_names_every_exit_code(nobody: Shell) -> None:
    text = " ".join(nobody.run("chat", "--help").out.split())

    for error in leaves():
        assert f"{error.exit_code} {error.code}" in text


def test_a_port_in_use_is_said_in_one_line(nobody: Shell, relay_url: str) -> None:
    result = nobody.run("serve", "--port", relay_url.rsplit(":", 1)[1])

    assert result.code == 14
    assert len(result.err.splitlines()) == 1


def test_a_setting_that_is_none_is_refused(nobody: Shell) -> None:
    assert nobody.run("serve", "--port", "many").code == 2


def test_the_version_is_told(nobody: Shell) -> None:
    assert nobody.run("version", "--json").data.keys() == {"version"}


def test_the_command_line_loads_nothing_of_the_server() -> None:
    program = "import sys, cli.main; print(*{name.partition('.')[0] for name in sys.modules})"
    loaded = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )

    assert SERVER.isdisjoint(loaded.stdout.split())


def test_reader_that_goes_away_ends_a_command_quietly(operator: Shell) -> None:
    with operator.start("rooms", "list") as listing:
        assert listing.stdout is not None
        assert listing.stderr is not None
        listing.stdout.close()
        said = listing.stderr.read()

    assert (listing.returncode, said) == (141, "")


def test_tasks_are_the_same_json_in_a_list_and_alone(operator: Shell) -> None:
    guest = f"guest-{secrets.token_hex(4)}"
    operator.run("agents", "create", guest)
    (made,) = operator.run("tasks", "dispatch", "status", "--to", guest, "--json").data

    listed = operator.run("tasks", "list", "--to", guest, "--json").data

    assert listed == [operator.run("tasks", "show", made["id"], "--json").data]


def test_audit_begins_with_the_newest_unless_told_otherwise(operator: Shell) -> None:
    newest = operator.run("audit", "list", "-n", "2", "--json").data
    first = operator.run("audit", "list", "-n", "2", "--after", "0", "--json").data

    assert [record["seq"] for record in first] == [1, 2]
    assert newest[-1]["seq"] > 2


def test_version_can_be_asked_for_as_everywhere(nobody: Shell) -> None:
    assert nobody.run("--version").out == nobody.run("version").out


def test_profile_that_is_not_there_is_named(nobody: Shell) -> None:
    missed = nobody.run("rooms", "--profile", "nowhere")

    assert missed.code == 3
    assert "there is no profile nowhere" in missed.err
