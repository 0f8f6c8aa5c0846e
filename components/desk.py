"""One browser tab of the console: what it shows, what it hears, what is asked of it."""

from collections.abc import Awaitable, Callable

from nicegui import Client, ui
from nicegui.events import GenericEventArguments
from pydantic import ValidationError

from app.actor import Actor
from app.clock import stamp
from app.events import AgentChanged, Fact, MessagePosted, TokenClosed
from components import asks
from components.actions import Actions
from components.chat import Chat
from components.feed import Feed
from components.lists import Lists, path_of, title_of
from components.panels.answers import Answer, Answers, Table, sentence
from components.panels.beside import TaskBeside
from components.panels.board import Board
from components.panels.doings import task_table
from components.panels.panel import is_talk
from components.pictures.index import everything
from components.pictures.keys import by_agent
from components.pictures.needs import needs, soon
from components.ports import Console
from components.render import label
from components.routes import HOME, Place, View, dm_with, place_of, room_path
from components.session import Sessions
from components.talk import Talk
from components.trail import Trail
from components.unread import Unread
from components.views.elements import Herald, Members, Shell, Sidebar
from components.vitals import Vitals
from components.work import Work
from protocol.errors import ClawNetError, NotFound, Unauthenticated
from protocol.rooms import Room

TICK = 2.0  # seconds between two looks at what changes without a fact
LOOK = 30.0  # seconds between two looks at whose tokens run out
CHECK = 0.5  # seconds until an open tab notices that its session is over; what ends tokens is heard at once
_NAMING = "A name has 1 to 64 small letters, digits, - or _ and begins and ends with a letter or a digit."


