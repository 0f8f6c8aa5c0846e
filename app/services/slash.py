"""Slash commands as they are typed: who is meant, what it asks, and who carries it out.

Only a line that an authorised sender typed comes here. What stands in results, quotes and names does not.
"""

import re

from app.actor import Actor
from app.clock import Clock
from app.services.chat import ChatService
from app.services.commands import Command, CommandRegistry, RunsAt, head_of
from app.services.permissions import Operation, check
from app.services.relay_commands import RelayCommands
from app.services.rooms import RoomService
from app.services.saved import SavedCommands
from app.services.tasks.service import Dispatch, Order, TaskService
from app.services.tasks.steps import Asked
from app.services.tasks.targets import GROUPS, TargetFinder, Targets
from protocol.acks import CommandInfo, Dispatched, Sent, TaskPlaced
from protocol.addressing import GLOBAL, dm_room
from protocol.errors import InvalidRequest
from protocol.requests import TaskDispatch
from protocol.rooms import Room
from protocol.tasks import TaskState

DEFAULT_TIMEOUT = 600.0
# What stands in quotes is one word, whatever it begins with.
_WORD = re.compile(r"""(?:"(?:\\.|[^"\\])*"|'[^']*'|\\.|[^\s"'\\])+""", re.DOTALL)
_LEADING = re.compile(r"(?:@\S+(?:\s+|$))*")


def is_command(text: str) -> bool:
    """Tell whether a text is a command line; a leading `//` is literal text."""
    return text.startswith("/") and not text.startswith("//")


class SlashService:
    """Runs what was typed, and what was asked for without typing."""

    def __init__(
        self,
        *,
        registry: CommandRegistry,
        saved: SavedCommands,
        finder: TargetFinder,
        relay: RelayCommands,
        tasks: TaskService,
        rooms: RoomService,
        chat: ChatService,
        clock: Clock,
    ) -> None:
        self._registry = registry
        self._saved = saved
        self._finder = finder
        self._relay = relay
        self._tasks = tasks
        self._rooms = rooms
        self._chat = chat
        self._clock = clock

    async def run(self, actor: Actor, room: Room, text: str, *, message_id: str, key: str) -> Sent:
        """Carry a typed line out, or dispatch it.

        Raises:
            InvalidRequest: no such command, wrong arguments, or nobody named for a change.
            NotFound: nobody here has the name. And what the command itself refuses.
        """
        command, rest = self._parsed(text)
        if command.runs_at is RunsAt.RELAY:
            notice, is_repeat = await self._relay.run(actor, room, command, command.parse(rest), key=key)
            return self._answered(room, message_id, notice, is_repeat)
        words, names = self._without_targets(room, command, rest)
        args = command.parse(words)
        targets = self._tasks.targets_before(actor, key) or self._targets(actor, room, command, names)
        order = Order(room, command, args, targets, DEFAULT_TIMEOUT)
        dispatch = await self._tasks.dispatch(actor, order, Asked(message_id, key, text))
        return self._sent(dispatch, targets)

    async def dispatch(self, actor: Actor, request: TaskDispatch) -> Dispatched:
        """Dispatch what was asked for as a task: in its room, else between two agents, else in global.

        Raises:
            InvalidRequest: no such command, or one that the relay itself carries out.
            NotFound: no such room for this actor, or nobody here has the names.
        """
        command = self._registry.named(request.command.removeprefix("/"))
        if command.runs_at is RunsAt.RELAY:
            raise InvalidRequest(f"/{command.name} is typed in a room; agents do not run it", field="command")
        room = await self._room(actor, request)
        made = request.id or self._clock.new_id()
        targets = self._tasks.targets_before(actor, made) or self._finder.find(actor, room, request.to)
        order = Order(
            room,
            command,
            command.check(tuple(request.args)),
            targets,
            request.timeout or DEFAULT_TIMEOUT,
        )
        words = request.model_dump_json(exclude={"id"})
        dispatch = await self._tasks.dispatch(actor, order, Asked(made, made, words))
        return _dispatched(dispatch, targets)

    def commands(self, actor: Actor) -> list[CommandInfo]:
        """List what can be typed, saved commands included."""
        check(actor, Operation.COMMAND_LIST)
        saved = [self._describe(name, line) for name, line in sorted(self._saved.all().items())]
        return [*(command.describe() for command in self._registry.all()), *saved]

    def _describe(self, name: str, line: str) -> CommandInfo:
        try:
            command = self._registry.named(head_of(line)[0])
        except InvalidRequest:
            # Its agent has not announced it since the relay began.
            return CommandInfo(name=name, help=line, risk=2, category="Saved")
        return CommandInfo(
            name=name, help=line, risk=command.risk, category="Saved", runs_at=command.runs_at.value
        )

    def _parsed(self, text: str) -> tuple[Command, str]:
        name, rest = head_of(text)
        if (line := self._saved.line(name)) is not None:
            name, saved = head_of(line)
            rest = f"{saved} {rest}".strip()
        return self._registry.named(name), rest

    def _without_targets(self, room: Room, command: Command, text: str) -> tuple[str, tuple[str, ...]]:
        if not command.takes_text:
            names = tuple(word for word in _WORD.findall(text) if word.startswith("@"))
            return _WORD.sub(lambda word: "" if word[0].startswith("@") else word[0], text), names
        leading = _LEADING.match(text)
        if leading and leading[0]:
            return text[leading.end() :], tuple(leading[0].split())
        # Who is mentioned within the text is meant if he is here; the text itself stays as it is.
        return text, tuple(
            word for word in text.split() if word[0] == "@" and self._finder.is_here(room, word)
        )

    def _targets(self, actor: Actor, room: Room, command: Command, names: tuple[str, ...]) -> Targets:
        if names:
            return self._finder.find(actor, room, names)
        return self._finder.default(actor, room, command.risk)

    async def _room(self, actor: Actor, request: TaskDispatch) -> Room:
        if request.room is not None:
            room = self._rooms.permitted(actor, Operation.CHAT_SEND, request.room)
            return await self._chat.opened(actor, room)
        if len(request.to) == 1 and request.to[0] not in GROUPS:
            peer = self._finder.agent_id(request.to[0])
            if peer != actor.agent_id:
                room = self._rooms.permitted(actor, Operation.CHAT_SEND, dm_room(actor.agent_id, peer))
                return await self._chat.opened(actor, room)
        return self._rooms.permitted(actor, Operation.CHAT_SEND, GLOBAL)

    def _answered(self, room: Room, message_id: str, notice: str, duplicate: bool) -> Sent:
        return Sent(
            id=message_id,
            room=room.id,
            offset=0,
            ts=self._clock.stamp(),
            duplicate=duplicate,
            notice=notice,
            durability=self._chat.durability,
        )

    def _sent(self, dispatch: Dispatch, targets: Targets) -> Sent:
        place = dispatch.place
        return Sent(
            id=place.id,
            room=place.room,
            offset=place.offset,
            ts=place.ts,
            duplicate=dispatch.duplicate,
            unreachable=[task.to for task in dispatch.tasks if task.state is TaskState.QUEUED],
            task_ids=[task.id for task in dispatch.tasks],
            unknown=list(targets.unknown),
            durability=self._chat.durability,
        )


def _dispatched(dispatch: Dispatch, targets: Targets) -> Dispatched:
    placed = [TaskPlaced(id=task.id, to=task.to, state=task.state) for task in dispatch.tasks]
    return Dispatched(tasks=placed, unknown=list(targets.unknown), duplicate=dispatch.duplicate)
