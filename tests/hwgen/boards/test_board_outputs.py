"""`hwgen run` on a simulated board says what `sim run` says, whatever the network ends in."""

from pathlib import Path

import numpy as np
import pytest
from endings import ending
from typer import Typer
from typer.testing import CliRunner

import sim.cli
from hwgen import cli
from hwgen.build_folder import BuildFolder
from hwgen.design import make_design
from hwgen.generate import generate
from sim import golden
from sim.boards.simulated_board import running_board
from sim.images import random_images
from tests.hwgen.boards.board_process import BAUD, SECONDS, compile_board

ENDS = ("quantise_5_signed", "quantise_8", "sign", "norm_of_each_channel")


def printed(app: Typer, *words: str) -> list[str]:
    done = CliRunner().invoke(app, words)
    assert done.exit_code == 0, done.exception
    return done.stdout.splitlines()


@pytest.mark.parametrize("name", ENDS)
def test_the_board_and_the_simulator_say_the_same(name: str, tmp_path: Path):
    model = ending(name, 0)
    design = make_design(model)
    folder, board = tmp_path / "build", tmp_path / "board"
    BuildFolder(folder).write(generate(design, 1, 1)[0])
    images = random_images(model, 4, seed=11)
    images[1], images[2] = 0, 255
    scores = golden.run(model, images).scores
    assert scores.max() > 127 if name == "quantise_8" else scores.min() < 0
    np.save(tmp_path / "x.npy", images)
    x = str(tmp_path / "x.npy")
    board.mkdir()
    with running_board(compile_board(design, board), SECONDS) as (port, _):
        words = ["run", "--port", port, "--baud", str(BAUD), "--timeout", "15", x]
        plain, built = printed(cli.app, *words), printed(cli.app, *words, "--build", str(folder))
    told = [line.removeprefix(f"{x}: ") for line in built]
    simulated = printed(sim.cli.app, "run", str(folder), "--images", x)
    assert told == [line.split(": ", 1)[1] for line in simulated[:4]]
    # Without the build scales are not known, and the class is the board's where it finds one.
    integers = [line.split(", values ")[0] for line in told]
    if name == "norm_of_each_channel":
        integers = [line.split(", ", 1)[1] for line in integers]
    assert [line.removeprefix(f"{x}: ") for line in plain] == integers
    told_scores = [[int(word) for word in line.split("scores ")[1].split()] for line in integers]
    assert np.array_equal(told_scores, scores)
