"""The relay over REST: one call, one answer, and the protocol's own errors."""

import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Self
from urllib.parse import quote

import httpx

from cli.access import Access
from protocol.addressing import dm_room
from protocol.errors import ClawNetError, Internal, NotFound, RateLimited, Unavailable, error_of, leaves
from protocol.reliability import RetryPolicy

TIMEOUT = 10.0
LONG = 600.0  # seconds in which a store may be moved
LONGEST_PAUSE = 30.0
# Five tries in about four seconds: enough for a relay that restarts, soon enough for who waits.
POLICY = RetryPolicy(first=0.25, cap=4.0, tries=5)

Body = dict[str, Any]


class Relay:
    """A client of `/api/v1`."""

    def __init__(
        self,
        access: Access,
        *,
        note: Callable[[str], None] = lambda _: None,
        policy: RetryPolicy = POLICY,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self._note = note
        self._policy = policy
        self._pause = pause
        self._http = httpx.Client(
            base_url=f"{access.url}/api/v1/",
            headers={"Accept": "application/json"} | _authority(access.token),
            timeout=TIMEOUT,
            follow_redirects=False,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def get(self, path: str, **query: object) -> Body:
        """Read something.

        Raises:
            ClawNetError: the relay refused, or can't be reached (Unavailable).
        """
        return self.tagged(path, **query)[0]

    def tagged(self, path: str, **query: object) -> tuple[Body, str | None]:
        """Read something, and the tag by which it can be changed only while it is still the same.

        Raises:
            ClawNetError: the relay refused, or can't be reached (Unavailable).
        """
        told = {name: str(value) for name, value in query.items() if value is not None}
        # The relay is to be waited for as long as it was asked to wait.
        timeout = TIMEOUT + float(told.get("wait", 0))
        response = self._asked("GET", path, params=told, timeout=timeout)
        return _object_of(response), response.headers.get("ETag")

    def items(self, path: str, **query: object) -> list[Body]:
        """Read a whole list, page by page."""
        items: list[Body] = []
        page = self.get(path, **query)
        items += page["items"]
        while page.get("next"):
            page = self.get(path, **(query | {"cursor": page["next"]}))
            items += page["items"]
        return items

    def lines(self, path: str, **query: object) -> Iterator[str]:
        """Read a stream of lines.

        Raises:
            ClawNetError: the relay refused, or can't be reached (Unavailable).
        """
        told = {name: str(value) for name, value in query.items() if value is not None}
        try:
            with self._http.stream("GET", path, params=told) as response:
                if not response.is_success:
                    response.read()
                    raise _refusal_of(response)
                yield from response.iter_lines()
        except httpx.HTTPError as error:
            raise Unavailable(f"the relay can't be reached: {_reason(error)}") from None

    def post(self, path: str, body: Mapping[str, object] | None = None, *, key: str | None = None) -> Body:
        """Change something, once; the same `key` again changes nothing more.

        Raises:
            ClawNetError: the relay refused, or can't be reached (Unavailable).
        """
        headers = {"Idempotency-Key": key} if key else {}
        return self._call("POST", path, json=body or {}, headers=headers)

    def put(self, path: str, body: Mapping[str, object], *, tag: str | None = None) -> Body:
        """Put something in the place of what is there; with a `tag` only if that is still the same.

        Raises:
            Conflict: it is not. ClawNetError: the relay refused, or can't be reached (Unavailable).
        """
        headers = {"If-Match": tag} if tag else {}
        return self._call("PUT", path, json=body, timeout=LONG, headers=headers)

    def patch(self, path: str, body: Mapping[str, object]) -> Body:
        """Change a part of something.

        Raises:
            ClawNetError: the relay refused, or can't be reached (Unavailable).
        """
        return self._call("PATCH", path, json=body)

    def delete(self, path: str, **query: object) -> Body:
        """Take something away.

        Raises:
            ClawNetError: the relay refused, or can't be reached (Unavailable).
        """
        return self._call("DELETE", path, params={name: str(value) for name, value in query.items()})

    def send(self, message: Mapping[str, object]) -> Body:
        """Send a message, again with the same id while the relay can't answer.

        Raises:
            ClawNetError: the relay refused for good, or the last try failed.
        """
        attempt = 0
        while True:
            try:
                return self.post("messages", message)
            except (Unavailable, RateLimited, Internal) as error:
                if self._policy.is_over(attempt + 1):
                    raise
                wait = min(error.retry_after or self._policy.delay(attempt), LONGEST_PAUSE)
                self._note(f"{error}; trying again in {wait:.1f} s")
                self._pause(wait)
                attempt += 1

    def agent_id(self, peer: str) -> str:
        """Return the id of an agent that is named by id or @handle.

        Raises:
            NotFound: nobody has this handle.
        """
        if not peer.startswith("@"):
            return peer
        for agent in self.items("agents"):
            if agent["handle"] == peer[1:].lower():
                return str(agent["id"])
        raise NotFound(f"nobody is {peer}", field="peer")

    def room_id(self, room: str) -> str:
        """Return the id of a room that is named by id, or as @handle for a direct message."""
        if not room.startswith("@"):
            return room
        return dm_room(str(self.get("agents/me")["agent"]["id"]), self.agent_id(room))

    def head(self, room: str) -> int:
        """Return the offset of a room's newest message, 0 if there is none."""
        return int(self.get(self.path("rooms", room, "history"), limit=1)["head"])

    @staticmethod
    def path(*parts: str) -> str:
        """Return a path of names, whatever the names hold."""
        return "/".join(quote(part, safe="@") for part in parts)

    def _call(self, method: str, path: str, **request: Any) -> Body:
        return _object_of(self._asked(method, path, **request))

    def _asked(self, method: str, path: str, **request: Any) -> httpx.Response:
        try:
            response = self._http.request(method, path, **request)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise Unavailable(f"the relay can't be reached: {_reason(error)}") from None
        if response.is_success:
            return response
        raise _refusal_of(response)


def _authority(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"} if token else {}


def _reason(error: Exception) -> str:
    return str(error) or type(error).__name__


def _object_of(response: httpx.Response) -> Body:
    if response.status_code == httpx.codes.NO_CONTENT:
        return {}
    try:
        body = response.json()
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise Unavailable("what answers there is no ClawNet relay")
    return body


def _refusal_of(response: httpx.Response) -> ClawNetError:
    try:
        problem = response.json()
    except ValueError:
        problem = None
    if isinstance(problem, dict) and "code" in problem:
        return error_of({**problem, "message": problem.get("detail") or problem.get("title") or "refused"})
    # Somebody between us and the relay answered, or it is no relay at all.
    kinds = {cls.status: cls for cls in reversed(leaves())}
    return kinds.get(response.status_code, Unavailable)(f"HTTP {response.status_code} and no reason given")
