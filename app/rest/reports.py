"""`/api/v1/tasks/{id}/ack`, `/progress`, `/result`: what who executes a task says; and `/output`."""

from typing import Annotated, Literal

from fastapi import APIRouter
from pydantic import BaseModel, Field

from app.coordination import Coordination
from app.rest.auth import Changing, Reading
from app.rest.bodies import StrictRoute, request_of
from protocol.acks import ResultTaken
from protocol.requests import Request, TaskAck, TaskProgress, TaskResult
from protocol.tasks import MAX_OUTPUT, TaskState
from protocol.text import CleanText, ShortText


class Taken(Request):
    """The lease that came with the order."""

    lease: ShortText


class Progress(Taken):
    """How far a task is; `text` is shown and not stored."""

    text: Annotated[CleanText, Field(max_length=4096)] | None = None
    percent: Annotated[float, Field(ge=0, le=100, allow_inf_nan=False)] | None = None


class Result(Taken):
    """How a task ended."""

    state: Literal["succeeded", "failed", "cancelled", "timed_out"]
    output: Annotated[CleanText, Field(max_length=MAX_OUTPUT)] = ""
    exit_code: Annotated[int, Field(ge=-(2**31), lt=2**31)] | None = None
    truncated: bool = False


class Output(BaseModel):
    """What a task has said, and how it ended."""

    task_id: str
    state: TaskState
    output: str
    exit_code: int | None
    truncated: bool


class ReportsApi:
    """Reports of assignees over REST; the order comes by `/api/v1/events`."""

    def __init__(self, *, work: Coordination) -> None:
        self._work = work
        self.router = APIRouter(prefix="/tasks/{task_id}", tags=["tasks"], route_class=StrictRoute)
        self.router.add_api_route("/ack", self.acknowledge, methods=["POST"], status_code=204)
        self.router.add_api_route("/progress", self.progress, methods=["POST"], status_code=204)
        self.router.add_api_route("/result", self.result, methods=["POST"])
        self.router.add_api_route("/output", self.output, methods=["GET"])

    async def acknowledge(self, actor: Changing, task_id: str, body: Taken) -> None:
        """Say that the task was taken and is being worked on (its assignee)."""
        request = request_of(TaskAck, task_id=task_id, lease=body.lease)
        await self._work.reports.acknowledge(actor, request.task_id, request.lease)

    async def progress(self, actor: Changing, task_id: str, body: Progress) -> None:
        """Say how far the task is; this renews its lease (its assignee)."""
        await self._work.reports.progress(
            actor, request_of(TaskProgress, task_id=task_id, **body.model_dump())
        )

    async def result(self, actor: Changing, task_id: str, body: Result) -> ResultTaken:
        """Say how the task ended, once; the same report again is a duplicate (its assignee)."""
        return await self._work.reports.result(
            actor, request_of(TaskResult, task_id=task_id, **body.model_dump())
        )

    async def output(self, actor: Reading, task_id: str) -> Output:
        """Return what a task has said; empty until it has ended."""
        task = self._work.tasks.see(actor, task_id)
        return Output(
            task_id=task.id,
            state=task.state,
            output=task.output or "",
            exit_code=task.exit_code,
            truncated=task.truncated,
        )