class Desk:
    """Puts the views of one tab together and leads it from place to place."""

    def __init__(
        self,
        console: Console,
        sessions: Sessions,
        vitals: Vitals,
        *,
        session_id: str,
        actor: Actor,
        client: Client,
        view: View = View.CHAT,
    ) -> None:
        self._console = console
        self._actor = actor
        self._actions = Actions(console, sessions, session_id)
        self._work = Work(console, sessions, session_id)
        self._place = Place(view)
        self._unread = Unread(actor.agent_id, actor.handle)
        self._expiring: dict[str, str] = {}
        self._look_at = 0.0
        self._feed = Feed(console, actor, self._hear)
        self._shell = self._frame(client, view)
        self._herald = Herald()
        trail = Trail(console, sessions, session_id)
        talk = Talk(self._actions, trail, self._feed.state).table()
        with self._shell.sidebar:
            sidebar = Sidebar(ask=Answers(self._actions, talk))
        with self._shell.panel:
            members = Members(ask=Answers(self._actions, talk))
        self._chat = Chat(self._actions, self._work, self._feed, self._unread, talk)
        self._beside = TaskBeside(self._work, trail, self._feed.state)
        self._board = Board(console, sessions, vitals, session_id, self._feed.state)
        self._lists = Lists(
            self._feed.state,
            self._unread,
            shell=self._shell,
            sidebar=sidebar,
            members=members,
            keep=console.settings.keep_messages,
        )
        self._tie(client, sessions.bind(client.id, session_id))

    async def go(self, address: str) -> None:
        """Show what a path with its query asks for; what leads nowhere leads home."""
        place = place_of(address)
        if place is None:
            self._turn_back("There is nothing at this address.")
            return
        try:
            room = self._room_at(place)
        except NotFound:
            self._turn_back("There is no such conversation.")
            return
        stays, self._place, self._lists.room = self._stays(place, room), place, room
        self._shell.draw("place", {"view": place.view.value, "title": self._title(place, room)})
        if room is not None:
            self._board.clear()
            await self._beside.go(place, path_of(room, self._feed.state))
            if not stays:
                await self._chat.open(room, place.asked().get("m", "")[:128])
        else:
            await self._board.go(place)
        self._draw()

    def _stays(self, place: Place, room: Room | None) -> bool:
        """Tell whether the conversation is open already and only what is beside it changes."""
        before, after = self._place.asked(), place.asked()
        beside = any(before.get(name) != after.get(name) for name in ("task", "tab"))
        is_open = room is not None and self._chat.room is not None and self._chat.room.id == room.id
        return is_open and self._place.view is View.CHAT and beside and before.get("m") == after.get("m")

    def _frame(self, client: Client, view: View) -> Shell:
        shell = Shell(
            handle=label(self._actor.handle),
            role=self._actor.role.value,
            version=self._console.version,
            view=view.value,
            navigate=self._on_navigate,
            create=self._on_create,
            marks=self._on_marks,
            read=self._on_read,
            ask=Answers(self._work, {**task_table(self._work), **self._index()}),
        )
        # The frame goes around NiceGUI's <main>, so that bars and lists are landmarks beside it.
        shell.move(client.layout)
        client.page_container.move(shell)
        return shell

    def _index(self) -> Table:
        async def index(_: asks.Nothing) -> Answer:
            return everything(self._feed.state, self._work.commands())

        async def stay(_: asks.Nothing) -> Answer:
            self._actions.actor()
            self._warn()
            return {}

        async def heads(_: asks.Nothing) -> Answer:
            return await self._lists.heads(self._actions)

        return {"index": (asks.Nothing, index), "heads": (asks.Nothing, heads), "stay": (asks.Nothing, stay)}

    def _turn_back(self, why: str) -> None:
        self._shell.tell("notify", {"text": why, "kind": "error"})
        self._shell.tell("replace", HOME)

    def _room_at(self, place: Place) -> Room | None:
        if place.view is not View.CHAT:
            return None
        if not place.handle:
            return self._actions.see(place.room)
        peer = self._feed.state.agent_named(place.handle)
        if peer is None or peer.id == self._actor.agent_id:
            raise NotFound("no such agent")
        return self._actions.see(dm_with(self._actor.agent_id, peer.id))

    def _title(self, place: Place, room: Room | None) -> str:
        if room is None:
            return place.view.value.capitalize()
        return ("@" if place.handle else "#") + title_of(room, self._feed.state)

    def _draw(self, *, talk: bool = False) -> None:
        self._lists.draw(talk=talk)
        waiting = self._board.people.waiting()
        needed = needs(self._feed.state, self._unread, waiting, self._expiring)
        self._shell.draw("needs", needed)
        self._herald.draw("needs", needed)

    async def _tick(self) -> None:
        if self._actions.is_signed_in():
            self._warn()
            await self._board.tick()
            await self._beside.tick()
            self._chat.suggest()
            self._draw()

    def _warn(self) -> None:
        """Say in time that the session ends, and whose token does."""
        ending = self._actions.ending()
        told = {"at": stamp(ending.at.replace(microsecond=0)), "stay": ending.can_stay} if ending else None
        self._shell.draw("ending", told)
        if self._console.monotonic() >= self._look_at:
            self._look_at = self._console.monotonic() + LOOK
            self._expiring = soon(by_agent(self._board.people.tokens_known()), self._console.now())

    def _hear(self, facts: list[Fact]) -> None:
        if any(isinstance(fact, TokenClosed | AgentChanged) for fact in facts) and not self._check():
            return
        self._chat.hear(facts)
        posted = (fact.message for fact in facts if isinstance(fact, MessagePosted))
        self._unread.add(message for message in posted if message.room in self._feed.state.rooms)
        self._board.hear(facts)
        self._beside.hear(facts)
        self._draw(talk=is_talk(facts))

    async def _on_navigate(self, event: GenericEventArguments) -> None:
        await self._guarded(self.go(str(event.args)))

    async def _on_create(self, event: GenericEventArguments) -> None:
        try:
            ask = asks.NewRoom.model_validate(event.args)
            room = await self._actions.create_room(
                ask.name, ask.topic, private=ask.private, members=ask.members
            )
        except ValidationError:
            self._shell.tell("created", {"error": _NAMING})
        except ClawNetError as error:
            self._shell.tell("created", {"error": sentence(error)})
        else:
            self._shell.tell("created", {"path": room_path(room.id)})

    async def _on_marks(self, event: GenericEventArguments) -> None:
        marks = asks.Marks.model_validate(event.args)
        await self._guarded(self._lists.catch_up(marks, self._actions))

    def _on_read(self, event: GenericEventArguments) -> None:
        self._lists.read(asks.Read.model_validate(event.args))

    async def _guarded(self, act: Awaitable[object]) -> None:
        try:
            await act
        except Unauthenticated:
            self._shell.tell("signedOut")
        except ClawNetError as error:
            self._shell.tell("notify", {"text": sentence(error), "kind": "error"})

    def _check(self) -> bool:
        signed_in = self._actions.is_signed_in()
        if not signed_in:
            self._feed.close()
            self._shell.draw("signedOut", picture=True)
        return signed_in

    def _tie(self, client: Client, unbind: Callable[[], None]) -> None:
        agent_id, presence = self._actor.agent_id, self._console.presence
        client.on_connect(lambda: presence.attach(agent_id, client.id))

        def gone() -> None:
            unbind()
            self._feed.close()
            presence.detach(agent_id, client.id)

        client.on_delete(gone)
        ui.timer(CHECK, self._check)
        ui.timer(TICK, self._tick)
