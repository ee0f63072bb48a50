"""Whole designs of boards: placed, routed, packed into a bitstream."""

import json
from importlib.util import find_spec
from pathlib import Path

import pytest
from small_networks import small_face
from typer.testing import CliRunner

from hwgen.boards.shell import board_files
from hwgen.boards.weights import FLASH_OFFSET
from hwgen.cli import app
from hwgen.design import make_design

MODELS = Path(__file__).parents[3] / "models"

needs_tools = pytest.mark.skipif(
    not all(find_spec(f"yowasp_{name}") for name in ("yosys", "nextpnr_ice40")),
    reason="hwgen[synth] is not installed",
)


@needs_tools
def test_a_small_network_becomes_a_bitstream(tmp_path):
    folder = tmp_path / "tiny"
    run = CliRunner().invoke
    build = ["build", str(MODELS / "tiny.json"), "--device", "hx8k", "-o", str(folder)]
    assert run(app, build).exit_code == 0
    done = run(app, ["synth", str(folder), "--board", "ice40_hx8k_b_evn", "--clock-mhz", "36"])
    assert done.exit_code == 0, done.output
    result = json.loads((folder / "synth.json").read_text())
    assert (result["fits"], result["board"]) == (True, "ice40_hx8k_b_evn")
    assert result["fmax_hz"] >= 36e6
    bitstream = (folder / result["bitstream"]).read_bytes()
    # Preamble of iCE40 bitstreams, somewhere behind the comment.
    assert bytes.fromhex("7eaa997e") in bitstream[:256]
    assert result["flash"] is None


def test_weights_in_spram_lie_in_the_flash_with_their_crc():
    folding = {"conv2": {"storage": "spram"}}
    design = make_design(small_face(), device="up5k", folding=(folding, "test"))
    files = board_files(design, "icebreaker", 24.0)
    facts = json.loads(files["board.json"])
    assert facts["flash"] == {"file": "mini_icebreaker_flash.bin", "offset": FLASH_OFFSET}
    image = files[facts["flash"]["file"]]
    # CRC-16/IBM-3740, bit by bit: over data and CRC it leaves nothing.
    crc = 0xFFFF
    for byte in image:
        for bit in range(7, -1, -1):
            top = crc >> 15 ^ byte >> bit & 1
            crc = (crc << 1 ^ top * 0x1021) & 0xFFFF
    assert crc == 0
    text = files[facts["verilog"]].decode()
    assert "SB_SPRAM256KA" in text
    assert "spi_flash_1x_0__cs" in text
