"""The HTTP doors beside the console, put together: REST and the instruments."""

from fastapi import FastAPI
from starlette.routing import Route

from app import logs
from app.clock import Clock
from app.core import Core
from app.events import MessagePosted
from app.measuring import Measured, Measuring
from app.metrics import Metrics
from app.rest.api import RestServices, build_api
from app.rest.measured import MeasuredRest
from app.rest.request_ids import RequestIds
from app.rest.throttle import AddressThrottle
from app.services.recent_logs import RecentLogService
from app.settings import Settings


def measuring_of(core: Core, settings: Settings, clock: Clock, version: str) -> Measuring:
    """Return what fills the instruments of a core; it hears its facts from now on."""
    measured = Measured(
        readers=core.readers,
        presence=core.people.presence,
        tasks=core.coordination.book,
        journal=core.base.journal,
        folder=settings.data_dir,
    )
    measuring = Measuring(metrics=Metrics(version, core.base.tally), measured=measured, clock=clock)
    core.base.bus.subscribe(measuring.on_fact, deaf_to=(MessagePosted,))
    core.base.store.timing = measuring.store
    core.base.store.committed = measuring.committed
    return measuring


def mount_rest(parent: FastAPI, settings: Settings, services: RestServices, version: str) -> None:
    """Mount REST at `/api`, and at `/metrics` what Prometheus looks for there."""
    api = build_api(services, version)
    throttled = AddressThrottle(api, limit=settings.rate_rest, clock=services.clock)
    measured = MeasuredRest(throttled, metrics=services.metrics, clock=services.clock)
    door = RequestIds(measured, clock=services.clock)
    parent.mount("/api", door)
    # A mount takes no path that ends where it begins.
    parent.router.routes.append(Route("/api", door))
    parent.router.routes.append(Route("/metrics", door))


def rest_services(
    core: Core, measuring: Measuring, clock: Clock, recent: logs.RecentLines | None = None
) -> RestServices:
    """Return what REST reaches of a core."""
    return RestServices(
        compose=core.compose,
        chat=core.chat,
        search=core.search,
        streams=core.readers.streams,
        rooms=core.rooms,
        identity=core.people.identity,
        credentials=core.people.credentials,
        admission=core.people.admission,
        audit=core.base.audit,
        presence=core.people.presence,
        limits=core.limits,
        persistence=core.keeping.persistence,
        moving=core.keeping.moving,
        settings=core.keeping.settings,
        work=core.coordination,
        shared=core.shared,
        upkeep=core.upkeep,
        logs=RecentLogService(recent or logs.RecentLines()),
        metrics=measuring.metrics,
        measured=measuring.text,
        clock=clock,
    )
