import gc
import json
import re

import numpy as np
import pytest

from hwgen.boards.baud import baud_divisor
from hwgen.boards.shell import board_files
from hwgen.boards.table import find_board
from hwgen.build_folder import BOARD_FILE, BOARD_SOURCE
from hwgen.design import make_design
from hwgen.errors import DeviceError
from hwgen.families.devices import DEVICES
from hwgen.model import Builder
from hwgen.rtl.linked_core import LinkedCore
from tests.small_networks import small_face

MODEL = small_face()
DESIGN = make_design(MODEL, cycles=2000)


def files_of(board: str) -> tuple[dict, str, str]:
    """Facts, Verilog and constraints."""
    files = board_files(DESIGN, board, find_board(board).clock.design_mhz)
    facts = json.loads(files[BOARD_FILE])
    assert set(files) == {BOARD_FILE, BOARD_SOURCE, facts["verilog"], facts["constraints"]}
    return facts, files[facts["verilog"]].decode(), files[facts["constraints"]].decode()


# All of them are placed by `make boards`.
@pytest.mark.parametrize(
    "board", ["colorlight", "ecp5_evn", "ice40_hx8k_b_evn", "icebreaker", "orangecrab", "ulx3s_25f"]
)
def test_each_board_gets_verilog_whose_ports_all_have_pins(board):
    facts, verilog, constraints = files_of(board)
    assert facts["device"] in DEVICES
    (ports,) = re.findall(rf"^module {facts['top']}\((.*?)\);", verilog, re.MULTILINE | re.DOTALL)
    pattern = r"set_io (\S+)" if facts["family"] == "ice40" else r'LOCATE COMP "(\S+)"'
    placed = re.findall(pattern, constraints)
    assert sorted(placed) == sorted(p.strip() for p in ports.split(","))
    leds = len(find_board(board).lamps.pins)
    assert len(placed) == 3 + leds
    assert {"uart_0__rx__io", "uart_0__tx__io"} <= set(placed)


@pytest.mark.parametrize("link", ["spi", "camera"])
@pytest.mark.parametrize("board", ["icebreaker", "ulx3s_25f"])
def test_another_way_in_has_its_pins_and_the_serial_line_what_is_left(board, link):
    files = board_files(DESIGN, board, 24.0 if board == "icebreaker" else 50.0, link=link)
    facts = json.loads(files[BOARD_FILE])
    assert facts["input"] == link
    verilog, constraints = files[facts["verilog"]].decode(), files[facts["constraints"]].decode()
    (ports,) = re.findall(rf"^module {facts['top']}\((.*?)\);", verilog, re.MULTILINE | re.DOTALL)
    names = {re.sub(r"\[\d+\]", "", p.strip()) for p in ports.split(",")}
    lines = {"spi": {"cs", "sck", "copi", "cipo"},
             "camera": {"clk", "pixel", "line", "frame", "valid"}}[link]  # fmt: skip
    assert {n for n in names if n.startswith(link)} == {f"{link}_0__{line}__io" for line in lines}
    assert {n for n in names if n.startswith("uart")} == (
        {"uart_0__tx__io"} if link == "camera" else set()
    )
    assert all(name in constraints for name in names)


@pytest.mark.parametrize("board", ["icebreaker", "ice40_hx8k_b_evn", "ulx3s_85f"])
def test_the_pll_in_the_verilog_is_the_one_of_the_facts(board):
    facts, verilog, _ = files_of(board)
    primitive = {"icebreaker": "SB_PLL40_PAD", "ice40_hx8k_b_evn": "SB_PLL40_CORE",
                 "ulx3s_85f": "EHXPLLL"}[board]  # fmt: skip
    (instance,) = re.findall(rf"\b{primitive} #\((.*?)\) pll ", verilog, re.DOTALL)
    for name, value in facts["pll"].items():
        if name == "vco_mhz":
            continue
        shown = f'"{value}"' if isinstance(value, str) else f"32'd{value}"
        assert f".{name}({shown})" in instance


def test_the_files_are_the_same_on_every_run():
    assert board_files(DESIGN, "icebreaker", 24) == board_files(DESIGN, "icebreaker", 24)


@pytest.mark.parametrize("clock_mhz", [12.0, 24.0])
def test_a_board_takes_fifty_milliseconds_of_silence_for_the_end_of_a_frame(monkeypatch, clock_mhz):
    # Adapters hold bytes back for up to 16 ms; `hwgen run` waits two seconds for an answer.
    asked = []

    def linked(**parameters):
        asked.append(parameters["silence_cycles"])
        return LinkedCore(**parameters)

    monkeypatch.setattr("hwgen.boards.shell.LinkedCore", linked)
    board_files(DESIGN, "icebreaker", clock_mhz)
    assert asked == [clock_mhz * 50_000]


def test_the_clock_of_the_board_needs_no_pll():
    files = board_files(DESIGN, "icebreaker", 12)
    assert json.loads(files[BOARD_FILE])["pll"] is None
    assert b"PLL40" not in files["mini_icebreaker.v"]


def test_an_unknown_board_is_refused():
    with pytest.raises(
        DeviceError, match=r"^board must be one of colorlight, .*, or a \.toml file, not 'arty'$"
    ):
        board_files(DESIGN, "arty", 24)


def test_a_design_for_another_device_is_refused():
    design = make_design(MODEL, device="hx8k")
    message = (
        r"^mini: is built for hx8k, but board icebreaker has up5k; build it with --device up5k$"
    )
    with pytest.raises(DeviceError, match=message):
        board_files(design, "icebreaker", 24)


def test_a_clock_that_the_pll_cannot_make_is_refused():
    with pytest.raises(DeviceError, match=r"^icebreaker: its PLL cannot make 24\.1 MHz"):
        board_files(DESIGN, "icebreaker", 24.1)


@pytest.mark.parametrize(
    ("mhz", "baud", "cycles"),
    [(24, 10**6, 24), (31.5, 10**6, 32), (12, 3 * 10**6, 4), (80, 115200, 694)],
)
def test_a_bit_takes_the_nearest_whole_number_of_cycles(mhz, baud, cycles):
    assert baud_divisor(mhz, baud, "board") == cycles


@pytest.mark.parametrize(
    ("mhz", "baud", "message"),
    [
        (12, 5 * 10**6, r"cannot make 5,000,000 baud; 3,000,000 baud is the next below"),
        (12, 2_200_000, r"cannot make 2,200,000 baud; 2,000,000 baud is the next below"),
        (12, 0, r"baud rate must be positive, not 0$"),
    ],
)
def test_a_rate_that_the_clock_cannot_make_is_refused(mhz, baud, message):
    with pytest.raises(DeviceError, match=rf"^board: .*{message}"):
        baud_divisor(mhz, baud, "board")


WIDE = Builder("wide", height=4096, width=4096, channels=1).sign()
MANY = Builder("many", height=1, width=1, channels=1).dense(np.ones((70_000, 1)))


@pytest.mark.parametrize(
    ("builder", "message"),
    [
        (WIDE, r"wide: its 16,777,216 values are more than the host link can answer"),
        (MANY, r"many: its 70,000 classes are more than the 65,534 that the host link can tell"),
    ],
)
def test_what_no_answer_can_say_is_refused_before_hardware_is_made(builder, message):
    design = make_design(builder.build())
    with pytest.raises(DeviceError, match=f"^{message}"):
        board_files(design, "icebreaker", 24.0)
    # Amaranth warns of hardware that is made and thrown away, when it is collected.
    gc.collect()
