"""Keeping, put together: what lasts, where, for how long, and what may be changed about it at run time."""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass

from app.background import Background
from app.clock import Clock
from app.journal import Journal
from app.services.audit import AuditService
from app.services.moving import MovingService
from app.services.persistence import Opening, PersistenceService, StoreChoice
from app.services.retention import RetentionService
from app.services.rooms import RoomService
from app.services.runtime_settings import Adopter, RuntimeSettings
from app.services.views import SavedViews
from app.settings import Settings
from storage.opening import StoreOptions, open_store
from storage.switching import SwitchableStore


@dataclass(frozen=True, slots=True, kw_only=True)
class Keeping:
    """What is kept, where, and for how long."""

    persistence: PersistenceService
    retention: RetentionService
    moving: MovingService
    settings: RuntimeSettings
    views: SavedViews


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreAccess:
    """Where the store came from and how another one is opened; `pinned` when the environment decides."""

    address: str
    pinned: bool
    choice: StoreChoice
    opening: Opening

    @staticmethod
    def to_memory(settings: Settings) -> "StoreAccess":
        """Return the access of a relay that was given a memory store."""
        options = store_options(settings)
        return StoreAccess(
            address="memory",
            pinned=False,
            choice=StoreChoice(settings.data_dir),
            opening=lambda address: open_store(address, options),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelf:
    """What keeping stands on."""

    store: SwitchableStore
    rooms: RoomService
    journal: Journal
    audit: AuditService
    clock: Clock
    background: Background


def build_keeping(
    shelf: Shelf, settings: Settings, access: StoreAccess, adopters: Iterable[Adopter]
) -> Keeping:
    """Put the parts together; `adopters` are told of settings that were changed."""
    store, journal, audit, clock = shelf.store, shelf.journal, shelf.audit, shelf.clock
    persistence = PersistenceService(
        store=store,
        address=access.address,
        pinned=access.pinned,
        journal=journal,
        audit=audit,
        choice=access.choice,
        opening=access.opening,
    )
    retention = RetentionService(
        store=store,
        journal=journal,
        audit=audit,
        clock=clock,
        background=shelf.background,
        keep_days=settings.keep_days,
    )
    moving = MovingService(store=store, journal=journal, rooms=shelf.rooms, audit=audit, clock=clock)
    changes = RuntimeSettings(
        settings=settings,
        journal=journal,
        audit=audit,
        adopters=(*adopters, lambda new: retention.adopt(new.keep_days)),
    )
    views = SavedViews(journal=journal, audit=audit)
    return Keeping(persistence=persistence, retention=retention, moving=moving, settings=changes, views=views)


def store_options(settings: Settings) -> StoreOptions:
    """Return what a store that is opened now has to know."""
    return StoreOptions(
        new_epoch=secrets.token_hex(8),
        keep_messages=settings.keep_messages,
        keep_bytes=settings.keep_bytes,
    )
