"""`/api/v1/logs`: what the relay has logged of late, and what was done."""

from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel

from app.rest.auth import Reading
from app.rest.pages import Page, Paged
from app.services.recent_logs import RecentLogService
from app.services.tasks.service import TaskService
from protocol.tasks import TaskState
from protocol.text import ShortText


class TaskLine(BaseModel):
    """A task in one line."""

    task_id: str
    created_at: str
    ended_at: str | None
    requested_by: str
    to: str
    line: str
    state: TaskState
    exit_code: int | None


class LogsApi:
    """The newest lines of the relay's log over REST; masters and wardens."""

    def __init__(self, *, logs: RecentLogService, tasks: TaskService) -> None:
        self._logs = logs
        self._tasks = tasks
        self.router = APIRouter(tags=["logs"])
        self.router.add_api_route("/logs", self.list, methods=["GET"])
        self.router.add_api_route("/logs/tasks", self.tasks, methods=["GET"])

    async def list(
        self,
        actor: Reading,
        limit: Annotated[int, Query(ge=1, le=1000)] = 200,
        search: ShortText = "",
    ) -> Page[dict[str, Any]]:
        """List the newest records that hold a word, oldest first."""
        return Page(items=self._logs.records(actor, limit=limit, search=search))

    async def tasks(self, actor: Reading, paging: Paged) -> Page[TaskLine]:
        """List the tasks that the caller may see as lines, the newest first."""
        lines = [
            TaskLine(
                task_id=task.id,
                created_at=task.created_at,
                ended_at=task.ended_at,
                requested_by=task.requested_by,
                to=task.to,
                line=task.line,
                state=task.state,
                exit_code=task.exit_code,
            )
            for task in self._tasks.listed(actor)
        ]
        return paging.of(lines, lambda line: line.task_id)
