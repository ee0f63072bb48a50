"""Pages of builds and of stores, as text and in a browser."""

import json
import re
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

import hwgen
from hwgen.errors import ModelError
from hwgen.explore.row import Row
from hwgen.explore.store import Store
from hwgen.jobs.report import report

TINY = Path(__file__).parents[4] / "models" / "tiny.json"
SECTIONS = [
    "figures", "resources", "layers", "timeline", "buffers", "floorplan", "verification", "network",
    "again",
]  # fmt: skip
FLOORPLAN = {
    "seed": 3, "columns": 4, "rows": 3,
    "cells": [["lines", "logic", [1, 0, 5, 2, 1, 8]], ["lines_window", "ram", [0, 2, 1]],
              ["classify", "logic", [1, 0, 2]], ["other", "logic", [3, 2, 1]]],
    "path": [["lines", "logic", 1.5], ["classify", "routing", 2.5]],
}  # fmt: skip
ROW = Row(
    key="a", digest="d", network="net", device="up5k", clock_mhz=24.0, asked_fps=None, bits="-",
    storage="auto", products="auto", wide_bits=16, interval_cycles=1000, frames_per_second=24000.0,
    logic_cells=500, ebr=4,
)  # fmt: skip


def browsed(page):
    """What a browser makes of a page, and what it complains about."""
    browser = shutil.which("chromium") or shutil.which("chromium-browser")
    if browser is None:
        pytest.skip("needs chromium")
    command = [
        browser, "--headless=new", "--no-sandbox", "--disable-gpu", "--enable-logging=stderr",
        "--virtual-time-budget=8000", "--window-size=390,1200", "--dump-dom", page.as_uri(),
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    faults = [x for x in done.stderr.splitlines() if "CONSOLE" in x and "rror" in x]
    return done.stdout, faults


@pytest.fixture(scope="module")
def build(tmp_path_factory):
    folder = tmp_path_factory.mktemp("report") / "tiny"
    hwgen.build(TINY, folder, device="up5k")
    return folder


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    path = tmp_path_factory.mktemp("report") / "sweep.db"
    with Store(path) as kept:
        for k in range(250):
            kept.add(replace(
                ROW, key=str(k), device=("up5k", "hx8k")[k % 2], frames_per_second=100.0 * (1 + k),
                logic_cells=500 + 7 * k, problem="too <large>" if k == 9 else None,
            ))  # fmt: skip
    return path


def test_a_page_has_the_energy_of_a_frame_where_it_was_asked_for(build, tmp_path):
    folder = shutil.copytree(build, tmp_path / "b")
    report(folder, tmp_path / "without.html")
    assert '<section id="energy"' not in (tmp_path / "without.html").read_text()
    found = hwgen.energy(folder, fps=100, quick=True)
    report(folder, tmp_path / "page.html")
    text = (tmp_path / "page.html").read_text()
    assert '<section id="energy"' in text
    assert all(c.name in text for c in found.frame.components if c.joules)
    assert "activity of the plan" in text


def test_a_page_of_a_build_has_its_sections_and_says_what_was_not_done(build, tmp_path):
    page = tmp_path / "page.html"
    assert report(build, page) == page.stat().st_size < 3_000_000
    text = page.read_text()
    assert [part for part in SECTIONS if f'<section id="{part}"' in text.replace(
        ' class="tiles"', "")] == SECTIONS  # fmt: skip
    assert "Not placed; run `hwgen synth`." in text
    assert "Not verified; run `hwgen verify`." in text
    assert not re.search(r'(src|href)="(?!data:)', text)
    assert "http" not in re.sub(r'"data:[^"]*"|xmlns="[^"]*"', "", text)


def test_what_was_done_is_on_the_page(build, tmp_path):
    folder = tmp_path / "tiny"
    shutil.copytree(build, folder)
    (folder / "floorplan.json").write_text(json.dumps(FLOORPLAN))
    (folder / "synth.json").write_text(json.dumps({
        "logic_cells": 528, "lut4": 400, "ff": 300, "ebr": 4, "spram": 0, "dsp": 0,
        "fmax_hz": 40_000_000, "seeds": [{"seed": 3}], "tools": {"yosys": "0.7"},
    }))  # fmt: skip
    hwgen.verify(folder, frames=1)
    report(folder, tmp_path / "page.html")
    text = (tmp_path / "page.html").read_text()
    assert "528 of 5,280, 10 %" in text
    assert "40.0 MHz" in text
    assert "4.00 ns, 1.50 of them logic and 2.50 routing" in text
    assert "0 mismatches in value and cycle" in text
    assert "yosys 0.7" in text
    # The first layer has more of the tile's cells than the second, and memories have an edge.
    assert text.count('d="M1 2h1v1h-1zM2 1h1v1h-1z"') == 1
    assert text.count('stroke-width=".18"') == 1


def test_a_browser_shows_a_build(build, tmp_path):
    page = tmp_path / "page.html"
    report(build, page)
    text, faults = browsed(page)
    assert not faults
    assert all(f'id="{part}"' in text for part in SECTIONS)


def test_a_page_of_a_store_has_plots_and_a_table_in_a_browser(store, tmp_path):
    pytest.importorskip("bokeh", reason="needs bokeh")
    page = tmp_path / "page.html"
    assert report(store, page) < 3_000_000
    text = page.read_text()
    assert "<td>net, hx8k, the fastest</td>" in text
    assert "too &lt;large&gt;" in text
    shown, faults = browsed(page)
    assert not faults
    for part in ("plot-logic_cells", "plot-ebr", "points", "none"):
        assert f'id="{part}"' in shown
    assert shown.count('class="bk-Figure"') == 2
    assert 'class="bk-DataTable"' in shown


def test_a_page_of_a_store_shows_what_was_asked_for_where_it_differs(tmp_path):
    pytest.importorskip("bokeh", reason="needs bokeh")
    page, path = tmp_path / "page.html", tmp_path / "s.db"
    with Store(path) as kept:
        kept.add(ROW)
    report(path, page)
    assert '"title":"weights in"' not in page.read_text()
    asked = {"storage": "spram", "products": "dsp", "asked_fps": 30.0}
    with Store(path) as kept:
        kept.add(replace(ROW, key="b", **asked))
        kept.add(replace(ROW, key="c", problem="too large", **asked))
        kept.add(replace(ROW, key="d", folding_file="mine.json"))
        kept.add(replace(ROW, key="e", folding_file="other.json", problem="too large"))
    report(path, page)
    text = page.read_text()
    assert all(f'"title":"{name}"' in text for name in ("weights in", "products in", "front"))
    assert "<td>net, up5k, 30 frames/s, weights in spram, products in dsp</td>" in text
    assert "<td>net, up5k, other.json</td>" in text
    assert '"mine.json"' in text


def test_a_name_that_would_end_a_script_does_no_harm(store, tmp_path):
    pytest.importorskip("bokeh", reason="needs bokeh")
    path = tmp_path / "sweep.db"
    shutil.copy(store, path)
    evil = "</script><b id='evil'>"
    with Store(path) as kept:
        kept.add(replace(ROW, key="evil", network=evil, frames_per_second=1.0))
    report(path, tmp_path / "page.html")
    assert evil not in (tmp_path / "page.html").read_text()


@pytest.mark.parametrize(
    ("source", "output", "message"),
    [
        (
            "absent",
            "page.html",
            r"absent: is neither a folder nor a file; give ",
        ),
        (".", "page.html", r": has no manifest\.json; run `hwgen build` first$"),
        ("tiny.json", "page.html", r"tiny\.json: is no store of `hwgen explore`$"),
        ("tiny.json", "page.pdf", r"page\.pdf: reports are \.html pages$"),
        ("tiny.json", "no/page.html", r"page\.html: cannot be written: there is no folder "),
    ],
)
def test_what_cannot_be_reported_is_one_sentence(source, output, message, tmp_path):
    shutil.copy(TINY, tmp_path)
    with pytest.raises(ModelError, match=message):
        report(tmp_path / source, tmp_path / output)
    assert not (tmp_path / output).exists()


def test_an_empty_store_is_named(tmp_path):
    Store(tmp_path / "s.db").__exit__(None, None, None)
    with pytest.raises(ModelError, match=r"s\.db: has no points yet; run `hwgen explore` first$"):
        report(tmp_path / "s.db", tmp_path / "page.html")
