"""Nothing that agents or strangers can fill grows without end: each collection has a cap, and a test of it.

A collection that is kept in an object and has no row here fails this module. A row names the test that fills
it until something is refused or gives way, or says as many as what it holds.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
SEARCHED = ("app/**/*.py", "components/**/*.py", "storage/memory*.py", "storage/json_file/*.py")
MAKERS = {"dict", "set", "list", "deque", "OrderedDict", "defaultdict", "Counter"}

ROOMS = "tests/app/services/test_rooms.py::test_rooms_that_people_make_are_bounded_and_dms_are_not_counted"
OWNED = "tests/app/services/test_rooms.py::test_rooms_of_one_owner_are_bounded"
LINKS = "e2e/test_security_floods.py::test_connections_are_bounded_per_agent_per_address_and_while_nameless"
PER_ADDRESS = "tests/app/sockets/test_quota.py::test_address_holds_as_many_links_as_it_may_and_no_more"
NAMELESS = (
    "tests/app/sockets/test_quota.py"
    "::test_links_that_wait_to_say_who_they_are_are_bounded_whatever_their_address"
)
HANDLES = "tests/app/services/test_handles.py::test_agent_takes_so_many_handles_a_month_and_no_more"
VALID_TOKENS = "tests/app/services/test_credentials.py::test_number_of_tokens_is_bounded"
ENDED_TOKENS = (
    "tests/app/services/test_credentials_ending.py"
    "::test_of_the_tokens_that_were_exchanged_the_newest_are_kept"
)
QUEUE = "tests/app/test_journal.py::test_full_queue_refuses_with_the_time_to_wait"
AGENTS = "as many as agents, which masters let in"
KEPT = "as many as there are on disk: messages of 30 days, and what directories hold"

RECENT = "tests/app/delivery/test_recent.py::test_number_and_text_are_bounded"
CHAINS = "tests/app/services/test_loopguard.py::test_memory_is_bounded"
OPEN_TASKS = "tests/app/services/tasks/test_service.py::test_agent_has_so_much_to_do_and_no_more"
KNOWN_TASKS = "tests/components/test_known_tasks.py::test_the_oldest_ended_tasks_are_forgotten"
ENDED_TASKS = "tests/app/services/tasks/test_book.py::test_ended_tasks_go_the_oldest_first_and_open_ones_stay"

BOUNDS: dict[str, str | tuple[str, ...]] = {
    "app/delivery/connections.py taken": "as many as a window of the inbox",
    "app/logs.py _lines": "tests/app/test_logs.py::test_newest_lines_are_kept_and_older_ones_forgotten",
    "app/services/commands.py _announced": (
        AGENTS,
        "tests/app/services/test_commands.py::test_agent_announces_so_many_and_no_more",
    ),
    "app/services/credentials.py _holders": AGENTS,
    "app/services/loopguard.py _chains": CHAINS,
    "app/services/loopguard.py answered_by": CHAINS,
    "app/services/loopguard.py answers": CHAINS,
    "app/services/loopguard.py said": CHAINS,
    "app/services/loopguard.py _waiting": CHAINS,
    "app/services/loopguard.py held": CHAINS,
    "app/services/pausing.py _paused": AGENTS,
    "app/services/relay_commands.py _answers": (
        "tests/app/services/test_relay_commands.py::test_answers_for_repeats_are_bounded"
    ),
    "app/services/saved.py _lines": (
        "tests/app/services/test_saved.py::test_there_are_so_many_and_no_more_even_at_once"
    ),
    "app/services/runtime_settings.py _changes": "as many as settings that can be changed",
    "app/services/search.py found": (
        "tests/app/services/test_search.py::test_one_call_looks_at_so_much_and_no_more"
    ),
    "app/services/shared_secret.py _used": AGENTS,
    "app/services/tasks/book.py _ended": ENDED_TASKS,
    "app/services/tasks/book.py _forgotten": "as many as tasks that ended in the last second",
    "app/services/tasks/book.py _groups": (OPEN_TASKS, ENDED_TASKS),
    "app/services/tasks/book.py _open": OPEN_TASKS,
    "app/services/telemetry.py _minutes": (
        AGENTS,
        "tests/app/services/test_telemetry.py::test_an_hour_is_kept_a_sample_a_minute",
    ),
    "app/services/telemetry.py _pictures": AGENTS,
    "app/services/telemetry.py _samples": (
        AGENTS,
        "tests/app/services/test_telemetry.py::test_shares_are_kept_so_many_and_no_more",
    ),
    "app/services/telemetry.py sections": "as many as sections of a report",
    "app/services/views.py _views": "tests/app/services/test_views.py::test_there_are_so_many_and_no_more",
    "app/sockets/v1/bulletins.py _readers": LINKS,
    "app/sockets/v1/bulletins.py due": "as many as lists that v1 has",
    "app/sockets/v1/orders.py _held": OPEN_TASKS,
    "app/sockets/v1/orders.py _sessions": LINKS,
    "app/sockets/v1/traffic.py _there": AGENTS,
    "app/sockets/v1/traffic.py _waiting": "as many as the length of the queue, which lets the oldest go",
    "app/sockets/v1/wire.py _under_way": "as many as a link's window",
    "app/background.py _tasks": ("as many as links and what waits for the journal", LINKS, QUEUE),
    "app/tally.py disconnects": "as many as reasons that the relay knows",
    "app/tally.py limited": "as many as doors",
    "app/tally.py refusals": "as many as codes of errors",
    "app/tally.py resumes": "as many as a return has outcomes: two",
    "app/bus.py _ears": "as many as services and open pages of the console",
    "app/bus.py _listeners": "as many as kinds of facts, each with as many as services and open pages",
    "app/bus.py _settled": "as many as services",
    "app/delivery/connections.py _by_agent": LINKS,
    "app/delivery/gathering.py _gathered": "as many as agents",
    "app/delivery/wire.py _batches": "as many as dialects",
    "app/delivery/connections.py _by_id": LINKS,
    "app/delivery/connections.py _by_room": LINKS,
    "app/delivery/connections.py cursors": "as many as rooms of the agent",
    "app/delivery/connections.py open_rooms": "as many as rooms of the agent",
    "app/delivery/progress.py _moved": (
        "as many as rooms of agents that acknowledged something in the last second",
        "tests/app/delivery/test_progress.py::test_notes_of_a_deleted_room_are_forgotten_with_it",
    ),
    "app/delivery/streams.py _lingering": AGENTS,
    "app/delivery/streams.py _open": "tests/app/delivery/test_streams.py::test_streams_are_bounded",
    "app/delivery/stream.py live_from": "as many as rooms of the agent",
    "app/delivery/stream.py offsets": "as many as rooms of the agent",
    "app/delivery/stream.py _signals": (
        "tests/app/delivery/test_signals.py::test_stream_that_is_not_read_keeps_the_newest_signals"
    ),
    "app/delivery/tail.py _entries": (
        "tests/app/delivery/test_tail.py::test_so_many_are_kept_and_no_more",
        "tests/app/delivery/test_tail.py::test_so_many_bytes_are_kept_and_no_more",
    ),
    "app/journal.py _queue": QUEUE,
    "app/rest/windows.py _windows": (
        "tests/app/rest/test_windows.py::test_throttle_remembers_so_many_addresses_and_no_more"
    ),
    "app/services/admission.py _waiting": (
        "tests/app/services/test_admission.py"
        "::test_number_of_who_wait_is_bounded_until_the_first_are_forgotten",
        "tests/app/services/test_admission.py::test_one_address_can_not_fill_all_places",
    ),
    "app/services/credentials.py _closed": "as many as tokens",
    "app/services/credentials.py _tokens": (VALID_TOKENS, ENDED_TOKENS),
    "app/services/credentials.py _used": "as many as tokens",
    "app/services/handles.py _bearers": HANDLES,
    "app/services/handles.py _history": HANDLES,
    "app/services/identity.py _agents": AGENTS,
    "app/services/limits.py _buckets": (
        "tests/app/services/test_limits.py::test_number_of_buckets_is_bounded_and_the_unused_go_first"
    ),
    "app/services/presence.py _attendances": AGENTS,
    "app/services/presence.py connections": LINKS,
    "app/services/rooms.py _of_agent": (ROOMS, OWNED),
    "app/services/rooms.py _rooms": (
        ROOMS,
        OWNED,
        "tests/app/services/test_rooms.py::test_full_room_takes_nobody",
        "as many as pairs of agents, beside those that people make",
    ),
    "app/sockets/quota.py _address_of": (PER_ADDRESS, NAMELESS),
    "app/sockets/quota.py _links": (PER_ADDRESS, NAMELESS),
    "app/sockets/quota.py _unidentified": NAMELESS,
    "app/sockets/sessions.py _by_id": LINKS,
    "app/sockets/transport.py _connections": (
        PER_ADDRESS,
        "tests/app/sockets/test_transport.py::test_connections_that_come_and_go_leave_nothing_behind",
    ),
    "app/delivery/engine.py _posted_in": "as many as rooms that one commit posted in",
    "app/delivery/recent.py _kept": RECENT,
    "app/delivery/recent.py _tails": (
        RECENT,
        "tests/app/delivery/test_recent.py::test_rooms_share_the_bounds",
    ),
    "app/delivery/recent.py batches": "tests/app/delivery/test_recent.py::test_batches_are_bounded",
    "app/delivery/recent.py fresh": "as many as one commit posted in a room",
    "app/delivery/recent.py packets": RECENT,
    "app/delivery/recent.py runs": "as many as versions of the protocol",
    "app/delivery/recent.py sizes": RECENT,
    "app/edge/direct.py frames": "as many as frames of one message, which uvicorn bounds",
    "app/sockets/lean.py _heard": "tests/app/sockets/test_lean.py::test_who_sends_too_much_is_not_read",
    "app/sockets/outgoing.py _frames": (
        "e2e/test_slow_reader.py::test_a_stopped_reader_costs_little_is_cut_off_and_gets_what_is_kept",
        "e2e/test_slow_reader.py::test_a_client_that_asks_without_reading_costs_little_and_is_cut_off",
    ),
    "components/desk.py _expiring": AGENTS,
    "components/chronicle.py _records": "as many as one search of the trail returns, `RECORDS`",
    "components/panels/logs.py _shown": "as many as lines that are shown at once, `KEPT`",
    "components/feed.py _waiting": "as many as facts of a tenth of a second",
    "components/happenings.py _there": AGENTS,
    "components/known_tasks.py said": KNOWN_TASKS,
    "components/known_tasks.py tasks": KNOWN_TASKS,
    "components/session.py _clients": "as many as pages: those that no browser opens end after a minute",
    "components/session.py _sessions": (
        "tests/components/test_session.py::test_the_least_used_session_gives_way"
    ),
    "components/state.py agents": AGENTS,
    "components/state.py presence": AGENTS,
    "components/state.py rooms": (
        ROOMS,
        "tests/components/test_state.py::test_a_room_that_was_deleted_is_gone",
    ),
    "components/state.py typing": "tests/components/test_state.py::test_a_room_that_was_deleted_is_gone",
    "components/throttle.py _seen": "tests/components/test_throttle.py::test_the_oldest_address_gives_way",
    "components/unread.py _waiting": "tests/components/test_unread.py::test_the_count_of_a_room_is_bounded",
    "components/unread.py marks": "as many as rooms that one page of the console was shown",
    "components/signs.py _told": AGENTS,
    "components/vitals.py _acted": AGENTS,
    "components/vitals.py _gone": AGENTS,
    "components/vitals.py _returns": (
        AGENTS,
        "tests/components/test_vitals.py::test_returns_of_the_last_ten_minutes_are_counted_and_bounded",
    ),
    "components/views/elements.py _shown": "as many as names of what is drawn",
    "storage/json_file/index.py audit": KEPT,
    "storage/json_file/index.py cursors": KEPT,
    "storage/json_file/index.py ids": KEPT,
    "storage/json_file/index.py keys": KEPT,
    "storage/json_file/index.py lines": KEPT,
    "storage/json_file/index.py logs": KEPT,
    "storage/json_file/index.py orphans": KEPT,
    "storage/json_file/index.py things": KEPT,
    "storage/json_file/index.py tombstones": KEPT,
    "storage/memory.py _agents": AGENTS,
    "storage/memory.py _cursors": "as many as rooms of agents",
    "storage/memory.py _handle_records": HANDLES,
    "storage/memory.py _handles": AGENTS,
    "storage/memory.py _logs": ROOMS,
    "storage/memory.py _rooms": ROOMS,
    "storage/memory.py _settings": "as many as settings",
    "storage/memory.py _tasks": (OPEN_TASKS, ENDED_TASKS),
    "storage/memory.py _tokens": (VALID_TOKENS, ENDED_TOKENS),
    "storage/memory_audit.py _lines": (
        "tests/storage/test_memory_audit.py::test_store_keeps_so_many_records_and_no_more"
    ),
    "storage/memory_log.py _entries": (
        "tests/storage/test_contract_retention.py::test_count_cap_lets_the_oldest_go",
        "tests/storage/test_contract_retention.py::test_byte_cap_lets_the_oldest_go",
    ),
    "storage/memory_log.py _of_sender": (
        "tests/storage/test_memory.py::test_dedupe_keys_of_a_sender_are_bounded_and_the_newest_stay"
    ),
}
# Beside our own: what the library under the sockets keeps of links.
LIBRARIES = ("tests/app/sockets/test_transport.py::test_links_that_come_and_go_leave_nothing_behind",)


def proofs() -> list[str]:
    """Return everything that the rows say."""
    rows = [(row,) if isinstance(row, str) else row for row in BOUNDS.values()]
    return sorted({words for row in rows for words in row} | set(LIBRARIES))


def is_collection(value: ast.expr | None) -> bool:
    """Tell whether an attribute begins as an empty collection."""
    match value:
        case ast.Dict(keys=[]) | ast.List(elts=[]):
            return True
        case ast.Call(func=ast.Name(id=name)) if name in MAKERS:
            return True
        case ast.Call(func=ast.Name(id="field"), keywords=keywords):
            return any(_makes_a_collection(keyword.value) for keyword in keywords)
        case _:
            return False


def _makes_a_collection(factory: ast.expr) -> bool:
    names = {node.id for node in ast.walk(factory) if isinstance(node, ast.Name)}
    return bool(names & {*MAKERS, "array"}) or any(isinstance(node, ast.Dict) for node in ast.walk(factory))


def collections_in(source: str) -> Iterator[str]:
    """Name the collections that the objects of a module keep."""
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Assign | ast.AnnAssign) or not is_collection(node.value):
            continue
        target = node.targets[0] if isinstance(node, ast.Assign) else node.target
        is_field = isinstance(node.value, ast.Call) and ast.unparse(node.value.func) == "field"
        if isinstance(target, ast.Attribute) or is_field:
            yield target.attr if isinstance(target, ast.Attribute) else ast.unparse(target)


def test_every_collection_has_a_cap() -> None:
    modules = [path for pattern in SEARCHED for path in ROOT.glob(pattern)]
    found = {
        f"{path.relative_to(ROOT).as_posix()} {name}"
        for path in modules
        for name in collections_in(path.read_text())
    }

    assert sorted(found - BOUNDS.keys()) == []
    assert sorted(BOUNDS.keys() - found) == []


@pytest.mark.parametrize("proof", proofs())
def test_cap_is_tested_or_follows_from_another(proof: str) -> None:
    if proof.startswith("as many as "):
        return
    module, _, test = proof.partition("::")
    assert re.search(rf"^(async )?def {test}\(", (ROOT / module).read_text(), re.MULTILINE), proof


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("self._new: dict[str, int] = {}", ["_new"]),
        ("self._new = deque(maxlen=10)", ["_new"]),
        ("new: set[str] = field(default_factory=set)", ["new"]),
        ("new: int = field(default=0)", []),
        ("self._new = 1", []),
        ("new = {}", []),
    ],
)
def test_collection_is_known_by_how_it_begins(line: str, found: list[str]) -> None:
    assert list(collections_in(line)) == found
