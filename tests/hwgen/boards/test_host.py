import os
import re
import tty
from collections.abc import Iterator

import pytest
from typer.testing import CliRunner

from hwgen import cli
from hwgen.boards.frames import encode
from hwgen.boards.host import BoardLink
from hwgen.errors import ModelError, ToolError
from hwgen.rtl.link_format import REFUSAL, RESULT

BAUD = 115200


@pytest.fixture
def line() -> Iterator[tuple[int, str]]:
    """The board's end of a terminal, and the name of the host's."""
    board, host = os.openpty()
    tty.setraw(host)
    yield board, os.ttyname(host)
    os.close(board)
    os.close(host)


def link(port: str) -> BoardLink:
    return BoardLink(port, baud=BAUD, timeout=0.15)


def test_a_port_that_is_missing_is_one_sentence():
    with pytest.raises(
        ToolError, match=r"^nowhere/tty: cannot be opened: No such file or directory$"
    ) as caught:
        link("nowhere/tty")
    assert caught.value.exit_code == 3
    assert "\n" not in str(caught.value)


def test_a_board_that_does_not_answer_is_asked_three_times(line):
    board, port = line
    with link(port) as opened, pytest.raises(
        ToolError, match=rf"^{port}: gave no answer within 0\.15 s, 3 times in a row$"
    ):  # fmt: skip
        opened.classify(b"abc")
    assert os.read(board, 1000).count(b"abc") == 3


def answering(opened: BoardLink, board: int, monkeypatch, answers: list[bytes]) -> None:
    """Let the board give these answers, one a frame."""
    write = opened._serial.write

    def write_and_answer(data: bytes) -> None:
        write(data)
        os.write(board, answers.pop(0))

    monkeypatch.setattr(opened._serial, "write", write_and_answer)


RIGHT = b"\x01\x01\x00\x05\x07"


def test_a_refused_picture_is_sent_again(line, monkeypatch):
    board, port = line
    refusal = encode(REFUSAL, 99, b"\x03\x03\0\0\0")
    with link(port) as opened:
        answering(opened, board, monkeypatch, [refusal, encode(RESULT, 2, RIGHT)])
        result = opened.classify(b"abc")
    assert (result.scores, result.best) == ((5, 7), 1)


def test_a_picture_that_is_always_refused_is_an_error(line, monkeypatch):
    board, port = line
    with link(port) as opened:
        answering(opened, board, monkeypatch, [encode(REFUSAL, 1, b"\x05\x03\0\0\0")] * 3)
        with pytest.raises(ToolError, match=rf"^{port}: refused .*: the line lost a byte, "):
            opened.classify(b"abc")


def test_the_answer_to_an_earlier_picture_is_passed_over(line, monkeypatch):
    board, port = line
    late = encode(RESULT, 255, b"\x01\x00\x00\x09\x08")
    with link(port) as opened:
        answering(opened, board, monkeypatch, [late + encode(RESULT, 1, RIGHT)])
        assert opened.classify(b"abc").scores == (5, 7)


@pytest.mark.parametrize("answer", [encode(RESULT, 1, b"\x02\0\0\1"), b"garbage" * 9])
def test_a_wrong_answer_is_none(line, monkeypatch, answer):
    board, port = line
    with link(port) as opened:
        answering(opened, board, monkeypatch, [answer] * 3)
        with pytest.raises(ToolError, match="gave no answer"):
            opened.classify(b"abc")


def test_a_network_for_other_pictures_is_not_asked_again(line, monkeypatch):
    board, port = line
    with link(port) as opened:
        answering(opened, board, monkeypatch, [encode(REFUSAL, 1, b"\x02\x00\x0c\0\0")])
        message = rf"^{port}: the board's network reads pictures of 3,072 bytes, not 3$"
        with pytest.raises(ToolError, match=message):
            opened.classify(b"abc")


def test_the_command_refuses_what_is_no_picture(tmp_path):
    path = tmp_path / "x.png"
    path.write_bytes(b"no picture")
    done = CliRunner().invoke(cli.app, ["run", "--port", "nowhere/tty", str(path)])
    assert isinstance(done.exception, ModelError)
    assert re.match(rf"^{path}: cannot be read: is no picture", str(done.exception))


def test_the_command_names_a_missing_port(tmp_path):
    import numpy as np

    np.save(tmp_path / "x.npy", np.zeros((1, 2, 2, 1), np.uint8))
    done = CliRunner().invoke(cli.app, ["run", "--port", "nowhere/tty", str(tmp_path / "x.npy")])
    assert isinstance(done.exception, ToolError)
