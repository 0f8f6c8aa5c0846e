"""What the command line is made of: safe text, the table of options, access, and retries."""

import io
import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typing_extensions import override

from app.settings import Settings
from cli import settings
from cli.access import Access, Given
from cli.exits import EXIT_CODES
from cli.messages import words_of
from cli.relay import Relay
from cli.rendering import Output, safe
from cli.serving import OPTIONS, SECRETS
from protocol.errors import Forbidden, RateLimited, Unavailable, leaves


@given(st.text())
def test_safe_text_is_printable(text: str) -> None:
    spelt = safe(text).replace("\N{ZERO WIDTH JOINER}", "").replace("\N{ZERO WIDTH NON-JOINER}", "")

    assert "\x1b" not in spelt
    assert spelt.splitlines() in ([], [spelt])


def test_safe_text_leaves_words_alone() -> None:
    assert safe("naïve 漢字 🦀 👩‍💻 — ok") == "naïve 漢字 🦀 👩‍💻 — ok"


def test_serve_has_an_option_for_every_setting() -> None:
    assert OPTIONS.keys() | SECRETS.keys() == Settings.model_fields.keys()


def test_every_code_has_its_own_exit_code() -> None:
    assert {error.code: error.exit_code for error in leaves()} == EXIT_CODES
    assert len(set(EXIT_CODES.values())) == len(EXIT_CODES)


def test_nearer_options_come_before_farther_ones() -> None:
    near, far = Given(url="http://near", as_json=True), Given(url="http://far", profile="work")

    assert near.over(far) == Given(url="http://near", profile="work", as_json=True)


@pytest.mark.parametrize(
    ("url", "is_exposed"),
    [
        ("http://relay.example:3000", True),
        ("https://relay.example", False),
        ("http://127.0.0.1:3000", False),
        ("http://[::1]:3000", False),
        ("http://localhost:3000", False),
        ("http://localhost.example:3000", True),
    ],
)
def test_a_token_that_travels_in_the_clear_is_noticed(url: str, is_exposed: bool) -> None:
    assert Access(url, "token").is_exposed is is_exposed


def test_a_message_of_a_later_protocol_is_named_not_guessed() -> None:
    assert words_of({"kind": "hologram"}) == "(unsupported: hologram)"
    assert words_of({"kind": "redaction", "reason": "spam"}) == "(deleted: spam)"


def test_a_table_on_a_terminal_is_drawn_without_markup() -> None:
    class Terminal(io.StringIO):
        @override
        def isatty(self) -> bool:
            return True

    terminal = Terminal()

    Output(as_json=False, out=terminal).table(["id"], [{"id": "[red]x[/red]\x1b"}])

    assert "[red]x[/red]\\u{1b}" in terminal.getvalue()


class Scripted(BaseHTTPRequestHandler):
    """Answers from a list, and keeps what was sent."""

    answers: list[tuple[int, str]]
    bodies: list[bytes]
    tags: list[str | None]

    def do_POST(self) -> None:
        """Answer the next of the list."""
        self.bodies.append(self.rfile.read(int(self.headers.get("Content-Length", 0))))
        self.tags.append(self.headers.get("If-Match"))
        status, body = self.answers.pop(0)
        self.send_response(status)
        self.send_header("ETag", f'"{len(self.tags)}"')
        self.end_headers()
        self.wfile.write(body.encode())

    do_GET = do_PUT = do_POST  # noqa: N815 - as the library calls them

    @override
    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def relay() -> Iterator[Relay]:
    Scripted.answers, Scripted.bodies, Scripted.tags = [], [], []
    server = ThreadingHTTPServer(("127.0.0.1", 0), Scripted)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    pauses: list[float] = []
    with Relay(Access(f"http://127.0.0.1:{server.server_port}", "t"), pause=pauses.append) as relay:
        yield relay
    server.shutdown()
    server.server_close()
    thread.join()


def test_a_message_is_sent_again_unchanged_until_it_is_taken(relay: Relay) -> None:
    busy = '{"code": "rate_limited", "detail": "slow", "retry_after": 1}'
    Scripted.answers = [(502, "<html>"), (429, busy), (201, '{"id": "m-1"}')]

    sent = relay.send({"id": "m-1", "text": "x"})

    assert sent == {"id": "m-1"}
    assert len(set(Scripted.bodies)) == 1
    assert len(Scripted.bodies) == 3


def test_a_refusal_for_good_is_not_tried_again(relay: Relay) -> None:
    Scripted.answers = [(403, '{"code": "forbidden", "detail": "not here"}')]

    with pytest.raises(Forbidden, match="not here"):
        relay.send({"id": "m-1"})


def test_the_last_try_is_the_last(relay: Relay) -> None:
    Scripted.answers = [(503, "")] * 4 + [(429, '{"code": "rate_limited", "detail": "slow"}')]

    with pytest.raises(RateLimited):
        relay.send({"id": "m-1"})


def test_an_answer_that_is_not_json_is_no_relay(relay: Relay) -> None:
    Scripted.answers = [(200, "<html>welcome</html>")]

    with pytest.raises(Unavailable, match="no ClawNet relay"):
        relay.post("rooms")


def test_a_setting_is_changed_anew_if_another_was_changed_meanwhile(relay: Relay) -> None:
    def page(loops: int) -> tuple[int, str]:
        kept = {"name": "loop_limit", "value": loops, "changed": True, "changeable": True}
        mine = {"name": "keep_days", "value": 30, "changed": False, "changeable": True}
        return 200, json.dumps({"items": [kept, mine]})

    late = (412, '{"code": "conflict", "detail": "changed meanwhile"}')
    Scripted.answers = [page(1), late, page(2), page(2)]

    settings._changed(relay, "keep_days", 7)

    assert Scripted.tags == [None, '"1"', None, '"3"']
    assert json.loads(Scripted.bodies[-1]) == {"loop_limit": 2, "keep_days": 7}
