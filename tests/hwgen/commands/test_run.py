"""Boxes that `hwgen run` prints of a build with a head, its board being played by the test."""

import json
import os
import struct
import tty
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import serial
from typer.testing import CliRunner, Result

from hwgen import cli
from hwgen.boards.frames import encode
from hwgen.build_folder import BuildFolder
from hwgen.design import make_design
from hwgen.errors import ToolError
from hwgen.generate import generate
from hwgen.model import Builder
from hwgen.rtl.link_format import RESULT

# x, y, sqrt(w), sqrt(h) and confidence in eighths, then two classes, of the left and right cell.
LEFT = [4, 4, 4, 4, 8, 6, 0]
RIGHT = [4, 4, 4, 8, 4, 1, 5]
EMPTY = [0] * 7


def builder() -> Builder:
    rng = np.random.default_rng(1)
    net = Builder("boxes", height=4, width=4, channels=1)
    net.conv2d(rng.choice([-1, 1], (4, 3, 3, 1))).batch_norm(1, 0, 3, 9).sign()
    return net.flatten().dense(rng.choice([-1, 1], (14, 16)), "fc")


def written(net: Builder, folder: Path) -> Path:
    BuildFolder(folder).write(generate(make_design(net.build()), 1, 1)[0])
    return folder


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Result]]:
    """Run the command on pictures, one for each list of scores that the board answers."""
    board, host = os.openpty()
    tty.setraw(host)
    port = os.ttyname(host)

    def run_command(build: Path, answers: list[list[int]], *options: str) -> Result:
        np.save(tmp_path / "x.npy", np.zeros((len(answers), 4, 4, 1), np.uint8))
        waiting = list(answers)
        write = serial.Serial.write

        def write_and_answer(self: serial.Serial, data: bytes) -> int | None:
            sent = write(self, data)
            scores = waiting.pop(0)
            payload = struct.pack(f"<BH{len(scores)}h", 2, 0, *scores)
            os.write(board, encode(RESULT, len(answers) - len(waiting), payload))
            return sent

        with monkeypatch.context() as patched:
            patched.setattr(serial.Serial, "write", write_and_answer)
            pictures = str(tmp_path / "x.npy")
            words = ["run", "--port", port, "--build", str(build), *options, pictures]
            return CliRunner().invoke(cli.app, words)

    yield run_command
    os.close(board)
    os.close(host)


@pytest.fixture(scope="module")
def build(tmp_path_factory: pytest.TempPathFactory) -> Path:
    net = builder().yolo_head((1, 2), boxes=1, classes=2, scale="1/8", names=["car", "walker"])
    return written(net, tmp_path_factory.mktemp("builds") / "boxes")


def lines(done: Result, tmp_path: Path) -> list[str]:
    assert done.exit_code == 0, done.exception
    return [line.removeprefix(f"{tmp_path / 'x.npy'}: ") for line in done.stdout.splitlines()]


CAR = "class 0 (car), score 0.75, left 0.1250, top 0.3750, right 0.3750, bottom 0.6250"
WALKER = "class 1 (walker), score 0.3125, left 0.6250, top 0.0000, right 0.8750, bottom 1.0000"


def test_a_head_changes_nothing_but_the_description(build: Path, tmp_path: Path):
    plain = written(builder(), tmp_path / "plain")
    names = sorted(p.name for p in build.iterdir())
    assert names == sorted(p.name for p in plain.iterdir())
    differ = [n for n in names if (build / n).read_bytes() != (plain / n).read_bytes()]
    assert differ == ["manifest.json", "model.json"]
    manifests = [json.loads((folder / "manifest.json").read_text()) for folder in (build, plain)]
    for manifest in manifests:
        del manifest["sha256"]["model.json"]
    assert manifests[0] == manifests[1]


def test_the_boxes_of_each_picture_are_printed(
    build: Path, run: Callable[..., Result], tmp_path: Path
):
    done = run(build, [LEFT + RIGHT, EMPTY + EMPTY, LEFT + EMPTY])
    assert lines(done, tmp_path) == ["2 boxes", CAR, WALKER, "0 boxes", "1 box", CAR]


def test_threshold_and_limit_can_be_given(build: Path, run: Callable[..., Result], tmp_path: Path):
    assert lines(run(build, [LEFT + RIGHT], "--threshold", "0.5"), tmp_path) == ["1 box", CAR]
    # The left box, and a lesser one of its size: half its width to the right.
    shifted = [[*LEFT, -2, 4, 4, 4, 4, 8, 0]]
    third = "class 0 (car), score 0.5, left 0.2500, top 0.3750, right 0.5000, bottom 0.6250"
    assert lines(run(build, shifted), tmp_path) == ["2 boxes", CAR, third]
    assert lines(run(build, shifted, "--iou", "0.3"), tmp_path) == ["1 box", CAR]


def test_a_batch_normalisation_behind_the_sums_counts(run: Callable[..., Result], tmp_path: Path):
    net = builder().batch_norm(0.5, 1, 0, 1, 0).yolo_head((1, 2), boxes=1, classes=2, scale="1/8")
    sums = [2 * (value - 1) for value in LEFT + RIGHT]
    done = run(written(net, tmp_path / "normed"), [sums])
    unnamed = [line.replace(" (car)", "").replace(" (walker)", "") for line in (CAR, WALKER)]
    assert lines(done, tmp_path) == ["2 boxes", *unnamed]


def test_without_a_head_scores_are_printed(run: Callable[..., Result], tmp_path: Path):
    done = run(written(builder(), tmp_path / "plain"), [LEFT + EMPTY])
    assert lines(done, tmp_path) == ["class 0, scores 4 4 4 4 8 6 0 0 0 0 ..."]


def test_a_board_with_another_network_is_one_sentence(build: Path, run: Callable[..., Result]):
    done = run(build, [LEFT])
    assert isinstance(done.exception, ToolError)
    assert str(done.exception).endswith(
        ": the board gives 7 scores, not 14: it runs another network"
    )


@pytest.mark.parametrize(
    "options",
    [
        ("--threshold", "-1"),
        ("--threshold", "nan"),
        ("--iou", "1.5"),
        ("--iou", "nan"),
        ("--timeout", "inf"),
    ],
)
def test_limits_out_of_range_have_exit_code_2(
    build: Path, run: Callable[..., Result], options: Any
):
    assert run(build, [], *options).exit_code == 2
