"""Pictures for training: what is read, how it is parted, and what is refused."""

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from hwgen.errors import ModelError
from hwgen.training.data import TrainingData, load_data

RNG = np.random.default_rng(3)
X = RNG.integers(0, 256, (60, 4, 5), dtype=np.uint8)
Y = np.arange(60) % 3


def refuse(source: Any, message: str, **options: Any) -> None:
    with pytest.raises(ModelError, match=f"^{message}$"):
        load_data(source, seed=1, **options)


def parts(data: TrainingData) -> list[int]:
    return [len(y) for y in (data.train_y, data.valid_y, data.test_y)]


def rows_of(pictures: np.ndarray) -> list[int]:
    """Which rows of X pictures are."""
    return [int(np.flatnonzero((picture[..., 0] == X).all(axis=(1, 2)))[0]) for picture in pictures]


def write(path: Path, pixels: np.ndarray) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).save(path)


def test_arrays_are_split_by_class_and_seed_and_nothing_is_lost():
    data = load_data({"x": X, "y": Y}, seed=1)
    assert parts(data) == [42, 6, 12]
    assert [np.bincount(y).tolist() for y in (data.train_y, data.valid_y, data.test_y)] == [
        [14] * 3, [2] * 3, [4] * 3,
    ]  # fmt: skip
    assert data.shape == (4, 5, 1)
    assert data.classes == ("0", "1", "2")
    rows = rows_of(np.concatenate([data.train_x, data.valid_x, data.test_x]))
    assert sorted(rows) == list(range(60))
    assert (Y[rows] == np.concatenate([data.train_y, data.valid_y, data.test_y])).all()
    again, other = load_data({"x": X, "y": Y}, seed=1), load_data({"x": X, "y": Y}, seed=2)
    assert (again.test_x == data.test_x).all()
    assert not (other.test_x == data.test_x).all()


def test_the_test_pictures_do_not_depend_on_the_share_for_validation():
    one, two = (load_data({"x": X, "y": Y}, seed=1, valid=share) for share in (0.0, 0.3))
    assert (one.test_x == two.test_x).all()
    assert len(one.valid_y) == 0
    assert one.valid_x.shape == (0, 4, 5, 1)


@pytest.mark.parametrize("suffix", ["", ".npz"])
def test_pictures_that_are_parted_stay_so(tmp_path: Path, suffix: str):
    arrays = {"x_train": X[:40], "y_train": Y[:40], "test_images": X[40:], "test_labels": Y[40:]}
    source: Any = arrays
    if suffix:
        source = tmp_path / "d.npz"
        np.savez(source, **arrays)
    data = load_data(source, seed=1, valid=0.2)
    assert rows_of(data.test_x) == list(range(40, 60))
    assert parts(data) == [31, 9, 20]


def test_is_test_and_groups_are_kept_to(tmp_path: Path):
    flags = np.arange(60) >= 45
    data = load_data({"x": X, "y": Y, "is_test": flags}, seed=1)
    assert rows_of(data.test_x) == list(range(45, 60))
    group = np.arange(60) // 6
    np.savez(tmp_path / "d.npz", x=X, y=Y, group=group, other=np.zeros(3))
    notes: list[str] = []
    data = load_data(tmp_path / "d.npz", seed=1, valid=0.2, note=notes.append)
    sides = [set(group[rows_of(x)].tolist()) for x in (data.train_x, data.valid_x, data.test_x)]
    assert [len(side) for side in sides] == [6, 2, 2]
    assert len(set.union(*sides)) == 10
    assert notes == ["left out: other"]


def test_labels_are_numbers_texts_and_rows_alike():
    texts = np.array(["cat", "dog", "eel"])[Y]
    by_text = load_data({"x": X, "y": texts}, seed=1)
    assert by_text.classes == ("cat", "dog", "eel")
    by_row = load_data({"x": X, "y": np.eye(3, dtype=np.uint8)[Y]}, seed=1)
    named = load_data({"x": X, "y": Y, "classes": np.array(["c", "b", "a"])}, seed=1)
    assert named.classes == ("c", "b", "a")
    for data in (by_text, by_row, named):
        assert (data.test_y == load_data({"x": X, "y": Y}, seed=1).test_y).all()


