"""The Python interface: the page about it runs, and the commands do nothing of their own."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import hwgen

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "api.md"


def examples():
    return re.findall(r"^```python\n(.*?)^```", PAGE.read_text(), re.MULTILINE | re.DOTALL)


def test_every_name_is_there_and_in_the_list():
    for name in hwgen.__all__:
        assert getattr(hwgen, name).__name__ == name
    assert not hasattr(hwgen, "bild")


def test_importing_the_package_loads_neither_hardware_nor_simulators():
    program = "import sys, hwgen; print([m for m in sys.modules if m in ('amaranth', 'numpy')])"
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, cwd=ROOT)
    assert run.stdout == "[]\n"


@pytest.mark.skipif(
    not all(map(shutil.which, ("g++", "make", "perl"))), reason="Verilator needs g++, make, perl"
)
def test_the_examples_of_the_page_run(tmp_path, monkeypatch, capsys):
    shutil.copytree(ROOT / "models", tmp_path / "models", ignore=shutil.ignore_patterns("*.py"))
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {}
    blocks = examples()
    for block in blocks:
        exec(compile(block, str(PAGE), "exec"), names)
    assert len(blocks) == 8
    assert "0 wrong" in capsys.readouterr().out


def test_a_build_tells_what_it_does_and_prints_nothing(tmp_path, capsys):
    told: list[str] = []
    built = hwgen.build(ROOT / "models" / "tiny.json", tmp_path / "b", progress=told.append)
    assert told[1:3] == ["folding", "sizing buffers"]
    assert told[-1] == "generating Verilog"
    assert sorted(built.files) == sorted(path.name for path in built.folder.iterdir())
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("pictures", "sentence"),
    [
        (np.zeros((1, 4, 4, 1)), r"^\S*tiny\.json: pictures must be uint8, not float64$"),
        (np.zeros((0, 8, 8, 1), np.uint8), r"^\S*tiny\.json: pictures must have shape \(N, "),
        (np.zeros((8, 8), np.uint8), r"^\S*tiny\.json: pictures must have shape \(N, "),
    ],
)
def test_pictures_that_do_not_fit_are_refused(pictures, sentence):
    with pytest.raises(hwgen.HwgenError, match=sentence):
        hwgen.simulate(ROOT / "models" / "tiny.json", pictures)


def test_an_unknown_choice_is_refused_in_a_sentence(tmp_path):
    tiny = ROOT / "models" / "tiny.json"
    with pytest.raises(hwgen.HwgenError, match=r"^memory_files must be one of none, large, all, "):
        hwgen.build(tiny, tmp_path / "b", memory_files="some")
    hwgen.build(tiny, tmp_path / "b")
    with pytest.raises(hwgen.HwgenError, match=r"^simulator must be one of verilator, icarus"):
        hwgen.verify(tmp_path / "b", simulator="modelsim")
