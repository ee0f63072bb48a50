"""Weights in each of their forms, and what can be wrong with them."""

import base64
import io
import os
import re
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from hwgen.errors import ModelError
from hwgen.model.weights import pack_weights, read_weights

SHAPE = (2, 3, 1, 3)
WEIGHTS = np.random.default_rng(5).choice(np.array([-1, 1], np.int8), SHAPE)


def encode(data: bytes) -> dict[str, str]:
    return {"base64": base64.b64encode(data).decode()}


def npz(folder: Path, **arrays: Any) -> dict[str, str]:
    np.savez(folder / "w.npz", **arrays)
    return {"npz": "w.npz", "key": "k"}


def check(weights: np.ndarray) -> None:
    assert weights.dtype == np.int8
    assert np.array_equal(weights, WEIGHTS)
    assert weights.flags.c_contiguous
    assert not weights.flags.writeable


def test_the_first_bit_is_the_lowest_of_the_first_byte():
    # +1 in places 0, 3 and 9: bytes 0b00001001 and 0b00000010.
    weights = -np.ones((1, 10), np.int8)
    weights[0, [0, 3, 9]] = 1
    assert base64.b64decode(pack_weights(weights)) == bytes([0b1001, 0b10])


@pytest.mark.parametrize("count", [1, 7, 8, 9, 64, 1000])
def test_packed_weights_come_back(count: int, tmp_path: Path):
    weights = np.random.default_rng(count).choice(np.array([-1, 1], np.int8), (1, count))
    stored = {"base64": pack_weights(weights)}
    assert np.array_equal(read_weights(stored, (1, count), tmp_path), weights)


def test_each_form_is_read(tmp_path: Path):
    check(read_weights({"base64": pack_weights(WEIGHTS)}, SHAPE, tmp_path))
    check(read_weights(WEIGHTS.tolist(), SHAPE, tmp_path))
    check(read_weights(WEIGHTS.astype(float).tolist(), SHAPE, tmp_path))
    check(read_weights(npz(tmp_path, k=WEIGHTS), SHAPE, tmp_path))
    check(read_weights(npz(tmp_path, k=WEIGHTS.astype(">i8")), SHAPE, tmp_path))
    check(read_weights(npz(tmp_path, k=np.asfortranarray(WEIGHTS)), SHAPE, tmp_path))
    np.savez_compressed(tmp_path / "c.npz", a=WEIGHTS, b=-WEIGHTS)
    check(read_weights({"npz": "c.npz", "key": "a"}, SHAPE, tmp_path))


def test_a_sidecar_may_lie_in_a_folder_below(tmp_path: Path):
    (tmp_path / "below").mkdir()
    npz(tmp_path / "below", k=WEIGHTS)
    check(read_weights({"npz": "below/w.npz", "key": "k"}, SHAPE, tmp_path))


def test_a_link_may_stay_in_the_folder(tmp_path: Path):
    npz(tmp_path, k=WEIGHTS)
    (tmp_path / "link.npz").symlink_to("w.npz")
    check(read_weights({"npz": "link.npz", "key": "k"}, SHAPE, tmp_path))


@pytest.mark.parametrize(
    ("stored", "message"),
    [
        (encode(bytes(2)), r"weights must have 18 bits \(2 x 3 x 1 x 3\) in 3 bytes, not 2 bytes"),
        (encode(bytes(4)), r"weights must have 18 bits \(2 x 3 x 1 x 3\) in 3 bytes, not 4 bytes"),
        ({"base64": ""}, r"weights must have 18 bits \(.*\) in 3 bytes, not 0 bytes"),
        (
            encode(b"\0\0\4"),
            r"weights must have zeros behind their 18 bits in the last byte",
        ),
        ({"base64": "AAA"}, r"weights must be base64, not 'AAA'"),
        ({"base64": "AA=A"}, r"weights must be base64, not 'AA=A'"),
        ({"base64": "A A A"}, r"weights must be base64, not 'A A A'"),
        ({"base64": "\u00e9\u00e9\u00e9\u00e9"}, r"weights must be base64, not '.{4}'"),
        ({"external": "flash"}, r"external weights are not built by this version"),
        (
            WEIGHTS[:1].tolist(),
            r"weights must be nested as 2 x 3 x 1 x 3, but hold 1 entries instead of 2",
        ),
        (
            [WEIGHTS[0].tolist(), [[[1, 1, 1]]] * 2],
            r"weights must be nested as 2 x 3 x 1 x 3, but hold 2 entries instead of 3 at \[1\]",
        ),
        (
            [[[[1, 1]]] * 3] * 2,
            r"weights must be nested as .*, but hold 2 entries instead of 3 at \[0, 0, 0\]",
        ),
        ((WEIGHTS * 0).tolist(), r"weights must be -1 or \+1, not 0 at \[0, 0, 0, 0\]"),
        ([], r"weights must be nested as 2 x 3 x 1 x 3, but hold 0 entries instead of 2"),
    ],
)
def test_damaged_weights_are_refused(stored: Any, message: str, tmp_path: Path):
    with pytest.raises(ModelError, match=f"^{message}$"):
        read_weights(stored, SHAPE, tmp_path)


