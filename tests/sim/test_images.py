"""Tests reading pictures from files."""

import pickle
import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from hwgen.errors import ModelError
from hwgen.model.layers import Input, Model, Sign
from sim.images import check_images, load_images, load_unsized, random_images


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


@pytest.mark.parametrize("dtype", [np.int8, np.uint8, np.int16, np.int64, np.uint32, ">i2"])
def test_integers_of_any_type_are_taken_where_the_network_can_read_them(tmp_path, dtype):
    values = noise(2, 4, 6, 3) // 2
    np.save(tmp_path / "x.npy", values.astype(dtype))
    images = load_images(tmp_path / "x.npy", network())
    assert images.dtype == np.uint8
    np.testing.assert_array_equal(images, values)
    np.testing.assert_array_equal(check_images(values.astype(dtype), network()), values)


@pytest.mark.parametrize(
    ("bits", "signed", "values", "message"),
    [
        (12, True, [-2048, 2047], None),
        (12, True, [-2049, 0], "pictures must be int12, -2048 to 2047, but hold -2049"),
        (1, False, [0, 1], None),
        (1, False, [-1, 1], "pictures must be uint1, 0 to 1, but hold -1"),
        (16, False, [0, 65536], "pictures must be uint16, 0 to 65535, but hold 65536"),
        (4, False, [0.0, 1.0], "pictures must be uint4, not float64"),
    ],
)
def test_pixels_are_those_that_the_network_reads(tmp_path, bits, signed, values, message):
    model = Model("net", Input(1, 2, 1, bits=bits, signed=signed), (Sign("bits", ("input",)),))
    array = np.array(values).reshape(1, 1, 2, 1)
    np.save(tmp_path / "x.npy", array)
    if message is None:
        images = load_images(tmp_path / "x.npy", model)
        assert images.dtype == model.input.dtype
        np.testing.assert_array_equal(images, array)
        return
    with pytest.raises(ModelError, match=f"^{tmp_path / 'x.npy'}: {message}$"):
        load_images(tmp_path / "x.npy", model)
    with pytest.raises(ModelError, match=f"^{model.source}: {message}$"):
        check_images(array, model)


@pytest.mark.parametrize(
    ("size", "shape"),
    [
        ((1, 7, 2), (7, 2)),
        ((1, 7, 2), (5, 7, 2)),
        ((1, 1, 9), (9,)),
        ((1, 1, 9), (5, 9)),
        ((1, 7, 1), (5, 7)),
    ],
)
def test_signals_and_vectors_need_no_sizes_of_one(tmp_path, size, shape):
    model = Model("net", Input(*size), (Sign("bits", ("input",)),))
    values = noise(*shape)
    np.save(tmp_path / "x.npy", values)
    np.testing.assert_array_equal(load_images(tmp_path / "x.npy", model), values.reshape(-1, *size))


def test_a_picture_of_more_than_the_network_reads_is_refused(tmp_path):
    model = Model("net", Input(4, 6, 1, bits=4), (Sign("bits", ("input",)),))
    Image.fromarray(np.full((4, 6), 15, np.uint8)).save(tmp_path / "x.png")
    assert load_images(tmp_path / "x.png", model).max() == 15
    Image.fromarray(np.full((4, 6), 16, np.uint8)).save(tmp_path / "x.png")
    with pytest.raises(ModelError, match=r"x\.png: pictures must be uint4, 0 to 15, but hold 16$"):
        load_images(tmp_path / "x.png", model)


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
        (np.full((1, 4, 6, 3), -1), "pictures must be uint8, 0 to 255, but hold -1"),
        (np.full((1, 4, 6, 3), 256), "pictures must be uint8, 0 to 255, but hold 256"),
        (np.zeros((1, 4, 6, 3)), "pictures must be uint8, not float64"),
        (
            np.zeros((1, 6, 4, 3), np.uint8),
            r"pictures must have shape \(N, 4, 6, 3\), not \(1, 6, 4, 3\)",
        ),
        (np.zeros((2, 4, 6), np.uint8), r"pictures must have shape .*, not \(2, 4, 6\)"),
        (np.zeros((), np.uint8), r"pictures must have shape \(N, 4, 6, 3\), not \(\)"),
        (np.zeros((0, 4, 6, 3), np.uint8), "holds no picture"),
        (np.array([{}, []], object), "is pickled, and nothing pickled is read"),
    ],
    ids=["below", "above", "float", "turned", "grey", "scalar", "none", "objects"],
)
def test_arrays_that_do_not_fit_are_refused(tmp_path, values, message):
    np.save(tmp_path / "x.npy", values)
    refuse(tmp_path / "x.npy", message)


def test_files_that_are_no_arrays_are_refused(tmp_path):
    path = tmp_path / "x.npy"
    damaged = r"is no \.npy array, or one with a damaged header"
    cut = "is cut short, or longer than its header says"
    refuse(path, "cannot be read: No such file or directory")
    path.touch()
    refuse(path, "the file is empty")
    path.write_bytes(b"no array at all")
    refuse(path, damaged)
    path.write_bytes(pickle.dumps([1, 2]))
    refuse(path, damaged)
    np.save(path, noise(5, 4, 6, 3))
    whole = path.read_bytes()
    for length in (3, 9, 40, 128, len(whole) - 1, len(whole) + 1):
        path.write_bytes((whole + b"x")[:length])
        refuse(path, damaged if length < 128 else cut)
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
    path.write_bytes(whole.replace(b"(1, 4, 6, 3), }" + b" " * 7, b"(99999999, 4, 6, 3), }"))
    refuse(path, "is cut short, or longer than its header says")


