"""From a store's address to the store: one row a scheme."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from protocol.errors import InvalidRequest
from storage.memory import MemoryStore
from storage.ports import Store


@dataclass(frozen=True, slots=True)
class StoreOptions:
    """What a store may need to know; `new_epoch` names a history that begins now."""

    new_epoch: str
    keep_messages: int
    keep_bytes: int


async def _memory(_: str, options: StoreOptions) -> Store:
    return MemoryStore(epoch=options.new_epoch, keep=options.keep_messages, keep_bytes=options.keep_bytes)


_SCHEMES: dict[str, Callable[[str, StoreOptions], Awaitable[Store]]] = {"memory": _memory}


async def open_store(address: str, options: StoreOptions) -> Store:
    """Open the store behind `address` (`memory`).

    Raises:
        InvalidRequest: no store of that kind is known.
    """
    scheme, _, rest = address.partition(":")
    if (opening := _SCHEMES.get(scheme)) is None:
        known = ", ".join(sorted(_SCHEMES))
        raise InvalidRequest(f"no store of the kind {scheme!r}; known: {known}", field="store")
    return await opening(rest, options)
