"""Timelines: the same bytes each time; one sentence for errors."""

import builtins
import re
from pathlib import Path

import pytest
from PIL import Image
from small_networks import small_face

from hwgen.design import make_design
from hwgen.errors import ModelError, ToolError
from hwgen.report.drawing import check_drawing
from sim.cycle import chunks, steady_state
from sim.patterns import random_traffic
from sim.sketch import FRAMES_SHOWN, Sketch
from sim.timeline import draw_timeline

FOLDING = {
    "conv1": {"pe": 2, "simd": 3, "m": 1},
    "conv2": {"pe": 2, "simd": 8, "m": [2, 2]},
    "fc": {"pe": 2, "simd": 4},
}
PLAN = make_design(small_face(), folding=(FOLDING, "test")).plan
INTERVAL = steady_state(PLAN)[1]


def sketch(frames: int, traffic=None, chunk_words: int = 1) -> Sketch:
    found = Sketch(PLAN)
    for chunk in chunks(PLAN, frames, traffic, chunk_words=chunk_words):
        found.add(chunk)
    return found


def draw(path: Path, frames: int = 3, traffic=None) -> Path:
    draw_timeline(
        path, sketch(frames, traffic), interval=INTERVAL, frames=frames, traffic="full rate"
    )
    return path


@pytest.mark.parametrize("suffix", [".svg", ".png", ".SVG"])
def test_two_pictures_of_one_run_have_identical_bytes(suffix, tmp_path):
    first, second = (draw(tmp_path / f"{name}{suffix}") for name in "ab")
    assert first.read_bytes() == second.read_bytes()


def test_the_picture_is_as_wide_as_a_page_and_says_what_it_shows(tmp_path):
    with Image.open(draw(tmp_path / "a.png")) as picture:
        assert picture.width == 1600
        assert picture.info["Title"] == "mini"
    text = draw(tmp_path / "a.svg").read_text(encoding="utf-8")
    latency, _ = steady_state(PLAN)
    assert re.search(r"<dc:title>mini</dc:title>", text)
    assert f"{latency:,} cycles latency, {INTERVAL:,} cycles a frame" in text
    assert "dc:date" not in text


@pytest.mark.parametrize("frames", [1, FRAMES_SHOWN + 1])
def test_runs_of_one_frame_and_of_many_can_be_drawn(frames, tmp_path):
    assert draw(tmp_path / "a.png", frames, random_traffic(1, INTERVAL)).stat().st_size > 1000


@pytest.mark.parametrize("name", ["a.pdf", "a", "svg"])
def test_other_kinds_of_picture_are_refused(name):
    with pytest.raises(ModelError, match=rf"^{re.escape(name)}: timelines are \.svg or \.png"):
        check_drawing(Path(name), "timelines")


def test_a_missing_matplotlib_is_one_sentence(monkeypatch):
    original = builtins.__import__

    def without(name, *rest, **more):
        if name.split(".")[0] == "matplotlib":
            raise ImportError(name)
        return original(name, *rest, **more)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(
        ToolError, match=r"^timelines: matplotlib is missing; install it with `pip "
    ):
        check_drawing(Path("a.svg"), "timelines")