def test_pictures_that_do_not_fit_are_refused(tmp_path):
    path = tmp_path / "x.png"
    Image.fromarray(noise(6, 4, 3)).save(path)
    refuse(path, "pictures must be 6 pixels wide and 4 high, not 4 and 6")
    Image.fromarray(noise(4, 6, 3)).save(path)
    refuse(path, "has colours, but the network reads 1 channels", channels=1)
    refuse(path, "has colours, but the network reads 5 channels", channels=5)
    Image.fromarray(noise(4, 6)).save(path)
    refuse(path, "is grey, but the network reads 4 channels", channels=4)
    Image.fromarray(noise(4, 6).astype(np.uint16)).save(path)
    refuse(path, "a picture of mode I;16 does not give 8-bit channels", channels=1)


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P", "RGB"])
def test_opacity_is_left_out_where_it_is_full_and_refused_where_it_is_not(tmp_path, mode):
    """A palette and a colour can stand for what is transparent too."""
    path, channels = tmp_path / "x.png", 1 if mode == "LA" else 3
    values = noise(4, 6, 4) // 2 + 1
    values[..., 3] = 255
    opaque = Image.fromarray(values, "RGBA").convert(mode)
    opaque.save(path)
    expected = np.asarray(opaque.convert("L" if mode == "LA" else "RGB")).reshape(1, 4, 6, channels)
    np.testing.assert_array_equal(load_images(path, network(channels)), expected)
    more = {}
    if mode in ("RGBA", "LA"):
        opaque.putpixel((2, 1), (9, 9, 9, 254)[-len(mode) :])
    else:
        more["transparency"] = opaque.getpixel((2, 1))
    opaque.save(path, **more)
    transparent = "has transparent pixels, which have no colour; put it on a background first"
    refuse(path, transparent, channels=channels)
    with pytest.raises(ModelError, match=f"^{re.escape(str(path))}: {transparent}$"):
        load_unsized(path)


def test_what_is_done_to_a_picture_is_said(tmp_path):
    said = []
    Image.fromarray(noise(4, 6)).save(tmp_path / "grey.png")
    load_images(tmp_path / "grey.png", network(3), said.append)
    assert said == [f"{tmp_path / 'grey.png'}: is grey, and taken as red, green and blue"]
    Image.fromarray(noise(4, 6, 3)).save(tmp_path / "x.png")
    images = load_images(tmp_path / "x.png", network(4), said.append)
    assert (images[..., 3] == 255).all()
    assert said[1:] == [f"{tmp_path / 'x.png'}: is opaque, and its opacity taken as 255"]


def test_several_files_are_read_one_after_another(tmp_path, monkeypatch):
    arrays = [noise(2, 4, 6, 3), noise(4, 6, 3)[np.newaxis] // 2, noise(1, 4, 6, 3) // 3]
    np.save(tmp_path / "a.npy", arrays[0])
    Image.fromarray(arrays[1][0]).save(tmp_path / "b.bmp")
    np.save(tmp_path / "c.npy", arrays[2])
    paths = [tmp_path / name for name in ("a.npy", "b.bmp", "c.npy")]
    np.testing.assert_array_equal(load_images(paths, network()), np.concatenate(arrays))
    monkeypatch.setattr("sim.images.MAX_BYTES", 4 * 72 - 1)
    with pytest.raises(ModelError, match=r"c\.npy: brings the pictures to more than 287 bytes$"):
        load_images(paths, network())


def test_pictures_without_a_network_keep_their_size(tmp_path):
    np.save(tmp_path / "x.npy", noise(2, 3, 5, 4))
    np.testing.assert_array_equal(load_unsized(tmp_path / "x.npy"), noise(2, 3, 5, 4))
    Image.fromarray(noise(3, 5)).save(tmp_path / "x.png")
    assert load_unsized(tmp_path / "x.png").shape == (1, 3, 5, 1)
    np.save(tmp_path / "x.npy", noise(3, 5, 4))
    shape = r"x\.npy: pictures must have shape \(N, H, W, C\), not \(3, 5, 4\)$"
    with pytest.raises(ModelError, match=shape):
        load_unsized(tmp_path / "x.npy")


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
    refuse(tmp_path / "x.gif", r"pictures are \.npy, \.bmp, \.jpeg, \.jpg or \.png files")


def test_a_picture_of_absurd_size_is_refused_before_it_is_read(tmp_path, monkeypatch):
    path = tmp_path / "x.png"
    Image.fromarray(noise(40, 60, 3)).save(path)
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 1000)
    refuse(path, "has more than 16,777,216 pixels, the most that are read")
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 2000)  # from here to twice that Pillow warns
    refuse(path, "pictures must be 6 pixels wide and 4 high, not 60 and 40")
    monkeypatch.setattr("hwgen.readers.picture.MAX_PIXELS", 2399)
    with pytest.raises(ModelError, match=r"x\.png: has more than 2,399 pixels, the most .*$"):
        load_unsized(path)


def test_random_pictures_depend_on_the_seed_alone():
    first = random_images(network(), 3, seed=1)
    assert first.shape == (3, 4, 6, 3)
    assert first.dtype == np.uint8
    np.testing.assert_array_equal(first, random_images(network(), 3, seed=1))
    assert (first != random_images(network(), 3, seed=2)).any()
