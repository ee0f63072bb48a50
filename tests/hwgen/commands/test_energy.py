"""hwgen energy from the command line."""

import json
from pathlib import Path

import pytest

from hwgen.jobs.build import build

TINY = Path(__file__).parents[3] / "models" / "tiny.json"


@pytest.fixture
def folder(model, tmp_path):
    build(model, tmp_path / "b", device="up5k", fps=1000)
    return tmp_path / "b"


def test_the_table_fits_a_terminal_and_says_how_sure_it_is(call, folder):
    code, text, said = call("energy", folder, "--quick", "--fps", "30", "--idle", "running")
    assert code == 0
    lines = text.splitlines()
    assert max(map(len, lines)) <= 80
    assert lines[0].split() == ["component", "a", "frame", "share", "uncertainty"]
    assert any(line.startswith("clock tree and registers") for line in lines)
    assert "give or take" in text
    assert "with the clock running between frames" in lines
    assert "logic cells of up5k" in text
    assert "nothing was simulated" in said


def test_json_has_the_keys_that_stay(call, folder):
    code, text, _ = call("energy", folder, "--quick", "--json")
    assert code == 0
    found = json.loads(text)
    assert found == json.loads((folder / "energy.json").read_text())
    keys = {"joules_per_frame", "watts", "fps", "clock_hz", "components", "activity"}
    assert keys | {"relative_uncertainty"} <= set(found)


def test_a_rate_that_the_build_has_not_is_wrong_input(call, folder):
    code, text, said = call("energy", folder, "--fps", "1e9")
    assert (code, text) == (2, "")
    assert "is more than the build has" in said


def test_a_build_says_what_the_least_energy_is(call, tmp_path):
    options = ("--device", "up5k", "--fps", "1000", "--least", "energy", "-o", tmp_path / "least")
    code, text, _ = call("build", TINY, *options)
    assert code == 0
    assert "least energy of " in text
    assert " times as much" in text
    assert max(map(len, text.splitlines()[-3:-1])) <= 80
