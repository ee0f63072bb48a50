"""The emitted test bench: it passes what is right, under two simulators, and fails what is not."""

import os
import re
import shutil

import pytest
from integration_builds import NETWORKS, build_network, lint, run_icarus, run_verilator

from hwgen.jobs.build import build
from hwgen.model import Builder

needs_icarus = pytest.mark.skipif(shutil.which("iverilog") is None, reason="needs iverilog")
needs_compiler = pytest.mark.skipif(
    not all(map(shutil.which, ("g++", "make", "perl"))), reason="needs g++, make, perl"
)
COMPILED = int(os.environ.get("HWGEN_COMPILED_BENCHES", "1"))
"""Networks whose benches run under Verilator."""

PASS = r"PASS: \d+ scores of 3 pictures\n"


@pytest.fixture(scope="module")
def builds(tmp_path_factory):
    """Folder and name of the build of each network, made once."""
    made = {}

    def find(network):
        if network not in made:
            folder = tmp_path_factory.mktemp("build") / "build"
            made[network] = folder, build_network(network, folder)
        return made[network]

    return find


@pytest.fixture
def copied(builds, tmp_path):
    """Copy a build to spoil it."""

    def copy(network):
        folder, name = builds(network)
        shutil.copytree(folder, tmp_path / "spoilt")
        return tmp_path / "spoilt", name

    return copy


@pytest.fixture(scope="module")
def runtime(tmp_path_factory):
    """Folder for what Verilator compiles for each bench anew."""
    return tmp_path_factory.mktemp("runtime")


@needs_icarus
@pytest.mark.parametrize("network", NETWORKS)
def test_the_bench_passes_under_icarus_without_a_warning(builds, network):
    status, text = run_icarus(*builds(network))
    assert re.fullmatch(PASS, text), text
    assert status == 0


@needs_compiler
@pytest.mark.parametrize("network", list(NETWORKS)[:COMPILED])
def test_the_bench_passes_under_verilator_without_a_warning(builds, runtime, network):
    status, text = run_verilator(*builds(network), runtime)
    assert re.match(PASS, text), text
    assert status == 0


@pytest.mark.parametrize("network", NETWORKS)
def test_lint_is_silent_about_core_and_bench(builds, network):
    folder, name = builds(network)
    assert lint(folder, "--top-module", f"{name}_tb", f"{name}_tb.v", f"{name}.v") == (0, "")


@needs_icarus
def test_a_flipped_bit_of_a_weight_in_the_verilog_fails(copied):
    folder, name = copied("residual")
    verilog = folder / f"{name}.v"
    text = verilog.read_text()
    word = re.compile(r"(    \S+\[0\] = \d+'h)([0-9a-f]+);")
    found = word.search(text, text.index("  initial begin\n", text.index(f"\nmodule {name}_last(")))
    assert found is not None
    flipped = f"{int(found[2], 16) ^ 1:0{len(found[2])}x}"
    verilog.write_text(text[: found.start(2)] + flipped + text[found.end(2) :])
    status, said = run_icarus(folder, name)
    assert status == 1
    assert re.search(r"^error: a score is wrong\n  picture \d, value \d: ", said, re.MULTILINE)
    assert re.search(r"^FAIL: after \d+ of \d+ scores$", said, re.MULTILINE)


@needs_icarus
@pytest.mark.parametrize("at", [0, -2])
def test_a_wrong_word_of_weights_fails(copied, at):
    folder, name = copied("both")
    weights = folder / f"{name}_weights.bin"
    data = bytearray(weights.read_bytes())
    data[at] ^= 1
    weights.write_bytes(data)
    status, said = run_icarus(folder, name)
    assert (status, "error: a score is wrong\n" in said) == (1, True), said


@needs_icarus
def test_weights_that_are_not_there_end_in_a_failure(copied):
    folder, name = copied("weights from outside")
    (folder / f"{name}_weights.bin").unlink()
    status, said = run_icarus(folder, name)
    assert status == 1
    assert said.startswith(f"error: {name}_weights.bin cannot be read\n")


@needs_icarus
def test_a_design_that_stops_is_given_up(copied):
    folder, name = copied("residual")
    bench = folder / f"{name}_tb.v"
    connected = ".s_axis_tvalid(s_axis_tvalid)"
    bench.write_text(bench.read_text().replace(connected, ".s_axis_tvalid(1'b0)"))
    status, said = run_icarus(folder, name)
    assert status == 1
    assert said.startswith("error: scores are missing\nFAIL: after 0 of ")


@needs_icarus
def test_a_latency_that_is_not_the_manifests_fails(copied):
    folder, name = copied("several pixels")
    bench = folder / f"{name}_tb.v"
    found = re.search(r"LATENCY = (\d+);", bench.read_text())
    assert found is not None
    right = int(found[1])
    bench.write_text(bench.read_text().replace(found[0], f"LATENCY = {right + 1};"))
    status, said = run_icarus(folder, name)
    assert status == 1
    assert said.startswith(
        f"error: the first picture's cycles are not LATENCY\n  they are {right}\n"
    )


@needs_icarus
def test_a_layer_called_tb_does_not_get_in_its_way(tmp_path):
    net = Builder("odd", height=1, width=2, channels=1)
    net.sign("s").conv2d([[[[1], [1]]], [[[1], [-1]]]], "tb")
    build(net.build(), tmp_path / "build")
    status, said = run_icarus(tmp_path / "build", "odd")
    assert (status, said[:4]) == (0, "PASS"), said
    assert "\nmodule odd_tb_2;" in (tmp_path / "build" / "odd_tb.v").read_text()
