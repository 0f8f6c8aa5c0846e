"""The composition root: builds the relay out of its parts and runs it. Nothing imports this but the CLI."""

import asyncio
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace

from fastapi import FastAPI
from starlette.types import ASGIApp

from app import collecting, logs
from app.background import Background
from app.clock import Clock, SystemClock
from app.core import Core, build_core
from app.delivery.building import pace_of
from app.doors import measuring_of, mount_rest, rest_services
from app.edge.addresses import ClientAddress
from app.edge.bodies import BodyLimit
from app.edge.direct import websocket_class
from app.edge.headers import QuietHeaders
from app.edge.heads import HeadAsGet
from app.edge.hosts import HostGuard
from app.edge.server import RelayServer, config_of
from app.edge.shortcut import Shortcut
from app.health import Health
from app.keeping import StoreAccess
from app.rest import problems
from app.services import tokens
from app.services.recent_logs import RecentLogService
from app.services.upkeep import Restart
from app.settings import Settings
from app.sockets.dialects import Dialects, SecondDialect
from app.sockets.dispatch import Dispatcher, SecondAcks
from app.sockets.handlers import Handlers
from app.sockets.quota import LinkQuota
from app.sockets.server import AgentServer, House
from app.sockets.v1.building import FirstGround, build_first
from app.sockets.v1.dialect import FirstDialect
from protocol.errors import TooLarge, Unavailable
from protocol.pushes import ServerInfo
from storage.ports import Store

VERSION = "4.0.0"
SOCKETS = "/socket.io"
LINGER = 0.001  # seconds between two commits under load


async def build(
    settings: Settings,
    *,
    store: Store,
    clock: Clock,
    operator_token: str,
    access: StoreAccess | None = None,
    console: bool = True,
    recent: logs.RecentLines | None = None,
    endings: list[Callable[[], None]] | None = None,
    restart: Restart | None = None,
) -> ASGIApp:
    """Put the whole relay together; `endings` takes up what ends the answers that never end."""
    core = build_core(settings, store=store, clock=clock, access=access, restart=restart)
    if endings is not None:
        endings.append(core.readers.streams.shut)
    agents = _agent_server(settings, core, clock)
    health = Health(VERSION, core.base.journal)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        await core.start(operator_token, linger=LINGER)
        measuring.start(core.base.background)
        health.is_ready = True
        yield
        health.is_ready = False
        await agents.close()
        await core.stop()

    parent = FastAPI(lifespan=lifespan, docs_url=None, redoc_url=None, openapi_url=None)
    # A body that turns out too large while it streams, whoever reads it.
    parent.add_exception_handler(TooLarge, problems.on_refusal)
    health.install(parent)
    measuring = measuring_of(core, settings, clock, VERSION)
    mount_rest(parent, settings, rest_services(core, measuring, clock, recent), VERSION)
    parent.mount(SOCKETS, sockets := agents.asgi())
    if console:
        # NiceGUI mounts itself at `/` and swallows whatever comes after it.
        _mount_console(parent, settings, core, recent)
    return _guarded(Shortcut(HeadAsGet(BodyLimit(parent)), path=SOCKETS, sockets=sockets), settings)


def _guarded(app: ASGIApp, settings: Settings) -> ASGIApp:
    guard = HostGuard(
        app,
        hosts=[settings.host, *settings.allowed_hosts],
        origins=settings.allowed_origins,
    )
    return ClientAddress(QuietHeaders(guard), trusted=settings.trusted_proxies)


def serve(settings: Settings) -> None:
    """Run the relay until it is told to stop, and print how to get in.

    Raises:
        ClawNetError: it can't listen, or its store can't be opened; the message says why.
    """
    recent = logs.configure(settings.log_level)
    listener = _listener(settings.host, settings.port)
    # asyncio does this for sockets that it made itself; without it every answer may wait 40 ms for an ACK.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    for number in (signal.SIGINT, signal.SIGTERM):
        # uvicorn raises a signal anew once it has stopped for it; by then there is nothing left to end.
        signal.signal(number, lambda *_: None)
    with asyncio.Runner(loop_factory=_loop_factory()) as runner:
        token = runner.run(_serve(settings, listener, recent))
    if token is not None:
        _begin_anew(token)


def _begin_anew(token: str) -> None:
    """Put a fresh process in the place of this one; the operator's token stays what it was."""
    os.environ.setdefault("CLAWNET_MASTER_TOKEN", token)
    os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])  # noqa: S606 - what was started before


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    try:
        import uvloop  # noqa: PLC0415 - it does not exist for Windows
    except ImportError:
        return None
    factory: Callable[[], asyncio.AbstractEventLoop] = uvloop.new_event_loop
    return factory


