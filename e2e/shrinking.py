"""Pictures made small: a browser counts their colours, and they are written with a palette of 256."""

import base64
import struct
import zlib

from playwright.async_api import Page

# Colours are rounded to 5 bits a channel before they are counted; rare ones become their nearest neighbours.
_INDEX = """async (png) => {
  const image = new Image();
  image.src = "data:image/png;base64," + png;
  await image.decode();
  const canvas = new OffscreenCanvas(image.width, image.height);
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.drawImage(image, 0, 0);
  const { data } = context.getImageData(0, 0, image.width, image.height);
  const seen = new Map();
  for (let i = 0; i < data.length; i += 4) {
    const key = ((data[i] >> 3) << 10) | ((data[i + 1] >> 3) << 5) | (data[i + 2] >> 3);
    const entry = seen.get(key) ?? [0, 0, 0, 0];
    entry[0]++; entry[1] += data[i]; entry[2] += data[i + 1]; entry[3] += data[i + 2];
    seen.set(key, entry);
  }
  const common = [...seen].sort((one, other) => other[1][0] - one[1][0]);
  const palette = common.slice(0, 256).map(([, [n, r, g, b]]) => [r / n, g / n, b / n].map(Math.round));
  const place = new Map(common.slice(0, 256).map(([key], number) => [key, number]));
  const distance = (one, [r, g, b]) => (one[0] - r) ** 2 + (one[1] - g) ** 2 + (one[2] - b) ** 2;
  for (const [key, [n, r, g, b]] of common.slice(256)) {
    const colour = [r / n, g / n, b / n];
    let best = 0;
    palette.forEach((each, i) => { if (distance(each, colour) < distance(palette[best], colour)) best = i; });
    place.set(key, best);
  }
  const indexed = new Uint8Array(image.width * image.height);
  for (let i = 0; i < indexed.length; i++) {
    const at = i * 4;
    indexed[i] = place.get(((data[at] >> 3) << 10) | ((data[at + 1] >> 3) << 5) | (data[at + 2] >> 3));
  }
  let text = "";
  const step = 32768;
  for (let i = 0; i < indexed.length; i += step) {
    text += String.fromCharCode(...indexed.subarray(i, i + step));
  }
  return [image.width, image.height, palette.flat(), btoa(text)];
}"""


async def shrunk(page: Page, png: bytes) -> bytes:
    """Return a picture with at most 256 colours; `page` is an empty one that lends its canvas."""
    width, height, palette, indexed = await page.evaluate(_INDEX, base64.b64encode(png).decode())
    pixels = base64.b64decode(indexed)
    rows = b"".join(b"\0" + pixels[start : start + width] for start in range(0, len(pixels), width))
    chunks = (
        (b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)),
        (b"PLTE", bytes(palette)),
        (b"IDAT", zlib.compress(rows, 9)),
        (b"IEND", b""),
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(name, body) for name, body in chunks)


def _chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
