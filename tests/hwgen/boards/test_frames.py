import pytest
from amaranth.lib.crc import catalog

from hwgen.boards.frames import (
    Refusal,
    Result,
    crc16,
    encode,
    take_frame,
    understand,
)
from hwgen.rtl.link_format import PICTURE, REFUSAL, RESULT


def test_the_checksum_is_the_one_of_the_catalogue():
    data = bytes(range(200))
    assert crc16(data) == catalog.CRC16_IBM_3740(8).compute(data)
    assert crc16(b"123456789") == 0x29B1


def test_a_frame_has_the_documented_bytes():
    assert encode(PICTURE, 7, b"\x10\x20").hex(" ", 1).startswith("a5 5a 01 07 02 00 00 00 10 20")


def test_frames_are_found_between_noise_and_in_pieces():
    stream = b"\xa5\x00\xa5" + encode(1, 2, b"abc") + b"\xa5\x5a\x01\x02\x03" + encode(3, 4, b"")
    data, found = bytearray(), []
    for octet in stream + bytes(8):
        data.append(octet)
        while (frame := take_frame(data)) is not None:
            found.append(frame)
    assert found[0] == (1, 2, b"abc")
    # The false beginning has a length that is not waited for.
    assert found[1:] == [(3, 4, b"")]


@pytest.mark.parametrize("position", range(2, 13))
def test_a_frame_with_a_flipped_bit_is_none(position):
    data = bytearray(encode(1, 2, b"abc"))
    data[position] ^= 0x40
    assert take_frame(data) is None


def test_answers_are_understood():
    assert understand(RESULT, b"\x02\x01\x00\xff\xff\x05\x00") == Result((-1, 5), 1)
    assert understand(RESULT, b"\x01\xff\xff\x80") == Result((-128,), None)
    assert understand(RESULT, b"\x81\xff\xff\x80") == Result((128,), None)
    assert understand(RESULT, b"\x82\x00\x00\xff\xff\x05\x00") == Result((65535, 5), 0)
    assert understand(REFUSAL, b"\x03\x00\x0c\x00\x00") == Refusal(3, 3072)


@pytest.mark.parametrize(
    ("kind", "payload"),
    [
        (RESULT, b"\x02\0\0\1"),
        (RESULT, b"\0\0\0\1"),
        (RESULT, b"\x80\0\0\1"),
        (RESULT, b""),
        (REFUSAL, b"\1"),
        (0, b"\0" * 5),
    ],
)
def test_what_no_board_says_is_not_understood(kind, payload):
    assert understand(kind, payload) is None
