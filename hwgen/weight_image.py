"""The weight image: what a board's memory holds of a build; docs/contracts.md has the format."""

import json
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any
from zlib import crc32

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hwgen.errors import ModelError, located
from hwgen.readers.files import read_bytes

__all__ = [
    "BLOCK_WORDS",
    "DIGEST_BYTES",
    "HEADER_WORDS",
    "MAX_IMAGE_BYTES",
    "WeightImage",
    "build_digest",
    "header_crc",
    "image_bytes",
    "parse_weight_image",
    "read_weight_image",
    "weight_image",
]

MAGIC = b"hwgen-wi"
VERSION = 1
BLOCK_WORDS = 1024
"""Words that share a CRC."""
DIGEST_BYTES = 32

_HEADER = struct.Struct(f"<8sHHII8x{DIGEST_BYTES}s")
HEADER_WORDS = _HEADER.size // 2
_CRC_BYTES = 4

MAX_IMAGE_BYTES = 1 << 28
MAX_BLOCK_WORDS = 1 << 15

_MIRRORED = bytes(int(f"{octet:08b}"[::-1], 2) for octet in range(256))


@dataclass(frozen=True, eq=False)
class WeightImage:
    """A weight image that was read, all of whose CRCs are right.

    Parameters
    ----------
    digest : bytes
        Of the build that it belongs to.
    load : array of uint16
        Words that are loaded once, ahead of the first frame.
    packet : array of uint16
        Words of every frame.
    """

    digest: bytes
    load: NDArray[np.uint16]
    packet: NDArray[np.uint16]

    def check_build(self, digest: bytes, whose: str) -> None:
        """Refuse an image of another build than that of ``digest``.

        Raises
        ------
        ModelError
            Names both digests, and ``whose`` the build is.
        """
        if self.digest != digest:
            raise ModelError(
                f"is of build {self.digest.hex()[:16]}, not of {digest.hex()[:16]}, "
                f"which is {whose}"
            )


def build_digest(
    description: bytes, folding: Mapping[str, Any], device: str, load: ArrayLike, packet: ArrayLike
) -> bytes:
    """Digest of a build: the same where all that its hardware knows of its weights is.

    Parameters
    ----------
    description : bytes
        As it is kept in the build.
    folding : mapping
        As it is kept in the build.
    device : str
    load, packet : array_like
        The words of the image.
    """
    made = sha256(json.dumps([device, folding], sort_keys=True).encode() + b"\0")
    for part in (description, _words(load).tobytes(), _words(packet).tobytes()):
        made.update(sha256(part).digest())
    return made.digest()


def weight_image(
    digest: bytes, load: ArrayLike, packet: ArrayLike, *, block_words: int = BLOCK_WORDS
) -> bytes:
    """Make the image of a build.

    Parameters
    ----------
    digest : bytes
        SHA-256 of what the build is.
    load, packet : array_like
        Words of 16 bits; either may be empty.
    block_words : int
        A power of two, at least the words of the header.
    """
    sections = [_words(load), _words(packet)]
    header = _header(digest, len(sections[0]), len(sections[1]), block_words)
    made = [header, _crc_bytes(header)]
    for section in sections:
        start, at = 0, 0
        for size in _block_sizes(len(section), block_words):
            block = section[at : at + size].tobytes()
            made += [block, _crc_bytes(block, start)]
            start, at = _RESIDUE, at + size
    return b"".join(made)


