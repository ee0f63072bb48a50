"""Numbers of the host link's frames, for board and host alike; docs/board.md has the format."""

__all__ = [
    "CRC_BYTES",
    "HEAD_BYTES",
    "NO_CLASS",
    "PICTURE",
    "REASON_BUILD",
    "REASON_CRC",
    "REASON_DAMAGED",
    "REASON_LENGTH",
    "REASON_LINE",
    "REASON_OVERRUN",
    "REASON_SHORT",
    "REASON_STALLED",
    "REASON_STEP",
    "REASON_TYPE",
    "REFUSAL",
    "REFUSED_BYTES",
    "RESULT",
    "RESULT_HEAD_BYTES",
    "SYNC",
    "UNSIGNED",
]

SYNC = (0xA5, 0x5A)
PICTURE, RESULT, REFUSAL = 0x01, 0x81, 0xE1

HEAD_BYTES = 6
"""Type, tag and length, behind the sync word."""
CRC_BYTES = 2
REFUSED_BYTES = 5
"""Payload of a refusal: reason, then the length of a picture."""
RESULT_HEAD_BYTES = 3
"""Payload of a result ahead of the scores: bytes of a score, class."""
UNSIGNED = 0x80
"""Beside the bytes of a score: scores are plain binary, not two's complement."""
NO_CLASS = 0xFFFF

REASON_TYPE, REASON_LENGTH, REASON_CRC, REASON_SHORT, REASON_LINE, REASON_OVERRUN = range(1, 7)
"""Why a frame is refused."""

REASON_DAMAGED, REASON_BUILD, REASON_STALLED, REASON_STEP = range(7, 11)
"""The same, where weights come in for each frame: those in the memory are damaged, or of another
build; they do not come; a packet of them is not as long as it should be."""
