"""`clownet-cli doctor`: it finds what is wrong, says what to do, and changes nothing."""

import socket
import sqlite3
from pathlib import Path

import pytest

from cli import checkup, visiting
from cli.findings import Finding, State
from tests.cli.conftest import Shell


def states(shell: Shell, *words: str) -> tuple[int, dict[str, str]]:
    done = shell.run("doctor", *words, "--json")
    return done.code, {row["check"]: row["state"] for row in done.data}


def test_a_relay_that_works_is_found_well(operator: Shell) -> None:
    code, found = states(operator, "--only", "relay")

    assert code == 0
    assert {name: found[name] for name in ("tls", "relay", "clock", "token", "socket")} == dict.fromkeys(
        ("tls", "relay", "clock", "token", "socket"), "ok"
    )


def test_a_relay_that_is_not_there_is_a_fault(operator: Shell) -> None:
    code, found = states(operator, "--only", "relay", "--url", "http://127.0.0.1:9")

    assert (code, found["relay"]) == (21, "fault")


def test_a_token_that_is_none_is_a_fault(nobody: Shell) -> None:
    nobody.env["CLAWNET_TOKEN"] = "clw_nobody_nothing"

    code, found = states(nobody, "--only", "relay")

    assert (code, found["token"], found["socket"]) == (21, "fault", "fault")


def test_what_is_no_relay_is_a_fault(operator: Shell) -> None:
    code, found = states(operator, "--only", "relay", "--url", operator.env["CLAWNET_URL"] + "/api")

    assert (code, found["relay"]) == (21, "fault")


def test_settings_are_checked_where_one_stands(
    operator: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    operator.env |= {"CLAWNET_STORE": "sqlite:here.db", "CLAWNET_PORT": "0"}

    code, found = states(operator, "--only", "settings")

    assert code == 0
    assert set(found.values()) == {"ok"}
    assert list(tmp_path.rglob("*.db")) == []


def test_a_setting_that_is_none_is_a_fault_with_its_name(operator: Shell) -> None:
    operator.env["CLAWNET_PORT"] = "many"

    done = operator.run("doctor", "--only", "settings")

    assert done.code == 21
    assert "(port)" in done.out


def test_a_port_in_use_and_one_that_is_free() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        number = taken.getsockname()[1]
        assert checkup.port("127.0.0.1", number).state is State.DOUBT
    assert checkup.port("127.0.0.1", number).state is State.GOOD
    assert checkup.port("host.invalid", 3000).state is State.DOUBT


def test_stores_are_looked_at_and_not_touched(tmp_path: Path) -> None:
    broken, whole, elsewhere = tmp_path / "broken.db", tmp_path / "whole.db", tmp_path / "a" / "b.db"
    broken.write_bytes(b"this is no database, whatever its name says" * 100)
    with sqlite3.connect(whole) as database:
        database.execute("CREATE TABLE t (x)")
    database.close()

    found = {
        "memory": checkup.store("memory").state,
        "broken": checkup.store(f"sqlite:{broken}").state,
        "whole": checkup.store(f"sqlite:{whole}").state,
        "new": checkup.store(f"json:{elsewhere}").state,
        "none": checkup.store("floppy:a").state,
        "away": checkup.store("postgresql://user:secret@127.0.0.1:9/x").state,
        "odd": checkup.store("postgresql://host:port/x").state,
    }

    assert found == {
        "memory": State.DOUBT,
        "broken": State.FAULT,
        "whole": State.GOOD,
        "new": State.GOOD,
        "none": State.FAULT,
        "away": State.FAULT,
        "odd": State.FAULT,
    }
    assert not elsewhere.parent.exists()


def test_no_password_is_shown() -> None:
    assert "secret" not in str(checkup.store("postgresql://user:secret@127.0.0.1:9/x"))


def test_a_data_folder_that_others_can_read_is_noticed(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    open_to_all = checkup.folder(tmp_path).state
    tmp_path.chmod(0o700)

    assert (open_to_all, checkup.folder(tmp_path).state) == (State.DOUBT, State.GOOD)


def test_exposure_names_what_is_open() -> None:
    closed = list(checkup.exposure("127.0.0.1", [], has_shared=False))
    opened = list(checkup.exposure("0.0.0.0", [], has_shared=True))  # noqa: S104 - the very thing to notice

    assert (len(closed), len(opened)) == (0, 2)


def test_tokens_in_the_clear_are_a_fault() -> None:
    assert visiting.encryption("http://relay.example").state is State.FAULT
    assert visiting.encryption("https://127.0.0.1:9").state is State.FAULT
    assert visiting.encryption("http://127.0.0.1:3000").state is State.GOOD


def test_a_finding_is_a_row() -> None:
    assert Finding("tls", State.GOOD, "fine").row() == {
        "check": "tls",
        "state": "ok",
        "found": "fine",
        "advice": "",
    }
