"""The flash of each board as the source of weights of each frame."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from hwgen.boards.flash import check_flash, design_digest
from hwgen.boards.shell import board_files
from hwgen.boards.table import BOARDS, find_board
from hwgen.build_folder import BOARD_FILE
from hwgen.design import make_design
from hwgen.errors import DeviceError
from hwgen.weight_image import parse_weight_image
from hwgen.weight_packet import weight_packet
from tests.small_networks import TINY_FOLDING, tiny_network

PLACED = Path(__file__).parents[3] / "benchmarks" / "boards.json"
"""What placing each board gave."""
CLOCKS = {"ice40": 24.0, "ecp5": 50.0}


def design_of(board: str):
    return make_design(
        tiny_network(), device=find_board(board).device, folding=(TINY_FOLDING, "test")
    )


@pytest.mark.parametrize("board", ["ecp5_evn", "ecpix5_45f", "orangecrab"])
def test_a_board_whose_flash_has_no_clock_pin_of_its_own_streams_by_half_the_clock(board: str):
    design, known = design_of(board), find_board(board)
    assert known.flash is not None
    files = board_files(design, board, known.clock.design_mhz)
    facts = json.loads(files[BOARD_FILE])
    text, pins = files[facts["verilog"]].decode(), files[facts["constraints"]].decode()
    words = parse_weight_image(files[facts["flash"]["file"]]).packet.size + 2
    rate = known.clock.design_mhz * 1e6 / (2 * (16 * words + 51))
    assert facts["flash"]["frames_per_second"] == pytest.approx(rate, rel=2e-2)
    assert facts["flash"]["clock_mhz"] == known.clock.design_mhz / 2
    assert facts["flash"]["offset"] == known.flash.offset
    assert text.count("USRMCLK ") == 1
    for name, pin in known.flash.pins.items():
        assert f'LOCATE COMP "spi_flash_0__{name}__io" SITE "{pin}";' in pins


@pytest.mark.parametrize("board", ["icebreaker", "ice40_hx8k_b_evn", "ulx3s_85f"])
def test_a_board_gets_the_image_of_its_design_and_pins_for_the_flash(board: str):
    design = design_of(board)
    files = board_files(design, board, CLOCKS[find_board(board).family.name])
    facts = json.loads(files[BOARD_FILE])
    flash = facts["flash"]
    image = parse_weight_image(files[flash["file"]])
    assert image.load.size == 0
    assert np.array_equal(image.packet, weight_packet(design.network, design.plan))
    text, pins = files[facts["verilog"]].decode(), files[facts["constraints"]].decode()
    if board == "icebreaker":
        assert (flash["lines"], flash["clock_mhz"], flash["offset"]) == (4, 24.0, 1 << 20)
        assert all(f"spi_flash_4x_0__dq__io[{k}]" in pins for k in range(4))
    elif board == "ulx3s_85f":
        # Its clock goes through the fabric, at most every second cycle; it fills the SDRAM.
        assert (flash["lines"], flash["clock_mhz"], flash["offset"]) == (1, 25.0, 2 << 20)
        assert text.count("USRMCLK ") == 1
        assert "spi_flash_0__cipo" in pins
    else:
        assert (flash["lines"], flash["clock_mhz"], flash["offset"]) == (1, 24.0, 1 << 20)
        assert "spi_flash_1x_0__cipo" in pins
    # One block, with a CRC behind it.
    words = image.packet.size + 2
    period = {4: 4 * words + 23, 1: 16 * words + 51}[flash["lines"]]
    if board != "ulx3s_85f":
        assert flash["frames_per_second"] == pytest.approx(24e6 / period, rel=1e-6)


def test_the_digest_of_an_image_tells_weights_and_foldings_apart():
    digests = set()
    for seed, pe in ((3, 1), (4, 1), (3, 3)):
        folding = {**TINY_FOLDING, "fc": {**TINY_FOLDING["fc"], "pe": pe}}
        design = make_design(tiny_network(seed), device="up5k", folding=(folding, "test"))
        digests.add(design_digest(design, [], weight_packet(design.network, design.plan)))
    assert len(digests) == 3


def test_a_board_without_a_flash_that_is_known_is_refused():
    board = replace(find_board("colorlight"), flash=None)
    message = r"^tiny: its weights come in with each frame, but no flash of colorlight is known$"
    with pytest.raises(DeviceError, match=message):
        check_flash(design_of("colorlight"), board, 900)


@pytest.mark.parametrize("name", BOARDS)
def test_every_bundled_board_has_a_flash_with_room_behind_its_largest_bitstream(name: str):
    flash = find_board(name).flash
    assert flash is not None
    first = 0x80000 if name == "orangecrab" else 0x28000 if name == "tinyfpga_bx" else 0
    placed = json.loads(PLACED.read_text())[name]
    # The start of a block of 64 KiB, behind where the boot loader puts the bitstream.
    assert flash.offset % 0x10000 == 0
    assert first + placed["bitstream_bytes"] <= flash.offset < flash.bytes


def test_a_flash_that_is_too_small_is_refused():
    board = find_board("icebreaker")
    assert board.flash is not None
    small = replace(board, flash=replace(board.flash, bytes=(1 << 20) + 2000))
    check_flash(design_of("icebreaker"), small, 900)
    message = (
        r"^tiny: its weights take 2,068 bytes, but the flash of icebreaker has 2,000 behind the "
        r"bitstream$"
    )
    with pytest.raises(DeviceError, match=message):
        check_flash(design_of("icebreaker"), small, 1000)


def test_words_for_spram_count_as_many_as_there_are():
    folding = {**TINY_FOLDING, "conv": {**TINY_FOLDING["conv"], "storage": "spram"}}
    design = make_design(tiny_network(), device="up5k", folding=(folding, "test"))
    files = board_files(design, "icebreaker", 24.0)
    size = len(files["tiny_icebreaker_flash.bin"])
    words = weight_packet(design.network, design.plan).size
    board = find_board("icebreaker")
    assert board.flash is not None
    for spare, fits in ((0, True), (-1, False)):
        flash = replace(board.flash, bytes=board.flash.offset + size + spare)
        if fits:
            check_flash(design, replace(board, flash=flash), words)
        else:
            with pytest.raises(DeviceError):
                check_flash(design, replace(board, flash=flash), words)
