"""Frames of the host link, as the host writes and reads them; docs/board.md has the format."""

import struct
from binascii import crc_hqx
from dataclasses import dataclass

__all__ = [
    "MAX_BYTES",
    "NO_CLASS",
    "PICTURE",
    "REASONS",
    "REFUSAL",
    "RESULT",
    "Refusal",
    "Result",
    "crc16",
    "encode",
    "take_frame",
    "understand",
]

SYNC = b"\xa5\x5a"
PICTURE, RESULT, REFUSAL = 0x01, 0x81, 0xE1
HEAD_BYTES = 8
"""Sync word, type, tag and length."""
CRC_BYTES = 2
NO_CLASS = 0xFFFF
UNSIGNED = 0x80
"""In a result, beside the bytes of a score: scores are plain binary, not two's complement."""
MAX_BYTES = 1 << 24
"""Payloads beyond this are no answer: a length that was corrupted must not be waited for."""

REASONS = {
    1: "its type is unknown to the board",
    2: "its length is not that of a picture",
    3: "its checksum is wrong",
    4: "it was cut short",
    5: "the line lost a byte",
    6: "the network could not keep up with the line",
}
"""Why a frame is refused."""


@dataclass(frozen=True)
class Result:
    """Scores in the order of ``m_axis``; ``best`` is the class, None where there is none."""

    scores: tuple[int, ...]
    best: int | None


@dataclass(frozen=True)
class Refusal:
    """Why a frame was refused, and the length in bytes of the pictures that the board takes."""

    reason: int
    picture_bytes: int


def crc16(data: bytes) -> int:
    """CRC-16/CCITT-FALSE (IBM-3740): polynomial 0x1021 from 0xFFFF, most significant bit first."""
    return crc_hqx(data, 0xFFFF)


def encode(kind: int, tag: int, payload: bytes) -> bytes:
    """Frame of a payload."""
    body = struct.pack("<BBI", kind, tag, len(payload)) + payload
    return SYNC + body + struct.pack(">H", crc16(body))


def take_frame(data: bytearray) -> tuple[int, int, bytes] | None:
    """Take the first whole frame with a good checksum: its type, tag and payload.

    What is taken, and what can no longer begin a frame, is removed from ``data``. None where more
    bytes are needed.
    """
    while True:
        start = data.find(SYNC)
        if start < 0:
            del data[: len(data) - (data[-1:] == SYNC[:1])]
            return None
        del data[:start]
        if len(data) < HEAD_BYTES:
            return None
        kind, tag, length = struct.unpack_from("<BBI", data, len(SYNC))
        end = HEAD_BYTES + length
        if length <= MAX_BYTES:
            if len(data) < end + CRC_BYTES:
                return None
            if crc16(bytes(data[len(SYNC) : end + CRC_BYTES])) == 0:
                payload = bytes(data[HEAD_BYTES:end])
                del data[: end + CRC_BYTES]
                return kind, tag, payload
        del data[:1]


def understand(kind: int, payload: bytes) -> Result | Refusal | None:
    """What an answer says; None where it is none that a board gives."""
    if kind == REFUSAL and len(payload) == 5:
        return Refusal(*struct.unpack("<BI", payload))
    if kind != RESULT or len(payload) < 4:
        return None
    form, best = struct.unpack_from("<BH", payload)
    width, signed = form % UNSIGNED, form < UNSIGNED
    data = payload[3:]
    if not width or len(data) % width:
        return None
    scores = (data[k : k + width] for k in range(0, len(data), width))
    return Result(
        tuple(int.from_bytes(s, "little", signed=signed) for s in scores),
        None if best == NO_CLASS else best,
    )
