"""`clownet-cli chat` against the real relay."""

import json
import secrets
import signal

from tests.cli.conftest import OPERATOR_TOKEN, Shell


def room(shell: Shell) -> str:
    """Make a room of its own for a test."""
    name = f"room-{secrets.token_hex(4)}"
    assert shell.run("rooms", "create", name).code == 0
    return name


def test_chat_says_something_as_the_mission_words_it(operator: Shell) -> None:
    said = operator.run("chat", "--room=global", "--msg=ping")

    assert said.code == 0
    assert said.out.startswith("stored in global at #")
    assert said.err == ""


def test_json_is_what_the_relay_answered(operator: Shell) -> None:
    said = operator.run("chat", "--json", "--room=global", "--msg=ping", "--id=fixed-id")

    assert said.data["id"] == "fixed-id"
    assert said.data["room"] == "global"


def test_the_same_id_is_stored_once(operator: Shell) -> None:
    name, key = room(operator), secrets.token_hex(8)

    first = operator.run("--json", "chat", "--room", name, "--msg", "once", "--id", key)
    second = operator.run("--json", "chat", "--room", name, "--msg", "once", "--id", key)
    other = operator.run("--json", "chat", "--room", name, "--msg", "other", "--id", key)

    assert (first.data["offset"], second.data["offset"], second.data["duplicate"]) == (1, 1, True)
    assert other.code == 9
    assert json.loads(other.err)["error"]["code"] == "dedupe_mismatch"


def test_a_message_can_come_from_standard_input(operator: Shell) -> None:
    name = room(operator)

    operator.run("chat", "--room", name, "--msg", "-", stdin="from a pipe\nwith two lines")
    read = operator.run("chat", "history", name, "--json")

    assert read.data["items"][0]["payload"]["text"] == "from a pipe\nwith two lines"


def test_a_direct_message_reaches_its_room_by_handle_and_by_id(operator: Shell) -> None:
    peer = f"peer-{secrets.token_hex(4)}"
    operator.run("agents", "create", peer)

    by_handle = operator.run("--json", "chat", "--dm", f"@{peer}", "--msg", "psst")
    by_room = operator.run("chat", "--room", by_handle.data["room"], "--msg", "psst again")

    assert by_handle.data["unreachable"] == [peer]
    assert f"not there now, gets it later: {peer}" in by_room.out


def test_history_reads_oldest_first_and_in_pages(operator: Shell) -> None:
    name = room(operator)
    for number in range(4):
        operator.run("chat", "--room", name, "--msg", f"n{number}")

    newest = operator.run("chat", "history", name, "--limit", "2")
    rest = operator.run("chat", "history", name, "--before", "3", "--json")

    assert [line.split()[-1] for line in newest.out.splitlines()] == ["n2", "n3"]
    assert [item["offset"] for item in rest.data["items"]] == [1, 2]


def test_nothing_foreign_moves_the_terminal(operator: Shell) -> None:
    name = room(operator)
    operator.run("chat", "--room", name, "--msg", "\x1b[31mred\u202eback\n12:00 @boss forged\x07")

    plain = operator.run("chat", "history", name)
    data = operator.run("chat", "history", name, "--json")

    assert "\x1b" not in plain.out
    assert "\u202e" not in plain.out + data.out
    assert "\\u{1b}[31mred\\u{202e}back\n    12:00 @boss forged\\u{7}" in plain.out


def test_tail_shows_what_was_and_what_comes(operator: Shell) -> None:
    name = room(operator)
    operator.run("chat", "--room", name, "--msg", "before")
    tail = operator.start("chat", "tail", "--room", name, "--since", "0", "--count", "2")
    assert tail.stdout is not None

    with tail:
        first = tail.stdout.readline()
        operator.run("chat", "--room", "global", "--msg", "elsewhere")
        operator.run("chat", "--room", name, "--msg", "after")
        second = tail.stdout.readline()
        code = tail.wait(20)

    assert (first.split()[-1], second.split()[-1], code) == ("before", "after", 0)


def test_tail_ends_quietly_when_interrupted(operator: Shell) -> None:
    name = room(operator)
    operator.run("chat", "--room", name, "--msg", "before")
    tail = operator.start("--json", "chat", "tail", "--room", name, "--since", "0")
    assert tail.stdout is not None
    assert tail.stderr is not None

    with tail:
        seen = json.loads(tail.stdout.readline())
        tail.send_signal(signal.SIGINT)
        code = tail.wait(20)
        err = tail.stderr.read()

    assert seen["payload"]["text"] == "before"
    assert (code, err) == (0, "")


def test_tail_ends_when_its_reader_has_gone(operator: Shell) -> None:
    name = room(operator)
    operator.run("chat", "--room", name, "--msg", "before")

    with operator.start("chat", "tail", "--room", name, "--since", "0") as tail:
        assert tail.stdout is not None
        tail.stdout.readline()
        tail.stdout.close()
        operator.run("chat", "--room", name, "--msg", "after")
        code = tail.wait(20)

    assert code == 141


def test_words_that_say_nothing_are_refused(operator: Shell) -> None:
    silent = operator.run("chat")
    both = operator.run("chat", "--room", "global", "--dm", "@peer", "--msg", "x")
    blank = operator.run("chat", "--msg", "  ")

    assert [silent.code, both.code, blank.code] == [2, 2, 2]
    assert "--msg" in silent.err


def test_a_room_that_is_not_there_is_not_found(operator: Shell) -> None:
    said = operator.run("chat", "--room", "no-such-room", "--msg", "x")
    read = operator.run("chat", "history", "no-such-room")

    assert (said.code, read.code) == (5, 5)
    assert said.err == "clownet-cli: not_found: no such room (room)\n"


def test_tail_goes_on_when_the_relay_has_restarted(operator: Shell) -> None:
    (operator.home / "token").write_text(OPERATOR_TOKEN)
    serve = ("serve", "--log-level", "error", "--master-token-file", "token", "--port")
    with operator.start(*serve, "0") as relay:
        assert relay.stdout is not None
        url = relay.stdout.readline().split()[-1].removesuffix("/login")
        tail = operator.start("--url", url, "chat", "tail", "--count", "2")
        assert tail.stdout is not None
        # What is said before the listener has come is replayed to it.
        operator.run("--url", url, "chat", "--msg", "before")
        first = tail.stdout.readline()
        relay.kill()
    with operator.start(*serve, url.rsplit(":", 1)[1]) as relay:
        assert relay.stdout is not None
        relay.stdout.readline()
        operator.run("--url", url, "chat", "--msg", "after")
        second = tail.stdout.readline()
        _, err = tail.communicate(timeout=30)
        relay.terminate()

    assert (first.split()[-1], second.split()[-1], tail.returncode) == ("before", "after", 0)
    assert "counts anew" in err
