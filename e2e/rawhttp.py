"""HTTP byte by byte: requests that no client library would make, and the first words of their answers."""

import asyncio
from dataclasses import dataclass
from urllib.parse import urlsplit

WEBSOCKET = {
    "Connection": "Upgrade",
    "Upgrade": "websocket",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
}


@dataclass(frozen=True, slots=True)
class Head:
    """Status and headers of an answer; repeated headers are joined by commas."""

    status: int
    headers: dict[str, str]


async def ask(
    url: str, target: str, headers: dict[str, str] | None = None, *, method: str = "GET", body: bytes = b""
) -> Head:
    """Send exactly these headers, and `Host` of `url` when none is given; return the head of the answer."""
    parts = urlsplit(url)
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    try:
        lines = {"Host": parts.netloc, "Connection": "close"} | (headers or {})
        if body or method == "POST":
            lines |= {"Content-Length": str(len(body))}
        text = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
        writer.write(f"{method} {target} HTTP/1.1\r\n{text}\r\n".encode() + body)
        return await head_of(reader)
    finally:
        writer.transport.abort()


async def head_of(reader: asyncio.StreamReader, within: float = 30.0) -> Head:
    """Read the head of an answer."""
    async with asyncio.timeout(within):
        lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    headers: dict[str, str] = {}
    for line in filter(None, lines[1:]):
        name, _, value = line.partition(":")
        headers[name.lower()] = ", ".join(filter(None, (headers.get(name.lower()), value.strip())))
    return Head(int(lines[0].split()[1]), headers)
