"""Other weights in a placed design: what placing them anew gives, bit by bit."""

import gzip
import json
import re
import shutil
from importlib.util import find_spec
from pathlib import Path

import pytest
from small_networks import small_face
from typer.testing import CliRunner

from hwgen.boards.shell import board_files
from hwgen.cli import app
from hwgen.design import load_design, make_design
from hwgen.model import dump_model
from hwgen.synth import placed
from hwgen.synth.board_flow import BoardFlow
from hwgen.synth.tables import find_tables

needs_tools = pytest.mark.skipif(
    not all(find_spec(f"yowasp_{name}") for name in ("yosys", "nextpnr_ice40", "nextpnr_ecp5")),
    reason="hwgen[synth] is not installed",
)
pytestmark = needs_tools

# Tables in LUTs, in one or more banks, in block RAM, and on UP5K in SPRAM.
FOLDINGS = {
    "up5k": {
        "conv1": {"pe": 4, "simd": 3, "m": 4},
        "conv2": {"pe": 2, "simd": 8, "storage": "spram"},
        "fc": {"pe": 1, "simd": 16},
    },
    "ecp5-25": {"conv1": {"pe": 4, "simd": 3}, "conv2": {"pe": 1, "simd": 1}},
}
BOARDS = {"up5k": "icebreaker", "ecp5-25": "ulx3s_25f"}


def call(*args):
    return CliRunner().invoke(app, [str(a) for a in args])


def describe(path, seed):
    path.write_bytes(dump_model(small_face(seed)))
    return path


@pytest.fixture(scope="module", params=["up5k", "ecp5-25"])
def synthesised(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp(request.param)
    (folder / "folding.json").write_text(json.dumps(FOLDINGS[request.param]))
    build = call("build", describe(folder / "first.json", 3), "--device", request.param,
                 "--folding", folder / "folding.json", "-o", folder / "dir")  # fmt: skip
    assert build.exit_code == 0, build.output
    done = call("synth", folder / "dir", "--board", BOARDS[request.param], "--clock-mhz", 24
                if request.param == "up5k" else 25)  # fmt: skip
    assert done.exit_code == 0, done.output
    return folder / "dir"


def bitstream_placed_anew(folder, files, monkeypatch):
    """Bitstream of a design whose LUTs hold their contents before nextpnr sees them."""
    facts = json.loads(files["board.json"])
    cells = placed.FAMILIES[facts["family"]]
    made = type(cells).module

    def module(self, name, table):
        text = made(self, name, table)
        for cell in self.cells(table.width, table.depth):
            if cell.kind == "lut":
                (truth,) = self.contents(cell, table.words)
                tagged = rf"(INIT\(16'h)\w+(\)\) {cell.name} )"
                text, count = re.subn(tagged, rf"\g<1>{truth:04x}\2", text)
                assert count == 1
        return text

    monkeypatch.setattr(type(cells), "module", module)
    monkeypatch.setattr(BoardFlow, "_fill", lambda *args: None)
    flow = BoardFlow(folder=folder, files=files, facts=facts)
    flow.run([1], facts["clock_mhz"])
    return flow.bitstream


def test_the_bitstream_is_that_of_placing_the_other_weights(synthesised, tmp_path, monkeypatch):
    folder = tmp_path / "dir"
    shutil.copytree(synthesised, folder)
    other = describe(tmp_path / "other.json", 8)
    facts = json.loads((folder / "board.json").read_text())
    result = json.loads((folder / "synth.json").read_text())
    before = (folder / result["bitstream"]).read_bytes()
    done = call("reload", other, folder)
    assert done.exit_code == 0, done.output
    after = (folder / result["bitstream"]).read_bytes()
    assert after != before
    assert json.loads((folder / "synth.json").read_text()) == result

    # All else is what the build of the other network has.
    old = load_design(synthesised)[0]
    design, manifest = load_design(folder)
    assert design.plan == old.plan
    assert manifest["latency_cycles"] == json.loads(
        (synthesised / "manifest.json").read_text()
    )["latency_cycles"]
    new = make_design(small_face(8), device=old.plan.device, clock_mhz=old.plan.clock_mhz,
                      folding=(old.plan.folding, "test"))  # fmt: skip
    new = new.with_plan(new.plan.with_buffers({b.unit: b.size for b in old.plan.buffers()}))
    files = board_files(new, facts["board"], facts["clock_mhz"])
    for name, data in files.items():
        assert (folder / name).read_bytes() == data, name
    kinds = {c.kind for t in find_tables(files[facts["verilog"]].decode()).values()
             for c in placed.FAMILIES[facts["family"]].cells(t.width, t.depth)}  # fmt: skip
    assert "lut" in kinds

    (tmp_path / "anew").mkdir()
    assert bitstream_placed_anew(tmp_path / "anew", files, monkeypatch) == after
    # And back again.
    assert call("reload", tmp_path.parent / "none.json", folder).exit_code == 2
    monkeypatch.undo()
    assert call("reload", describe(tmp_path / "first.json", 3), folder).exit_code == 0
    assert (folder / result["bitstream"]).read_bytes() == before
