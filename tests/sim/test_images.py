"""Tests reading pictures from files."""

import pickle
import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from hwgen.errors import ModelError
from hwgen.model.layers import Input, Model, Sign
from sim.images import load_images, random_images


def network(channels: int = 3) -> Model:
    return Model("net", Input(4, 6, channels), (Sign("bits", ("input",)),))


def noise(*shape: int) -> np.ndarray:
    return np.random.default_rng(5).integers(0, 256, shape, dtype=np.uint8)


@pytest.mark.parametrize(
    ("channels", "shape"),
    [
        (3, (2, 4, 6, 3)),
        (3, (4, 6, 3)),
        (1, (2, 4, 6, 1)),
        (1, (4, 6, 1)),
        (1, (2, 4, 6)),
        (1, (4, 6)),
    ],
)
@pytest.mark.parametrize("order", ["C", "F"])
def test_arrays_are_read_as_frames_rows_columns_channels(tmp_path, channels, shape, order):
    values = noise(*shape)
    np.save(tmp_path / "x.npy", values.copy(order=order))
    images = load_images(tmp_path / "x.npy", network(channels))
    assert images.shape == (-(-values.size // (24 * channels)), 4, 6, channels)
    assert images.dtype == np.uint8
    assert images.flags.c_contiguous
    assert images.flags.writeable
    np.testing.assert_array_equal(images.ravel(), values.ravel())


def test_a_file_named_by_a_string_is_read(tmp_path):
    np.save(tmp_path / "X.NPY.npy", noise(1, 4, 6, 3))
    assert load_images(str(tmp_path / "X.NPY.npy"), network()).shape == (1, 4, 6, 3)


@pytest.mark.parametrize("suffix", [".png", ".PNG"])
def test_colour_pictures_are_read_exactly(tmp_path, suffix):
    values = noise(4, 6, 3)
    Image.fromarray(values).save(tmp_path / f"x{suffix}")
    np.testing.assert_array_equal(load_images(tmp_path / f"x{suffix}", network()), values[None])


def test_grey_and_palette_pictures_are_read(tmp_path):
    grey = noise(4, 6)
    Image.fromarray(grey).save(tmp_path / "grey.png")
    np.testing.assert_array_equal(
        load_images(tmp_path / "grey.png", network(1)), grey[None, ..., None]
    )
    np.testing.assert_array_equal(
        load_images(tmp_path / "grey.png", network(3)), np.repeat(grey[None, ..., None], 3, axis=3)
    )
    palette = Image.fromarray(noise(4, 6, 3)).quantize(8)
    palette.save(tmp_path / "palette.png")
    np.testing.assert_array_equal(
        load_images(tmp_path / "palette.png", network()), np.asarray(palette.convert("RGB"))[None]
    )
    opacity = noise(4, 6, 4)
    Image.fromarray(opacity).save(tmp_path / "opacity.png")
    np.testing.assert_array_equal(load_images(tmp_path / "opacity.png", network(4)), opacity[None])


def test_jpeg_pictures_are_read(tmp_path):
    for name in ("x.jpg", "x.jpeg"):
        Image.fromarray(np.full((4, 6, 3), 77, np.uint8)).save(tmp_path / name)
        assert np.abs(load_images(tmp_path / name, network()).astype(int) - 77).max() < 3


def refuse(path: Path, message: str, channels: int = 3) -> None:
    with pytest.raises(ModelError, match=f"^{re.escape(str(path))}: {message}$"):
        load_images(path, network(channels))


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (np.zeros((1, 4, 6, 3), np.int8), "pictures must be uint8, not int8"),
        (np.zeros((1, 4, 6, 3)), "pictures must be uint8, not float64"),
        (
            np.zeros((1, 6, 4, 3), np.uint8),
            r"pictures must have shape \(N, 4, 6, 3\), not \(1, 6, 4, 3\)",
        ),
        (np.zeros((2, 4, 6), np.uint8), r"pictures must have shape .*, not \(2, 4, 6\)"),
        (np.zeros((), np.uint8), r"pictures must have shape \(N, 4, 6, 3\), not \(\)"),
        (np.zeros((0, 4, 6, 3), np.uint8), "holds no picture"),
        (np.array([{}, []], object), "is no .npy array, is cut short, or holds pickled objects"),
    ],
    ids=["int8", "float", "turned", "grey", "scalar", "none", "objects"],
)
def test_arrays_that_do_not_fit_are_refused(tmp_path, values, message):
    np.save(tmp_path / "x.npy", values)
    refuse(tmp_path / "x.npy", message)


