"""Boards from TOML files: what they say, and what is wrong with a file that is none."""

from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from hwgen.boards.board_file import load_board, schema_path
from hwgen.boards.pll import choose_pll
from hwgen.boards.table import BOARDS, BUNDLED, Lamps, find_board
from hwgen.errors import DeviceError, ModelError
from hwgen.readers.json_object import read_json

PLAIN = """\
title = "Mine"
device = "hx1k"
package = "vq100"

[clock]
pin = "15"
mhz = 12

[uart]
rx = "9"
tx = "8"
"""
ECP5 = PLAIN.replace('"hx1k"', '"ecp5-25"').replace('"vq100"', '"CABGA256"\nspeed = "7"')
FLASH = '\n[flash]\nbytes = 4194304\noffset = 1048576\ncs = "71"\ncopi = "67"\ncipo = "68"\n'
SPI = '\n[spi]\ncs = "1"\nsck = "2"\ncopi = "3"\ncipo = "4"\n'
CAMERA = (
    '\n[camera]\nclk = "1"\nline = "2"\nframe = "3"\npixel = "20 21 22 23 24 25 10 11"\n'
    "attributes = { PULLUP = 1 }\n"
)
SDRAM = (
    '\n[sdram]\nmemory = "w9816g6jh-6"\nclk = "C6"\nwe = "C7"\nras = "D7"\ncas = "E7"\nba = "A7"\n'
    f'a = "{" ".join(f"A{k}" for k in range(20, 31))}"\n'
    f'dq = "{" ".join(f"B{k}" for k in range(1, 33))}"\n'
)


def written(folder: Path, text: str, name: str = "mine.toml") -> Path:
    (folder / name).write_text(text)
    return folder / name


def test_the_schema_is_one():
    Draft202012Validator.check_schema(read_json(schema_path()))


@pytest.mark.parametrize("board", BOARDS)
def test_a_bundled_board_has_its_sources_a_programmer_and_a_clock_that_its_pll_makes(board: str):
    found = find_board(board)
    assert found.name == board
    assert found.sources
    assert found.programmer is not None
    assert found.uart.connection
    assert found.text == (BUNDLED / f"{board}.toml").read_text()
    choose_pll(found.family, found.clock.mhz, found.clock.design_mhz, board)


def test_a_file_of_one_s_own_says_the_least(tmp_path: Path):
    board = find_board(str(written(tmp_path, PLAIN)))
    assert (board.name, board.title, board.device) == ("mine", "Mine", "hx1k")
    assert board.nextpnr == ("--hx1k", "--package", "vq100")
    assert board.clock.design_mhz == 12.0
    assert board.lamps == Lamps()
    assert (board.flash, board.sdram, board.programmer) == (None, None, None)


def test_a_table_without_attributes_has_those_of_the_file(tmp_path: Path):
    text = 'attributes = { IO_STANDARD = "SB_LVCMOS" }\n' + PLAIN + "attributes = { PULLUP = 1 }\n"
    board = load_board(written(tmp_path, text), "mine")
    assert board.clock.attributes == {"IO_STANDARD": "SB_LVCMOS"}
    assert board.uart.attributes == {"PULLUP": 1}


