"""Weights of each frame from the SDRAM of a board."""

import json

import pytest
from small_networks import small_face

from hwgen.boards.sdram import sdram_reader
from hwgen.boards.shell import BOARD_FILE, board_files
from hwgen.design import make_design
from hwgen.errors import DeviceError
from hwgen.sizes.sdram_part import BOARD_SDRAMS, SdramTiming

OUTSIDE = {"conv2": {"pe": 2, "simd": 8, "storage": "external"}}


def test_a_board_with_sdram_reads_weights_from_there_and_fills_it_from_the_flash():
    design = make_design(
        small_face(), device="ecp5-85", folding=(OUTSIDE, "test"), clock_mhz=50.0
    )  # fmt: skip
    files = board_files(design, "ulx3s_85f", 50.0)
    facts = json.loads(files[BOARD_FILE])
    assert facts["flash"]["sdram"] == "ulx3s"
    assert facts["flash"]["file"] in files
    words = design.plan.weights.transfers_per_frame if design.plan.weights else 0
    part = BOARD_SDRAMS["ulx3s"]
    share = SdramTiming.at(part, 50.0).words_per_cycle(part)
    assert facts["flash"]["frames_per_second"] == round(float(share) * 50e6 / words, 3)
    pins = files["mini_ulx3s_85f.lpf"].decode()
    assert 'LOCATE COMP "sdram_0__clk__io" SITE "F19";' in pins
    assert pins.count("sdram_0__dq__io[") >= 16


@pytest.mark.parametrize(
    ("clock_mhz", "words", "why"),
    [
        (60.0, 16, r"net: the SDRAM of ulx3s is read at 50 MHz at most, not at 60 MHz"),
        (50.0, 1 << 25, r"net: its 33,554,432 words of weights are more than the 16,777,216 of the "
                        r"SDRAM of ulx3s"),
        (0.5, 16, r"net: the SDRAM of ulx3s: clock_mhz must be higher to refresh ulx3s in time, "
                  r"not 0\.5"),
    ],
)  # fmt: skip
def test_what_the_memory_cannot_do_is_refused(clock_mhz: float, words: int, why: str):
    with pytest.raises(DeviceError, match=f"^{why}$"):
        sdram_reader("net", "ulx3s", clock_mhz, words)