def test_files_that_are_no_arrays_are_refused(tmp_path):
    path = tmp_path / "x.npy"
    damaged = "is no .npy array, is cut short, or holds pickled objects"
    refuse(path, "cannot be read: No such file or directory")
    path.touch()
    refuse(path, "the file is empty")
    path.write_bytes(b"no array at all")
    refuse(path, damaged)
    path.write_bytes(pickle.dumps([1, 2]))
    refuse(path, damaged)
    np.save(path, noise(5, 4, 6, 3))
    whole = path.read_bytes()
    for length in (3, 9, 40, 128, len(whole) - 1):
        path.write_bytes(whole[:length])
        refuse(path, damaged)
    path.write_bytes(whole.replace(b"(5, 4, 6, 3)", b"(9**99, 4, 6"))
    refuse(path, damaged)
    with path.open("wb") as file:
        np.savez(file, x=noise(1, 4, 6, 3))
    refuse(path, "is an .npz archive, not an .npy array")
    (tmp_path / "folder.npy").mkdir()
    refuse(tmp_path / "folder.npy", "cannot be read: Is a directory")


def test_an_array_of_absurd_size_is_refused_before_it_is_read(tmp_path):
    path = tmp_path / "x.npy"
    np.save(path, noise(1, 4, 6, 3))
    whole = path.read_bytes()
    path.write_bytes(whole.replace(b"(1, 4, 6, 3), }    ", b"(99999999, 4, 6, 3)"))
    refuse(path, "is no .npy array, is cut short, or holds pickled objects")


def test_pictures_that_do_not_fit_are_refused(tmp_path):
    path = tmp_path / "x.png"
    Image.fromarray(noise(6, 4, 3)).save(path)
    refuse(path, "pictures must be 6 pixels wide and 4 high, not 4 and 6")
    Image.fromarray(noise(4, 6, 3)).save(path)
    modes = "a picture of mode {} does not give the {} 8-bit channels that the network reads"
    refuse(path, modes.format("RGB", 1), channels=1)
    refuse(path, modes.format("RGB", 5), channels=5)
    Image.fromarray(noise(4, 6, 4)).save(path)
    refuse(path, modes.format("RGBA", 3))
    Image.fromarray(noise(4, 6).astype(np.uint16)).save(path)
    refuse(path, modes.format("I;16", 1), channels=1)


def test_files_that_are_no_pictures_are_refused(tmp_path):
    path = tmp_path / "x.png"
    refuse(path, "cannot be read: No such file or directory")
    damaged = "cannot be read: is no picture, or a damaged one"
    path.write_bytes(b"")
    refuse(path, damaged)
    Image.fromarray(noise(4, 6, 3)).save(path)
    whole = path.read_bytes()
    for length in (9, 20, 45, 60):
        path.write_bytes(whole[:length])
        refuse(path, damaged)
    refuse(tmp_path / "x.bmp", "pictures are .npy, .png, .jpg or .jpeg files")


def test_a_picture_of_absurd_size_is_refused_before_it_is_read(tmp_path, monkeypatch):
    path = tmp_path / "x.png"
    Image.fromarray(noise(40, 60, 3)).save(path)
    for limit in (1000, 2000):  # beyond twice the limit Pillow raises, else it warns
        monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", limit)
        refuse(path, "pictures must be 6 pixels wide and 4 high, not that large")


def test_random_pictures_depend_on_the_seed_alone():
    first = random_images(network(), 3, seed=1)
    assert first.shape == (3, 4, 6, 3)
    assert first.dtype == np.uint8
    np.testing.assert_array_equal(first, random_images(network(), 3, seed=1))
    assert (first != random_images(network(), 3, seed=2)).any()