@pytest.mark.parametrize(
    ("array", "message"),
    [
        (WEIGHTS * 2, r"must be -1 or \+1, not -?2 at \[0, 0, 0, 0\]"),
        (WEIGHTS[:1], r"must have the shape 2 x 3 x 1 x 3, not 1 x 3 x 1 x 3"),
        (WEIGHTS.ravel(), r"must have the shape 2 x 3 x 1 x 3, not 18"),
        (WEIGHTS.astype(float), r"must be of a signed integer type, not float64"),
        (WEIGHTS > 0, r"must be of a signed integer type, not bool"),
        (np.ones(10**6, np.int8), r"is larger than 2 x 3 x 1 x 3 weights can be"),
        (np.full(SHAPE, None), r"is pickled, and nothing pickled is read"),
    ],
)
def test_arrays_that_do_not_fit_are_refused(array: np.ndarray, message: str, tmp_path: Path):
    with pytest.raises(ModelError, match=rf"^sidecar 'w\.npz': array 'k': {message}$"):
        read_weights(npz(tmp_path, k=array), SHAPE, tmp_path)


def test_an_array_that_is_not_there_is_named(tmp_path: Path):
    npz(tmp_path, other=WEIGHTS)
    with pytest.raises(ModelError, match=r"^sidecar 'w\.npz': has no array 'k'$"):
        read_weights({"npz": "w.npz", "key": "k"}, SHAPE, tmp_path)


@pytest.mark.parametrize(
    "name", ["../w.npz", "a/../../w.npz", "/w.npz", "..", "C:\\w.npz", "\\w.npz", "a\\..\\w.npz"]
)
def test_a_path_out_of_the_folder_is_refused(name: str, tmp_path: Path):
    npz(tmp_path, k=WEIGHTS)
    inner = tmp_path / "inner"
    inner.mkdir()
    with pytest.raises(
        ModelError, match=r"^sidecar must lie in the folder of the description, not '.*'$"
    ):
        read_weights({"npz": name, "key": "k"}, SHAPE, inner)


def test_a_link_out_of_the_folder_is_refused(tmp_path: Path):
    npz(tmp_path, k=WEIGHTS)
    inner = tmp_path / "inner"
    inner.mkdir()
    (inner / "w.npz").symlink_to(tmp_path / "w.npz")
    (inner / "up").symlink_to(tmp_path)
    for name in ("w.npz", "up/w.npz"):
        with pytest.raises(
            ModelError,
            match=rf"^sidecar '{name}' must not be a link out of the folder of the description$",
        ):
            read_weights({"npz": name, "key": "k"}, SHAPE, inner)


def test_a_missing_sidecar_is_named(tmp_path: Path):
    with pytest.raises(
        ModelError, match=r"^sidecar 'w\.npz': cannot be read: No such file or directory$"
    ):
        read_weights({"npz": "w.npz", "key": "k"}, SHAPE, tmp_path)


def test_a_name_with_a_nul_or_a_link_to_itself_is_reported(tmp_path: Path):
    (tmp_path / "loop").symlink_to("loop")
    for name in ("a\0b", "loop"):
        with pytest.raises(ModelError, match=r"^sidecar '.*': cannot be read: .+$"):
            read_weights({"npz": name, "key": "k"}, SHAPE, tmp_path)


