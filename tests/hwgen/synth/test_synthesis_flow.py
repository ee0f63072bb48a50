"""What comes of tools that fail or find that a design does not fit; the tools are stand-ins."""

import json
import re
import sys

import pytest

from hwgen.errors import ModelError, ToolError
from hwgen.families.devices import PARTS
from hwgen.synth.synthesis_flow import SynthesisFlow

NETLIST = {
    "modules": {
        "t": {
            "attributes": {"top": 1},
            "ports": {
                "clk": {"direction": "input", "bits": [2]},
                "i": {"direction": "input", "bits": [3, 4]},
                "o": {"direction": "output", "bits": [5, 6]},
            },
            "cells": {},
            "netnames": {},
        }
    }
}
LOG = """Info:     10 LCs used as LUT4 only
Info:     20 LCs used as LUT4 and DFF
Info:     5 LCs used as DFF only
Info: Device utilisation:
Info: \t         ICESTORM_LC:    {cells}/   1280     2%
Info: \t        ICESTORM_RAM:       1/     16     6%
"""

YOSYS = """
import json, pathlib, sys
if sys.argv[1] == "-V": sys.exit()
name = pathlib.Path(sys.argv[1]).stem
out = {"yosys": "netlist", "pins": "pins"}[name]
pathlib.Path(out + ".json").write_text(pathlib.Path(r"NETLIST").read_text())
pathlib.Path(out + ".v").write_text("module t; endmodule")
"""
NEXTPNR = """
import pathlib, sys
words = sys.argv
if words[1] == "-V": sys.exit()
if "--pack-only" in words:
    print(PACK)
    sys.exit(0)
seed = int(words[words.index("--seed") + 1])
PLACE
"""
REPORT = """
print(PACK.replace("35/", "39/"))
report = pathlib.Path(words[words.index("--report") + 1])
report.write_text('{"fmax": {"clk": {"achieved": %d}}, "critical_paths": []}' % (40 + seed))
written = pathlib.Path(words[words.index("--write") + 1])
written.write_text('{"modules": {"top": {"cells": {}}}}')
"""


@pytest.fixture
def flow(tmp_path, monkeypatch):
    """Make a flow whose nextpnr packs to a number of cells and then does as a program says."""

    def make(cells=35, place=REPORT, yosys=YOSYS):
        tools, folder = tmp_path / "bin", tmp_path / "build"
        tools.mkdir()
        folder.mkdir()
        (tools / "netlist.json").write_text(json.dumps(NETLIST))
        nextpnr = NEXTPNR.replace("PLACE", place).replace("PACK", repr(LOG.format(cells=cells)))
        programs = {
            "yosys": yosys.replace("NETLIST", str(tools / "netlist.json")),
            "nextpnr-ice40": nextpnr,
        }
        for name, text in programs.items():
            (tools / name).write_text(f"#!{sys.executable}\n{text}")
            (tools / name).chmod(0o755)
        monkeypatch.setenv("PATH", str(tools))
        (folder / "t.v").write_text("module t; endmodule\n")
        return SynthesisFlow(folder=folder, top="t", streams=(), part=PARTS["hx1k"], native=True)

    return make


def test_each_seed_is_placed_and_the_fastest_counts(flow):
    made = flow()
    outcome = made.run([3, 1], 24)
    assert outcome.problem is None
    result = outcome.to_json(0)
    assert (result["lut4"], result["ff"], result["ebr"]) == (30, 25, 1)
    assert result["fmax_hz"] == 43_000_000
    assert [(p.seed, p.fmax_hz, p.logic_cells) for p in outcome.placed] == [
        (3, 43_000_000, 39),
        (1, 41_000_000, 39),
    ]
    logs = {path.name for path in made.logs.iterdir()}
    assert logs == {"yosys.log", "pins.log", "pack.log", "seed1.log", "seed3.log"}
    assert {path.name for path in made.folder.iterdir()} == {"t.v", "synth"}


def test_a_design_that_is_too_large_is_not_placed(flow):
    outcome = flow(cells=1300, place="sys.exit(9)").run([1], 24)
    assert outcome.problem == "needs 1,300 of 1,280 logic cells (20 short)"
    assert outcome.placed == ()


def test_a_clock_that_no_seed_reaches_is_a_problem(flow):
    assert flow().run([1, 2], 50).problem == "reaches 42.00 MHz of 50 MHz (8.00 MHz short)"


def test_a_seed_that_cannot_be_placed_does_not_hide_one_that_can(flow):
    place = f"if seed == 1:\n    print(PACK + 'ERROR: Unable to place.')\n    sys.exit(1)\n{REPORT}"
    outcome = flow(place=place).run([1, 2], 24)
    assert [p.error for p in outcome.placed] == ["Unable to place", None]
    assert outcome.problem is None


@pytest.mark.parametrize(
    ("yosys", "place", "sentence"),
    [
        ("import sys\nprint('ERROR: no.')\nsys.exit(sys.argv[1] != '-V')", "",
         r"^yosys failed: no; see LOGS/yosys\.log$"),
        (YOSYS, "import os\nos.kill(os.getpid(), 9)", r"^nextpnr-ice40 failed: .*; see LOGS/seed1"),
        (YOSYS, "print('ERROR: bad option')\nsys.exit(1)",
         r"^nextpnr-ice40 failed: bad option; see LOGS/seed1\.log$"),
    ],
)  # fmt: skip
def test_a_tool_that_fails_is_told_with_its_log(flow, yosys, place, sentence):
    made = flow(yosys=yosys, place=place)
    with pytest.raises(ToolError, match=sentence.replace("LOGS", re.escape(str(made.logs)))):
        made.run([1], 24)
    assert {path.name for path in made.folder.iterdir()} == {"t.v", "synth"}


def test_an_interrupt_leaves_nothing_but_logs(flow):
    made = flow(place="import time\ntime.sleep(100)")

    def interrupt(what):
        if what.startswith("placing"):
            raise KeyboardInterrupt

    made.progress = interrupt
    with pytest.raises(KeyboardInterrupt):
        made.run([1], 24)
    assert {path.name for path in made.folder.iterdir()} == {"t.v", "synth"}


def test_a_build_whose_verilog_is_gone_is_refused(flow):
    made = flow()
    (made.folder / "t.v").unlink()
    with pytest.raises(ModelError, match=r"t\.v: cannot be read; run `hwgen build` again$"):
        made.run([1], 24)