def test_class_folders_are_read_with_parts_and_without(tmp_path: Path):
    for k, picture in enumerate(X):
        write(tmp_path / "whole" / "abc"[Y[k]] / f"{k:02}.png", picture)
        part = "test" if k >= 45 else "train"
        write(tmp_path / "parted" / part / "abc"[Y[k]] / f"{k:02}.png", picture)
    whole = load_data(tmp_path / "whole", seed=1)
    assert whole.classes == ("a", "b", "c")
    assert parts(whole) == [42, 6, 12]
    parted = load_data(tmp_path / "parted", seed=1)
    assert sorted(rows_of(parted.test_x)) == list(range(45, 60))
    assert (Y[rows_of(parted.test_x)] == parted.test_y).all()


def test_idx_files_files_end_to_end_and_tables_are_read(tmp_path: Path):
    def idx(array: np.ndarray) -> bytes:
        head = bytes((0, 0, 8, array.ndim)) + np.array(array.shape, ">u4").tobytes()
        return head + array.astype(np.uint8).tobytes()

    for part, rows in {"train": slice(0, 45), "t10k": slice(45, 60)}.items():
        (tmp_path / f"{part}-images-idx3-ubyte").write_bytes(idx(X[rows]))
        (tmp_path / f"{part}-labels-idx1-ubyte").write_bytes(idx(Y[rows]))
    assert rows_of(load_data(tmp_path, seed=1).test_x) == list(range(45, 60))

    files = []
    for k, picture in enumerate(X):
        file = io.BytesIO()
        Image.fromarray(picture).save(file, "PNG")
        files.append(file.getvalue())
        write(tmp_path / "t" / f"{k}.png", picture)
    ends = np.cumsum([0] + [len(file) for file in files])
    packed = np.frombuffer(b"".join(files), np.uint8)
    data = load_data({"png": packed, "offset": ends, "y": Y}, seed=1)
    assert (data.test_x == load_data({"x": X, "y": Y}, seed=1).test_x).all()

    table = "".join(f"{k}.png,{'abc'[Y[k]]}\n" for k in range(60))
    (tmp_path / "t" / "list.csv").write_text(table)
    assert parts(load_data(tmp_path / "t" / "list.csv", seed=1)) == [42, 6, 12]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"y": Y[:-1]}, r"y must have a label for each of 60 pictures, not shape \(59,\)"),
        ({"y": Y - 1}, "label -1 of y, picture 0, is none of the classes 0 to 1"),
        ({"y": Y * 2}, "has no picture of class '1' for training"),
        ({"y": Y * 0}, "all pictures show the same class, '0'; training takes two"),
        ({"y": Y * 40_000}, "labels of y must be below 65,536, not 80000"),
        ({"y": Y.astype(float)}, r"labels of y must be integers or text \(N,\), not float64 .*"),
        ({"y": np.ones((60, 3), int)}, "labels of y in rows must be zeros and a one each"),
        ({"x": X / 255}, "pictures of x must be uint8, 0 to 255, not float64"),
        ({"x": X[0, 0]}, r"pictures of x must have shape .*, not \(5,\)"),
        ({"x": X[:0], "y": Y[:0]}, "x holds no picture"),
        ({"x": [[1, 2], [3]]}, "x must be an array, of pictures of one size"),
        ({"classes": np.array(["a", "a", "b"])}, "classes must be different texts, one a class"),
        ({"classes": np.array(["a", "b"])}, "label 2 of y, picture 2, is none of .* 0 to 1"),
        ({"classes": np.array(list("abcd"))}, "has no picture of class 'd' for training"),
        ({"group": Y[:-1]}, r"group must have a group for each of 60 pictures, not shape \(59,\)"),
        ({"group": Y}, "has no picture of class '.' for .*"),
        ({"is_test": Y}, "is_test must have a 0 or 1 for each of 60 pictures"),
        ({"is_test": Y == 0}, "has no picture of class '0' for training"),
        ({"is_test": Y < 3, "group": Y}, "has no picture of class '0' for training"),
        ({"train_x": X}, "has pictures that are parted, and others: both x or y and train_x"),
        ({"images": X}, "has x twice: x and images"),
    ],
)  # fmt: skip
def test_what_cannot_train_is_refused_in_a_sentence(change: dict[str, Any], message: str):
    refuse({"x": X, "y": Y} | change, message)


