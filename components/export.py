"""Files for whoever is signed in: the audit trail exactly as the page shows it, and all that is kept."""

import csv
import io
import json
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request
from fastapi.responses import JSONResponse, StreamingResponse
from starlette.responses import Response

from components.headers import is_same_site, static_headers
from components.ports import Console
from components.routes import AUDIT, HOME
from components.session import Sessions, session_id_of
from components.trail import END, Filter, Trail
from components.upkeep import Upkeep
from protocol.audit import AuditRecord
from protocol.errors import ClawNetError, Forbidden, Unauthenticated

FORMULA = ("=", "+", "-", "@", "\t", "\r")
COLUMNS = ("seq", "ts", "actor", "via", "action", "target", "result", "address", "detail", "prev", "hash")
Kind = Literal["ndjson", "csv"]
Writer = Callable[[AuditRecord], str]


class ExportDoor:
    """The routes that hand out files."""

    def __init__(self, console: Console, sessions: Sessions) -> None:
        self._console = console
        self._sessions = sessions
        self.router = APIRouter(include_in_schema=False)
        self.router.add_api_route(f"{AUDIT}/export", self.export, methods=["GET"], response_model=None)
        self.router.add_api_route(f"{HOME}/backup", self.backup, methods=["GET"], response_model=None)

    async def export(
        self,
        request: Request,
        kind: Annotated[Kind, Query(alias="format")] = "ndjson",
        until: Annotated[int, Query(ge=0, le=END)] = END,
    ) -> Response:
        """Stream what passes the filter, oldest first."""
        trail = Trail(self._console, self._sessions, session_id_of(request.scope) or "")
        try:
            self._check_origin(request)
            if not trail.is_signed_in():
                raise Unauthenticated("sign in first")
            records = await trail.export(Filter.of(request.query_params), until)
        except ClawNetError as error:
            return _sealed(request, JSONResponse(error.body(), status_code=error.status))
        media = "text/csv; charset=utf-8" if kind == "csv" else "application/x-ndjson"
        response = StreamingResponse(_lines(records, kind), media_type=media)
        response.headers["Content-Disposition"] = f'attachment; filename="clawnet-audit.{kind}"'
        return _sealed(request, response)

    async def backup(self, request: Request) -> Response:
        """Stream everything that is kept; the last line proves that nothing is missing."""
        upkeep = Upkeep(self._console, self._sessions, session_id_of(request.scope) or "")
        try:
            self._check_origin(request)
            lines = await upkeep.backup()
        except ClawNetError as error:
            return _sealed(request, JSONResponse(error.body(), status_code=error.status))
        response = StreamingResponse(lines, media_type="application/x-ndjson")
        response.headers["Content-Disposition"] = 'attachment; filename="clawnet-backup.ndjson"'
        return _sealed(request, response)

    def _check_origin(self, request: Request) -> None:
        if not is_same_site(request.headers, self._console.allowed_origins):
            raise Forbidden("exports are asked for by the console itself")


async def _lines(records: AsyncIterator[AuditRecord], kind: Kind) -> AsyncIterator[str]:
    write = _csv if kind == "csv" else _ndjson
    if kind == "csv":
        yield _row(COLUMNS)
    async for record in records:
        yield write(record)


def _ndjson(record: AuditRecord) -> str:
    return record.model_dump_json() + "\n"


def _csv(record: AuditRecord) -> str:
    fields: Mapping[str, object] = {**record.model_dump(), "detail": json.dumps(record.detail)}
    return _row([_harmless(str(fields[name] if fields[name] is not None else "")) for name in COLUMNS])


def _harmless(cell: str) -> str:
    # Spreadsheets run what begins like a formula, and agents choose some of these words.
    return f"'{cell}" if cell.startswith(FORMULA) else cell


def _row(cells: tuple[str, ...] | list[str]) -> str:
    line = io.StringIO()
    csv.writer(line).writerow(cells)
    return line.getvalue()


def _sealed(request: Request, response: Response) -> Response:
    response.headers.update(static_headers(secure=request.url.scheme == "https"))
    response.headers["Cache-Control"] = "no-store"
    return response
