"""The tree keeps its shape: tests mirror modules, files stay small, names stay specific, nothing leaks in."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
MIRRORED = ("protocol", "storage", "app")
MAX_MODULE = 300
MAX_FUNCTION = 40
# A test may tell a longer story than the code that it is about.
STORIES = ("tests", "e2e", "bench")
MAX_STORIES = 560
MAX_STORY = 70
GENERIC = {"utils", "helpers", "common", "misc", "manager", "base"}
FOREIGN = {".git", ".venv", "node_modules", "__pycache__", "build", "dist", "evidence"}
CACHES = re.compile(r"^\.(\w+_cache|hypothesis|nicegui)$|\.egg-info$")
# Written in two parts so that this file does not hold what it looks for.
MACHINE_PATH = re.compile(b"/wo" + rb"rk/\w")
# A lock names versions and hashes and no host, not even the page of a sponsor.
HOST = re.compile(rb"https?://|index-url|find-links|trusted-host")

# Modules without a test module of their own name, and why; a reason may begin with the test that covers it.
TESTED_ELSEWHERE: dict[str, str] = {
    "app/actor.py": "a record without behaviour",
    "app/coordination.py": "tests/app/services/test_slash.py and all others that type commands",
    "app/delivery/building.py": "tests/app/test_core.py and all others that build a core",
    "app/delivery/connections.py": "tests/app/delivery/test_pushing.py",
    "app/delivery/engine.py": "tests/app/delivery/test_resuming.py and its neighbours, one for each duty",
    "app/delivery/stream.py": "tests/app/delivery/test_streams.py",
    "app/delivery/farewells.py": "tests/app/delivery/test_retrying.py and e2e/test_security_cutoff.py",
    "app/delivery/pace.py": "tests/app/delivery/test_retrying.py",
    "app/delivery/wire.py": "tests/app/delivery/test_pushing.py",
    "app/keeping.py": "tests/app/test_core.py and all others that build a core",
    "app/doors.py": "tests/app/test_measuring.py and all that ask over REST",
    "app/edge/server.py": "e2e/test_events.py",
    "app/events.py": "records without behaviour",
    "app/rest/api.py": "tests/app/rest/test_problems.py",
    "app/rest/audit.py": "e2e/test_security_audit.py",
    "app/rest/examples.py": "tests/app/rest/test_openapi.py",
    "app/rest/auth.py": "tests/app/rest/test_problems.py",
    "app/rest/logs.py": "tests/app/test_authority.py",
    "app/rest/moving.py": "e2e/test_persistence.py",
    "app/rest/persistence.py": "e2e/test_persistence.py",
    "app/rest/upkeep.py": "tests/app/test_authority.py",
    "app/rest/tokens.py": "tests/app/test_authority.py",
    "app/rest/waiting.py": "tests/app/rest/test_rooms.py and tests/app/rest/test_tasks.py",
    "app/metrics.py": "tests/app/test_measuring.py",
    "app/rest/measured.py": "tests/app/test_measuring.py",
    "app/rest/metrics.py": "tests/app/test_measuring.py",
    "app/restoring.py": "e2e/test_persistence.py",
    "app/services/moving.py": "e2e/test_persistence.py",
    "app/services/notices.py": "tests/app/services/test_loopguard.py",
    "app/sockets/handlers.py": "tests/app/sockets/test_dispatch.py",
    "app/sockets/v1/bodies.py": "tests/app/sockets/v1/test_incoming.py",
    "app/sockets/v1/building.py": "tests/app/sockets/v1/test_dialect.py",
    "protocol/admissions.py": "a record without behaviour",
    "storage/json_file/compacting.py": "tests/storage/json_file/test_rewriting.py",
    "storage/json_file/engine.py": "tests/storage/test_contract.py",
    "storage/json_file/entries.py": "tests/storage/test_contract.py",
    "storage/json_file/index.py": "tests/storage/test_contract_reading.py",
    "storage/json_file/loading.py": "tests/storage/test_contract.py",
    "storage/json_file/moment.py": "tests/storage/test_contract.py",
    "storage/ports.py": "declarations; the contract tests of the stores run against them",
    "storage/sql/changes.py": "tests/storage/test_contract.py",
    "storage/sql/driver.py": "tests/storage/test_contract.py",
    "storage/sql/migrations/env.py": "Alembic's own entry; every store that is opened runs it",
    "storage/sql/migrations/versions/0001_first.py": "every store that is opened runs it",
    "storage/sql/rows.py": "tests/storage/test_contract.py",
    "storage/sql/scripts.py": "tests/storage/test_contract.py",
    "storage/sql/store.py": "tests/storage/test_contract.py",
    "storage/sql/tables.py": "tests/storage/test_contract.py",
    "storage/switching.py": "e2e/test_persistence.py",
    "storage/upkeep.py": "ports without behaviour",
}


def walk(folder: Path) -> Iterator[Path]:
    """List the files below a folder, but for what is installed, built or cached there."""
    for path in sorted(folder.iterdir()):
        if path.name in FOREIGN or CACHES.search(path.name):
            continue
        if path.is_dir() and not path.is_symlink():
            yield from walk(path)
        elif path.is_file():
            yield path


TREE = list(walk(ROOT))


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def modules(*folders: str) -> list[Path]:
    """List the Python files of the tree, or of some folders of it."""
    ours = [path for path in TREE if path.suffix == ".py"]
    return [path for path in ours if not folders or path.relative_to(ROOT).parts[0] in folders]


def mirrors(path: Path) -> list[Path]:
    """Return where a module's tests may be: `a/b/c.py` has `a/b/test_c.py` or `a/test_b_c.py`."""
    package, *folders = path.relative_to(ROOT).parent.parts
    home = ROOT / "tests" / package
    return [home.joinpath(*folders, f"test_{path.name}"), home / "_".join(["test", *folders, path.name])]


