"""The slash commands that the relay itself carries out; each answers its sender with a line of text."""

from collections import OrderedDict
from collections.abc import Awaitable, Callable

from app.actor import Actor
from app.services.commands import Command, CommandRegistry
from app.services.identity import IdentityService
from app.services.loopguard import LoopGuardService
from app.services.pausing import FLEET, PauseService
from app.services.presence import PresenceService
from app.services.rooms import RoomService
from app.services.saved import SavedCommands
from app.services.tasks.halting import Halting
from app.services.tasks.retrying import Retrying
from app.services.tasks.service import TaskService
from protocol.agents import Agent
from protocol.errors import DedupeMismatch, InvalidRequest
from protocol.requests import RoomInvite, RoomKick, RoomUpdate
from protocol.rooms import MAX_TOPIC, Room

_Asked = tuple[str, str, tuple[str, ...]]
Run = Callable[[Actor, Room, tuple[str, ...]], Awaitable[str]]
MAX_REMEMBERED = 1_000  # answers that a repeat gets again


class RelayCommands:
    """One method a command; what it may do is decided where it is done."""

    def __init__(
        self,
        *,
        registry: CommandRegistry,
        saved: SavedCommands,
        identity: IdentityService,
        presence: PresenceService,
        rooms: RoomService,
        tasks: TaskService,
        halting: Halting,
        retrying: Retrying,
        pausing: PauseService,
        loops: LoopGuardService,
    ) -> None:
        self._registry = registry
        self._saved = saved
        self._identity = identity
        self._presence = presence
        self._rooms = rooms
        self._tasks = tasks
        self._halting = halting
        self._retrying = retrying
        self._pausing = pausing
        self._loops = loops
        self._table = self._commands()
        # A line that is sent again, because its answer was lost, must not kick, retry or approve again.
        self._answers: OrderedDict[tuple[str, str], tuple[_Asked, str]] = OrderedDict()

    async def run(
        self, actor: Actor, room: Room, command: Command, args: tuple[str, ...], *, key: str
    ) -> tuple[str, bool]:
        """Carry out a command in a room, once a `key`; return what its sender is told, and whether again.

        Raises:
            DedupeMismatch: the key was used for another command.
        """
        asked = (room.id, command.name, args)
        if (before := self._answers.get((actor.agent_id, key))) is not None:
            if before[0] != asked:
                raise DedupeMismatch("this dedupe key was used for another command", field="dedupe_key")
            return before[1], True
        notice = await self._table[command.name](actor, room, args)
        self._answers[actor.agent_id, key] = (asked, notice)
        while len(self._answers) > MAX_REMEMBERED:
            self._answers.popitem(last=False)
        return notice, False

    def _commands(self) -> dict[str, Run]:
        return {
            "help": self._help,
            "join": self._join,
            "leave": self._leave,
            "topic": self._topic,
            "invite": self._invite,
            "kick": self._kick,
            "who": self._who,
            "nick": self._nick,
            "continue": self._continue,
            "pause": self._pause,
            "resume": self._resume,
            "approve": self._approve,
            "deny": self._deny,
            "stop": self._stop,
            "retry": self._retry,
            "save": self._save,
            "forget": self._forget,
        }

    async def _help(self, _: Actor, __: Room, args: tuple[str, ...]) -> str:
        if args:
            command = self._registry.named(args[0].removeprefix("/").lower())
            return f"{command.usage}: {command.help}"
        lines = [f"{command.usage}: {command.help}" for command in self._registry.all()]
        return "\n".join(lines + [f"/{name}: {line}" for name, line in sorted(self._saved.all().items())])

    async def _join(self, actor: Actor, _: Room, args: tuple[str, ...]) -> str:
        joined = await self._rooms.join(actor, args[0].removeprefix("#"))
        return f"you are in {joined.title}"

    async def _leave(self, actor: Actor, room: Room, _: tuple[str, ...]) -> str:
        await self._rooms.leave(actor, room.id)
        return f"you have left {room.title}"

    async def _topic(self, actor: Actor, room: Room, args: tuple[str, ...]) -> str:
        if len(args[0]) > MAX_TOPIC:
            raise InvalidRequest(f"a topic has at most {MAX_TOPIC} characters", field="topic")
        changed = await self._rooms.update(actor, RoomUpdate(room=room.id, topic=args[0]))
        return f"the topic is: {changed.topic}"

    async def _invite(self, actor: Actor, room: Room, args: tuple[str, ...]) -> str:
        agent = self._named(args[0])
        await self._rooms.invite(actor, RoomInvite(room=room.id, agent_id=agent.id))
        return f"{agent.handle} is in"

    async def _kick(self, actor: Actor, room: Room, args: tuple[str, ...]) -> str:
        agent = self._named(args[0])
        reason = args[1] if len(args) > 1 else ""
        await self._rooms.kick(actor, RoomKick(room=room.id, agent_id=agent.id, reason=reason[:256]))
        return f"{agent.handle} is out"

    async def _who(self, actor: Actor, room: Room, _: tuple[str, ...]) -> str:
        inside = set(self._rooms.see(actor, room.id).members)
        present = [each for each in self._presence.everyone() if each.agent_id in inside]
        return "\n".join(f"{each.handle}: {each.status}" for each in present)

    async def _nick(self, actor: Actor, _: Room, args: tuple[str, ...]) -> str:
        agent = await self._identity.rename(actor, actor.agent_id, args[0].removeprefix("@"))
        return f"you are {agent.handle}"

    async def _continue(self, actor: Actor, room: Room, _: tuple[str, ...]) -> str:
        await self._loops.reset(actor, room)
        return "the agents may go on"

    async def _pause(self, actor: Actor, _: Room, args: tuple[str, ...]) -> str:
        stopped = await self._halting.pause(
            actor, self._group_or_id(args[0]), args[1] if len(args) > 1 else ""
        )
        return f"paused: {', '.join(stopped) or 'nobody'}"

    async def _resume(self, actor: Actor, _: Room, args: tuple[str, ...]) -> str:
        await self._pausing.resume(actor, self._group_or_id(args[0]))
        return f"{args[0]} may work again"

    async def _approve(self, actor: Actor, _: Room, args: tuple[str, ...]) -> str:
        task = await self._tasks.approve(actor, args[0])
        return f"approved: {task.line[:200]}"

    async def _deny(self, actor: Actor, _: Room, args: tuple[str, ...]) -> str:
        await self._tasks.deny(actor, args[0], args[1] if len(args) > 1 else "")
        return "denied"

    async def _stop(self, actor: Actor, _: Room, args: tuple[str, ...]) -> str:
        task = await self._tasks.cancel(actor, args[0], args[1] if len(args) > 1 else "")
        return f"{task.id}: {task.state}"

    async def _retry(self, actor: Actor, _: Room, args: tuple[str, ...]) -> str:
        task = await self._retrying.retry(actor, args[0])
        return f"asked again as {task.id}"

    async def _save(self, actor: Actor, _: Room, args: tuple[str, ...]) -> str:
        await self._saved.save(actor, args[0].lower(), args[1])
        return f"saved as /{args[0].lower()}"

    async def _forget(self, actor: Actor, _: Room, args: tuple[str, ...]) -> str:
        await self._saved.forget(actor, args[0].lower())
        return f"/{args[0].lower()} is forgotten"

    def _group_or_id(self, name: str) -> str:
        return name if name == FLEET else self._named(name).id

    def _named(self, name: str) -> Agent:
        # Where only agents can stand, a handle needs no @.
        return self._identity.find(name if self._identity.knows(name) else f"@{name.removeprefix('@')}")
