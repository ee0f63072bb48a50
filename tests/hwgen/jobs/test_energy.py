"""hwgen.energy: what is counted, what is taken for granted, and what is refused."""

import json
import shutil

import numpy as np
import pytest

import hwgen
import sim.benches.yosys
from hwgen.model import Builder


def little():
    signs = np.random.default_rng(3).choice
    net = Builder("little", height=4, width=4, channels=1)
    net.conv2d(signs([-1, 1], (2, 2, 2, 1)), name="conv")
    net.batch_norm(1.0, 0.5, 0.0, 1.0, name="norm").sign("bits").flatten("flat")
    return net.dense(signs([-1, 1], (2, 18)), name="scores").build()


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    folder = tmp_path_factory.mktemp("builds") / "b"
    hwgen.build(little(), folder, device="up5k", fps=1000)
    return folder


@pytest.fixture
def folder(built, tmp_path):
    return shutil.copytree(built, tmp_path / "b")


@pytest.mark.skipif(shutil.which("g++") is None, reason="CXXRTL needs g++")
def test_activity_is_counted_on_the_verilog_and_written_beside_it(folder):
    told: list[str] = []
    found = hwgen.energy(folder, fps=100, idle="running", progress=told.append)
    assert found.activity == "verilog"
    assert found.pictures == "noise"
    written = json.loads((folder / "energy.json").read_text())
    assert written == json.loads(json.dumps(found.to_json()))
    assert written["fps"] == 100
    names = [c["name"] for c in written["components"]]
    assert names[:2] == ["static", "clock tree and registers"]
    total = sum(c["joules_per_frame"] for c in written["components"])
    assert total == pytest.approx(written["joules_per_frame"])
    planned = hwgen.energy(folder, fps=100, idle="running", quick=True)
    assert planned.frame.joules == pytest.approx(found.frame.joules, rel=0.5)


def test_without_a_simulation_it_says_where_activity_is_from(folder):
    notes: list[str] = []
    found = hwgen.energy(folder, quick=True, note=notes.append)
    assert found.activity == "plan"
    assert found.to_json()["pictures"] is None
    assert notes == ["activity is the mean of units of a kind: nothing was simulated (--quick)"]


def test_without_yosys_it_goes_on_with_the_plan_and_says_so(folder, monkeypatch):
    monkeypatch.setattr(sim.benches.yosys, "find_spec", lambda name: None)
    notes: list[str] = []
    assert hwgen.energy(folder, note=notes.append).activity == "plan"
    assert notes[0].startswith("activity is the mean of units of a kind, as nothing can be simul")


def test_a_stopped_clock_takes_least_and_a_pll_that_runs_most(folder):
    def joules(idle, source="outside"):
        options = {"fps": 10, "quick": True, "idle": idle, "clock_source": source}
        return hwgen.energy(folder, **options).frame.joules

    assert joules("stopped") < joules("gated") < joules("running") < joules("running", "pll")
    assert joules("stopped", "pll") < joules("gated", "pll")


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"fps": 0}, r"^--fps must be a positive number, not 0$"),
        ({"fps": float("nan")}, r"^--fps must be a positive number, not nan$"),
        ({"fps": 1e9}, r"^\S+: --fps 1e\+09 is more than the build has: at most [\d,.]+ frames a "),
        ({"netlist": True, "quick": True}, r"^--netlist and --quick exclude each other$"),
        ({"netlist": True}, r"^\S+: has no netlist\.v; run `hwgen synth` first$"),
        ({"images": np.zeros((1, 9, 9, 1), np.uint8)}, r"pictures must have shape \(N, 4, 4, 1\)"),
        ({"idle": "asleep"}, r"^idle must be one of running, gated, stopped, not 'asleep'$"),
        ({"clock_source": "sun"}, r"^clock_source must be one of outside, hfosc, pll, not 'sun'$"),
    ],
)
def test_what_cannot_be_is_refused(folder, options, sentence):
    with pytest.raises(hwgen.HwgenError, match=sentence):
        hwgen.energy(folder, **options)
    assert not (folder / "energy.json").exists()


def test_a_build_for_no_part_has_no_energy(tmp_path):
    hwgen.build(little(), tmp_path / "b")
    with pytest.raises(hwgen.HwgenError, match=r"^\S+: was built for no part \(device 'generic'\)"):
        hwgen.energy(tmp_path / "b", quick=True)


def test_a_new_build_forgets_the_energy_of_the_one_before(folder):
    hwgen.energy(folder, quick=True)
    hwgen.build(little(), folder, device="up5k")
    assert not (folder / "energy.json").exists()
