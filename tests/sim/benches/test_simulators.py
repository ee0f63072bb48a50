"""The same designs in every simulator: two and four values, both standards, X where it can be."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
from emitted import write_emitted
from shared_data import shared_file
from unknown_values import with_unknown_collisions

import sim.benches.cocotb_bench
from hwgen.design import Design, make_design
from hwgen.errors import ToolError
from hwgen.generate import emit_files, emit_verilog
from hwgen.model import Affine, Builder, Model, load_model
from hwgen.verilog.memories import MemoryFiles
from sim.benches.harness import harness_verilog
from sim.benches.verify_design import ports_of, verify_design
from sim.images import random_images
from sim.patterns import random_traffic

SEED = 12
ICARUS = ("icarus", "icarus-2005")

needs_icarus = pytest.mark.skipif(
    shutil.which("iverilog") is None,
    reason="Icarus (iverilog) is not installed: no simulator here knows unknown values",
)


def every_kind() -> Model:
    """Pixels, bits, more bits, depthwise, a path that parts and meets, pools, argmax."""
    rng = np.random.default_rng(SEED)
    net = Builder("kinds", height=6, width=6, channels=2, transform=Affine("1/128", -1))

    def bits(*shape: int) -> np.ndarray:
        return rng.choice([-1, 1], shape)

    def norm(channels: int, reach: float) -> None:
        net.batch_norm(
            gamma=rng.choice([-1.0, 1.0], channels), beta=rng.normal(size=channels) / 4,
            mean=rng.normal(size=channels) * reach / 4, variance=reach**2,
        )  # fmt: skip

    net.conv2d(bits(4, 3, 3, 2), "pixels", padding="same", pad_pixel=128)
    norm(4, 3.0)
    net.sign("first").conv2d(bits(4, 3, 3, 1), "apart", padding="same", pad_value=0, depthwise=True)
    norm(4, 3.0)
    net.quantise(3, signed=True, fraction_bits=1, name="left")
    net.conv2d(rng.integers(-4, 4, (4, 1, 1, 4)), "wide", weight_bits=3, inputs="first")
    net.quantise(3, signed=True, fraction_bits=0, name="right")
    net.add(["left", "right"], "meet").sign().max_pool(2)
    return net.flatten().dense(bits(3, 36), "fc").classes(["a", "b", "c"]).build()


FOLDINGS = {
    "generic": {"pixels": {"pe": 2, "simd": 6}, "apart": {"pe": 2, "simd": 3}, "wide": {"simd": 2}},
    "up5k": {"pixels": {"pe": 1, "simd": 3, "m": 2}, "apart": {"pe": 2, "simd": 9},
             "wide": {"pe": 2, "simd": 4, "storage": "spram"}},
    "ecp5-25": {"pixels": {"pe": 1, "simd": 9}, "apart": {"pe": 1, "simd": 9},
                "wide": {"pe": 2, "simd": 1}, "fc": {"simd": 6}},
}  # fmt: skip
# A slow clock and a fast one: the shortest pipeline and the longest.
CLOCKS = {"generic": 24.0, "up5k": 24.0, "ecp5-25": 100.0}
MODEL = every_kind()


def kinds_for(device: str) -> Design:
    return make_design(
        MODEL, device=device, folding=(FOLDINGS[device], "test"), clock_mhz=CLOCKS[device]
    )


def written(design: Design, folder: Path) -> Path:
    """The Verilog of a design, every table of it in a file."""
    folder.mkdir()
    for name, data in emit_files(design, MemoryFiles.ALL).items():
        (folder / name).write_bytes(data)
    assert list(folder.glob("*.mem"))
    return folder / f"{design.plan.name}.v"


def check(design: Design, verilog: Path, simulator: str, work: Path) -> None:
    images = random_images(design.model, 2, SEED)
    verdict = verify_design(
        design.model, design.plan, verilog, images, modes={"stalls": random_traffic(SEED, 60)},
        simulator=simulator, work=work,
    )  # fmt: skip
    assert (verdict.mismatches, verdict.first_mismatch) == (0, None)
    assert verdict.transfers_checked == 2 * sum(s.transfers_per_frame for s in design.plan.streams)


def watching(top, ports, streams, signals=None) -> str:
    """The harness, to which an unknown ``valid`` or ``ready`` out of reset is a violation."""
    asked = "".join(
        f"  always @(posedge clk) if (!rst && (^{{valid{k}, ready{k}}}) === 1'bx)\n"
        f'    $fwrite(violations, "{k} %0d\\n", cycle);\n'
        for k in range(len(streams))
    )
    return harness_verilog(top, ports, streams, signals).replace("endmodule", f"{asked}endmodule")


@pytest.fixture
def watched(monkeypatch):
    monkeypatch.setattr(sim.benches.cocotb_bench, "harness_verilog", watching)


@pytest.mark.skipif(
    not all(map(shutil.which, ("g++", "make", "perl"))), reason="benches need g++, make, perl"
)
# On CXXRTL a design for no device is that of test_verify.py.
@pytest.mark.parametrize(
    ("device", "simulator"),
    [*((device, "verilator") for device in FOLDINGS), ("up5k", "cxxrtl"), ("ecp5-25", "cxxrtl")],
)
def test_each_transfer_is_right_where_signals_have_two_values(device, simulator, tmp_path):
    design = kinds_for(device)
    check(design, written(design, tmp_path / "build"), simulator, tmp_path / "work")


@needs_icarus
@pytest.mark.parametrize("simulator", ICARUS)
@pytest.mark.parametrize("device", FOLDINGS)
def test_each_transfer_is_known_by_either_standard_whatever_memories_give(
    device, simulator, tmp_path, watched
):
    design = kinds_for(device)
    verilog = written(design, tmp_path / "build")
    text = verilog.read_text()
    harder = with_unknown_collisions(text)
    assert harder.count("<= 'bx;") > 3
    verilog.write_text(harder)
    check(design, verilog, simulator, tmp_path / "work")


@needs_icarus
@pytest.mark.parametrize("simulator", ICARUS)
def test_a_carry_chain_with_an_unknown_input_that_does_not_count_is_known(
    simulator, tmp_path, watched
):
    folding = json.loads(shared_file("cases/ecp5_icarus_x.folding.json").read_text())
    model = load_model(shared_file("cases/ecp5_icarus_x.json"))
    design = make_design(model, device="ecp5-25", folding=(folding, "test"))
    check(design, write_emitted(design, tmp_path / "build"), simulator, tmp_path / "work")


@needs_icarus
def test_an_unknown_control_signal_is_seen(tmp_path, watched):
    """The watch of the tests above can fail: a register without its first value and reset."""
    design = kinds_for("generic")
    folder = tmp_path / "build"
    verilog = write_emitted(design, folder)
    text = verilog.read_text()
    faulty = re.sub(r"^  always @\(posedge clk\)\n    o__valid <= .*;\n", "", text, flags=re.M)
    faulty = re.sub(r"^  reg o__valid = 1'h0;", "  reg o__valid;", faulty, flags=re.M)
    assert faulty != text
    verilog.write_text(faulty)
    # The driver may fail over it before the watch can be asked.
    with pytest.raises((AssertionError, ToolError), match=r"mismatches|could not run the bench"):
        check(design, verilog, "icarus", tmp_path / "work")


PLAIN_BENCH = """
module tb;
  reg clk = 0, rst = 1;
  always #5 clk = ~clk;
  wire taken, valid, last;
  wire [{m}:0] data;
  integer n = 0;
  kinds dut (
    .clk(clk), .rst(rst), .s_axis_tvalid(!rst), .s_axis_tready(taken), .s_axis_tdata(16'h51c8),
    .m_axis_tvalid(valid), .m_axis_tready(1'b1), .m_axis_tdata(data), .m_axis_tlast(last),
    .m_axis_tuser()
  );
  always @(posedge clk) if (!rst && valid) begin
    n = n + 1;
    $display("%b %b", data, last);
  end
  initial begin
    repeat (4) @(negedge clk);
    rst = 0;
    repeat (1500) @(negedge clk);
    $display("%0d transfers", n);
    $finish;
  end
endmodule
"""


@needs_icarus
def test_a_bench_of_a_few_lines_sees_the_same_transfers_by_either_standard(tmp_path):
    design = kinds_for("generic")
    (tmp_path / "kinds.v").write_text(emit_verilog(design))
    (tmp_path / "tb.v").write_text(PLAIN_BENCH.format(m=ports_of(design.plan).m_tdata - 1))
    said = []
    for standard in ("-g2005", "-g2012"):
        files = [tmp_path / "tb.v", tmp_path / "kinds.v"]
        subprocess.run(["iverilog", standard, "-o", tmp_path / "tb", *files], check=True)
        run = subprocess.run(["vvp", tmp_path / "tb"], capture_output=True, text=True, check=True)
        said.append(run.stdout)
    assert said[0] == said[1]
    assert int(said[0].split("\n")[-2].split()[0]) > 5
    assert "x" not in said[0]
