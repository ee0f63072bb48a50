"""What pictures show: from arrays, tables, folders and archives."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from hwgen.errors import ModelError
from sim.pictures import Piece
from sim.pictures.arrays import Place
from sim.pictures.labels import own_labels, read_labels

ARRAY = [Piece(Place(Path("x.npy")), np.zeros((3, 4, 4, 1), np.uint8))]
FILES = [Piece(Place(Path(name))) for name in ("cat/a.png", "cat/b.png", "dog/a.png")]
NAMES = ("dog", "cat", "cow")


def read(labels: Any, pieces: list[Piece] = ARRAY, names: Any = None, **more: Any) -> list[int]:
    note = more.get("note", lambda text: None)
    return read_labels(labels, pieces, more.get("classes", 3), names, note).tolist()


@pytest.mark.parametrize(
    "labels",
    [
        np.array([2, 0, 1], np.uint8),
        np.array([[2], [0], [1]]),
        np.array([[0, 0, 1], [1, 0, 0], [0, 1, 0]]),
        np.array(["2", "0", "1"]),
        [2, 0, 1],
    ],
)
def test_numbers_and_rows_of_zeros_and_a_one_are_classes(tmp_path: Path, labels: Any):
    assert read(labels) == [2, 0, 1]
    np.save(tmp_path / "y.npy", labels)
    assert read(tmp_path / "y.npy") == [2, 0, 1]


def test_names_are_those_of_the_description(tmp_path: Path):
    (tmp_path / "y.csv").write_text("cow\ndog\ncat\n")
    assert read(tmp_path / "y.csv", names=NAMES) == [2, 0, 1]
    assert read(["0", "2", "1"], names=NAMES) == [0, 2, 1]
    unknown = r"^label 'pig' is none of the network's classes: dog, cat, cow$"
    with pytest.raises(ModelError, match=unknown):
        read(["cow", "pig", "cat"], names=NAMES)


def test_names_of_a_network_without_any_are_taken_in_order_and_said():
    said: list[str] = []
    assert read(["cow", "dog", "cat"], note=said.append) == [1, 2, 0]
    assert said == ["classes are taken in the order of their names: cat, cow, dog"]
    with pytest.raises(ModelError, match=r"^2 labels for a network of 3 classes without names: "):
        read(["cow", "dog", "dog"])


def test_the_one_name_of_one_score_is_that_of_class_1():
    labels = ["face", "nonface", "face"]
    assert read(labels, names=["nonface"], classes=2) == [0, 1, 0]
    assert read(labels, names=["face"], classes=2) == [1, 0, 1]
    assert read(["1", "0", "1"], names=["face"], classes=2) == [1, 0, 1]


def test_a_table_goes_by_the_names_of_files_in_any_order(tmp_path: Path):
    (tmp_path / "y.csv").write_text("name,label\ndog/a.png,2\nb.png,0\ncat/a.png,1\nmore.png,7\n")
    assert read(tmp_path / "y.csv", FILES) == [1, 0, 2]
    (tmp_path / "y.csv").write_text("b,0\nb,1\n")
    with pytest.raises(ModelError, match=r"y\.csv: has two labels for 'b'$"):
        read(tmp_path / "y.csv", FILES)
    (tmp_path / "y.csv").write_text("b,0\n")
    with pytest.raises(ModelError, match=r"y\.csv: has no label for cat/a\.png$"):
        read(tmp_path / "y.csv", FILES)


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        ([0, 1], "must have a label for each of 3 pictures, not 2"),
        ([0, 1, 3], "label 3 of picture 2 is none of the network's classes, 0 to 2"),
        ([0, -1, 1], "label -1 of picture 1 is none of the network's classes, 0 to 2"),
        ([0.0, 1, 2], "labels must be integers or text, not float64"),
        (np.ones((3, 3), int), "labels in rows must be zeros and a one each"),
    ],
)
def test_what_is_no_label_for_each_picture_is_refused(labels: Any, message: str):
    with pytest.raises(ModelError, match=f"^{message}$"):
        read(labels)


def test_files_of_other_kinds_are_refused(tmp_path: Path):
    with pytest.raises(ModelError, match=r"^y\.txt: labels are \.npy, \.npz, \.csv or IDX files$"):
        read("y.txt")
    np.save(tmp_path / "y.npy", np.zeros((3, 2, 2), int))
    with pytest.raises(ModelError, match=r"y\.npy: must have a label for each of 3 pictures, not "):
        read(tmp_path / "y.npy")


def test_folders_say_what_pictures_show():
    pieces = [Piece(piece.place, None, piece.place.path.parent.name) for piece in FILES]
    found = own_labels(pieces, 3, NAMES, print)
    assert found is not None
    assert found.tolist() == [1, 1, 0]
    with pytest.raises(ModelError, match=r"^x\.npy: nothing says what it shows, as of other "):
        own_labels([*pieces, *ARRAY], 3, NAMES, print)
    assert own_labels(FILES, 3, NAMES, print) is None


def test_an_archive_says_it_under_a_name_like_that_of_its_pictures(tmp_path: Path):
    path = tmp_path / "x.npz"
    np.savez(path, test_x=ARRAY[0].pixels, test_y=[1, 2, 0], train_y=[0, 0, 0], scene=[2, 2, 2])
    piece = Piece(Place(path, "test_x"), ARRAY[0].pixels)
    found = own_labels([piece, piece], 3, None, print)
    assert found is not None
    assert found.tolist() == [1, 2, 0, 1, 2, 0]
    np.savez(path, test_x=ARRAY[0].pixels, scene=[2, 2, 2])
    assert own_labels([piece], 3, None, print) is None
