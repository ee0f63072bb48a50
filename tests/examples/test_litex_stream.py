"""The example that gives a core LiteX's endpoints, where LiteX is installed."""

import importlib.util
import shutil
from pathlib import Path

import pytest
from plan_networks import tiny
from top_bench import classes_of, run_top

from hwgen.jobs.build import build

EXAMPLE = Path(__file__).parents[2] / "examples" / "litex_stream" / "core.py"
TOP = """
  wire ready, s_valid, s_last, s_first, s_best, s_error;
  wire [7:0] s_data;
  top top(.sys_clk(clk), .sys_rst(rst), .sink_payload_data(data), .sink_valid(valid),
          .sink_first(1'b0), .sink_last(LAST), .sink_ready(ready),
          .source_valid(s_valid), .source_last(s_last), .source_first(s_first), .source_ready(1'b1),
          .source_payload_data(s_data), .source_payload_best(s_best),
          .source_payload_error(s_error));
"""


@pytest.mark.skipif(shutil.which("iverilog") is None, reason="needs iverilog")
@pytest.mark.parametrize("marked", [False, True])
def test_the_source_gives_the_class_and_the_first_score_of_each_picture(tmp_path, marked):
    pytest.importorskip("litex")
    from migen.fhdl import verilog

    build(tiny(), tmp_path, input_tlast=marked)
    spec = importlib.util.spec_from_file_location("litex_core", EXAMPLE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    core = module.HwgenCore(None, tmp_path)
    ends = core.sink.flatten() + core.source.flatten()
    (tmp_path / "top.v").write_text(str(verilog.convert(core, set(ends), name="top")))
    # Of the second picture a pixel is too many: its end is marked a pixel late.
    top = TOP.replace("LAST", "sent == 16 || sent == 33 || sent == 48" if marked else "1'b0")
    seen = "s_valid && (s_last || s_first), {s_first, s_error, s_best}"
    found = run_top(tmp_path, "tiny", top, pixels=48, bits=8, shown=seen)
    assert [x >> 2 for x in found] == [1, 0] * 3
    classes = classes_of(tmp_path, "tiny", 2, 1)
    if marked:
        assert [x >> 1 & 1 for x in found[1::2]] == [0, 1, 1]
    else:
        assert [x & 1 for x in found[1::2]] == classes
