"""From a dump to the entries of a journal."""

from collections.abc import AsyncIterator

from protocol.messages import Message
from storage.json_file.entries import entry_of, message_entry
from storage.json_file.lines import Entry
from storage.json_file.moment import first_entry
from storage.records import KeyRecord, Origin, Record


async def merged(records: AsyncIterator[Record], epoch: str, size: int) -> AsyncIterator[list[Entry]]:
    """Yield batches of entries; a key joins its message, and what is left stands on its own."""
    batch: list[Entry] = [first_entry(epoch)]
    keys: dict[tuple[str, int], KeyRecord] = {}
    async for record in records:
        match record:
            case KeyRecord():
                keys[record.room, record.offset] = record
                continue
            case Message():
                key = keys.pop((record.room, record.offset), None)
                batch.append(message_entry(record, key.fingerprint if key else None))
            case Origin():
                batch.append(first_entry(record.epoch))
            case _:
                batch.append(entry_of(record))
        if len(batch) >= size:
            yield batch
            batch = []
    yield [*batch, *map(entry_of, keys.values())]
