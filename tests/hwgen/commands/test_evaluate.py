"""hwgen eval from the command line: its lines, its JSON, its picture, and a board."""

import json
import os
import struct
import tty
from pathlib import Path

import numpy as np
import pytest
import serial
from PIL import Image

from hwgen.boards.frames import encode
from hwgen.model import Builder, save_model
from hwgen.rtl.link_format import RESULT

KEYS = ["images", "correct", "accuracy", "top5", "confusion", "auc", "max_abs_diff",
        "mean_abs_diff", "seconds"]  # fmt: skip


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """A network that takes pictures for their brighter half, and eight of them in two folders."""
    net = Builder("halves", height=1, width=2, channels=1)
    net.flatten().dense(np.array([[1, -1], [-1, 1]]), "scores").classes(["left", "right"])
    save_model(net.build(), tmp_path / "halves.json")
    rng = np.random.default_rng(1)
    pixels = rng.integers(0, 256, (8, 1, 2), dtype=np.uint8)
    for k, picture in enumerate(pixels):
        side = ("left", "right")[int(picture[0, 0] < picture[0, 1])]
        if k == np.abs(np.diff(pixels.astype(int))).argmax():  # one is in the wrong folder
            side = {"left": "right", "right": "left"}[side]
        (tmp_path / "pics" / side).mkdir(parents=True, exist_ok=True)
        Image.fromarray(picture).save(tmp_path / "pics" / side / f"{k}.png")
    return tmp_path


def test_a_wait_that_is_no_number_has_exit_code_2(call, files: Path):
    words = ("eval", files / "halves.json", "--images", files / "pics")
    code, _, errors = call(*words, "--timeout", "nan")
    assert (code, errors.strip()) == (
        2,
        "error: Invalid value for '--timeout': nan is not a finite number",
    )


def test_what_is_printed_fits_80_columns(call, files: Path):
    code, text, _ = call("eval", files / "halves.json", "--images", files / "pics")
    assert code == 0
    lines = text.splitlines()
    assert lines[0].startswith("8 images in ")
    assert lines[0].endswith(" s, 7 correct: 87.50%")
    assert lines[1].startswith("ROC AUC: 0.")
    assert lines[2].split() == ["shows", "0", "1"]
    assert [line.split()[:2] for line in lines[3:]] == [["0", "left"], ["1", "right"]]
    assert max(map(len, lines)) <= 80


def test_json_has_its_keys_and_no_other(call, files: Path):
    words = ("eval", files / "halves.json", "--images", files / "pics", "--json")
    code, text, _ = call(*words)
    found = json.loads(text)
    assert code == 0
    assert list(found) == KEYS
    assert found["correct"] == 7
    assert np.array(found["confusion"]).sum() == 8
    assert (found["max_abs_diff"], found["mean_abs_diff"]) == (None, None)


@pytest.mark.parametrize("suffix", [".png", ".svg"])
def test_the_matrix_is_drawn_the_same_each_time(call, files: Path, suffix: str):
    words = ("eval", files / "halves.json", "--images", files / "pics", "--confusion")
    for name in ("a", "b"):
        code, text, _ = call(*words, files / f"{name}{suffix}")
        assert code == 0
        assert text.endswith(f"wrote {files / name}{suffix}\n")
    data = (files / f"a{suffix}").read_bytes()
    assert data == (files / f"b{suffix}").read_bytes()
    if suffix == ".png":
        with Image.open(files / "a.png") as picture:
            assert min(picture.size) > 400


def test_a_picture_that_cannot_be_drawn_is_refused_before_anything_is_read(call, files: Path):
    words = ("eval", "none.json", "--images", "none", "--confusion")
    for name, why in {
        "c.pdf": "confusion matrices are .svg or .png pictures",
        "none/c.png": f"cannot be written: there is no folder {files / 'none'}",
    }.items():
        code, _, errors = call(*words, files / name)
        assert (code, errors) == (2, f"error: {files / name}: {why}\n")


def test_no_matrix_is_drawn_where_nothing_says_what_pictures_show(call, files: Path):
    np.save(files / "x.npy", np.zeros((2, 1, 2, 1), np.uint8))
    np.save(files / "r.npy", np.zeros((2, 2)))
    words = ("eval", files / "halves.json", "--images", files / "x.npy")
    code, text, _ = call(*words, "--reference", files / "r.npy")
    assert code == 0
    assert text.endswith("difference to the reference: 0 at most, 0 on average\n")
    code, _, errors = call(*words, "--reference", files / "r.npy", "--confusion", files / "c.png")
    assert code == 2
    assert errors.splitlines()[-1] == (
        f"error: {files / 'c.png'}: there is no confusion matrix to draw"
    )
    assert not (files / "c.png").exists()


def test_a_board_computes_where_a_port_is_given(call, files: Path, monkeypatch):
    board, host = os.openpty()
    tty.setraw(host)
    sent = []
    write = serial.Serial.write

    def write_and_answer(self: serial.Serial, data: bytes) -> int | None:
        sent.append(data)
        # This board takes all pictures for the right half.
        payload = struct.pack("<BH2h", 2, 1, -3, 3)
        os.write(board, encode(RESULT, len(sent), payload))
        return write(self, data)

    monkeypatch.setattr(serial.Serial, "write", write_and_answer)
    words = ("eval", files / "halves.json", "--images", files / "pics", "--json")
    code, text, errors = call(*words, "--port", os.ttyname(host))
    os.close(board)
    os.close(host)
    assert code == 0, errors
    found = json.loads(text)
    assert found["correct"] == len(list((files / "pics" / "right").iterdir()))
    assert np.array(found["confusion"])[:, 0].tolist() == [0, 0]
    assert found["auc"] == 0.5
    assert len(sent) == 8