def test_parts_that_do_not_belong_together_are_refused():
    train = {"train_x": X, "train_y": Y}
    refuse({"test_x": X, "test_y": Y}, "has no pictures that train, only test")
    refuse({"train_y": Y}, "has no pictures: train_x")
    refuse({"train_x": X}, "has no labels: train_y")
    refuse({}, "has no pictures: x")
    small = {"test_x": X[:, :3], "test_y": Y}
    refuse(train | small, "pictures of test_x are 3 x 5 x 1, but those that train 4 x 5 x 1")
    beyond = {"test_x": X, "test_y": Y + 1}
    refuse(train | beyond, "label 3 of test_y, picture 2, is none of the classes 0 to 2")
    texts = {"test_x": X, "test_y": np.array(["a", "b", "c"])[Y]}
    refuse(train | texts, "labels of test_y are <U1, but those of train_y int64")
    groups = {"test_x": X, "test_y": Y, "train_group": Y, "test_group": Y}
    refuse(train | groups, "group 0 has pictures in train and in test")
    refuse({"x": X, "y": Y}, "the share for test must be 0 to 0.9, not 1.5", test=1.5)


def test_folders_that_cannot_train_are_refused(tmp_path: Path):
    write(tmp_path / "f" / "a" / "1.png", X[0])
    write(tmp_path / "f" / "b" / "1.png", X[0, :3])
    where = f"{tmp_path}/f"
    refuse(where, f"{where}: {where}/b/1.png: is 3 x 5 x 1, but 1.png is 4 x 5 x 1")
    write(tmp_path / "f" / "b" / "1.png", X[0])
    (tmp_path / "f" / "c").mkdir()
    refuse(where, f"{where}: the folder of class 'c' holds no picture")
    write(tmp_path / "f" / "c" / "1.png", X[0])
    write(tmp_path / "f" / "1.png", X[0])
    refuse(where, rf"{where}: {where}/1\.png: nothing says what it shows: it lies in no class .*")
    refuse(tmp_path / "none.npz", f"{tmp_path}/none.npz: cannot be read: No such file .*")
    refuse(tmp_path / "x.txt", f"{tmp_path}/x.txt: data are .npz or .csv files, or folders .*")
    np.savez(tmp_path / "d.npz", a=X, b=Y)
    refuse(
        tmp_path / "d.npz", f"{tmp_path}/d.npz: has no array of pictures x or train_x, only a, b"
    )


def test_a_damaged_file_is_refused_by_name(tmp_path: Path):
    path = tmp_path / "d.npz"
    np.savez_compressed(path, x=X, y=Y)
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])
    refuse(path, f"{path}: is a damaged .npz file, or one cut short")
    np.savez(path, x=X / 255, y=Y)
    refuse(path, f"{path}: pictures of x must be uint8, 0 to 255, not float64")
    np.savez(path, x=np.array([X[0], X[0, 0]], object), y=Y[:2])
    refuse(path, f"{path}: is pickled, and nothing pickled is read")
    write(tmp_path / "f" / "a" / "1.png", X[0])
    write(tmp_path / "f" / "b" / "1.png", X[0])
    (tmp_path / "f" / "b" / "1.png").write_bytes(b"no picture")
    where = f"{tmp_path}/f"
    refuse(where, f"{where}: {where}/b/1.png: cannot be read: is no picture, or a damaged one")
    ends = np.array([0, 5, 3])
    packed = np.zeros(5, np.uint8)
    refuse({"png": packed, "offset": ends, "y": [0, 1]}, "picture 0: cannot be read: is no .*")
    refuse({"png": packed, "y": [0, 1]}, "pictures end to end must be bytes, and offset where .*")
