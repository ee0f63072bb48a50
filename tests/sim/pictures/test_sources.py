"""Pictures for a network, from files, folders, patterns, archives and tables."""

import gzip
import pickle
import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from hwgen.errors import ModelError
from hwgen.model.layers import Input, Model, Sign
from sim.pictures import batches, find_pictures, load_images, load_unsized


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
        (np.array([{}, []], object), "is pickled, and nothing pickled is read"),
    ],
    ids=["int8", "float", "turned", "grey", "scalar", "none", "objects"],
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
    refuse(tmp_path / "folder.npy", r"the folder holds no \.npy, .* file")


def test_an_array_of_absurd_size_is_refused_before_it_is_read(tmp_path):
    path = tmp_path / "x.npy"
    np.save(path, noise(1, 4, 6, 3))
    whole = path.read_bytes()
    path.write_bytes(whole.replace(b"(1, 4, 6, 3), }" + b" " * 7, b"(99999999, 4, 6, 3), }"))
    refuse(path, "is cut short, or longer than its header says")


def test_pictures_that_do_not_fit_are_refused(tmp_path):
    path = tmp_path / "x.png"
    Image.fromarray(noise(6, 4, 3)).save(path)
    refuse(
        path,
        "pictures must be 6 pixels wide and 4 high, not 4 and 6; --fit crop, pad or stretch makes "
        "them so",
    )
    Image.fromarray(noise(4, 6, 3)).save(path)
    refuse(path, "is a picture, but the network reads 5 channels", channels=5)


def test_what_is_done_to_a_picture_is_said(tmp_path):
    said = []
    Image.fromarray(noise(4, 6)).save(tmp_path / "grey.png")
    load_images(tmp_path / "grey.png", network(3), said.append)
    assert said == [f"{tmp_path / 'grey.png'}: grey, and taken as red, green and blue"]
    Image.fromarray(noise(4, 6, 3)).save(tmp_path / "x.png")
    images = load_images(tmp_path / "x.png", network(4), said.append)
    assert (images[..., 3] == 255).all()
    assert said[1:] == [f"{tmp_path / 'x.png'}: opaque, and its opacity taken as 255"]


def test_several_files_are_read_one_after_another(tmp_path, monkeypatch):
    arrays = [noise(2, 4, 6, 3), noise(4, 6, 3)[np.newaxis] // 2, noise(1, 4, 6, 3) // 3]
    np.save(tmp_path / "a.npy", arrays[0])
    Image.fromarray(arrays[1][0]).save(tmp_path / "b.bmp")
    np.save(tmp_path / "c.npy", arrays[2])
    paths = [tmp_path / name for name in ("a.npy", "b.bmp", "c.npy")]
    np.testing.assert_array_equal(load_images(paths, network()), np.concatenate(arrays))
    monkeypatch.setattr("sim.pictures.sources.MAX_BYTES", 4 * 72 - 1)
    with pytest.raises(ModelError, match=r"c\.npy: brings the pictures to more than 287 bytes$"):
        load_images(paths, network())


def test_pictures_without_a_network_keep_their_size(tmp_path):
    np.save(tmp_path / "x.npy", noise(2, 3, 5, 4))
    Image.fromarray(noise(3, 5)).save(tmp_path / "x.png")
    read = load_unsized([tmp_path / "x.npy", tmp_path / "x.png"])
    assert [(path.name, pixels.shape) for path, pixels in read] == [
        ("x.npy", (2, 3, 5, 4)),
        ("x.png", (1, 3, 5, 1)),
    ]
    np.testing.assert_array_equal(read[0][1], noise(2, 3, 5, 4))
    np.save(tmp_path / "x.npy", noise(3, 5, 4))
    shape = r"x\.npy: pictures must have shape \(N, H, W, C\), not \(3, 5, 4\)$"
    with pytest.raises(ModelError, match=shape):
        load_unsized([tmp_path / "x.npy"])


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
    refuse(
        tmp_path / "x.gif",
        r"pictures are folders, patterns, or \.npy, \.bmp, \.jpeg, \.jpg, \.png, \.webp, \.npz, "
        r"\.csv or IDX files",
    )


def test_a_picture_of_absurd_size_is_refused_before_it_is_read(tmp_path, monkeypatch):
    path = tmp_path / "x.png"
    Image.fromarray(noise(40, 60, 3)).save(path)
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 1000)
    refuse(path, "has more than 16,777,216 pixels, the most that are read")
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 2000)  # from here to twice that Pillow warns
    refuse(path, "pictures must be 6 pixels wide and 4 high, not 60 and 40; .*")
    monkeypatch.setattr("hwgen.readers.picture.MAX_PIXELS", 2399)
    with pytest.raises(ModelError, match=r"x\.png: has more than 2,399 pixels, the most .*$"):
        load_unsized([path])


def names(pieces) -> list[str]:
    return [piece.place.path.name for piece in pieces]