def image_bytes(load_words: int, packet_words: int, block_words: int = BLOCK_WORDS) -> int:
    """Size of an image."""
    blocks = sum(-(-words // block_words) for words in (load_words, packet_words))
    return _HEADER.size + 2 * (load_words + packet_words) + _CRC_BYTES * (1 + blocks)


def header_crc(
    digest: bytes, load_words: int, packet_words: int, block_words: int = BLOCK_WORDS
) -> int:
    """CRC of the header of an image: what tells it from those of other builds."""
    return _crc(_header(digest, load_words, packet_words, block_words))


def parse_weight_image(data: bytes) -> WeightImage:
    """Read an image, and check all of it.

    Raises
    ------
    ModelError
        If it is none, of another version, cut short, too long, or has a wrong CRC: names the block.
    """
    if not data.startswith(MAGIC):
        raise ModelError(f"is no weight image: it does not begin with {MAGIC.decode()!r}")
    header = data[: _HEADER.size]
    if len(data) < _HEADER.size + _CRC_BYTES:
        raise ModelError(f"is cut short: {len(data):,} bytes end in the header")
    _, version, block_words, load_words, packet_words, digest = _HEADER.unpack(header)
    if version != VERSION:
        raise ModelError(f"is a weight image of version {version}, but {VERSION} is read")
    if not _right(data, 0, _HEADER.size, 0):
        raise ModelError("has a wrong CRC in its header: it is damaged")
    if block_words < HEADER_WORDS or block_words & (block_words - 1):
        raise ModelError(f"has blocks of {block_words:,} words, which is no power of two from 32")
    size = image_bytes(load_words, packet_words, block_words)
    if len(data) < size:
        raise ModelError(f"is cut short: it has {len(data):,} of {size:,} bytes")
    if len(data) > size:
        raise ModelError(f"has {len(data) - size:,} bytes too many behind its {size:,}")
    at, number, sections = _HEADER.size + _CRC_BYTES, 0, []
    for words in (load_words, packet_words):
        parts, start = [b""], 0
        for block in _block_sizes(words, block_words):
            end = at + 2 * block
            if not _right(data, at, end, start):
                raise ModelError(f"has a wrong CRC in block {number}, bytes {at:,} to {end:,}")
            parts.append(data[at:end])
            at, number, start = end + _CRC_BYTES, number + 1, _RESIDUE
        sections.append(np.frombuffer(b"".join(parts), "<u2").astype(np.uint16))
    return WeightImage(digest, load=sections[0], packet=sections[1])


def read_weight_image(path: Path, digest: bytes | None = None, whose: str = "") -> WeightImage:
    """Read the file of an image, of the build of ``digest`` where that is given.

    Raises
    ------
    ModelError
        See `parse_weight_image` and `WeightImage.check_build`; names the file.
    """
    with located(str(path)):
        image = parse_weight_image(read_bytes(path, MAX_IMAGE_BYTES))
        if digest is not None:
            image.check_build(digest, whose)
    return image


def _words(values: ArrayLike) -> NDArray[np.uint16]:
    words = np.asarray(values).reshape(-1)
    if words.size and not 0 <= words.min() <= words.max() < 1 << 16:
        raise ValueError("words must be from 0 and below 2**16")
    return words.astype("<u2")


def _header(digest: bytes, load_words: int, packet_words: int, block_words: int) -> bytes:
    if len(digest) != DIGEST_BYTES:
        raise ValueError(f"digest must have {DIGEST_BYTES} bytes, not {len(digest)}")
    if not HEADER_WORDS <= block_words <= MAX_BLOCK_WORDS or block_words & (block_words - 1):
        raise ValueError(
            f"block_words must be a power of two from 32 to {MAX_BLOCK_WORDS}, not {block_words!r}"
        )
    return _HEADER.pack(MAGIC, VERSION, block_words, load_words, packet_words, digest)


def _block_sizes(words: int, block_words: int) -> Sequence[int]:
    """Words of each block of a section: the first holds what is over."""
    if not words:
        return []
    first = words % block_words or block_words
    return [first] + [block_words] * ((words - first) // block_words)


def _right(data: bytes, start: int, end: int, crc: int) -> bool:
    return _crc_bytes(data[start:end], crc) == data[end : end + _CRC_BYTES]


def _crc_bytes(data: bytes, start: int = 0) -> bytes:
    return _crc(data, start).to_bytes(_CRC_BYTES, "big")


def _crc(data: bytes, start: int = 0) -> int:
    """CRC-32/BZIP2: zlib's polynomial, but the most significant bit of a byte first.

    Four bits a clock come from a flash in that order. ``start`` is the CRC of what is ahead.
    """
    return _mirrored(crc32(data.translate(_MIRRORED), _mirrored(start)))


def _mirrored(crc: int) -> int:
    return int(f"{crc:032b}"[::-1], 2)


_RESIDUE = _crc(b"ahead" + _crc_bytes(b"ahead"))
"""CRC of anything with its own CRC behind it: always the same."""
