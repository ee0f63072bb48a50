"""The whole design of a board with weights in SPRAM, and the flash that they come from."""

import pytest

from hwgen.boards.host import BoardLink
from hwgen.boards.shell import board_files
from hwgen.design import make_design
from hwgen.errors import ToolError
from sim import golden
from sim.boards.simulated_board import SimulatedBoard, running_board
from sim.images import random_images
from tests.hwgen.boards.board_process import (
    BAUD,
    BOARD,
    CLOCK_MHZ,
    SECONDS,
    compile_board,
    with_flash,
)
from tests.small_networks import small_face

FOLDING = {
    "conv1": {"pe": 4, "simd": 3, "m": 4},
    # 12 words of 48 bits and 32 of 4: all four SPRAMs.
    "conv2": {"pe": 2, "simd": 24, "taps": [1, 3], "m": [2, 2], "storage": "spram"},
    "fc": {"pe": 1, "simd": 4, "storage": "spram"},
}
TIMEOUT = 15.0


def design(seed: int):
    return make_design(small_face(seed), device="up5k", folding=(FOLDING, "test"))


def image_of(seed: int) -> bytes:
    return board_files(design(seed), BOARD, CLOCK_MHZ, BAUD)[f"mini_{BOARD}_flash.bin"]


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> SimulatedBoard:
    return compile_board(design(3), tmp_path_factory.mktemp("board"))


def test_weights_come_from_the_flash_and_scores_are_those_of_the_golden_model(
    program: SimulatedBoard,
):
    model = small_face(3)
    pictures = random_images(model, 3, seed=5)
    right = golden.run(model, pictures)
    assert right.classes is not None
    with (
        running_board(program, SECONDS) as (port, _),
        BoardLink(port, baud=BAUD, timeout=TIMEOUT) as link,
    ):
        for k, picture in enumerate(pictures):
            result = link.classify(picture.tobytes())
            assert result.scores == tuple(right.scores[k].ravel().tolist())
            assert result.best == right.classes[k]


@pytest.mark.parametrize("damage", ["a bit", "an end cut short", "nothing there"])
def test_a_board_with_a_damaged_flash_does_not_answer(program: SimulatedBoard, damage: str):
    image = bytearray(image_of(3))
    if damage == "a bit":
        image[40] ^= 4
    elif damage == "an end cut short":
        image = image[:-20]
    else:
        image = bytearray()
    with (
        running_board(with_flash(program, bytes(image)), SECONDS) as (port, _),
        BoardLink(port, baud=BAUD, timeout=1.5) as link,
        pytest.raises(
            ToolError, match=rf"^{port}: gave no answer within 1\.5 s, 3 times in a row$"
        ),
    ):
        link.classify(bytes(192))