def untested() -> Iterator[str]:
    """Name the modules that no test module mirrors."""
    for path in modules(*MIRRORED):
        is_exempt = path.name == "__init__.py" or name_of(path) == "app/main.py"
        if not is_exempt and not any(mirror.exists() for mirror in mirrors(path)):
            yield name_of(path)


def long_functions() -> Iterator[str]:
    """Name the functions that have too many lines, decorators not counted."""
    for path in modules():
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                length = (node.end_lineno or node.lineno) - node.lineno + 1
                if length > (MAX_STORY if is_story(path) else MAX_FUNCTION):
                    yield f"{name_of(path)}:{node.lineno} {node.name}: {length} lines"


def is_story(path: Path) -> bool:
    """Tell whether a module holds tests or measurements."""
    return path.relative_to(ROOT).parts[0] in STORIES


def hits(pattern: re.Pattern[bytes], paths: list[Path]) -> list[str]:
    """Name the lines of `paths` that match."""
    return [
        f"{name_of(path)}:{number}"
        for path in paths
        for number, line in enumerate(path.read_bytes().splitlines(), 1)
        if pattern.search(line)
    ]


def test_every_module_has_a_test_module_of_its_name_or_a_reason() -> None:
    assert sorted(set(untested()) - set(TESTED_ELSEWHERE)) == []


def test_every_reason_is_still_needed_and_its_test_is_there() -> None:
    tests = [why.split()[0] for why in TESTED_ELSEWHERE.values() if why.startswith(("tests/", "e2e/"))]

    assert sorted(set(TESTED_ELSEWHERE) - set(untested())) == []
    assert [test for test in tests if not (ROOT / test).exists()] == []


def test_no_module_is_too_long() -> None:
    lengths = {path: len(path.read_text().splitlines()) for path in modules()}
    limits = {path: MAX_STORIES if is_story(path) else MAX_MODULE for path in lengths}

    assert {name_of(path): lines for path, lines in lengths.items() if lines > limits[path]} == {}


def test_no_function_is_too_long() -> None:
    assert list(long_functions()) == []


def test_every_module_says_what_it_is_for() -> None:
    silent = [path for path in modules() if not ast.get_docstring(ast.parse(path.read_text() or "''"))]

    assert [name_of(path) for path in silent if path.read_text().strip()] == []


def test_no_file_or_folder_has_a_name_that_says_nothing() -> None:
    named = {name_of(path): {Path(part).stem for part in path.relative_to(ROOT).parts} for path in modules()}

    assert [name for name, words in named.items() if words & GENERIC] == []


def test_no_file_holds_a_path_of_somebodys_machine() -> None:
    assert hits(MACHINE_PATH, TREE) == []


def test_no_lock_names_a_host() -> None:
    locks = [path for path in TREE if path.name == "package-lock.json" or path.parent.name == "requirements"]

    assert hits(HOST, [path for path in locks if path.suffix in {".txt", ".json"}]) == []


@pytest.mark.parametrize(
    "line",
    [
        b'      "resolved": "https://registry.example/x.tgz",',
        b"--index-url https://pypi.example/simple",
        b"x @ https://files.example/x.whl",
        b"--find-links wheels",
        b'        "url": "https://opencollective.example/x"',
    ],
)
def test_a_host_in_a_lock_would_be_seen(line: bytes) -> None:
    assert HOST.search(line)
    assert not HOST.search(b'        "https-proxy-agent": "^7.0.1",')
