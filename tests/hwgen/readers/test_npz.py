"""Archives of arrays: what they may hold, and how much of it is unpacked."""

import io
import struct
import tracemalloc
import zipfile

import numpy as np
import pytest

from hwgen.errors import ModelError
from hwgen.readers.npz import Archive


def npy(array: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, array)
    return buffer.getvalue()


def archive(members: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as made:
        for name, data in members.items():
            made.writestr(name, data)
    return buffer.getvalue()


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_what_numpy_writes_is_read(method: int):
    values = np.arange(24, dtype=np.int16).reshape(4, 6)
    found = Archive(archive({"a.npy": npy(values), "b.npy": npy(values.T)}, method))
    assert found.names == ("a.npy", "b.npy")
    np.testing.assert_array_equal(found.read("a.npy", lambda header: None), values)
    np.testing.assert_array_equal(found.read("b.npy", lambda header: None), values.T)


@pytest.mark.parametrize("method", [zipfile.ZIP_LZMA, zipfile.ZIP_BZIP2])
def test_other_packings_are_refused(method: int):
    data = archive({"a.npy": npy(np.zeros(9))}, method)
    with pytest.raises(ModelError, match=r"^array 'a': must be stored or deflated, as NumPy does$"):
        Archive(data)


def test_too_many_members_are_refused_before_they_are_listed():
    with pytest.raises(ModelError, match=r"^has more than 10,000 arrays$"):
        Archive(b"PK\x03\x04" + b"PK\x01\x02" * 10_001)


def test_no_more_is_unpacked_than_the_archive_states():
    """The member says 200 bytes, and would unpack to 64 MiB."""
    data = bytearray(archive({"a.npy": npy(np.zeros(1 << 26, np.int8))}))
    directory = data.rfind(b"PK\x01\x02")
    data[directory + 24 : directory + 28] = struct.pack("<I", 200)
    found = Archive(bytes(data))
    assert found.size("a.npy") == 200
    tracemalloc.start()
    with pytest.raises(ModelError, match=r"^is no \.npy array, or one with a damaged header$"):
        found.read("a.npy", lambda header: None)
    assert tracemalloc.get_traced_memory()[1] < 1 << 20
    tracemalloc.stop()


def test_a_wrong_checksum_is_found():
    data = bytearray(archive({"a.npy": npy(np.arange(9_999))}, zipfile.ZIP_STORED))
    data[data.index(b"NUMPY") + 40_000] ^= 1
    with pytest.raises(ModelError, match=r"^is damaged, or cut short$"):
        Archive(bytes(data)).read("a.npy", lambda header: None)
