"""Which arrays a network takes, and pictures at random."""

import numpy as np
import pytest
from PIL import Image

from hwgen.errors import ModelError
from hwgen.model.layers import Input, Model, Sign
from sim.images import check_images, random_images
from sim.pictures.sources import load_images


def network(channels: int = 3) -> Model:
    return Model("net", Input(4, 6, channels), (Sign("bits", ("input",)),))


def noise(*shape: int) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)


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


def test_random_pictures_depend_on_the_seed_alone():
    first = random_images(network(), 3, seed=1)
    assert first.shape == (3, 4, 6, 3)
    assert first.dtype == np.uint8
    np.testing.assert_array_equal(first, random_images(network(), 3, seed=1))
    assert (first != random_images(network(), 3, seed=2)).any()
