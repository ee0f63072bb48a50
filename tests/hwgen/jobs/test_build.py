from pathlib import Path

import pytest

from hwgen.errors import FitError
from hwgen.jobs.build import build

FACE = Path(__file__).resolve().parents[3] / "models" / "face.json"


def test_a_rate_that_units_hold_up_is_refused_and_nothing_written(tmp_path):
    # The pool keeps its word while it is taken in four pieces: five cycles for each four.
    with pytest.raises(
        FitError, match=r"face\.json: takes 1,280 cycles a frame, more than the 1,024 asked for, "
    ):
        build(FACE, tmp_path / "out", device="ecp5-85", cycles=1024, clock_mhz=80)
    assert not (tmp_path / "out").exists()
