"""The folding and the clock of the least energy at a rate."""

from dataclasses import replace
from pathlib import Path

import pytest

import hwgen
from hwgen.boards.baud import can_make_baud
from hwgen.boards.choice import BoardChoice
from hwgen.boards.pll import choose_pll, clocks_of
from hwgen.boards.table import find_board
from hwgen.jobs.least_energy import Clocks, LeastEnergy, clock_for, least_energy

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
    ("board", "fps", "baud", "clock_mhz", "by_pll"),
    [
        ("icebreaker", 1000, None, 12.0, False),  # a four-digit clock would be 0.016 MHz
        ("icebreaker", 1e6, None, 16.125, True),  # 16 cycles a frame
        ("icebreaker", 1e6, 3_000_000, 18.0, True),  # six cycles a bit
        ("ulx3s_85f", 1000, 115_200, 3.125, True),  # below the oscillator's 25 MHz
    ],
)
def test_on_a_board_the_clock_is_the_least_that_it_can_make(
    tmp_path, board, fps, baud, clock_mhz, by_pll
):
    found = hwgen.build(
        TINY, tmp_path / "b", board=board, fps=fps, baud=baud, clock_mhz=24, least="energy"
    )
    own = find_board(board)
    made = found.manifest["clock_mhz"]
    assert made == clock_mhz
    assert (choose_pll(own.family, own.clock.mhz, made, board) is not None) == by_pll
    assert can_make_baud(made, baud or 1_000_000)
    # None below it does.
    for mhz in map(float, clocks_of(own.family, own.clock.mhz)):
        slow = mhz * 1e6 < fps * found.manifest["interval_cycles"]
        assert mhz >= made or slow or not can_make_baud(mhz, baud or 1_000_000)


def board(own_mhz: float, *, gate_clock: bool = False) -> BoardChoice:
    """An iCEBreaker with another oscillator."""
    found = find_board("icebreaker")
    clock = replace(found.clock, mhz=own_mhz)
    return BoardChoice(replace(found, clock=clock), 1_000_000, gate_clock=gate_clock)


def test_the_clock_of_a_board_runs_on_between_frames():
    model = hwgen.load_model(TINY)

    def least(*choice: BoardChoice) -> LeastEnergy:
        clocks = Clocks(*choice, (24.0,)) if choice else Clocks()
        return least_energy(model, device="up5k", fps=30, clock_mhz=24.0, clocks=clocks)

    rest, runs, by_pll = least(), least(board(24.0)), least(board(12.0))
    gated = least(board(24.0, gate_clock=True))
    assert rest.joules < gated.joules < runs.joules < by_pll.joules
    assert runs.clock_mhz == 24.0 > rest.clock_mhz


@pytest.mark.parametrize(
    ("fps", "cycles", "clock"),
    [(1000, 12_000, 12.0), (1000, 12_001, 16.5), (1000, 16_500, 16.5), (1, 10**9, float("inf"))],
)
def test_of_clocks_that_there_are_it_is_the_least_that_reaches_the_rate(fps, cycles, clock):
    assert Clocks(board(12.0), (12.0, 16.5, 20.25)).least(fps, cycles) == clock


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
