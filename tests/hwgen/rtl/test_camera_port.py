# amaranth: UnusedElaboratable=no
# (components refused for their parameters are never elaborated)
"""A camera port, alone: frames of the host link from levels of a camera."""

from collections.abc import Iterable
from itertools import chain

import numpy as np
import pytest
from amaranth.sim import Simulator

from hwgen.boards.frames import encode
from hwgen.rtl.camera_port import CameraPort
from hwgen.rtl.link_format import PICTURE
from tests.camera_bench import Levels, idle_levels, picture_levels

RNG = np.random.default_rng(18)
LINES, BYTES = 3, 5
PICTURES = [RNG.integers(0, 256, (LINES, BYTES), dtype=np.uint8) for _ in range(4)]
# A sync word within a picture, and a picture of nothing else.
PICTURES[1][1, 1:3] = (0xA5, 0x5A)
PICTURES[2][:] = 0xA5


def sent(levels: Iterable[Levels], *, idle: bool = True) -> tuple[bytes, int, int]:
    """Bytes to the link, how many errors, and in how many cycles both came or it was not silent."""
    dut = CameraPort(line_bytes=BYTES, lines=LINES)
    data, errors, busy = bytearray(), 0, 0

    async def bench(ctx) -> None:
        nonlocal errors, busy
        ctx.set(dut.idle, idle)
        ctx.set(dut.o.ready, 1)
        for level in levels:
            for name, value in level.items():
                ctx.set(getattr(dut.pins, name), value)
            if ctx.get(dut.o.valid):
                data.append(ctx.get(dut.o.payload))
            errors += ctx.get(dut.error)
            busy += 1 - ctx.get(dut.silent)
            await ctx.tick()

    simulator = Simulator(dut)
    simulator.add_clock(1e-6)
    simulator.add_testbench(bench)
    simulator.run()
    return bytes(data), errors, busy


def frame(k: int, tag: int) -> bytes:
    return encode(PICTURE, tag, PICTURES[k].tobytes())


@pytest.mark.parametrize("holes", [False, True])
def test_each_picture_becomes_a_frame_of_the_host_link(holes: bool):
    levels = chain(idle_levels(5), *(picture_levels(p, holes=holes) for p in PICTURES))
    data, errors, _ = sent(levels)
    assert data == b"".join(frame(k, k + 1) for k in range(4))
    assert errors == 0


@pytest.mark.parametrize("lost", [(0,), (4,), (7,), (14,), (3, 9), tuple(range(15))])
def test_a_lost_pixel_costs_its_picture_and_no_other(lost: tuple[int, ...]):
    levels = chain(
        picture_levels(PICTURES[0]), picture_levels(PICTURES[1], lost=lost),
        picture_levels(PICTURES[2]),
    )  # fmt: skip
    data, errors, _ = sent(levels)
    assert errors == 1
    assert data.startswith(frame(0, 1))
    assert data.endswith(frame(2, 3))
    # Of the bad one what came before it was known to be, and no checksum.
    whole = frame(1, 2)
    assert len(data) < len(frame(0, 1)) * 3 - 2
    assert whole not in data


@pytest.mark.parametrize(
    "wrong",
    [
        np.zeros((LINES - 1, BYTES), np.uint8),
        np.zeros((LINES + 1, BYTES), np.uint8),
        np.zeros((LINES, BYTES + 1), np.uint8),
        np.zeros((0, BYTES), np.uint8),
    ],
    ids=["a line missing", "a line more", "a byte more", "no line"],
)
def test_a_picture_of_another_size_is_bad_and_the_next_is_right(wrong: np.ndarray):
    data, errors, _ = sent(chain(picture_levels(wrong), picture_levels(PICTURES[1])))
    assert errors == 1
    assert data.endswith(frame(1, 2))


def test_a_picture_that_begins_while_the_link_is_busy_is_passed_over():
    assert sent(chain(picture_levels(PICTURES[0])), idle=False) == (b"", 0, 0)


def test_a_picture_that_is_on_its_way_at_power_on_is_passed_over():
    levels = list(picture_levels(PICTURES[0]))[20:]
    data, errors, _ = sent(chain(levels, picture_levels(PICTURES[1])))
    # The first edge is one of `frame`, so what comes is taken for a picture and found to be bad.
    assert errors == 1
    assert data.endswith(frame(1, 2))


@pytest.mark.parametrize("name", ["line_bytes", "lines"])
def test_a_picture_without_pixels_is_refused(name: str):
    sizes = {"line_bytes": 3, "lines": 3, name: 0}
    with pytest.raises(ValueError, match=rf"^{name} must be from 1 to 65535, not 0$"):
        CameraPort(**sizes)
