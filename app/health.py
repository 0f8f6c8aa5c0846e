"""Health: whether the process answers and whether it takes work; open to all, without details."""

from fastapi import FastAPI

from app.journal import Journal
from app.rest.problems import Problem, problem_of
from protocol.errors import Unavailable


class Health:
    """Ready while the composition root says so and the store takes what is written."""

    def __init__(self, version: str, journal: Journal) -> None:
        self._version = version
        self._journal = journal
        self.is_ready = False

    def install(self, parent: FastAPI) -> None:
        """Add `/`, `/healthz` and `/readyz`."""
        parent.add_api_route("/", self.greeting, methods=["GET"])
        parent.add_api_route("/healthz", self.alive, methods=["GET"])
        parent.add_api_route("/readyz", self.ready, methods=["GET"], response_model=None)

    async def greeting(self) -> dict[str, str | bool]:
        """Answer what v1 clients look for."""
        return {"status": f"ClawNet {self._version}", "online": True}

    async def alive(self) -> dict[str, str]:
        """Say that the loop turns; never touches the store."""
        return {"status": "alive"}

    async def ready(self) -> dict[str, str] | Problem:
        """Say whether work is taken."""
        if not self.is_ready:
            return problem_of(Unavailable("starting or stopping"))
        if not self._journal.is_writable:
            return problem_of(Unavailable("the store takes no writes"))
        return {"status": "ready"}
