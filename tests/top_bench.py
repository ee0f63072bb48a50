"""A design around a core, run under Icarus on the pictures of the build's own test bench."""

import shutil
import subprocess
from pathlib import Path

import numpy as np

__all__ = ["classes_of", "run_top"]


def classes_of(folder: Path, name: str, scores: int, index_bits: int) -> list[int]:
    """Class of each picture, as the scores of the build's bench have it."""
    words = (folder / f"{name}_tb_scores.hex").read_text().split()
    last = np.array([int(word, 16) for word in words]).reshape(-1, scores)[:, -1]
    return ((last >> 8) & ((1 << index_bits) - 1)).tolist()


def run_top(folder: Path, name: str, top: str, *, pixels: int, bits: int, shown: str) -> list[int]:
    """Give all pixels to a module ``top``, and read numbers that it shows, one for each change.

    Parameters
    ----------
    top : str
        Ports and their connections: pixels come from ``data`` and ``valid``, and ``ready`` is asked
        for.
    shown : str
        Condition and value: ``"seen, value"``.
    """
    condition, value = shown.split(", ", 1)
    (folder / "bench.v").write_text(f"""
module bench;
  reg clk, rst, valid;
  reg [{bits - 1}:0] data, pixels [0:{pixels - 1}];
  integer sent, cycle;
{top}
  initial begin clk = 0; rst = 1; valid = 0; sent = 0; cycle = 0; end
  initial $readmemh("{name}_tb_pixels.hex", pixels);
  always #5 clk = !clk;
  always @(posedge clk) begin
    cycle <= cycle + 1;
    if (cycle == 4) rst <= 0;
    if (!rst && (!valid || ready)) begin
      valid <= sent < {pixels} && cycle % 3 != 0;
      data <= pixels[sent];
      if (sent < {pixels} && cycle % 3 != 0) sent <= sent + 1;
    end
    if (!rst && {condition}) $display("%0d", {value});
    if (cycle == 5000) $finish;
  end
endmodule
""")
    iverilog = shutil.which("iverilog")
    assert iverilog is not None
    command = [iverilog, "-g2005", "-o", "top_bench", "bench.v", "top.v", f"{name}.v"]
    subprocess.run(command, cwd=folder, check=True)
    done = subprocess.run(
        ["vvp", "-n", "top_bench"], cwd=folder, check=True, capture_output=True, text=True
    )
    return [int(line) for line in done.stdout.split() if line.isdigit()]
