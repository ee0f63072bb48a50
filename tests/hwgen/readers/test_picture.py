"""Pictures of all kinds, made into what a network reads."""

import io
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from hwgen.errors import ModelError
from hwgen.readers.picture import Fit, Wanted, read_picture

BLACKENED = "transparent pixels are put on black"


def noise(*shape: int) -> np.ndarray:
    return np.random.default_rng(5).integers(0, 256, shape, dtype=np.uint8)


def wanted(channels: int, fit: Fit | None = None, width: int = 6, height: int = 4) -> Wanted:
    return Wanted(width, height, channels, fit)


def png(path: Path, values: np.ndarray, depth: int, colour: int, *more: bytes) -> Path:
    """A PNG written by hand, as Pillow writes no colours of 16 bits."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        checked = kind + data
        return struct.pack(">I", len(data)) + checked + struct.pack(">I", zlib.crc32(checked))

    rows = values.astype(">u2" if depth == 16 else np.uint8)
    data = b"".join(b"\0" + row.tobytes() for row in rows)
    header = struct.pack(">IIBBBBB", values.shape[1], values.shape[0], depth, colour, 0, 0, 0)
    parts = [
        chunk(b"IHDR", header),
        *more,
        chunk(b"IDAT", zlib.compress(data)),
        chunk(b"IEND", b""),
    ]
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + b"".join(parts))
    return path


@pytest.mark.parametrize(("colour", "channels"), [(0, 1), (2, 3), (6, 4)])
def test_of_16_bits_the_upper_8_are_taken(tmp_path: Path, colour: int, channels: int):
    values = np.random.default_rng(1).integers(0, 1 << 16, (4, 6, channels))
    values[0, 0] = 0xFF
    values[0, 1] = 0xFFFF
    said: list[str] = []
    path = png(tmp_path / "x.png", values, 16, colour)
    found = read_picture(path, wanted(channels), said.append)
    np.testing.assert_array_equal(found, values >> 8)
    assert said == ["of 16 bits a channel the upper 8 are taken"]


@pytest.mark.parametrize("scale", [256, 257])
def test_8_bits_that_were_widened_come_back_whichever_way(tmp_path: Path, scale: int):
    values = np.arange(256).reshape(16, 16)
    Image.fromarray((values * scale).astype(np.uint16)).save(tmp_path / "x.png")
    np.testing.assert_array_equal(read_picture(tmp_path / "x.png")[..., 0], values)


@pytest.mark.parametrize("suffix", ["webp", "bmp", "png"])
def test_kinds_without_loss_are_read_exactly(tmp_path: Path, suffix: str):
    values = noise(4, 6, 3)
    Image.fromarray(values).save(tmp_path / f"x.{suffix}", lossless=True)
    np.testing.assert_array_equal(read_picture(tmp_path / f"x.{suffix}", wanted(3)), values)


def test_black_and_white_and_few_greys_are_0_to_255(tmp_path: Path):
    bits = noise(4, 6) > 127
    Image.fromarray(bits).save(tmp_path / "x.png")
    np.testing.assert_array_equal(read_picture(tmp_path / "x.png")[..., 0], bits * 255)
    png(tmp_path / "x.png", np.array([[0x01, 0x23], [0x45, 0xEF]]).repeat(2, 0), 4, 0)
    data = bytearray((tmp_path / "x.png").read_bytes())
    data[16:20] = struct.pack(">I", 4)  # two numbers a byte
    data[29:33] = struct.pack(">I", zlib.crc32(data[12:29]))
    (tmp_path / "x.png").write_bytes(data)
    found = read_picture(tmp_path / "x.png")[::2, :, 0]
    np.testing.assert_array_equal(found, 17 * np.array([[0, 1, 2, 3], [4, 5, 14, 15]]))


def test_transparent_pixels_are_put_on_black(tmp_path: Path):
    values = noise(4, 6, 4)
    values[0, 0] = (200, 100, 3, 0)
    values[0, 1] = (200, 100, 3, 255)
    Image.fromarray(values).save(tmp_path / "x.png")
    said: list[str] = []
    found = read_picture(tmp_path / "x.png", wanted(3), said.append)
    exact = values[..., :3].astype(float) * values[..., 3:] / 255
    assert np.abs(found - exact).max() <= 0.5
    assert found[0, :2].tolist() == [[0, 0, 0], [200, 100, 3]]
    assert said == [BLACKENED]
    np.testing.assert_array_equal(read_picture(tmp_path / "x.png", wanted(4)), values)
    np.testing.assert_array_equal(read_picture(tmp_path / "x.png"), found)


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P", "RGB"])
def test_opacity_is_left_out_where_it_is_full(tmp_path: Path, mode: str):
    """A palette and a colour can stand for what is transparent too."""
    path, channels = tmp_path / "x.png", 1 if mode == "LA" else 3
    values = noise(4, 6, 4) // 2 + 1
    values[..., 3] = 255
    opaque = Image.fromarray(values, "RGBA").convert(mode)
    opaque.save(path)
    expected = np.asarray(opaque.convert("L" if mode == "LA" else "RGB")).reshape(4, 6, channels)
    said: list[str] = []
    np.testing.assert_array_equal(read_picture(path, wanted(channels), said.append), expected)
    assert said == []
    more = {}
    if mode in ("RGBA", "LA"):
        opaque.putpixel((2, 1), (9, 9, 9, 254)[-len(mode) :])
    else:
        more["transparency"] = opaque.getpixel((2, 1))
    opaque.save(path, **more)
    read_picture(path, wanted(3), said.append)
    assert said == [BLACKENED]


def test_colours_become_grey_by_their_luma_and_grey_colours_stay(tmp_path: Path):
    values = noise(4, 6, 3)
    Image.fromarray(values).save(tmp_path / "x.png")
    said: list[str] = []
    found = read_picture(tmp_path / "x.png", wanted(1), said.append)
    exact = values @ np.array([0.299, 0.587, 0.114])
    assert np.abs(found[..., 0] - exact).max() < 0.51
    assert said == ["colours are taken as grey: (299 R + 587 G + 114 B) / 1000"]
    grey = values[..., :1].repeat(3, axis=2)
    Image.fromarray(grey).save(tmp_path / "x.png")
    np.testing.assert_array_equal(read_picture(tmp_path / "x.png", wanted(1)), grey[..., :1])
    assert said[1:] == []


@pytest.mark.parametrize("turn", range(1, 9))
@pytest.mark.parametrize("suffix", ["jpg", "png", "webp"])
def test_pictures_are_turned_as_their_exif_says(tmp_path: Path, turn: int, suffix: str):
    upright = np.zeros((8, 16), np.uint8)
    upright[:4, :8], upright[4:, 8:] = 255, 120
    stored = {
        1: upright, 2: upright[:, ::-1], 3: upright[::-1, ::-1], 4: upright[::-1],
        5: upright.T, 6: upright.T[::-1], 7: upright.T[::-1, ::-1], 8: upright.T[:, ::-1],
    }[turn]  # fmt: skip
    exif = Image.Exif()
    exif[0x0112] = turn
    picture = Image.fromarray(np.ascontiguousarray(stored)).convert("RGB")
    picture.save(tmp_path / f"x.{suffix}", exif=exif, quality=95)
    said: list[str] = []
    found = read_picture(tmp_path / f"x.{suffix}", wanted(3, None, 16, 8), said.append)
    assert np.abs(found[..., 0].astype(int) - upright).max() < 20
    assert said == ([] if turn == 1 else ["turned as its EXIF says"])


def test_of_a_jpeg_with_more_behind_it_the_first_is_taken(tmp_path: Path):
    first, second = (Image.new("RGB", (6, 4), (value, 0, 0)) for value in (200, 10))
    first.save(tmp_path / "x.jpg", "MPO", save_all=True, append_images=[second])
    assert abs(int(read_picture(tmp_path / "x.jpg", wanted(3))[0, 0, 0]) - 200) < 5


@pytest.mark.parametrize("suffix", ["png", "webp"])
def test_what_moves_is_refused(tmp_path: Path, suffix: str):
    first, second = (Image.new("RGB", (6, 4), (value, 0, 0)) for value in (200, 10))
    first.save(tmp_path / f"x.{suffix}", save_all=True, append_images=[second])
    with pytest.raises(ModelError, match=r"^moves: store its pictures one a file$"):
        read_picture(tmp_path / f"x.{suffix}", wanted(3))


def test_colours_that_need_a_profile_are_refused(tmp_path: Path):
    Image.new("CMYK", (6, 4)).save(tmp_path / "x.jpg")
    with pytest.raises(ModelError, match=r"^a picture of mode CMYK is not read, only .*$"):
        read_picture(tmp_path / "x.jpg")


def test_a_transparent_colour_of_16_bits_is_refused(tmp_path: Path):
    more = b"\0\0\0\2tRNS\0\1" + struct.pack(">I", zlib.crc32(b"tRNS\0\1"))
    png(tmp_path / "x.png", np.zeros((4, 6), int), 16, 0, more)
    with pytest.raises(ModelError, match=r"^has 16 bits a channel and a transparent colour, .*$"):
        read_picture(tmp_path / "x.png", wanted(1))


def step(width: int, height: int) -> np.ndarray:
    """A picture whose left half is dark and whose right half is light."""
    values = np.full((height, width), 40, np.uint8)
    values[:, width // 2 :] = 200
    return values


def test_stretching_takes_the_whole_picture(tmp_path: Path):
    Image.fromarray(step(60, 8)).save(tmp_path / "x.png")
    found = read_picture(tmp_path / "x.png", wanted(1, Fit.STRETCH))[..., 0]
    assert (found[:, :2] == 40).all()
    assert (found[:, 4:] == 200).all()


def test_cropping_takes_the_middle(tmp_path: Path):
    values = np.zeros((8, 60), np.uint8)
    values[:, 23:37] = 77
    Image.fromarray(values).save(tmp_path / "x.png")
    assert (read_picture(tmp_path / "x.png", wanted(1, Fit.CROP)) == 77).all()
    Image.fromarray(values.T.copy()).save(tmp_path / "x.png")
    assert (read_picture(tmp_path / "x.png", wanted(1, Fit.CROP, 4, 6)) == 77).all()


def test_padding_puts_black_around_the_whole_picture(tmp_path: Path):
    Image.fromarray(np.full((10, 30, 3), 90, np.uint8)).save(tmp_path / "x.png")
    found = read_picture(tmp_path / "x.png", wanted(3, Fit.PAD))
    assert (found[1:3] == 90).all()
    assert (found[0] == 0).all()
    assert (found[3] == 0).all()
    Image.fromarray(noise(1, 400)).save(tmp_path / "x.png")
    assert read_picture(tmp_path / "x.png", wanted(1, Fit.PAD)).any(axis=1).sum() == 1


@pytest.mark.parametrize("fit", [None, *Fit])
def test_a_picture_of_the_right_size_is_left_as_it_is(tmp_path: Path, fit: Fit | None):
    Image.fromarray(noise(4, 6, 3)).save(tmp_path / "x.png")
    np.testing.assert_array_equal(read_picture(tmp_path / "x.png", wanted(3, fit)), noise(4, 6, 3))


@pytest.mark.parametrize("fit", list(Fit))
@pytest.mark.parametrize("size", [(1, 1), (1, 999), (999, 1), (7, 5), (6, 5), (5, 4)])
def test_all_sizes_can_be_made_to_fit(tmp_path: Path, fit: Fit, size: tuple[int, int]):
    Image.new("RGBA", size, (9, 9, 9, 9)).save(tmp_path / "x.png")
    for channels in (1, 3, 4):
        assert read_picture(tmp_path / "x.png", wanted(channels, fit)).shape == (4, 6, channels)


def test_a_webp_of_absurd_size_is_refused_before_it_is_unpacked(tmp_path: Path):
    buffer = io.BytesIO()
    Image.new("RGB", (4, 4)).save(buffer, "webp", lossless=True)
    data = bytearray(buffer.getvalue())
    data[21:25] = struct.pack("<I", 8000 | (8000 << 14))
    (tmp_path / "x.webp").write_bytes(data)
    with pytest.raises(ModelError, match=r"^has more than 16,777,216 pixels, the most .*$"):
        read_picture(tmp_path / "x.webp", wanted(3, Fit.CROP))
