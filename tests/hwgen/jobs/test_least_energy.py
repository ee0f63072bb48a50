"""The folding and the clock of the least energy at a rate."""

from pathlib import Path

import pytest

import hwgen
from hwgen.jobs.least_energy import clock_for, least_energy

ROOT = Path(__file__).parents[3]
TINY = ROOT / "models" / "tiny.json"


def test_a_build_of_the_least_energy_reaches_the_rate_and_takes_less(tmp_path):
    small = hwgen.build(TINY, tmp_path / "small", device="up5k", fps=1000)
    least = hwgen.build(TINY, tmp_path / "least", device="up5k", fps=1000, least="energy")
    assert least.manifest["clock_mhz"] < small.manifest["clock_mhz"]
    rate = least.manifest["clock_mhz"] * 1e6 / least.manifest["interval_cycles"]
    assert 1000 <= rate < 1001
    joules = [
        hwgen.energy(built.folder, fps=1000, quick=True).frame.joules for built in (small, least)
    ]
    assert joules[1] < joules[0]
    assert least.least is not None
    assert least.least.joules == pytest.approx(joules[1], rel=0.05)
    assert least.least.smallest_joules == pytest.approx(joules[0], rel=0.05)


def test_what_is_found_is_the_least_of_what_was_tried():
    model = hwgen.load_model(TINY)
    found = least_energy(model, device="up5k", fps=1000, clock_mhz=24.0)
    assert found.tried > 3
    assert found.joules <= found.smallest_joules


@pytest.mark.parametrize(
    ("fps", "cycles", "clock"),
    [(30, 24_576, 0.7373), (100, 10_000, 1.0), (3, 1_000_000, 3.0), (7, 333_333, 2.334)],
)
def test_the_clock_is_the_least_of_four_digits(fps, cycles, clock):
    assert clock_for(fps, cycles) == clock
    assert clock_for(fps, cycles) * 1e6 / cycles >= fps * (1 - 1e-12)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"device": "up5k"}, r"^--least energy needs --fps, and neither --cycles nor --folding$"),
        ({"device": "up5k", "fps": 30, "folding": {}}, r"^--least energy needs --fps, and neither"),
        ({"fps": 30}, r"^--least energy needs --device hx1k \| up5k \|"),
        ({"device": "up5k", "fps": float("inf")}, r"^--fps must be a positive number, not inf$"),
        ({"device": "up5k", "fps": 1e7}, r"tiny\.json: --fps 1e\+07 is more than the network can"),
    ],
)
def test_what_cannot_be_is_refused(tmp_path, options, sentence):
    with pytest.raises(hwgen.HwgenError, match=sentence):
        hwgen.build(TINY, tmp_path / "b", least="energy", **options)
    assert not (tmp_path / "b").exists()


def test_there_is_nothing_else_to_have_the_least_of(tmp_path):
    with pytest.raises(hwgen.HwgenError, match=r"^least must be one of energy, not 'cells'$"):
        hwgen.build(TINY, tmp_path / "b", device="up5k", fps=30, least="cells")
