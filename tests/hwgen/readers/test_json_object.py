"""Reading JSON strictly."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from hwgen.errors import ModelError
from hwgen.readers import json_object
from hwgen.readers.json_object import read_json

Write = Callable[[Any], Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write a file with this text, or these bytes."""

    def write_file(content: Any) -> Path:
        path = tmp_path / "x.json"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write_file


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1", 1),
        ("-0.0", -0.0),
        ("1e-400", 0.0),
        ("9" * 308, int("9" * 308)),
        ("-" + "9" * 308, -int("9" * 308)),
        ("0.1", 0.1),
        ("true", True),
    ],
)
def test_numbers_keep_their_value(write: Write, text: str, value: Any):
    assert repr(read_json(write(f'{{"a": {text}}}'))) == repr({"a": value})


def test_a_byte_order_mark_is_skipped(write: Write):
    assert read_json(write(b'\xef\xbb\xbf{"a": "\xc3\xa9"}')) == {"a": "\u00e9"}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", r"is not JSON: Expecting value at line 1, column 1"),
        ('{"a": 1,\n}', r"is not JSON: .* at line \d, column \d+"),
        (b"\xff{}", r"is not UTF-8 text: invalid start byte at byte 0"),
        ("[1, 2]", r"a description must be a JSON object, not \[1, 2\]"),
        ("null", r"a description must be a JSON object, not None"),
        ('{"a": {"b": 1, "c": 2, "b": 1}}', r"key 'b' appears twice in one object"),
        ('{"a": NaN}', r"NaN is not a number that JSON allows: figures must be finite"),
        ('{"a": Infinity}', r"Infinity is not a number that JSON allows: figures must be finite"),
        ('{"a": -Infinity}', r"-Infinity is not a number that JSON allows: .*"),
        ('{"a": 1e999}', r"number 1e999 is beyond the range of float64"),
        ('{"a": -1.5e309}', r"number -1\.5e309 is beyond the range of float64"),
        ('{"a": ' + "9" * 5000 + "}", r"an integer must have at most 308 digits, not 5000"),
        ('{"a":' * 100_000, r"is nested too deeply"),
        ("[" * 100_000, r"is nested too deeply"),
    ],
)
def test_anything_else_is_one_sentence(write: Write, content: Any, message: str):
    with pytest.raises(ModelError, match=f"^{message}$"):
        read_json(write(content))


def test_a_missing_file_is_reported(tmp_path: Path):
    with pytest.raises(ModelError, match=r"^cannot be read: No such file or directory$"):
        read_json(tmp_path / "none.json")


def test_a_folder_is_reported(tmp_path: Path):
    with pytest.raises(ModelError, match=r"^cannot be read: Is a directory$"):
        read_json(tmp_path)


def test_a_path_with_a_nul_is_reported():
    with pytest.raises(ModelError, match=r"^cannot be read: embedded null byte$"):
        read_json(Path("a\0b"))


def test_a_large_file_is_refused_before_it_is_read(tmp_path: Path):
    path = tmp_path / "large.json"
    with path.open("wb") as file:
        os.truncate(file.fileno(), json_object.MAX_FILE_BYTES + 1)
    with pytest.raises(
        ModelError,
        match=r"^a description must have at most 67108864 bytes \(64 MiB\): "
        r"put large weights into an \.npz sidecar$",
    ):
        read_json(path)
