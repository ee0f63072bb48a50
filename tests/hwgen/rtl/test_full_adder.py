import subprocess

from hwgen.rtl.full_adder import FULL_ADDER
from tests.formal_proof import YOSYS


def test_two_luts_hold_the_cell(tmp_path):
    (tmp_path / "cell.v").write_text(FULL_ADDER)
    script = "read_verilog cell.v; synth_ice40; select -assert-count 2 t:SB_LUT4"
    result = subprocess.run(
        [*YOSYS, "-q", "-p", script], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stderr


def test_the_cell_adds_its_bits(tmp_path):
    (tmp_path / "cell.v").write_text(
        FULL_ADDER
        + "module top(input a, b, x, w, output same);\n"
        + "wire [1:0] sum;\n"
        + "hwgen_full_adder cell(a, b, x, w, sum[0], sum[1]);\n"
        + "assign same = sum == a + b + (x ^ w);\nendmodule\n"
    )
    script = (
        "read_verilog cell.v; setattr -mod -unset keep_hierarchy hwgen_full_adder;"
        " prep -flatten -top top; sat -verify -prove same 1"
    )
    result = subprocess.run(
        [*YOSYS, "-q", "-p", script], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stdout[-1000:] + result.stderr
