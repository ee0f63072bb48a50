"""The simulators that are compared agree on a small design; how fast they are is not asked here."""

import io
import re
import shutil
import sys
from dataclasses import replace

import pytest
from rich.console import Console
from small_networks import small_face

from benchmarks.simulator_speed import NAMES, SIMULATORS, measure_speed, speed_table
from benchmarks.simulators.job import read_run
from benchmarks.tools import call
from hwgen.errors import MismatchError, ToolError
from hwgen.model import save_model

FIGURES = {"frames": 3, "cycles_per_second": 12_000, "ratio_to_verilator": 0.012}


@pytest.fixture(scope="module")
def build(tmp_path_factory):
    folder = tmp_path_factory.mktemp("build")
    save_model(small_face(), folder / "mini.json")
    command = [sys.executable, "-m", "hwgen", "build", folder / "mini.json", "-o", folder / "mini"]
    call(command, lambda text: None, "building")
    return folder / "mini"


@pytest.mark.skipif(
    not all(map(shutil.which, ("g++", "make", "perl"))), reason="Verilator needs g++, make, perl"
)
def test_every_simulator_has_the_scores_and_cycles_of_the_models(build, tmp_path):
    told = []
    found = measure_speed(build, tmp_path / "work", 3, told.append)
    present = {key for key, figures in found["simulators"].items() if "error" not in figures}
    assert present | {"icarus"} == set(NAMES)
    assert found["simulators"]["verilator"]["ratio_to_verilator"] == 1
    for key in present:
        figures = found["simulators"][key]
        assert figures["frames"] == (1 if key in ("icarus", "pysim") else 3)
        assert figures["cycles"] > figures["frames"] * found["interval_cycles"]
    stalled = found["stalled"]
    assert stalled["sim"]["cycles"] == stalled["verilator"]["cycles"]
    assert stalled["sim"]["cycles"] > found["simulators"]["sim"]["cycles"]
    assert stalled["verilator"]["ratio_to_verilator"] == 1


@pytest.mark.parametrize("wrong", ["scores", "cycles"])
def test_a_simulator_that_is_wrong_is_not_taken(build, tmp_path, monkeypatch, wrong):
    def lie(job, frames, step):
        run = SIMULATORS["sim"].measure(job, frames, step)
        lies = {"scores": [s + 1 for s in run.scores], "cycles": run.cycles + 1}
        return replace(run, **{wrong: lies[wrong]})

    liar = replace(SIMULATORS["sim"], measure=lie, name="liar")
    monkeypatch.setattr("benchmarks.simulator_speed.SIMULATORS", {"sim": liar})
    with pytest.raises(MismatchError, match=rf"mini: liar differs from the models in {wrong}$"):
        measure_speed(build, tmp_path / "work", 2, lambda text: None)


def test_what_could_not_run_is_left_out_with_one_line():
    speeds = {key: dict(FIGURES) for key in NAMES} | {"icarus": {"error": "iverilog is missing"}}
    text = io.StringIO()
    stalled = {key: dict(FIGURES, cycles_per_second=9_000) for key in ("sim", "verilator")}
    network = {"name": "net", "interval_cycles": 24_576, "simulators": speeds, "stalled": stalled}
    Console(file=text, width=80).print(speed_table(network))
    assert re.search(r"^Icarus +- +- +-", text.getvalue(), re.MULTILINE)
    assert "Icarus left out: iverilog is missing." in text.getvalue()
    assert re.search(r"^Verilator -O3 +3 +12,000 +0.012", text.getvalue(), re.MULTILINE)
    assert re.search(r"^Verilator -O3, stalls +3 +9,000 +0.012", text.getvalue(), re.MULTILINE)


@pytest.mark.parametrize("text", ["", "no JSON", "{}", '{"cycles": 1}'])
def test_a_program_that_prints_no_result_is_told(text):
    with pytest.raises(ToolError, match=r"^running: printed no result$"):
        read_run(text, "running")
