"""The whole design of a board whose clocks stop, as emitted, and the host's driver."""

import time

import pytest

from hwgen.boards.choice import BoardChoice
from hwgen.boards.host import BoardLink
from hwgen.boards.table import find_board
from hwgen.design import make_design
from sim import golden
from sim.boards.simulated_board import make_simulated_board, running_board
from sim.images import random_images
from tests.hwgen.boards.board_process import BAUD, SECONDS
from tests.small_networks import small_face

MODEL = small_face()
DESIGN = make_design(MODEL, cycles=2000)
BAUDS = {"icebreaker": BAUD, "ulx3s_25f": 5_000_000}
PICTURES = random_images(MODEL, 3, seed=7)
GOLDEN = golden.run(MODEL, PICTURES)


@pytest.mark.parametrize("board", ["icebreaker", "ulx3s_25f"])
def test_a_board_whose_clocks_stop_gives_the_scores_of_the_golden_model(board, tmp_path):
    found = find_board(board)
    choice = BoardChoice(found, BAUDS[board], gate_clock=True)
    program = make_simulated_board(DESIGN, choice, found.clock.design_mhz, tmp_path)
    assert GOLDEN.classes is not None
    with (
        running_board(program, SECONDS) as (port, _),
        BoardLink(port, baud=BAUDS[board], timeout=20) as link,
    ):
        for k, picture in enumerate(PICTURES):
            result = link.classify(picture.tobytes())
            assert result.scores == tuple(GOLDEN.scores[k].ravel().tolist())
            assert result.best == GOLDEN.classes[k]
            # The board falls asleep meanwhile.
            time.sleep(0.1)
