"""What a trace of system calls says about promises: what was written, put on disk, and told to whom."""

import re
import subprocess
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from e2e.root import PREFIX, a_tool

CALLS = "fsync,fdatasync,write,writev,pwrite64,pwritev,sendto,sendmsg"
SYNCS = frozenset({"fsync", "fdatasync"})
LONGEST = 1 << 20  # bytes of a call's data that are shown
ATTACH = 30.0  # seconds
_LINE = re.compile(r"(?P<thread>\d+) +(?:<\.\.\. )?(?P<call>\w+)(?:\((?P<rest>.*)| resumed>(?P<end>.*))")
_PLACE = re.compile(r"\d+<(?P<place>(?:->|[^<>])*)>")
_RESULT = re.compile(r"= (?P<result>-?\d+)")


@dataclass(slots=True)
class Judge:
    """Follows a trace; a message may be mentioned to clients when the file that holds it was synced since.

    `mention` finds the names of messages in the data of a call, `port` is the one that clients talk to.
    """

    port: int
    mention: re.Pattern[str]
    synced: set[str] = field(default_factory=set)
    told: set[str] = field(default_factory=set)
    early: set[str] = field(default_factory=set)
    syncs: int = 0
    _written: dict[str, set[str]] = field(default_factory=dict)
    _open: dict[str, tuple[str, str, set[str]]] = field(default_factory=dict)

    def hear(self, lines: Iterable[str]) -> "Judge":
        """Follow some lines."""
        for line in lines:
            if found := _LINE.match(line):
                self._line(found)
        return self

    def _line(self, found: re.Match[str]) -> None:
        thread, call, rest, end = found["thread"], found["call"], found["rest"], found["end"]
        if rest is not None:
            self._begin(thread, call, rest)
            if rest.endswith("<unfinished ...>"):
                return
            end = rest
        if thread in self._open:
            self._end(*self._open.pop(thread), end)

    def _begin(self, thread: str, call: str, rest: str) -> None:
        found = _PLACE.match(rest)
        place = found["place"] if found else ""
        names = set(self.mention.findall(rest))
        if call in SYNCS:
            names = set(self._written.get(place, ()))
        elif place.startswith(("TCP:", "TCPv6:")):
            self._tell(place, names)
        self._open[thread] = (call, place, names)

    def _tell(self, place: str, names: set[str]) -> None:
        if f":{self.port}->" in place:
            self.early |= names - self.synced
            self.told |= names

    def _end(self, call: str, place: str, names: set[str], end: str) -> None:
        results = _RESULT.findall(end)
        if not results or int(results[-1]) < 0:
            return
        if call in SYNCS:
            self.syncs += 1
            self.synced |= names
        elif place.startswith("/"):
            self._written.setdefault(place, set()).update(names)


@contextmanager
def traced(pids: Iterable[int], trace: Path) -> Iterator[None]:
    """Write down what some processes ask of the kernel, for a while."""
    who = [word for pid in pids for word in ("-p", str(pid))]
    said = trace.with_suffix(".said")
    with said.open("wb") as output:
        command = [*PREFIX, a_tool("strace"), "-f", "-yy", "-s", str(LONGEST), "-e", f"trace={CALLS}"]
        tracer = subprocess.Popen([*command, "-o", trace, *who], stderr=output)
        try:
            _wait_until_attached(said, len(who) // 2)
            yield
        finally:
            subprocess.run([*PREFIX, "kill", "-INT", str(tracer.pid)], check=False, capture_output=True)
            tracer.wait()


def _wait_until_attached(said: Path, processes: int) -> None:
    deadline = time.monotonic() + ATTACH
    while said.read_text().count(" attached") < processes:
        assert time.monotonic() < deadline, said.read_text()
        time.sleep(0.02)
