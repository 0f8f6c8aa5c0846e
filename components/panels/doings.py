"""What can be asked about tasks wherever they are shown: in the chat, in the table, among what waits."""

from components import asks
from components.panels.answers import Answer, Table
from components.work import Work
from protocol.errors import Conflict
from protocol.tasks import Task


def task_table(work: Work) -> Table:
    """Return who answers which question about a task."""

    async def cancel(ask: asks.Named) -> Answer:
        return _moved(await work.cancel(ask.id))

    async def approve(ask: asks.Named) -> Answer:
        try:
            return _moved(await work.approve(ask.id))
        except Conflict:
            raise Conflict(work.decided(ask.id), field="task_id") from None

    async def deny(ask: asks.Refuse) -> Answer:
        try:
            return _moved(await work.deny(ask.id, ask.reason.strip()))
        except Conflict:
            raise Conflict(work.decided(ask.id), field="task_id") from None

    async def retry(ask: asks.Again) -> Answer:
        return _moved(await work.retry(ask.id, ask.key))

    return {
        "cancel": (asks.Named, cancel),
        "approve": (asks.Named, approve),
        "deny": (asks.Refuse, deny),
        "retry": (asks.Again, retry),
    }


def _moved(task: Task) -> Answer:
    return {"id": task.id, "state": task.state.value}