def test_a_speed_grade_is_told_to_nextpnr(tmp_path: Path):
    board = load_board(written(tmp_path, ECP5), "mine")
    assert board.nextpnr == ("--25k", "--package", "CABGA256", "--speed", "7")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("title = ", r"is not TOML: Invalid value \(at end of document\)"),
        (PLAIN + PLAIN, r"is not TOML: .*"),
        ("x = " + "[" * 5000, "is nested too deeply|is not TOML: .*"),
        ("x = " + "9" * 5000, r"has a number of too many digits"),
        (PLAIN + "when = 2026-01-01\n", "uart.when must not be a date or a time"),
        (PLAIN.replace("12", "inf"), "clock.mhz must be a finite number, not inf"),
        ("", "key 'title' is missing"),
        (PLAIN.replace('pin = "15"', ""), "key 'pin' is missing in clock"),
        (PLAIN + 'cts = "7"\n', "unknown key 'cts' in uart, known keys are rx, tx, .*"),
        ("colour = 1\n" + PLAIN, "unknown key 'colour', known keys are title, .*"),
        (PLAIN.replace('"9"', "9"), "uart.rx must be text, not 9"),
        (PLAIN.replace('"9"', '"pin 9"'), "uart.rx must be the name of a pin, .*, not 'pin 9'"),
        (PLAIN.replace('"9"', '"9\\n"'), r"uart.rx must be the name of a pin, .*"),
        (PLAIN.replace('"Mine"', '"a\\u001b[31m"'), r"title must be text on one line, not .*"),
        (PLAIN.replace("12", "-1"), r"clock.mhz must be at least 0\.1, not -1"),
        (PLAIN.replace("hx1k", "hx2k"), "device must be one of hx1k, .*, not 'hx2k'"),
        (PLAIN.replace("vq100", "sg48"), "package must be .* or vq100 for hx1k, not 'sg48'"),
        ('speed = "6"\n' + PLAIN, "speed must not be there, as hx1k has no grades"),
        (ECP5.replace('"7"', '"9"'), "speed must be 6 or 7 or 8 for ecp5-25, not '9'"),
        (ECP5.replace('speed = "7"', ""), "speed must be 6 or 7 or 8 for ecp5-25, missing"),
        (ECP5.replace("ecp5-25", "ecp5-5g-45").replace("256", "381"),
         "speed must be 8 for ecp5-5g-45, not '7'"),
        (PLAIN.replace('"8"', '"9"'), "uart.tx has pin 9, which uart.rx has already"),
        (PLAIN + '\n[lamps]\npins = "1 2 15"\n', "lamps.pins has pin 15, which clock.pin has .*"),
        (PLAIN + FLASH + "lines = 2\n", "flash.lines must be 1 or 4, not 2"),
        (PLAIN + FLASH + "lines = 4\n", "flash.clk must be there, as flash.lines is 4"),
        (PLAIN + FLASH + 'wp = "70"\n', "flash.wp and flash.hold must both be there, or neither"),
        (PLAIN + FLASH.replace("1048576", "4194304"),
         "flash.offset must be below flash.bytes, 4194304, not 4194304"),
        (ECP5 + SDRAM.replace("w9816g6jh-6", "ddr9"), "sdram.memory must be one of .*, not 'ddr9'"),
        (ECP5 + SDRAM.replace(" B32", ""),
         "sdram.dq must name 32 pins, as w9816g6jh-6 has them, not 31"),
        (PLAIN + CAMERA.replace("10 11", "10"), "camera.pixel must name 8 pins, not 7"),
        (PLAIN + CAMERA.replace("10 11", "10 9"), "camera.pixel has pin 9, which uart.rx has .*"),
        (PLAIN + '\n[programmer]\ntool = "rm"\n', "programmer.tool must be 'iceprog' or .*"),
        (PLAIN + '\n[programmer]\ntool = "iceprog"\noptions = ["; x"]\n',
         r"programmer.options\[0\] must be letters, digits and any of .*"),
        (PLAIN + 'attributes = { "X; y" = 1 }\n',
         "uart.attributes must be a table whose names have capital letters, digits and _, .*"),
        (PLAIN + 'attributes = { PULLUP = "1;" }\n',
         "uart.attributes.PULLUP must be letters, digits and _, not '1;'"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_file_is_one_sentence(tmp_path: Path, text: str, sentence: str):
    path = written(tmp_path, text)
    with pytest.raises(ModelError, match=rf"^{path}: (?:{sentence})$") as caught:
        find_board(str(path))
    assert "\n" not in str(caught.value)


def test_a_memory_of_one_s_own_is_taken_with_all_its_pins(tmp_path: Path):
    board = load_board(written(tmp_path, ECP5 + SDRAM), "mine")
    assert board.sdram is not None
    assert len(board.sdram.pins["dq"]) == 32


def test_a_file_that_is_not_there_or_has_no_name_is_one_sentence(tmp_path: Path):
    path = tmp_path / "none.toml"
    with pytest.raises(ModelError, match=rf"^{path}: cannot be read: No such file or directory$"):
        find_board(str(path))
    path = written(tmp_path, PLAIN, "my board.toml")
    message = "^.*my board.toml: the name of a board's file must be letters, digits and _, at most"
    with pytest.raises(ModelError, match=message):
        find_board(str(path))
    with pytest.raises(DeviceError, match=r"^board must be one of .*, or a \.toml file, not '7'$"):
        find_board("7")


def test_ways_in_for_pictures_may_share_pins_as_a_design_has_one_of_them(tmp_path: Path):
    board = load_board(written(tmp_path, PLAIN + SPI + CAMERA), "mine")
    assert board.inputs == ("uart", "spi", "camera")
    assert board.links["spi"].pins == {"cs": "1", "sck": "2", "copi": "3", "cipo": "4"}
    assert board.links["camera"].attributes == {"PULLUP": 1}