def test_a_sidecar_that_is_no_plain_file_is_refused(tmp_path: Path):
    os.mkfifo(tmp_path / "pipe.npz")
    for name in (".", "pipe.npz"):
        with pytest.raises(ModelError, match=rf"^sidecar '{re.escape(name)}': cannot be read: .+$"):
            read_weights({"npz": name, "key": "k"}, SHAPE, tmp_path)


def test_wide_integers_are_refused_where_they_need_gigabytes(tmp_path: Path):
    shape = (1 << 26, 1)
    header = io.BytesIO()
    fields = {"descr": "<i8", "fortran_order": False, "shape": shape}
    np.lib.format.write_array_header_1_0(header, fields)
    with pytest.raises(
        ModelError, match=r"^sidecar 'w\.npz': array 'k': is too large as int64: store it as int8$"
    ):
        read_weights(member(tmp_path, header.getvalue()), shape, tmp_path)


@pytest.mark.parametrize("keep", [0, 10, 60, 200, -1])
def test_a_cut_sidecar_is_reported(keep: int, tmp_path: Path):
    stored = npz(tmp_path, k=WEIGHTS)
    path = tmp_path / "w.npz"
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(
        ModelError, match=r"^sidecar 'w\.npz'(: array 'k')?: is .*(damaged|cut short).*$"
    ):
        read_weights(stored, SHAPE, tmp_path)


def test_a_flipped_bit_in_a_sidecar_is_reported_or_harmless(tmp_path: Path):
    np.savez_compressed(tmp_path / "w.npz", k=WEIGHTS)
    path = tmp_path / "w.npz"
    data = path.read_bytes()
    refused = 0
    for place in range(len(data)):
        damaged = bytearray(data)
        damaged[place] ^= 1 << place % 8
        path.write_bytes(damaged)
        try:
            check(read_weights({"npz": "w.npz", "key": "k"}, SHAPE, tmp_path))
        except ModelError:
            refused += 1
    assert refused > len(data) // 2


def member(folder: Path, data: bytes) -> dict[str, str]:
    with zipfile.ZipFile(folder / "w.npz", "w") as archive:
        archive.writestr("k.npy", data)
    return {"npz": "w.npz", "key": "k"}


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"not an array",
        b"\x93NUMPY\x01\x00\xff\xff{",
        b"\x93NUMPY\x01\x00\x08\x00{'a': 1}",
        b"\x93NUMPY\x01\x00\x08\x00((((((((",
    ],
)
def test_a_member_that_is_no_array_is_reported(data: bytes, tmp_path: Path):
    with pytest.raises(
        ModelError, match=r"^sidecar 'w\.npz': array 'k': is (no \.npy array, .*|cut short)$"
    ):
        read_weights(member(tmp_path, data), SHAPE, tmp_path)


def test_a_header_of_any_length_is_not_read(tmp_path: Path):
    with pytest.raises(
        ModelError,
        match=r"^sidecar 'w\.npz': array 'k': is no \.npy array, or one with a damaged header$",
    ):
        read_weights(member(tmp_path, b"\x93NUMPY\x02\x00\xff\xff\xff\xff"), SHAPE, tmp_path)


def test_a_pickle_is_never_run(tmp_path: Path):
    class Trap:
        def __reduce__(self):
            return (os.mkdir, (str(tmp_path / "sprung"),))

    buffer = io.BytesIO()
    np.save(buffer, np.array([Trap()], dtype=object), allow_pickle=True)
    with pytest.raises(
        ModelError, match=r"^sidecar 'w\.npz': array 'k': is pickled, and nothing pickled is read$"
    ):
        read_weights(member(tmp_path, buffer.getvalue()), SHAPE, tmp_path)
    assert not (tmp_path / "sprung").exists()


def test_an_encrypted_member_is_reported(tmp_path: Path):
    stored = npz(tmp_path, k=WEIGHTS)
    path = tmp_path / "w.npz"
    data = bytearray(path.read_bytes())
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(signature) + offset] |= 1
    path.write_bytes(data)
    with pytest.raises(ModelError, match=r"^sidecar 'w\.npz': array 'k': is encrypted$"):
        read_weights(stored, SHAPE, tmp_path)
