"""A bare relay on python-socketio's public interface, to compare with: rooms and acks, no guarantee."""

import itertools
import sys
from typing import Any

import orjson
import socketio
import uvicorn


class Json:
    """orjson, as python-socketio wants it."""

    loads = staticmethod(orjson.loads)

    @staticmethod
    def dumps(value: object, **_: object) -> str:
        return orjson.dumps(value).decode()


sio = socketio.AsyncServer(
    async_mode="asgi", json=Json, max_http_buffer_size=65536, ping_interval=10, ping_timeout=10
)
offsets = itertools.count(1)


@sio.event  # type: ignore[untyped-decorator]
async def connect(sid: str, _environ: object, auth: dict[str, str]) -> None:
    await sio.save_session(sid, auth["token"])
    await sio.enter_room(sid, "global")
    await sio.enter_room(sid, auth["token"])


@sio.event  # type: ignore[untyped-decorator]
async def chat_send(sid: str, body: dict[str, Any]) -> dict[str, object]:
    message = body | {"from_id": await sio.get_session(sid), "offset": next(offsets)}
    await sio.emit("chat_message", message, room=body["to_id"])
    return {"ok": True, "offset": message["offset"]}


if __name__ == "__main__":
    uvicorn.run(
        socketio.ASGIApp(sio),
        host="127.0.0.1",
        port=int(sys.argv[1]),
        log_level="error",
        ws="websockets-sansio",
        ws_per_message_deflate=False,
        loop="uvloop",
    )
