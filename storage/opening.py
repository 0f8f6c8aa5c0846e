"""From a store's address to the store: one row a scheme."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

from protocol.errors import InvalidRequest
from storage.addresses import absolute
from storage.memory import MemoryStore
from storage.ports import Store


@dataclass(frozen=True, slots=True)
class StoreOptions:
    """What a store may need to know; `new_epoch` names a history that begins now."""

    new_epoch: str
    keep_messages: int
    keep_bytes: int


async def open_store(address: str, options: StoreOptions) -> Store:
    """Open the store behind `address`: `memory`, `json:PATH`, `sqlite:PATH` or `postgresql://…`.

    Raises:
        InvalidRequest: no store of that kind is known, or it can't be used; the message says why and holds no
            secret.
    """
    scheme, _, rest = absolute(address).partition(":")
    if (opening := _SCHEMES.get(scheme)) is None:
        known = ", ".join(sorted(_SCHEMES))
        raise InvalidRequest(f"no store of this kind; known: {known}", field="store")
    return await opening(rest, options)


async def _memory(_: str, options: StoreOptions) -> Store:
    return MemoryStore(epoch=options.new_epoch, keep=options.keep_messages, keep_bytes=options.keep_bytes)


# The durable stores are imported when they are asked for: SQLModel and Alembic take their time.
async def _json(rest: str, options: StoreOptions) -> Store:
    from storage.json_file.store import open_json  # noqa: PLC0415

    return await open_json(Path(rest), epoch=options.new_epoch)


async def _sqlite(rest: str, options: StoreOptions) -> Store:
    from storage.sql.sqlite import open_sqlite  # noqa: PLC0415

    return await open_sqlite(Path(rest), epoch=options.new_epoch)


async def _postgresql(rest: str, options: StoreOptions) -> Store:
    from storage.sql.postgres import open_postgres  # noqa: PLC0415

    return await open_postgres(f"postgresql:{rest}", epoch=options.new_epoch)


_SCHEMES: dict[str, Callable[[str, StoreOptions], Awaitable[Store]]] = {
    "memory": _memory,
    "json": _json,
    "sqlite": _sqlite,
    "postgresql": _postgresql,
    "postgres": _postgresql,
}