async def _serve(settings: Settings, listener: socket.socket, recent: logs.RecentLines) -> str | None:
    """Serve until the end; return the operator's token when the relay is to begin anew."""
    clock = SystemClock()
    given = settings.master_token.get_secret_value() if settings.master_token else None
    token = given or tokens.mint(tokens.OPERATOR_TOKEN).text
    access = _access(settings)
    store = await access.opening(access.address)
    endings: list[Callable[[], None]] = []
    restart = Restart()
    app = await build(
        settings,
        store=store,
        clock=clock,
        operator_token=token,
        access=access,
        recent=recent,
        endings=endings,
        restart=restart,
    )
    collecting.settle()
    background = Background()
    background.spawn(collecting.rounds(), name="rounds of the collector")
    config = config_of(app, settings.heartbeat, websocket_class(settings.transport))
    server = RelayServer(config, endings)
    if settings.port:
        # A free port would be another one afterwards.
        restart.end = server.end
    url = f"http://{settings.host}:{listener.getsockname()[1]}"
    _print_way_in(url, None if given else token)
    try:
        await server.serve(sockets=[listener])
    finally:
        await background.close()
    return token if restart.is_asked else None


def _listener(host: str, port: int) -> socket.socket:
    try:
        return socket.create_server((host, port), reuse_port=False)
    except OSError as error:
        raise Unavailable(f"can't listen on {host}:{port}: {error.strerror or error}") from None


def _access(settings: Settings) -> StoreAccess:
    access = StoreAccess.to_memory(settings)
    if "store" in settings.model_fields_set:
        return replace(access, address=settings.store, pinned=True)
    return replace(access, address=access.choice.read() or settings.store)


def _print_way_in(url: str, token: str | None) -> None:
    # The fragment never leaves the browser, so the token reaches no log.
    link = f"{url}/login#{token}" if token else f"{url}/login"
    sys.stdout.write(f"Console: {link}\n")
    sys.stdout.write(
        f"Connect an agent: clownet-cli login --url {url} && clownet-cli agents create my-agent\n"
    )
    sys.stdout.flush()


def _agent_server(settings: Settings, core: Core, clock: Clock) -> AgentServer:
    return AgentServer(
        dialects=Dialects({1: _first(settings, core, clock), 2: _second(core, clock)}),
        presence=core.people.presence,
        delivery=core.readers.delivery,
        limits=core.limits,
        audit=core.base.audit,
        quota=LinkQuota(
            per_address=settings.max_connections_per_address, unidentified=settings.max_unidentified
        ),
        clock=clock,
        background=core.base.background,
        house=House(
            server=ServerInfo(version=VERSION, time=clock.stamp(), epoch=core.base.store.epoch),
            pace=pace_of(settings),
            send_rate=settings.rate_chat,
            heartbeat=settings.heartbeat,
            connections_per_agent=settings.max_connections_per_agent,
        ),
        tally=core.base.tally,
    )


def _first(settings: Settings, core: Core, clock: Clock) -> FirstDialect:
    first, traffic = build_first(
        FirstGround(
            compose=core.compose,
            work=core.coordination,
            rooms=core.rooms,
            identity=core.people.identity,
            presence=core.people.presence,
            shared=core.shared,
            delivery=core.readers.delivery,
            limits=core.limits,
            journal=core.base.journal,
            audit=core.base.audit,
            clock=clock,
            background=core.base.background,
            buffer=settings.send_buffer,
        )
    )
    core.base.bus.subscribe(traffic.on_fact)
    return first


def _second(core: Core, clock: Clock) -> SecondDialect:
    handlers = Handlers(
        compose=core.compose,
        chat=core.chat,
        rooms=core.rooms,
        identity=core.people.identity,
        presence=core.people.presence,
        delivery=core.readers.delivery,
        work=core.coordination,
    )
    dispatcher = Dispatcher(
        handlers=handlers.table(), limits=core.limits, audit=core.base.audit, acks=SecondAcks(clock)
    )
    return SecondDialect(credentials=core.people.credentials, dispatcher=dispatcher)


def _mount_console(
    parent: FastAPI, settings: Settings, core: Core, recent: logs.RecentLines | None = None
) -> None:
    # NiceGUI takes most of a second to import; a relay without a console does without it.
    from components.pages import mount  # noqa: PLC0415
    from components.ports import Console  # noqa: PLC0415

    mount(
        parent,
        Console(
            entry=core.shared,
            credentials=core.people.credentials,
            identity=core.people.identity,
            rooms=core.rooms,
            compose=core.compose,
            chat=core.chat,
            search=core.search,
            presence=core.people.presence,
            positions=core.readers.progress,
            admission=core.people.admission,
            audit=core.base.audit,
            stores=core.keeping.persistence,
            work=core.coordination,
            logs=RecentLogService(recent or logs.RecentLines()),
            limits=core.limits,
            settings=settings,
            changeable=core.keeping.settings,
            upkeep=core.upkeep,
            moving=core.keeping.moving,
            views=core.keeping.views,
            bus=core.base.bus,
            version=VERSION,
            allowed_origins=frozenset(settings.allowed_origins),
        ),
    )
