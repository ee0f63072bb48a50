"""Tables of pictures and labels, with heads and without."""

from pathlib import Path

import pytest

from hwgen.errors import ModelError
from sim.pictures.tables import listed_labels, listed_pictures


def table(folder: Path, text: str) -> Path:
    (folder / "t.csv").write_text(text, newline="")
    return folder / "t.csv"


@pytest.mark.parametrize(
    "text",
    [
        "a.png,cat\nb.png,dog\n",
        "path,label\na.png,cat\nb.png,dog",
        "Label;File\r\ncat;a.png\r\ndog;b.png\r\n",
        "\ufefffilename\tx\tclass\na.png\t1\tcat\n\nb.png\t2\tdog\n",
        'image , category\n"a.png", cat\nb.png , dog\n',
        "picture of,what is it\na.png,cat\nb.png,dog\n",
    ],
)
def test_files_and_labels_are_found_with_heads_and_without(tmp_path: Path, text: str):
    for name in ("a.png", "b.png"):
        (tmp_path / name).touch()
    found = listed_pictures(table(tmp_path, text))
    assert found == [(tmp_path / "a.png", "cat"), (tmp_path / "b.png", "dog")]


def test_a_table_of_files_alone_has_no_labels(tmp_path: Path):
    assert listed_pictures(table(tmp_path, "a.png\n")) == [(tmp_path / "a.png", None)]
    assert listed_pictures(table(tmp_path, "file\na.png\n")) == [(tmp_path / "a.png", None)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("3\n1\n", (None, ["3", "1"])),
        ("label\n3\n1\n", (None, ["3", "1"])),
        ("truth\n3\n1\n", (None, ["3", "1"])),
        ("cat\ndog\n", (None, ["cat", "dog"])),
        ("a.png,3\nb.png,1\n", (["a.png", "b.png"], ["3", "1"])),
        ("id,breed\na,3\nb,1\n", (["a", "b"], ["3", "1"])),
    ],
)
def test_labels_are_found_with_files_and_without(tmp_path: Path, text: str, expected: tuple):
    assert listed_labels(table(tmp_path, text)) == expected


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "holds no row"),
        ("\n,\n", "holds no row"),
        ("a.png,1\nb.png\n", "a row has no label"),
        ("label\n", "lists no label"),
        ('"a' + "x" * 200_000, "is no table of comma-separated values"),
    ],
)
def test_other_tables_are_refused(tmp_path: Path, text: str, message: str):
    with pytest.raises(ModelError, match=f"^({message})$"):
        listed_labels(table(tmp_path, text))


def test_a_row_without_a_file_is_refused(tmp_path: Path):
    with pytest.raises(ModelError, match=r"^a row has no file: , cat$"):
        listed_pictures(table(tmp_path, "path,label\na.png,cat\n,cat\n"))
    with pytest.raises(ModelError, match=r"^lists no file$"):
        listed_pictures(table(tmp_path, "path,label\n"))
