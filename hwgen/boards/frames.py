"""Frames of the host link, as the host writes and reads them; docs/board.md has the format."""

import struct
from binascii import crc_hqx
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hwgen.rtl.link_format import (
    CRC_BYTES,
    HEAD_BYTES,
    NO_CLASS,
    REASON_BUILD,
    REASON_CRC,
    REASON_DAMAGED,
    REASON_LENGTH,
    REASON_LINE,
    REASON_OVERRUN,
    REASON_SHORT,
    REASON_STALLED,
    REASON_STEP,
    REASON_TYPE,
    REFUSAL,
    REFUSED_BYTES,
    RESULT,
    RESULT_HEAD_BYTES,
    SYNC,
    UNSIGNED,
)

__all__ = [
    "MAX_BYTES",
    "REASONS",
    "Refusal",
    "Result",
    "crc16",
    "encode",
    "pack_picture",
    "take_frame",
    "understand",
]

_SYNC = bytes(SYNC)
_HEAD_BYTES = len(SYNC) + HEAD_BYTES
MAX_BYTES = 1 << 24
"""Payloads beyond this are no answer: a length that was corrupted must not be waited for."""

REASONS = {
    REASON_TYPE: "its type is unknown to the board",
    REASON_LENGTH: "its length is not that of a picture",
    REASON_CRC: "its checksum is wrong",
    REASON_SHORT: "it was cut short",
    REASON_LINE: "the line lost a byte",
    REASON_OVERRUN: "the network could not keep up with the line",
    REASON_DAMAGED: "the weights in the board's memory are damaged",
    REASON_BUILD: "the weights in the board's memory are those of another build",
    REASON_STALLED: "weights did not come from the board's memory in time",
    REASON_STEP: "weights from the board's memory came out of step",
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


def pack_picture(pixels: NDArray[np.integer[Any]], bits: int) -> bytes:
    """Payload of a picture (..., channels): its pixels' bits, each place in whole bytes.

    The first channel is in the lowest bits of a place's first byte.
    """
    flat = pixels.reshape(-1, pixels.shape[-1]).astype(np.int64)
    places = (flat[:, :, np.newaxis] >> np.arange(bits) & 1).astype(np.uint8)
    return np.packbits(places.reshape(len(flat), -1), axis=1, bitorder="little").tobytes()


def encode(kind: int, tag: int, payload: bytes) -> bytes:
    """Frame of a payload."""
    body = struct.pack("<BBI", kind, tag, len(payload)) + payload
    return _SYNC + body + struct.pack(">H", crc16(body))


def take_frame(data: bytearray) -> tuple[int, int, bytes] | None:
    """Take the first whole frame with a good checksum: its type, tag and payload.

    What is taken, and what can no longer begin a frame, is removed from ``data``. None where more
    bytes are needed.
    """
    while True:
        start = data.find(_SYNC)
        if start < 0:
            del data[: len(data) - (data[-1:] == _SYNC[:1])]
            return None
        del data[:start]
        if len(data) < _HEAD_BYTES:
            return None
        kind, tag, length = struct.unpack_from("<BBI", data, len(SYNC))
        end = _HEAD_BYTES + length
        if length <= MAX_BYTES:
            if len(data) < end + CRC_BYTES:
                return None
            if crc16(bytes(data[len(SYNC) : end + CRC_BYTES])) == 0:
                payload = bytes(data[_HEAD_BYTES:end])
                del data[: end + CRC_BYTES]
                return kind, tag, payload
        del data[:1]


def understand(kind: int, payload: bytes) -> Result | Refusal | None:
    """What an answer says; None where it is none that a board gives."""
    if kind == REFUSAL and len(payload) == REFUSED_BYTES:
        return Refusal(*struct.unpack("<BI", payload))
    if kind != RESULT or len(payload) <= RESULT_HEAD_BYTES:
        return None
    form, best = struct.unpack_from("<BH", payload)
    width, signed = form % UNSIGNED, form < UNSIGNED
    data = payload[RESULT_HEAD_BYTES:]
    if not width or len(data) % width:
        return None
    scores = (data[k : k + width] for k in range(0, len(data), width))
    return Result(
        tuple(int.from_bytes(s, "little", signed=signed) for s in scores),
        None if best == NO_CLASS else best,
    )
