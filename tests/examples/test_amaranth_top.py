"""The example that puts a core into a design in Amaranth: lamps show the golden model's class."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from plan_networks import tiny
from top_bench import classes_of, run_top

from hwgen.jobs.build import build

EXAMPLE = Path(__file__).parents[2] / "examples" / "amaranth_top" / "top.py"
TOP = """
  wire ready;
  wire lamp;
  wire [7:0] pictures;
  reg [7:0] before;
  initial before = 0;
  always @(posedge clk) before <= pictures;
  top top(.clk(clk), .rst(rst), .pixels__payload(data), .pixels__valid(valid),
          .pixels__ready(ready), .lamps(lamp), .pictures(pictures));
"""


@pytest.mark.skipif(shutil.which("iverilog") is None, reason="needs iverilog")
def test_the_lamps_show_the_class_of_each_picture(tmp_path):
    build(tiny(), tmp_path)
    subprocess.run([sys.executable, EXAMPLE, tmp_path, tmp_path / "top.v"], check=True)
    found = run_top(tmp_path, "tiny", TOP, pixels=48, bits=8, shown="pictures != before, lamp")
    assert found == classes_of(tmp_path, "tiny", 2, 1)
    assert set(found) == {0, 1}
