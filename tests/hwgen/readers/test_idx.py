"""IDX files, packed and plain, and damaged ones."""

import gzip
from pathlib import Path

import numpy as np
import pytest

from hwgen.errors import ModelError
from hwgen.readers.idx import is_idx, read_idx

VALUES = np.random.default_rng(1).integers(0, 256, (3, 4, 6), dtype=np.uint8)
WHOLE = bytes((0, 0, 8, 3)) + np.array(VALUES.shape, ">u4").tobytes() + VALUES.tobytes()


def test_names_tell_what_they_are():
    for name in ("t10k-images-idx3-ubyte.gz", "train-labels-idx1-ubyte", "t10k-images.idx3-ubyte"):
        assert is_idx(Path(name))
    for name in ("x.npy", "x.gz", "ubyte.png"):
        assert not is_idx(Path(name))


def test_arrays_are_read_packed_and_plain(tmp_path: Path):
    for data in (WHOLE, gzip.compress(WHOLE, mtime=0)):
        (tmp_path / "x-ubyte").write_bytes(data)
        np.testing.assert_array_equal(read_idx(tmp_path / "x-ubyte"), VALUES)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "is no IDX file of bytes, or a damaged one"),
        (b"\0\0\x0d\x03" + WHOLE[4:], "is no IDX file of bytes, or a damaged one"),
        (b"\0\0\x08\0", "is no IDX file of bytes, or a damaged one"),
        (b"\0\0\x08\xff" + WHOLE[4:], "is no IDX file of bytes, or a damaged one"),
        (WHOLE[:9], "is no IDX file of bytes, or a damaged one"),
        (WHOLE[:-1], "is cut short, or longer than its header says"),
        (WHOLE + b"x", "is cut short, or longer than its header says"),
        (b"\0\0\x08\x03" + b"\xff" * 12, "is cut short, or longer than its header says"),
        (gzip.compress(WHOLE, mtime=0)[:-9], "is a damaged gzip file, or one cut short"),
    ],
)
def test_other_files_are_refused(tmp_path: Path, data: bytes, message: str):
    (tmp_path / "x-ubyte").write_bytes(data)
    with pytest.raises(ModelError, match=f"^{message}$"):
        read_idx(tmp_path / "x-ubyte")


def test_what_unpacks_to_too_much_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("hwgen.readers.idx.MAX_BYTES", 1000)
    (tmp_path / "x-ubyte").write_bytes(gzip.compress(bytes(1001)))
    with pytest.raises(ModelError, match=r"^unpacks to more than the 1,000 bytes that are read$"):
        read_idx(tmp_path / "x-ubyte")
