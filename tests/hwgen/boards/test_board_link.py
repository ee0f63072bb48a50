"""The host's driver and the whole design of a board, as emitted, on both ends of a terminal."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

from hwgen import cli
from hwgen.boards.choice import BoardChoice
from hwgen.boards.frames import Refusal, encode, take_frame, understand
from hwgen.boards.host import BoardLink
from hwgen.boards.table import find_board
from hwgen.build_folder import BuildFolder
from hwgen.design import make_design
from hwgen.errors import ModelError, ToolError
from hwgen.generate import generate
from hwgen.rtl.link_format import PICTURE
from sim import golden
from sim.boards.simulated_board import SimulatedBoard, running_board
from sim.images import random_images
from tests.hwgen.boards.board_process import BAUD, SECONDS, compile_board
from tests.small_networks import small_face

MODEL = small_face()
DESIGN = make_design(MODEL, cycles=2000)
PICTURES = random_images(MODEL, 4, seed=5)
GOLDEN = golden.run(MODEL, PICTURES)
TIMEOUT = 15.0


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> SimulatedBoard:
    return compile_board(DESIGN, tmp_path_factory.mktemp("board"))


def expected(k: int) -> tuple[tuple[int, ...], int]:
    assert GOLDEN.classes is not None
    return tuple(GOLDEN.scores[k].ravel().tolist()), int(GOLDEN.classes[k])


def test_scores_and_classes_are_those_of_the_golden_model(program: SimulatedBoard):
    with (
        running_board(program, SECONDS) as (port, _),
        BoardLink(port, baud=BAUD, timeout=TIMEOUT) as link,
    ):
        for k, picture in enumerate(PICTURES):
            result = link.classify(picture.tobytes())
            assert (result.scores, result.best) == expected(k)


def test_a_corrupt_frame_is_refused_and_the_next_is_right(program: SimulatedBoard):
    with running_board(program, SECONDS) as (port, line):
        frame = bytearray(encode(PICTURE, 9, PICTURES[0].tobytes()))
        frame[40] ^= 4
        os.write(line, frame)
        data = bytearray()
        while (answer := take_frame(data)) is None:
            data += os.read(line, 64)
        kind, tag, payload = answer
        assert (tag, understand(kind, payload)) == (9, Refusal(3, PICTURES[0].size))
        with BoardLink(port, baud=BAUD, timeout=TIMEOUT) as link:
            result = link.classify(PICTURES[1].tobytes())
            assert (result.scores, result.best) == expected(1)


def test_a_frame_cut_short_is_sent_again_by_the_driver(
    program: SimulatedBoard, monkeypatch: pytest.MonkeyPatch
):
    with (
        running_board(program, SECONDS) as (port, _),
        BoardLink(port, baud=BAUD, timeout=TIMEOUT) as link,
    ):
        write = link._serial.write
        sent: list[bytes] = []

        def lose_the_end(data: bytes) -> None:
            sent.append(data)
            write(data[:100] if len(sent) == 1 else data)

        monkeypatch.setattr(link._serial, "write", lose_the_end)
        result = link.classify(PICTURES[2].tobytes())
        assert (result.scores, result.best) == expected(2)
        assert len(sent) == 2


def test_a_picture_of_another_size_is_one_sentence(program: SimulatedBoard):
    with (
        running_board(program, SECONDS) as (port, _),
        BoardLink(port, baud=BAUD, timeout=TIMEOUT) as link,
        pytest.raises(
            ToolError,
            match=rf"^{port}: the board's network reads pictures of 192 bytes, not 27$",
        ),
    ):
        link.classify(bytes(27))


def test_the_command_prints_classes_and_scores(program: SimulatedBoard, tmp_path: Path):
    folder = tmp_path / "mini"
    BuildFolder(folder).write(generate(DESIGN, 1, 1)[0])
    Image.fromarray(PICTURES[0]).save(tmp_path / "one.png")
    np.save(tmp_path / "rest.npy", PICTURES[1:])
    with running_board(program, SECONDS) as (port, _):
        run = [sys.executable, "-m", "hwgen", "run", "--port", port, "--baud", str(BAUD),
               "--timeout", str(TIMEOUT), str(tmp_path / "one.png")]  # fmt: skip
        plain = subprocess.run(run, capture_output=True, text=True, timeout=120, check=False)
        named = subprocess.run(
            [*run, str(tmp_path / "rest.npy"), "--build", str(folder)],
            capture_output=True, text=True, timeout=120, check=False,
        )  # fmt: skip
    assert (plain.returncode, plain.stderr) == (0, "")
    scores, best = expected(0)
    text = " ".join(map(str, scores))
    assert plain.stdout == f"{tmp_path / 'one.png'}: class {best}, scores {text}\n"
    assert (named.returncode, named.stderr) == (
        0, "note: 4,000,000 baud allow 1,826 pictures a second, the design 24,000,000 at 24 MHz\n"
    )  # fmt: skip
    lines = named.stdout.splitlines()
    assert len(lines) == 4
    for k, line in enumerate(lines):
        assert f": class {expected(k)[1]} ({'abcd'[expected(k)[1]]}), scores " in line


def test_the_command_talks_to_a_simulated_board_of_its_own(
    program: SimulatedBoard, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    folder, asked = tmp_path / "mini", []
    choice = BoardChoice(find_board("icebreaker"), BAUD)
    BuildFolder(folder).write(generate(DESIGN, 1, 1, board=choice)[0])
    np.save(tmp_path / "x.npy", PICTURES)

    def make(design, choice, clock_mhz, work, progress):
        asked.append((design.plan.name, choice, clock_mhz))
        return program

    monkeypatch.setattr("sim.boards.simulated_board.make_simulated_board", make)
    words = ["run", "--simulate", "--build", str(folder), str(tmp_path / "x.npy")]
    done = CliRunner().invoke(cli.app, words)
    assert done.exit_code == 0, done.exception
    assert asked == [("mini", choice, 24.0)]
    for k, line in enumerate(done.stdout.splitlines()):
        assert f": class {expected(k)[1]} ({'abcd'[expected(k)[1]]}), scores " in line


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ((), "one of --port and --simulate must be given"),
        (("--simulate", "--port", "x"), "one of --port and --simulate must be given"),
        (("--simulate",), "--simulate needs --build, whose board is simulated"),
        (("--simulate", "--build", "plain"),
         "plain: was built for no board; build it with --board"),
        (("--port", "x", "--build", "spi"), "spi: its board takes pictures by spi, not by the "
         "serial line that `hwgen run` sends them over"),
    ],
)  # fmt: skip
def test_what_cannot_be_talked_to_is_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], sentence: str
):
    monkeypatch.chdir(tmp_path)
    np.save("x.npy", PICTURES)
    BuildFolder(Path("plain")).write(generate(DESIGN, 1, 1)[0])
    choice = BoardChoice(find_board("icebreaker"), BAUD, "spi")
    BuildFolder(Path("spi")).write(generate(DESIGN, 1, 1, board=choice)[0])
    done = CliRunner().invoke(cli.app, ["run", "x.npy", *words])
    assert isinstance(done.exception, ModelError)
    assert str(done.exception) == sentence
