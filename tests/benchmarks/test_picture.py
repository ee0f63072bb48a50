"""The picture of the simulators' speeds."""

import re

import pytest

from benchmarks.picture import draw_speeds

NAMES = {"sim": "sim", "verilator": "Verilator -O3", "icarus": "Icarus"}


def network(name, speed, **more):
    figures = {"cycles_per_second": speed, "ratio_to_verilator": speed / 1e6}
    slow = {"cycles_per_second": 1_000_000, "ratio_to_verilator": 1.0}
    return {"name": name, "macs": 16e6, "simulators": {"sim": figures, "verilator": slow, **more}}


def bars(svg):
    """Widths of the bars, in points."""
    width = r'<path d="M ([\d.]+) \S+ \nL ([\d.]+) [^"]*z\n" clip-path="[^"]*" style="fill: #(?!f)'
    return [round(float(b) - float(a), 2) for a, b in re.findall(width, svg)]


def test_the_same_figures_give_the_same_bytes_and_others_do_not(tmp_path):
    for name, speed in (("a", 6e6), ("b", 6e6), ("c", 3e6)):
        draw_speeds([network("face", speed)], NAMES, tmp_path / f"{name}.svg")
    a, b, c = ((tmp_path / f"{name}.svg").read_bytes() for name in "abc")
    assert a == b
    assert a != c


def test_each_simulator_that_ran_has_a_bar_for_each_network(tmp_path):
    missing = {"icarus": {"error": "not there"}}
    networks = [network("face", 1e7, **missing), network("cnv", 1e6, **missing)]
    draw_speeds(networks, NAMES, tmp_path / "x.svg")
    widths = [w for w in bars((tmp_path / "x.svg").read_text()) if w > 0]
    # A decade each: from 100 to 10 M are five of them, to 1 M four.
    assert sorted(widths) == [pytest.approx(max(widths) * n / 5, abs=0.1) for n in (4, 4, 4, 5)]


def test_a_png_can_be_drawn_too(tmp_path):
    draw_speeds([network("face", 6e6)], NAMES, tmp_path / "x.png")
    assert (tmp_path / "x.png").read_bytes().startswith(b"\x89PNG")
