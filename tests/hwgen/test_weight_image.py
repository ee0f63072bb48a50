"""Weight images: made, read back, and refused where anything in them is wrong."""

import re
from pathlib import Path

import numpy as np
import pytest
from amaranth.lib.crc import catalog

from hwgen.errors import ModelError
from hwgen.weight_image import (
    BLOCK_WORDS,
    header_crc,
    image_bytes,
    parse_weight_image,
    read_weight_image,
    weight_image,
)

DIGEST = bytes(range(32))
NOISE = np.random.default_rng(3).integers(0, 1 << 16, 5000).astype(np.uint16)
SIZES = [(0, 1), (1, 0), (0, 0), (1023, 1024), (1024, 1025), (70, 4096), (2048, 1)]


@pytest.mark.parametrize(("load", "packet"), SIZES)
def test_what_is_read_is_what_was_written(load: int, packet: int):
    data = weight_image(DIGEST, NOISE[:load], NOISE[load : load + packet])
    assert len(data) == image_bytes(load, packet)
    image = parse_weight_image(data)
    assert image.digest == DIGEST
    assert np.array_equal(image.load, NOISE[:load])
    assert np.array_equal(image.packet, NOISE[load : load + packet])
    assert image.load.dtype == image.packet.dtype == np.uint16


def test_the_bytes_are_those_of_the_document():
    data = weight_image(DIGEST, [0x1234], [1, 2, *range(1024)])
    crc = catalog.CRC32_BZIP2(8)
    assert data[:28] == b"hwgen-wi" + bytes([1, 0, 0, 4, 1, 0, 0, 0, 2, 4, 0, 0]) + bytes(8)
    assert data[28:60] == DIGEST
    assert data[60:64] == crc.compute(data[:60]).to_bytes(4, "big")
    assert header_crc(DIGEST, 1, 1026) == int.from_bytes(data[60:64], "big")
    assert data[64:66] == b"\x34\x12"
    assert data[66:70] == crc.compute(data[64:66]).to_bytes(4, "big")
    # The first block of a section has what is over, and the CRC goes on behind it.
    assert data[70:74] == b"\x01\x00\x02\x00"
    assert data[74:78] == crc.compute(data[70:74]).to_bytes(4, "big")
    assert data[78:82] == b"\x00\x00\x01\x00"
    assert data[-4:] == crc.compute(data[70:-4]).to_bytes(4, "big")


DATA = weight_image(DIGEST, NOISE[:1500], NOISE[1500:4000])
STARTS = [64, 64 + 2 * 476 + 4, 64 + 2 * 1500 + 8]


def flipped(at: int) -> bytes:
    return DATA[:at] + bytes([DATA[at] ^ 16]) + DATA[at + 1 :]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", r"is no weight image: it does not begin with 'hwgen-wi'"),
        (flipped(3), r"is no weight image: it does not begin with 'hwgen-wi'"),
        (DATA[:40], r"is cut short: 40 bytes end in the header"),
        (flipped(8), r"is a weight image of version 17, but 1 is read"),
        (flipped(30), r"has a wrong CRC in its header: it is damaged"),
        (flipped(62), r"has a wrong CRC in its header: it is damaged"),
        (DATA[:-1], rf"is cut short: it has {len(DATA) - 1:,} of {len(DATA):,} bytes"),
        (DATA + b"ab", rf"has 2 bytes too many behind its {len(DATA):,}"),
        (flipped(STARTS[0]), r"has a wrong CRC in block 0, bytes 64 to 1,016"),
        (flipped(STARTS[1] - 1), r"has a wrong CRC in block 0, bytes 64 to 1,016"),
        (flipped(STARTS[1] + 7), r"has a wrong CRC in block 1, bytes 1,020 to 3,068"),
        (flipped(STARTS[2]), r"has a wrong CRC in block 2, bytes 3,072 to 3,976"),
        (flipped(len(DATA) - 1), r"has a wrong CRC in block 4, bytes 6,032 to 8,080"),
    ],
)
def test_a_wrong_image_is_refused_in_one_sentence(data: bytes, message: str, tmp_path: Path):
    with pytest.raises(ModelError, match=f"^{message}$"):
        parse_weight_image(data)
    path = tmp_path / "x_weights.img"
    path.write_bytes(data)
    with pytest.raises(ModelError, match=f"^{re.escape(str(path))}: {message}$"):
        read_weight_image(path)


def test_every_bit_that_falls_over_is_found():
    data = weight_image(DIGEST, NOISE[:3], NOISE[3:6])
    for bit in range(8 * len(data)):
        wrong = bytearray(data)
        wrong[bit // 8] ^= 1 << bit % 8
        with pytest.raises(ModelError):
            parse_weight_image(bytes(wrong))


@pytest.mark.parametrize("block_words", [0, 16, 48])
def test_a_header_that_is_right_and_makes_no_sense_is_refused(block_words: int):
    data = bytearray(DATA)
    data[10:12] = block_words.to_bytes(2, "little")
    data[60:64] = catalog.CRC32_BZIP2(8).compute(data[:60]).to_bytes(4, "big")
    with pytest.raises(
        ModelError, match=rf"^has blocks of {block_words} words, which is no power of two from 32$"
    ):
        parse_weight_image(bytes(data))


def test_an_image_of_another_build_names_both(tmp_path: Path):
    path = tmp_path / "x_weights.img"
    path.write_bytes(DATA)
    other = bytes(31) + b"\x01"
    assert read_weight_image(path, DIGEST).digest == DIGEST
    message = r": is of build 0001020304050607, not of 0000000000000000, which is that of out/x$"
    with pytest.raises(ModelError, match=rf"^{re.escape(str(path))}{message}"):
        read_weight_image(path, other, "that of out/x")


def test_what_is_no_word_or_digest_is_refused():
    with pytest.raises(ValueError, match=r"^words must be from 0 and below 2\*\*16$"):
        weight_image(DIGEST, [65536], [])
    with pytest.raises(ValueError, match=r"^digest must have 32 bytes, not 31$"):
        weight_image(DIGEST[:31], [], [])
    with pytest.raises(ValueError, match=r"^block_words must be a power of two from 32 to 32768, "):
        weight_image(DIGEST, [], [], block_words=16)
    assert BLOCK_WORDS == 1024