def test_a_folder_is_its_pictures_and_those_of_its_folders_in_order(tmp_path):
    for name in ("b.png", "a.jpg", "dog/2.png", "dog/10.png", "cat/1.PNG", "cat/x.txt", ".h.png"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        if name.endswith("txt"):
            (tmp_path / name).write_text("no picture")
        else:
            Image.fromarray(noise(4, 6, 3)).save(tmp_path / name)
    said = []
    pieces = find_pictures(tmp_path, network(), said.append)
    assert names(pieces) == ["a.jpg", "b.png", "1.PNG", "10.png", "2.png"]
    assert [piece.label for piece in pieces] == [None, None, "cat", "dog", "dog"]
    assert said == [f"{tmp_path}: 1 file of another kind left out"]
    assert load_images(tmp_path, network()).shape == (5, 4, 6, 3)
    (tmp_path / "none").mkdir()
    refuse(tmp_path / "none", r"the folder holds no \.npy, .* or \.webp file")


def test_a_pattern_is_the_files_that_match_in_order(tmp_path):
    for name in ("cat/1.png", "cat/2.bmp", "dog/1.png"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        Image.fromarray(noise(4, 6, 3)).save(tmp_path / name)
    pieces = find_pictures(tmp_path / "*" / "*.png", network())
    assert [(piece.label, piece.place.path.name) for piece in pieces] == [
        ("cat", "1.png"),
        ("dog", "1.png"),
    ]
    assert [piece.label for piece in find_pictures(tmp_path / "cat" / "[12].*", network())] == [
        None,
        None,
    ]
    refuse(tmp_path / "*.gif", "no file matches")
    Image.fromarray(noise(4, 6, 3)).save(tmp_path / "[12].png")  # a file of that very name
    assert names(find_pictures(tmp_path / "[12].png", network())) == ["[12].png"]


def test_a_table_lists_files_from_its_folder_on_and_what_they_show(tmp_path):
    (tmp_path / "pics").mkdir()
    Image.fromarray(noise(4, 6, 3)).save(tmp_path / "pics" / "a.png")
    np.save(tmp_path / "two.npy", noise(2, 4, 6, 3))
    (tmp_path / "t.csv").write_text("path,label\npics/a.png,cat\ntwo.npy,dog\n")
    pieces = find_pictures(tmp_path / "t.csv", network())
    assert [(piece.label, piece.count) for piece in pieces] == [("cat", 1), ("dog", 2)]
    (tmp_path / "t.csv").write_text("pics/none.png\npics/nor.png\n")
    with pytest.raises(ModelError, match=r"none\.png: cannot be read: No such file or directory$"):
        load_images(tmp_path / "t.csv", network())


def test_archives_and_idx_files_are_read(tmp_path):
    values = noise(3, 4, 6)
    np.savez(tmp_path / "x.npz", train_x=noise(5, 4, 6), test_x=values, y=np.arange(3))
    said = []
    found = load_images(tmp_path / "x.npz", network(1), said.append)
    np.testing.assert_array_equal(found, values[..., None])
    assert said == [f"{tmp_path / 'x.npz'}: test_x is taken, of train_x, test_x"]
    assert len(load_images(f"{tmp_path / 'x.npz'}:train_x", network(1))) == 5
    header = bytes((0, 0, 8, 3)) + np.array(values.shape, ">u4").tobytes()
    (tmp_path / "t10k-images-idx3-ubyte.gz").write_bytes(gzip.compress(header + values.tobytes()))
    found = load_images(tmp_path / "t10k-images-idx3-ubyte.gz", network(1))
    np.testing.assert_array_equal(found, values[..., None])


def test_notes_of_many_pictures_are_one_line(tmp_path):
    for k in range(3):
        Image.fromarray(noise(4, 6) // (k + 1)).save(tmp_path / f"{k}.png")
    said = []
    load_images(tmp_path, network(3), said.append)
    assert said == [f"{tmp_path / '0.png'} and 2 more: grey, and taken as red, green and blue"]


def test_batches_hold_no_more_than_they_may(tmp_path):
    np.save(tmp_path / "a.npy", noise(5, 4, 6, 3))
    Image.fromarray(noise(4, 6, 3)).save(tmp_path / "b.bmp")
    pieces = find_pictures([tmp_path / "a.npy", tmp_path / "b.bmp"] * 2, network())
    found = list(batches(pieces, network(), print, None, 4 * 72 + 71))
    assert [len(part) for part in found] == [4, 4, 4]
    expected = load_images([tmp_path / "a.npy", tmp_path / "b.bmp"] * 2, network())
    np.testing.assert_array_equal(np.concatenate(found), expected)
    assert [len(part) for part in batches(pieces, network(), print, None, 1)] == [1] * 12


def test_other_sizes_are_made_to_fit_where_that_is_asked_for(tmp_path):
    Image.fromarray(noise(9, 9, 3)).save(tmp_path / "x.png")
    for fit in ("crop", "pad", "stretch"):
        assert load_images(tmp_path / "x.png", network(), fit=fit).shape == (1, 4, 6, 3)
    with pytest.raises(ModelError, match=r"^fit must be one of crop, pad, stretch, not 'zoom'$"):
        load_images(tmp_path / "x.png", network(), fit="zoom")
