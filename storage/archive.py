"""A store as a file: one record a line of JSON, and a last line that proves that nothing is missing."""

import dataclasses
import hashlib
from collections.abc import AsyncIterator, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import orjson
from pydantic import BaseModel

from protocol.agents import Agent
from protocol.audit import AuditRecord
from protocol.errors import InvalidRequest
from protocol.messages import Message
from protocol.rooms import Room
from protocol.tasks import Task
from storage.ports import HandleRecord, TokenRecord
from storage.records import CursorRecord, HeadRecord, KeyRecord, Origin, Record, Setting

FORMAT = 1
_BYTES = frozenset({"digest", "fingerprint"})  # fields that stand in hexadecimal digits
_MODELS: dict[str, type[Room | Agent | Task | AuditRecord | Message]] = {
    "room": Room,
    "agent": Agent,
    "task": Task,
    "audit": AuditRecord,
    "message": Message,
}
_PLAIN: dict[str, type[Any]] = {
    "origin": Origin,
    "token": TokenRecord,
    "handle": HandleRecord,
    "setting": Setting,
    "cursor": CursorRecord,
    "head": HeadRecord,
    "key": KeyRecord,
}
_KIND_OF: dict[type[Any], str] = {cls: kind for kind, cls in (*_MODELS.items(), *_PLAIN.items())}


@dataclass(frozen=True, slots=True)
class Manifest:
    """What the last line says: how many records there are, and the SHA-256 of all lines before it."""

    records: int
    sha256: str

    def line(self) -> bytes:
        """Return the last line."""
        body = {"kind": "manifest", "format": FORMAT, "records": self.records, "sha256": self.sha256}
        return orjson.dumps(body) + b"\n"


async def lines_of(records: AsyncIterator[Record]) -> AsyncIterator[bytes]:
    """Write records as lines, the manifest last."""
    count, digest = 0, hashlib.sha256()
    async for record in records:
        kind = _KIND_OF[type(record)]
        line = orjson.dumps({"kind": kind, "record": _fields_of(record)}) + b"\n"
        digest.update(line)
        count += 1
        yield line
    yield Manifest(count, digest.hexdigest()).line()


def verify(lines: Iterable[bytes]) -> Manifest:
    """Check that an archive is whole.

    Raises:
        InvalidRequest: it is cut short, changed, or no archive at all.
    """
    count, digest, last = 0, hashlib.sha256(), b""
    for line in lines:
        if last:
            digest.update(last)
            count += 1
        last = line
    manifest = _manifest_of(last)
    if manifest != Manifest(count, digest.hexdigest()):
        raise InvalidRequest("the archive is cut short or was changed: its manifest does not fit")
    return manifest


async def records_of(lines: Iterable[bytes], *, epoch: str) -> AsyncIterator[Record]:
    """Read the records of an archive that was verified; its history goes on under a new epoch.

    Raises:
        InvalidRequest: a line is no record.
    """
    for record in _records(lines):
        yield Origin(epoch) if isinstance(record, Origin) else record


def _records(lines: Iterable[bytes]) -> Iterator[Record]:
    for number, line in enumerate(lines, start=1):
        try:
            body = orjson.loads(line)
            if body["kind"] == "manifest":
                return
            yield _record_of(body["kind"], body["record"])
        except (orjson.JSONDecodeError, KeyError, TypeError, ValueError):
            raise InvalidRequest(f"line {number} of the archive is no record") from None


def _fields_of(record: Record) -> dict[str, Any]:
    if isinstance(record, BaseModel):
        return record.model_dump(mode="json")
    fields = {field.name: getattr(record, field.name) for field in dataclasses.fields(record)}
    return {key: value.hex() if key in _BYTES else value for key, value in fields.items()}


def _record_of(kind: str, fields: dict[str, Any]) -> Record:
    if (model := _MODELS.get(kind)) is not None:
        return model.model_validate(fields)
    given = {key: bytes.fromhex(value) if key in _BYTES else value for key, value in fields.items()}
    record: Record = _PLAIN[kind](**given)
    return record


def _manifest_of(line: bytes) -> Manifest:
    try:
        body = orjson.loads(line)
        known = body["kind"] == "manifest" and body["format"] == FORMAT
        return Manifest(body["records"], body["sha256"]) if known else Manifest(-1, "")
    except (orjson.JSONDecodeError, KeyError, TypeError):
        return Manifest(-1, "")
