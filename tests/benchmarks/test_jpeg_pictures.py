"""Pictures of an archive of JPEG files: which are read, and what is no such archive."""

import io
import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from benchmarks.jpeg_pictures import read_pictures
from hwgen import evaluate
from hwgen.errors import ModelError


def jpeg(picture: np.ndarray) -> bytes:
    file = io.BytesIO()
    Image.fromarray(picture).save(file, "JPEG", quality=95)
    return file.getvalue()


def archive(path: Path, pictures: np.ndarray, is_test: list[bool]) -> Path:
    """Archive of pictures that show 0, 1, 2 and so on."""
    files = [jpeg(picture) for picture in pictures]
    offset = np.cumsum([0, *map(len, files)])
    whole = np.frombuffer(b"".join(files), np.uint8)
    labels = np.arange(len(files), dtype=np.uint8)
    np.savez(path, jpeg=whole, offset=offset, y=labels, is_test=np.array(is_test))
    return path


def pictures(count: int) -> np.ndarray:
    """Flat pictures, each of another grey, which a JPEG keeps as they are."""
    greys = np.arange(count, dtype=np.uint8) * 20
    return np.broadcast_to(greys[:, None, None, None], (count, 8, 16, 3)).copy()


def test_the_test_pictures_are_read_or_all_others(tmp_path: Path):
    flat = pictures(5)
    path = archive(tmp_path / "a.npz", flat, [True, False, False, True, False])
    found, labels = read_pictures(path, test=True)
    assert np.array_equal(found, flat[[0, 3]])
    assert labels.tolist() == [0, 3]
    found, labels = read_pictures(path, test=False)
    assert np.array_equal(found, flat[[1, 2, 4]])
    assert labels.tolist() == [1, 2, 4]


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("is_test", None, "has no array is_test"),
        ("jpeg", None, "has no array x"),
        ("y", np.zeros(2, np.uint8), "must have a label and an is_test for each picture"),
        ("jpeg", np.zeros(90_000, np.uint8), "picture 0: cannot be read: is no picture, .*"),
    ],
)
def test_another_archive_is_refused_by_name(tmp_path: Path, key: str, value, message: str):
    path = archive(tmp_path / "a.npz", pictures(3), [True] * 3)
    with np.load(path) as found:
        arrays = {name: found[name] for name in found}
    if value is None:
        del arrays[key]
    else:
        arrays[key] = value
    np.savez(path, **arrays)
    with pytest.raises(ModelError, match=f"^{re.escape(str(path))}: {message}$"):
        read_pictures(path, test=True)


def test_what_is_written_is_what_eval_reads(tmp_path: Path):
    grey = np.zeros((2, 4, 4, 1), np.uint8)
    grey[0, 1], grey[1, :, 2] = 255, 255
    np.savez(tmp_path / "test.npz", x=grey, y=np.array([0, 1], np.uint8))
    assert evaluate("models/tiny.json", tmp_path / "test.npz").correct == 2
