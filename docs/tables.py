"""Writes the generated parts of PROTOCOL_v2.md and of docs/: `python -m docs.tables [--check]`."""

import argparse
import re
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

from pydantic import AliasChoices, BaseModel

from app.settings import Settings
from app.sockets.v1.incoming import EVENTS as V1_EVENTS
from app.sockets.v1.outgoing import TABLE as V1_PUSHES
from docs import commands
from docs.fields import brief_of, default_of, described, schema_of, table, table_of
from protocol import acks, addressing, payloads, pushes, requests, rooms, tasks, text
from protocol.errors import leaves
from protocol.events import CLIENT_EVENTS, RELAY_EVENTS
from protocol.messages import Message
from protocol.reliability import Cursor, Outbox, RetryPolicy
from protocol.roles import EVERYONE, Role
from protocol.v1 import ENDINGS, STATES, UNDER_WAY

ROOT = Path(__file__).parent.parent
DECISIONS = ROOT / "docs" / "decisions"
DOCUMENTS = (
    ROOT / "PROTOCOL_v2.md",
    ROOT / "docs" / "settings.md",
    ROOT / "docs" / "cli.md",
    DECISIONS / "README.md",
)
MARKED = re.compile(r"(<!-- generated:([\w-]+) -->\n).*?(<!-- /generated -->)", re.DOTALL)

OBJECTS: tuple[type[BaseModel], ...] = (
    rooms.Room,
    rooms.RoomProgress,
    tasks.Task,
    pushes.ServerInfo,
    pushes.Identity,
    pushes.Limits,
    requests.ClientInfo,
    requests.Resume,
    acks.TaskPlaced,
    acks.CommandInfo,
)
PATTERNS = {
    "agent id": addressing.AGENT_ID,
    "handle": addressing.HANDLE,
    "room name": addressing.ROOM_NAME,
    "message id": addressing.MESSAGE_ID,
}


def client_events() -> str:
    """Draw the requests: what they are for, what answers them, who may make them."""
    rows = [
        (f"[`{name}`](#{name})", event.does, _added(event.answer), _who(event.roles), f"`{event.budget}`")
        for name, event in CLIENT_EVENTS.items()
    ]
    return table(("event", "to", "ack adds", "who", "budget"), rows)


def client_bodies() -> str:
    """Draw the body of every request."""
    return _chapters((name, event.request) for name, event in CLIENT_EVENTS.items())


def answers() -> str:
    """Draw what each kind of ack adds."""
    used = dict.fromkeys(event.answer for event in CLIENT_EVENTS.values())
    return _chapters((model.__name__, model) for model in used if model.model_fields)


def relay_events() -> str:
    """Draw the pushes: when they come and whether they come again."""
    rows = [
        (f"`{name}`", event.does, "yes" if event.kept else "no", brief_of(event.body))
        for name, event in RELAY_EVENTS.items()
    ]
    return table(("event", "meaning", "sent again until acknowledged", "body"), rows)


def relay_bodies() -> str:
    """Draw the body of every push except the envelope, which has a section of its own."""
    others = {name: event for name, event in RELAY_EVENTS.items() if event.body is not Message}
    return _chapters((f"{name} (push)", event.body) for name, event in others.items())


def payload_kinds() -> str:
    """Draw the kinds of payload."""
    kinds = payloads.Payload.__subclasses__()
    return _chapters((model.__name__, model) for model in kinds if model.__module__ == payloads.__name__)


def error_codes() -> str:
    """Draw the codes of refusals."""
    rows = [
        (f"`{cls.code}`", str(cls.status), "yes" if cls.retryable else "no", str(cls.exit_code), _said(cls))
        for cls in leaves()
    ]
    return table(("code", "HTTP status", "retryable", "exit code", "meaning"), rows)


def roles() -> str:
    """Draw the roles with the requests that not everybody may make."""
    narrow = [event for event in CLIENT_EVENTS.values() if event.roles != EVERYONE]
    rows = []
    for role in Role:
        own = [f"`{event.name}`" for event in narrow if role in event.roles]
        rows.append((f"`{role}`", ", ".join(["every unrestricted event", *own])))
    return table(("role", "may send"), rows)


def names() -> str:
    """Draw the patterns of ids and names."""
    return table(("name", "pattern"), [(name, f"`{pattern}`") for name, pattern in PATTERNS.items()])


def limits() -> str:
    """Draw the limits that are the same on every relay, and the defaults of the SDK."""
    sender, reader = RetryPolicy(), Cursor(acked=0, live_from=0)
    rows = {
        "characters of one text message": f"{text.MAX_TEXT}",
        "bytes of one frame or REST body (UTF-8 JSON)": f"{text.MAX_PAYLOAD}",
        "nesting of lists and objects": f"{text.MAX_DEPTH}",
        "entries of one `chat_history` page": f"{requests.MAX_PAGE}",
        "characters of a task's output (a frame's bytes come first)": f"{tasks.MAX_OUTPUT}",
        "window: unacknowledged entries per room and connection, default": f"{reader.window}",
        "sender's first wait and longest wait": f"{sender.first:g} s and {sender.cap:g} s",
        "growth of a wait from try to try": f"factor {sender.factor:g}",
        "jitter of a wait": f"± {sender.jitter:.0%}",
        "messages that the SDK's outbox holds": f"{Outbox().limit}",
    }
    return table(("what", "limit"), rows.items())


