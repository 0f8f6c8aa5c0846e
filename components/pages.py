"""Puts the console onto the relay's application: sign-in, guards, and the page under /dashboard."""

from fastapi import FastAPI, Request
from nicegui import Client, ui
from starlette.responses import RedirectResponse, Response

from components import theme
from components.bearer import BearerEntry
from components.desk import Desk
from components.export import ExportDoor
from components.guard import PageHeaders, SessionGuard
from components.login import STATIC, LoginDoor
from components.ports import Console
from components.returning import last_conversation
from components.routes import HOME, View, place_of
from components.session import Sessions, nicegui_app, session_id_of
from components.views.modules import offer_modules
from components.vitals import Vitals
from protocol.errors import Unauthenticated


def mount(parent: FastAPI, console: Console) -> None:
    """Add the console; to be called last, as NiceGUI answers every path that is left."""
    sessions = Sessions(console.entry, console.monotonic)
    parent.include_router(LoginDoor(console, sessions).router)
    parent.include_router(ExportDoor(console, sessions).router)
    offer_modules()
    vitals = Vitals(console.bus, now=console.now, monotonic=console.monotonic)
    _add_pages(console, sessions, vitals)
    inner = nicegui_app()
    inner.add_middleware(PageHeaders)  # before run_with adds compression: this one reads the page
    ui.run_with(
        parent,
        title="ClawNet",
        favicon=STATIC / "favicon.svg",
        dark=None,
        language="en-US",
        reconnect_timeout=30,
        message_history_length=600,  # half a minute of a busy room: as long as the link may be lost
        binding_refresh_interval=None,
        show_welcome_message=False,
        tailwind=False,
    )
    inner.add_middleware(SessionGuard, sessions=sessions, allowed_origins=console.allowed_origins)
    inner.add_middleware(BearerEntry, console=console, sessions=sessions)  # before the guard looks


def _add_pages(console: Console, sessions: Sessions, vitals: Vitals) -> None:
    """Register the pages with NiceGUI, and their style."""
    ui.add_css(theme.tokens_css(), shared=True)
    ui.add_css(STATIC / "console.css", shared=True)
    ui.add_css(STATIC / "pages.css", shared=True)
    ui.add_head_html('<script src="/assets/start.js" defer></script>', shared=True)

    async def dashboard(request: Request, client: Client) -> Response | None:
        session_id = session_id_of(request.scope)
        actor = sessions.actor(session_id, using=True)
        if session_id is None or actor is None:
            raise Unauthenticated("no session")  # the guard has let nobody in without one
        if request.url.path == HOME and (last := last_conversation(request.cookies, console, actor)):
            return RedirectResponse(f"{last}?{request.url.query}".rstrip("?"), status_code=303)
        # The sidebar is a list of rooms like any other: a warden's look is recorded.
        await console.rooms.listed(actor)
        _choose_theme(request)
        address = f"{request.url.path}?{request.url.query}"
        place = place_of(address)
        # The page stands in its view at once, before anything in it is known.
        view = place.view if place else View.CHAT
        desk = Desk(console, sessions, vitals, session_id=session_id, actor=actor, client=client, view=view)
        await desk.go(address)
        return None

    for path in (HOME, HOME + "/{path:path}"):
        ui.page(path)(dashboard)


def _choose_theme(request: Request) -> None:
    # The browser's choice comes with the page, so that no other colours flash up before scripts run.
    cookies = request.cookies
    if css := theme.chosen(cookies.get("clawnet_theme"), cookies.get("clawnet_density")):
        ui.add_css(css)
