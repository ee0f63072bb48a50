"""README.md and its pages: commands print what they say, and figures are those of the code."""

import contextlib
import io
import json
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from hwgen.design import make_design
from hwgen.model import load_model
from sim.benches.trials import reset_trials
from sim.cycle import steady_state
from sim.sizing import size_buffers

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "README.md").read_text(encoding="utf-8")
PAGES = {
    name: (ROOT / "docs" / f"{name}.md").read_text(encoding="utf-8")
    for name in ("tutorial", "cycles", "folding", "networks", "modules")
}
FACE = ROOT / "models" / "face.json"
TINY = ROOT / "models" / "tiny.json"


def blocks(language: str, page: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", PAGES[page], re.MULTILINE | re.DOTALL)


def figure(row: str) -> str:
    """Second column of the table's row."""
    (found,) = re.findall(rf"^\| {re.escape(row)} \| ([^|]*) \|", PAGE, re.MULTILINE)
    return found


def words(text: str) -> str:
    """Text without its line breaks and columns: they depend on the terminal."""
    return " ".join(text.split())


def test_the_tutorial_prints_what_it_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    (tmp_path / "models").mkdir()
    shutil.copy(TINY, tmp_path / "models")
    (pictures,) = blocks("python", "tutorial")
    exec(compile(pictures, "tutorial.md", "exec"), {})
    for block in (block for page in PAGES for block in blocks("console", page)):
        command, _, expected = block.removeprefix("$ ").partition("\n")
        program, *arguments = shlex.split(command)
        assert program == "python"
        done = subprocess.run(
            [sys.executable, *arguments], capture_output=True, text=True, check=False
        )
        if expected.startswith("error: "):
            assert done.returncode == 2, command
            assert words(done.stderr).endswith(words(expected)), command
        else:
            assert done.returncode == 0, done.stderr
            assert words(done.stdout) == words(expected), command


def test_the_module_alone_prints_what_it_says():
    (example,) = blocks("python", "modules")
    (expected,) = blocks("text", "modules")
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(example, "modules.md", "exec"), {})
    assert printed.getvalue() == expected


def test_the_layer_shown_is_the_one_in_the_file():
    (layer,) = blocks("json", "tutorial")
    assert json.loads(layer) == json.loads(TINY.read_text(encoding="utf-8"))["layers"][0]


def test_the_folding_shown_builds():
    (folding,) = blocks("json", "folding")
    plan = make_design(load_model(TINY), folding=(json.loads(folding), "folding.md")).plan
    lanes = {layer.name: (layer.pe, layer.simd, layer.m) for layer in plan.layers if layer.simd}
    assert lanes == {"lines": (2, 9, 4), "classify": (2, 8, 1)}


@pytest.mark.skipif(not FACE.exists(), reason="models/face.json is not trained yet")
def test_the_measured_figures_are_those_of_the_plan():
    plan = size_buffers(make_design(load_model(FACE)).plan)
    latency, interval = steady_state(plan)
    assert figure("cycles a frame") == f"{interval:,}"
    assert figure("latency, cycles") == f"{latency:,}"
    assert figure("frames/s at 24 MHz") == f"{24e6 / interval:,.1f}"
    patterns, frames = 3, 4
    transfers = sum(stream.transfers_per_frame for stream in plan.streams)
    cut = sum(
        int((trial.timing.transfers[stream.name] < trial.run.cycles).sum())
        for trial in reset_trials(plan, frames, 1, interval)
        for stream in plan.streams
    )
    assert figure("transfers checked, 4 frames") == f"{patterns * frames * transfers + cut:,}"
    assert figure("of these wrong") == "0"


@pytest.mark.skipif(not FACE.exists(), reason="models/face.json is not trained yet")
def test_the_timeline_shown_is_that_of_the_plan():
    picture = (ROOT / "docs" / "face_timeline.svg").read_text(encoding="utf-8")
    latency, interval = steady_state(make_design(load_model(FACE)).plan)
    assert f"{latency:,} cycles latency, {interval:,} cycles a frame" in picture
    assert "docs/face_timeline.svg" in PAGE


def test_readme_is_short_and_its_links_lead_somewhere():
    assert len(PAGE.splitlines()) <= 200
    targets = re.findall(r"\]\((?!https?:)([^)#]+)", PAGE)
    assert len(targets) > 20
    assert [target for target in targets if not (ROOT / target).exists()] == []