def settings() -> str:
    """Draw the settings of the relay."""
    schema = schema_of(Settings)
    parts = schema.get("$defs", {})
    rows = [
        (f"`CLAWNET_{name.upper()}`", described(field, parts), default_of(name, field, schema), _meant(field))
        for name, field in schema["properties"].items()
    ]
    return table(("variable", "type", "default", "meaning"), rows)


def v1_incoming() -> str:
    """Draw what v1 clients send."""
    rows = [
        (f"`{name}`", event.does, _v1_body(event.request), _who(event.roles), f"`{event.budget}`")
        for name, event in V1_EVENTS.items()
    ]
    return table(("client sends", "to", "body", "who", "budget"), rows)


def v1_outgoing() -> str:
    """Draw what v1 clients hear in place of each push."""
    rows = [
        (f"`{name}`", row.does, ", ".join(f"`{each}`" for each in row.due) or "-")
        for name, row in V1_PUSHES.items()
    ]
    return table(("push of version 2", "v1 hears", "and soon, whole"), rows)


def v1_states() -> str:
    """Draw what v1 calls the states of tasks, both ways."""
    said: dict[str, list[str]] = {}
    for word, ending in ENDINGS.items():
        said.setdefault(ending, []).append(f"`{word}`")
    said["running"] = [f"`{word}`" for word in sorted(UNDER_WAY)]
    rows = [(f"`{state}`", f"`{word}`", ", ".join(said.get(state, ["-"]))) for state, word in STATES.items()]
    return table(("state", "v1 is told", "v1 may say, in any case"), rows)


def decisions() -> str:
    """Draw the index of the decisions."""
    pages = {page: page.read_text().splitlines()[0].removeprefix("# ") for page in DECISIONS.glob("0*.md")}
    rows = []
    for page, title in sorted(pages.items()):
        number, _, words = title.partition(". ")
        rows.append((number, f"[{words}]({page.name})"))
    return table(("", "decision"), rows)


def _v1_body(model: type[BaseModel]) -> str:
    fields = []
    for name, field in model.model_fields.items():
        names = field.validation_alias.choices if isinstance(field.validation_alias, AliasChoices) else [name]
        words = " or ".join(str(each) for each in ([field.alias] if field.alias else names))
        fields.append(words if field.is_required() else f"{words}?")
    return f"`{{{', '.join(fields)}}}`" if fields else "anything"


SECTIONS: dict[str, Callable[[], str]] = {
    "handshake": lambda: table_of(requests.Handshake),
    "envelope": lambda: _chapters([("Message", Message)]),
    "payloads": payload_kinds,
    "client-events": client_events,
    "client-bodies": client_bodies,
    "answers": answers,
    "relay-events": relay_events,
    "relay-bodies": relay_bodies,
    "objects": lambda: _chapters((model.__name__, model) for model in OBJECTS),
    "error-codes": error_codes,
    "roles": roles,
    "names": names,
    "limits": limits,
    "settings": settings,
    "decisions": decisions,
    "cli": commands.reference,
    "cli-exits": commands.exit_codes,
    "v1-incoming": v1_incoming,
    "v1-outgoing": v1_outgoing,
    "v1-states": v1_states,
}


def rendered(document: str) -> str:
    """Return a document with every generated part as it should be."""
    return MARKED.sub(lambda part: f"{part[1]}{SECTIONS[part[2]]()}\n{part[3]}", document)


def main(arguments: list[str] | None = None) -> int:
    """Write the tables, or with `--check` only tell which file is out of date."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="change nothing; exit 1 if a file differs")
    is_check = parser.parse_args(arguments).check
    stale = {path: new for path in DOCUMENTS if (new := rendered(old := path.read_text())) != old}
    for path, new in stale.items():
        sys.stdout.write(f"{path.relative_to(ROOT)} {'is out of date' if is_check else 'written'}\n")
        if not is_check:
            path.write_text(new)
    return int(is_check and bool(stale))


def _chapters(models: Iterable[tuple[str, type[BaseModel]]]) -> str:
    return "\n\n".join(f"#### {title}\n\n{_said(model)}\n\n{table_of(model)}" for title, model in models)


def _said(cls: type) -> str:
    return " ".join((cls.__doc__ or "").split())


def _meant(field: dict[str, str]) -> str:
    return field.get("description", "")


def _added(answer: type[BaseModel]) -> str:
    return f"[{answer.__name__}](#{answer.__name__.lower()})" if answer.model_fields else "-"


def _who(allowed: frozenset[Role]) -> str:
    return "everyone" if allowed == EVERYONE else ", ".join(role for role in Role if role in allowed)


if __name__ == "__main__":
    sys.exit(main())
