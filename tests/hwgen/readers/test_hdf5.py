"""HDF5 files: what is read of them, and what is refused, in a process that may crash."""

import io
import sys

import numpy as np
import pytest

from hwgen.errors import ModelError, ToolError
from hwgen.readers import hdf5
from hwgen.readers.hdf5 import is_hdf5, read_hdf5

h5py = pytest.importorskip("h5py", reason="needs the package h5py")

DAMAGED = "is a damaged HDF5 file, or one cut short"


def made(fill):
    data = io.BytesIO()
    with h5py.File(data, "w") as file:
        fill(file)
    return data.getvalue()


def refused(data, message):
    with pytest.raises(ModelError, match=f"^{message}$"):
        read_hdf5(data, "is a file")


def test_texts_and_arrays_are_read_by_path():
    def fill(file):
        file.attrs["one"] = "é"
        file.attrs["old"] = np.bytes_(b"text")
        file.attrs["number"] = 3.0
        inner = file.create_group("a/b")
        inner.attrs["names"] = ["x/y:0", "z"]
        inner.attrs["none"] = []
        file["a/b/x/y:0"] = np.arange(6, dtype=np.float32).reshape(2, 3)
        inner.create_dataset("z", data=np.ones(100, np.int8), compression="gzip")
        file["left/out"] = np.ones(3)

    data = made(fill)
    assert is_hdf5(data)
    found = read_hdf5(data, "is a file", ("left",))
    assert (found.text("", "one"), found.text("", "old")) == ("é", "text")
    assert found.text("", "number") is None
    assert found.texts("/a/b", "names") == ["x/y:0", "z"]
    assert found.texts("/a/b", "none") == []
    assert found.has("/a/b/x")
    assert not found.has("/left")
    assert np.array_equal(found.array("/a/b/x/y:0"), [[0, 1, 2], [3, 4, 5]])
    assert found.array("/a/b/x") is None
    assert found.arrays_in("/a/b") == 1


def test_files_cut_short_or_spoilt_are_one_sentence():
    def fill(file):
        file.attrs["text"] = "x" * 5000
        file["a"] = np.ones(100)

    data = made(fill)
    for end in (9, 100, len(data) // 2):
        refused(data[:end], DAMAGED)
    refused(data[:8] + bytes(len(data)), DAMAGED)


def test_a_crash_of_the_library_is_one_sentence(tmp_path, monkeypatch):
    child = tmp_path / "child.py"
    child.write_text("import os, signal\nos.kill(os.getpid(), signal.SIGSEGV)\n")
    monkeypatch.setattr(hdf5, "_CHILD", child)
    refused(made(lambda file: None), DAMAGED)
    child.write_text("import time\ntime.sleep(60)\n")
    monkeypatch.setattr(hdf5, "_MOST_SECONDS", 0.2)
    refused(made(lambda file: None), DAMAGED)


def huge(file):
    file.create_dataset("w", (1 << 40,), np.float32, chunks=(1024,))


def chunked(file):
    file.create_dataset("w", (4,), np.float32, chunks=(1 << 27,), maxshape=(None,))


def bomb(file):
    for k in range(3):
        file.create_dataset(f"w{k}", data=np.zeros(1 << 23, np.int8), compression="gzip")


def outside(file):
    file.create_dataset("w", (4,), np.float32, external=[("/etc/passwd", 0, 16)])


def virtual(file):
    layout = h5py.VirtualLayout((4,), np.float32)
    layout[:] = h5py.VirtualSource("/etc/passwd", "w", (4,))
    file.create_virtual_dataset("w", layout)


def odd(file):
    file.create_dataset("w", data=["a", "b"])


def many(file):
    for k in range(10_001):
        file.create_group(str(k), track_order=False)


@pytest.mark.parametrize(
    ("fill", "message"),
    [
        (huge, "its arrays have more than 16,777,216 numbers"),
        (bomb, "its arrays have more than 16,777,216 numbers"),
        (chunked, "its array '/w' has chunks of more than 64 MiB"),
        (outside, "its array '/w' lies in another file, which is not read"),
        (virtual, "its array '/w' lies in another file, which is not read"),
        (odd, "its array '/w' must hold plain numbers, not object"),
        (many, "has more than 10,000 names"),
        (lambda file: file.create_group("/".join("x" * 50)), "is nested too deeply"),
        (lambda file: file.__setitem__("me", file["/"]), "is nested too deeply"),
    ],
)
def test_what_would_be_too_large_or_comes_from_elsewhere_is_one_sentence(fill, message):
    refused(made(fill), message)


def test_links_to_elsewhere_are_not_followed():
    def fill(file):
        file["w"] = h5py.ExternalLink("/etc/passwd", "/")
        file["v"] = h5py.SoftLink("/w")

    found = read_hdf5(made(fill), "is a file")
    assert not found.has("/w")
    assert not found.has("/v")


def test_without_the_package_the_sentence_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "h5py", None)
    monkeypatch.setattr(hdf5.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(
        ToolError, match=r"^is a file, which is read with the package h5py: pip .*$"
    ):
        read_hdf5(b"", "is a file")
