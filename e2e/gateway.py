"""OpenClaw's gateway in miniature: the frames that were recorded from the real one, and faults on demand.

It counts the turns of its model, because the point of most tests is that there was exactly one.
"""

import asyncio
import hashlib
import itertools
import json
import re
import secrets
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.exceptions import ConnectionClosed

from cli.agent.gateway import ed25519
from cli.agent.gateway.device import decoded, signed_text

SHARED = "shared-token-of-the-gateway"
STEPS = ("challenge", "connect", "agent", "accepted", "mid", "final", "agent.wait", "chat.history")

Body = dict[str, Any]


class Cut(Exception):
    """A fault that was ordered: the connection ends here."""


@dataclass
class Turn:
    """A run of the model."""

    run_id: str
    session: str
    message: str
    task: asyncio.Task[None] | None = None
    text: str = ""
    end: Body | None = None
    ended: asyncio.Event = field(default_factory=asyncio.Event)


class FakeGateway:
    """Keeps transcripts for good, and what it knows of runs until it `forgets` or is killed."""

    def __init__(self) -> None:
        self.turns: dict[str, int] = {}
        self.aborts: list[str] = []
        self.aborted = asyncio.Event()
        self.connects: list[Body] = []
        self.requests: list[str] = []
        self.cuts: list[str] = []
        self.transcripts: dict[str, list[Body]] = {}
        self.device_tokens: dict[str, str] = {}
        self.port = 0
        self._runs: dict[str, Turn] = {}
        self._sockets: set[ServerConnection] = set()
        self._server: Server | None = None
        self._numbers = itertools.count(1)

    @property
    def url(self) -> str:
        """Return where it listens."""
        return f"ws://127.0.0.1:{self.port}"

    @asynccontextmanager
    async def open(self) -> AsyncIterator["FakeGateway"]:
        """Listen until the test is over."""
        await self.start()
        try:
            yield self
        finally:
            await self.kill()

    async def start(self) -> None:
        """Listen, again on the same port after a kill."""
        self._server = await serve(self._serve, "127.0.0.1", self.port, max_size=2**25)
        self.port = self._server.sockets[0].getsockname()[1]

    async def kill(self) -> None:
        """End it as a crash would: nothing that runs goes on, and what is not in a transcript is gone."""
        for turn in self._runs.values():
            if turn.task is not None:
                turn.task.cancel()
        self._runs.clear()
        if self._server is not None:
            self._server.close(close_connections=False)
            for socket in list(self._sockets):
                socket.transport.abort()
            await self._server.wait_closed()

    async def ended(self, run_id: str) -> None:
        """Wait until a run has ended."""
        await self._runs[run_id].ended.wait()

    def forget(self) -> None:
        """Lose what is known of runs that have ended, as the real one does after five minutes."""
        self._runs = {key: turn for key, turn in self._runs.items() if turn.end is None}

    async def _serve(self, socket: ServerConnection) -> None:
        self._sockets.add(socket)
        try:
            device = await self._greet(socket)
            if device is None:
                return
            async with asyncio.TaskGroup() as group:
                async for raw in socket:
                    frame = json.loads(raw)
                    group.create_task(self._answer(socket, frame))
        except* (Cut, ConnectionClosed):
            socket.transport.abort()
        finally:
            self._sockets.discard(socket)

    async def _greet(self, socket: ServerConnection) -> str | None:
        challenge = {"nonce": secrets.token_hex(8), "ts": int(time.time() * 1000)}
        self._step("challenge")
        await _send(socket, {"type": "event", "event": "connect.challenge", "payload": challenge})
        frame = json.loads(await socket.recv())
        self._step("connect")
        self.connects.append(frame["params"])
        device, fault = self._known(frame["params"], challenge)
        if fault is not None:
            await _refuse(socket, frame, "INVALID_REQUEST", fault)
            return None
        token = self.device_tokens.setdefault(device, secrets.token_urlsafe(32))
        auth = {"role": "operator", "scopes": frame["params"]["scopes"], "deviceToken": token}
        hello = {"type": "hello-ok", "protocol": 4, "server": {"version": "2026.9.6-fake"}, "auth": auth}
        await _send(socket, {"type": "res", "id": frame["id"], "ok": True, "payload": hello})
        return device

    def _known(self, params: Body, challenge: Body) -> tuple[str, str | None]:
        device, token = params["device"], params["auth"]["token"]
        key = decoded(device["publicKey"])
        name = hashlib.sha256(key).hexdigest()
        said = signed_text(name, challenge["ts"], token, challenge["nonce"])
        if device["id"] != name or device["signedAt"] != challenge["ts"]:
            return name, "device identity mismatch"
        if not ed25519.is_signed(key, said.encode(), decoded(device["signature"])):
            return name, "device signature invalid"
        if set(params["scopes"]) != {"operator.read", "operator.write"}:
            return name, "more scopes than are needed"
        return name, None if token in {
            SHARED,
            self.device_tokens.get(name),
        } else "unauthorized: token mismatch"

    async def _answer(self, socket: ServerConnection, frame: Body) -> None:
        method, params = frame["method"], frame.get("params") or {}
        self.requests.append(method)
        self._step(method)
        handler = getattr(self, f"_on_{method.replace('.', '_')}", None)
        if handler is None:
            await _refuse(socket, frame, "FORBIDDEN", "missing scope: operator.admin")
            return
        payload = await handler(socket, frame, params)
        if payload is not None:
            is_ok = payload.get("status") != "error" or method != "agent"
            error = {} if is_ok else {"error": {"code": "UNAVAILABLE", "message": payload.get("summary")}}
            await _send(socket, {"type": "res", "id": frame["id"], "ok": is_ok, "payload": payload} | error)

    def _step(self, name: str) -> None:
        if name in self.cuts:
            self.cuts.remove(name)
            raise Cut(name)

    async def _on_agent(self, socket: ServerConnection, frame: Body, params: Body) -> Body | None:
        run_id = params["idempotencyKey"]
        turn = self._runs.get(run_id)
        if turn is not None:
            return turn.end or {"runId": run_id, "status": "in_flight"}
        turn = self._begin(run_id, params)
        self._step("accepted")
        accepted = {"runId": run_id, "status": "accepted"}
        await _send(socket, {"type": "res", "id": frame["id"], "ok": True, "payload": accepted})
        await turn.ended.wait()
        self._step("final")
        return turn.end

    async def _on_chat_send(self, _socket: ServerConnection, _frame: Body, params: Body) -> Body:
        run_id = params["idempotencyKey"]
        if run_id not in self._runs:
            self._begin(run_id, params)
        return {"runId": run_id, "status": "started"}

    async def _on_agent_wait(self, _socket: ServerConnection, _frame: Body, params: Body) -> Body:
        turn = self._runs.get(params["runId"])
        with suppress(TimeoutError):
            async with asyncio.timeout(params["timeoutMs"] / 1000):
                await (turn.ended.wait() if turn else asyncio.Event().wait())
        if turn is None or turn.end is None:
            return {"runId": params["runId"], "status": "timeout"}
        status = "error" if turn.end.get("stopReason") == "rpc" else turn.end["status"]
        reply = {"disposition": "visible", "text": turn.text}
        return {
            "status": status,
            "endedAt": 1,
            "stopReason": turn.end.get("stopReason"),
            "terminalReply": reply,
        }

    async def _on_chat_abort(self, _socket: ServerConnection, _frame: Body, params: Body) -> Body:
        turn = self._runs.get(params["runId"])
        self.aborts.append(params["runId"])
        self.aborted.set()
        if turn is None or turn.task is None or turn.end is not None:
            return {"ok": True, "aborted": False, "runIds": []}
        turn.task.cancel()
        self._end(turn, {"status": "timeout", "summary": "aborted", "stopReason": "rpc"})
        self._write(turn, {"stopReason": "stop", "openclawAbort": {"aborted": True}})
        return {"ok": True, "aborted": True, "runIds": [turn.run_id]}

    async def _on_chat_history(self, _socket: ServerConnection, _frame: Body, params: Body) -> Body:
        session = params["sessionKey"]
        running = next((t for t in self._runs.values() if t.session == session and t.end is None), None)
        flight = {"inFlightRun": {"runId": running.run_id, "text": running.text}} if running else {}
        rows = self.transcripts.get(session, [])[-params["limit"] :]
        return {"messages": rows, "sessionInfo": {"hasActiveRun": running is not None}} | flight

    async def _on_health(self, *_: object) -> Body:
        return {"ok": True, "defaultAgentId": "main", "agents": [{"agentId": "main"}], "channels": {}}

    async def _on_status(self, *_: object) -> Body:
        return {"runtimeVersion": "2026.9.6-fake", "tasks": {"active": 0, "failures": 0}}

    async def _on_agents_list(self, *_: object) -> Body:
        return {"agents": [{"id": "main", "workspace": "/secret/path", "model": {"primary": "fake/fake-1"}}]}

    async def _on_models_list(self, *_: object) -> Body:
        return {"models": [{"id": "fake-1", "provider": "fake", "available": True}]}

    async def _on_sessions_list(self, *_: object) -> Body:
        rows = [{"key": key, "updatedAt": 1, "lastMessage": rows} for key, rows in self.transcripts.items()]
        return {"sessions": rows, "path": "/secret/path"}

    async def _on_cron_list(self, *_: object) -> Body:
        payload = {"kind": "agentTurn", "message": "a secret text"}
        return {"jobs": [{"id": "1", "name": "tidy", "schedule": {"everyMs": 60_000}, "payload": payload}]}

    def _begin(self, run_id: str, params: Body) -> Turn:
        turn = self._runs[run_id] = Turn(run_id, params["sessionKey"], params["message"])
        turn.task = asyncio.get_running_loop().create_task(self._think(turn))
        return turn

    async def _think(self, turn: Turn) -> None:
        """Be the model: SLEEP:s, DRIP:nxms, FAIL, HANG, or an echo."""
        rows = self.transcripts.setdefault(turn.session, [])
        rows.append({"role": "user", "content": turn.message, "idempotencyKey": f"{turn.run_id}:user"})
        self.turns[turn.run_id] = self.turns.get(turn.run_id, 0) + 1
        if found := re.search(r"SLEEP:([\d.]+)", turn.message):
            await asyncio.sleep(float(found[1]))
        if "HANG" in turn.message:
            await asyncio.Event().wait()
        if "FAIL" in turn.message:
            self._end(turn, {"status": "error", "summary": "LLM request failed"})
            return
        drip = re.search(r"DRIP:(\d+)x(\d+)", turn.message)
        texts = (
            [f"chunk {n}. " for n in range(int(drip[1]))] if drip else [f"echo {len(rows)}: {turn.message}"]
        )
        for text in texts:
            turn.text += text
            await self._tell(turn)
            await asyncio.sleep(int(drip[2]) / 1000 if drip else 0)
        payloads = [{"text": turn.text, "mediaUrl": None}]
        self._write(turn, {"stopReason": "stop"})
        self._end(turn, {"status": "ok", "result": {"payloads": payloads, "meta": {}}})

    def _write(self, turn: Turn, more: Body) -> None:
        content = [{"type": "text", "text": turn.text}]
        self.transcripts[turn.session].append({"role": "assistant", "content": content, **more})

    def _end(self, turn: Turn, end: Body) -> None:
        turn.end = {"runId": turn.run_id} | end
        turn.ended.set()

    async def _tell(self, turn: Turn) -> None:
        data = {"text": turn.text}
        payload = {"runId": turn.run_id, "sessionKey": turn.session, "stream": "assistant", "data": data}
        for socket in list(self._sockets):
            with suppress(ConnectionClosed):
                await _send(socket, {"type": "event", "event": "agent", "payload": payload})
        if "mid" in self.cuts:
            self.cuts.remove("mid")
            for socket in list(self._sockets):
                socket.transport.abort()


async def _send(socket: ServerConnection, frame: Body) -> None:
    await socket.send(json.dumps(frame))


async def _refuse(socket: ServerConnection, frame: Body, code: str, message: str) -> None:
    error = {"code": code, "message": message}
    await _send(socket, {"type": "res", "id": frame["id"], "ok": False, "error": error})
