"""Ed25519 signatures (RFC 8032), for the one signature that each connect to a gateway needs.

The command line ships without a cryptography package, so this is the RFC's arithmetic in plain Python: some
milliseconds a signature, and not constant in time. That is enough for a key that signs challenges of a
gateway on the same machine; nothing else may use it.
"""

import hashlib

PRIME = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
_D = -121665 * pow(121666, PRIME - 2, PRIME) % PRIME
_ROOT = pow(2, (PRIME - 1) // 4, PRIME)

# A point is (X, Y, Z, T) with x = X/Z, y = Y/Z and x*y = T/Z.
Point = tuple[int, int, int, int]
_NEUTRAL: Point = (0, 1, 1, 0)


def public_key(seed: bytes) -> bytes:
    """Return the 32 bytes of the public key of a 32 byte seed."""
    scalar, _ = _expanded(seed)
    return _encoded(_times(scalar, _base()))


def sign(seed: bytes, message: bytes) -> bytes:
    """Return the 64 bytes of the signature."""
    scalar, prefix = _expanded(seed)
    key = _encoded(_times(scalar, _base()))
    nonce = _number(hashlib.sha512(prefix + message).digest()) % ORDER
    point = _encoded(_times(nonce, _base()))
    challenge = _number(hashlib.sha512(point + key + message).digest()) % ORDER
    return point + ((nonce + challenge * scalar) % ORDER).to_bytes(32, "little")


def is_signed(key: bytes, message: bytes, signature: bytes) -> bool:
    """Tell whether the owner of a public key signed a message."""
    if len(key) != 32 or len(signature) != 64:
        return False
    owner, point = _decoded(key), _decoded(signature[:32])
    scalar = _number(signature[32:])
    if owner is None or point is None or scalar >= ORDER:
        return False
    challenge = _number(hashlib.sha512(signature[:32] + key + message).digest()) % ORDER
    return _is_same(_times(scalar, _base()), _plus(point, _times(challenge, owner)))


def _expanded(seed: bytes) -> tuple[int, bytes]:
    digest = hashlib.sha512(seed).digest()
    scalar = _number(digest[:32]) & ((1 << 254) - 8) | (1 << 254)
    return scalar, digest[32:]


def _number(data: bytes) -> int:
    return int.from_bytes(data, "little")


def _plus(one: Point, other: Point) -> Point:
    a = (one[1] - one[0]) * (other[1] - other[0]) % PRIME
    b = (one[1] + one[0]) * (other[1] + other[0]) % PRIME
    c = 2 * one[3] * other[3] * _D % PRIME
    d = 2 * one[2] * other[2] % PRIME
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % PRIME, g * h % PRIME, f * g % PRIME, e * h % PRIME


def _times(scalar: int, point: Point) -> Point:
    total = _NEUTRAL
    while scalar:
        if scalar & 1:
            total = _plus(total, point)
        point = _plus(point, point)
        scalar >>= 1
    return total


def _is_same(one: Point, other: Point) -> bool:
    across = one[0] * other[2] - other[0] * one[2]
    along = one[1] * other[2] - other[1] * one[2]
    return across % PRIME == 0 and along % PRIME == 0


def _base() -> Point:
    y = 4 * pow(5, PRIME - 2, PRIME) % PRIME
    x = _across(y, odd=False)
    assert x is not None
    return x, y, 1, x * y % PRIME


def _across(y: int, *, odd: bool) -> int | None:
    """Return the x of a point of height `y`, or None if the curve has none there."""
    square = (y * y - 1) * pow(_D * y * y + 1, PRIME - 2, PRIME) % PRIME
    x = pow(square, (PRIME + 3) // 8, PRIME)
    if (x * x - square) % PRIME:
        x = x * _ROOT % PRIME
    if (x * x - square) % PRIME or (x == 0 and odd):
        return None
    return PRIME - x if x % 2 != odd else x


def _encoded(point: Point) -> bytes:
    inverse = pow(point[2], PRIME - 2, PRIME)
    x, y = point[0] * inverse % PRIME, point[1] * inverse % PRIME
    return (y | (x & 1) << 255).to_bytes(32, "little")


def _decoded(data: bytes) -> Point | None:
    number = _number(data)
    y = number & ((1 << 255) - 1)
    x = _across(y, odd=bool(number >> 255)) if y < PRIME else None
    return None if x is None else (x, y, 1, x * y % PRIME)
