"""`/api/v1/tasks`: dispatch, list, see, cancel, approve, deny and retry."""

from typing import Annotated

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, Field

from app.coordination import Coordination
from app.rest.auth import Changing, Reading
from app.rest.bodies import Key, StrictRoute, repeated, request_of
from app.rest.pages import Linked, Page, Paging
from app.rest.waiting import MAX_WAIT, LongPolls
from protocol.acks import Dispatched
from protocol.addressing import AgentId, RoomId
from protocol.requests import Args, Request, Target, TaskDispatch
from protocol.tasks import Task, TaskState
from protocol.text import ShortText, Word

MAX_TASKS = 200


class NewTask(Request):
    """A command for agents: `to` holds ids, `@handles`, `@online` or `@all`; `timeout` is in seconds."""

    to: Annotated[list[Target] | Target, Field(description="One target, or a list of them.")]
    command: Word
    args: Args = []
    room: RoomId | None = None
    timeout: Annotated[float, Field(gt=0, le=86_400)] | None = None

    def order(self, key: str | None) -> TaskDispatch:
        """Return the request that a socket would have sent."""
        given = self.model_dump(exclude={"to"}, exclude_none=True)
        to = self.to if isinstance(self.to, list) else [self.to]
        return request_of(TaskDispatch, id=key, to=to, **given)


class Reason(Request):
    """Why."""

    reason: ShortText = ""


class Filter(BaseModel):
    """Which tasks; the newest come first."""

    limit: Annotated[int, Query(ge=1, le=MAX_TASKS)] = 50
    state: TaskState | None = None
    to: AgentId | None = None
    room: RoomId | None = None
    cursor: Annotated[str | None, Query(max_length=64, description="`next` of the page before.")] = None


class TasksApi:
    """Tasks over REST."""

    def __init__(self, *, work: Coordination, polls: LongPolls) -> None:
        self._work = work
        self._polls = polls
        self.router = APIRouter(prefix="/tasks", tags=["tasks"], route_class=StrictRoute)
        self.router.add_api_route("", self.list, methods=["GET"])
        self.router.add_api_route(
            "", self.dispatch, methods=["POST"], status_code=201, responses=repeated(Dispatched)
        )
        self.router.add_api_route("/{task_id}", self.get, methods=["GET"])
        self.router.add_api_route("/{task_id}/cancel", self.cancel, methods=["POST"])
        self.router.add_api_route("/{task_id}/approve", self.approve, methods=["POST"])
        self.router.add_api_route("/{task_id}/deny", self.deny, methods=["POST"])
        self.router.add_api_route("/{task_id}/retry", self.retry, methods=["POST"], status_code=201)

    async def list(self, actor: Reading, which: Annotated[Filter, Query()], links: Linked) -> Page[Task]:
        """List the tasks that the caller may see, the newest first."""
        tasks = self._work.tasks.listed(actor, state=which.state, agent=which.to, room=which.room)
        return Paging(links, which.limit, which.cursor).of(tasks, lambda task: task.id)

    async def dispatch(
        self, actor: Changing, body: NewTask, response: Response, key: Key = None
    ) -> Dispatched:
        """Ask agents to run a command; 200 instead of 201 when it was asked before."""
        dispatched = await self._work.slash.dispatch(actor, body.order(key))
        if dispatched.duplicate:
            response.status_code = 200
        return dispatched

    async def get(
        self,
        actor: Reading,
        task_id: str,
        wait: Annotated[float, Query(ge=0, le=MAX_WAIT, description="Seconds to wait until it ends.")] = 0.0,
    ) -> Task:
        """Return one task, with its output; with `wait` as soon as it has ended."""
        task = self._work.tasks.see(actor, task_id)
        if not wait:
            return task

        async def look() -> Task:
            return self._work.tasks.see(actor, task_id)

        # Its room hears of every step.
        return await self._polls.until(
            lambda seen: seen.state.is_terminal, look, actor=actor, room=task.room, wait=wait
        )

    async def cancel(self, actor: Changing, task_id: str, body: Reason | None = None) -> Task:
        """Ask for a task to stop; asked again after a while it is given up (requester, masters)."""
        return await self._work.tasks.cancel(actor, task_id, body.reason if body else "")

    async def approve(self, actor: Changing, task_id: str) -> Task:
        """Let a risky task run, once (masters)."""
        return await self._work.tasks.approve(actor, task_id)

    async def deny(self, actor: Changing, task_id: str, body: Reason | None = None) -> Task:
        """Refuse a risky task (masters)."""
        return await self._work.tasks.deny(actor, task_id, body.reason if body else "")

    async def retry(self, actor: Changing, task_id: str, key: Key = None) -> Task:
        """Run a task that has ended once more; the new one names the old one."""
        return await self._work.retrying.retry(actor, task_id, key=key)
