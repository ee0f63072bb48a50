"""NumPy's .npz files: zip archives of .npy arrays, stored or deflated."""

import io
import zipfile
from typing import Any

from numpy.typing import NDArray

from hwgen.errors import ModelError, describe
from hwgen.readers.files import refusing
from hwgen.readers.npy import Check, Header, decode_npy, read_header

__all__ = ["MAX_BYTES", "Archive", "is_archive"]

MAX_BYTES = 1 << 26
"""Most bytes of a file that is imported, and of all its arrays together."""

_MAX_MEMBERS = 10_000
_ENTRY = b"PK\x01\x02"
_ENCRYPTED = 1
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
"""Those that NumPy writes. Other decoders take what memory the file asks for."""


def is_archive(data: bytes) -> bool:
    """Tell whether the bytes begin as a zip file does."""
    return data[:4] in (b"PK\x03\x04", b"PK\x05\x06")


class Archive:
    """The members of an ``.npz`` file.

    Raises
    ------
    ModelError
        If the bytes are no zip file, a damaged one, or one with anything but plain members.
    """

    def __init__(self, data: bytes):
        if data.count(_ENTRY) > _MAX_MEMBERS:
            raise ModelError(f"has more than {_MAX_MEMBERS:,} arrays")
        with refusing("is a damaged .npz file, or one cut short"):
            self._zip = zipfile.ZipFile(io.BytesIO(data))
            members = self._zip.infolist()
        for member in members:
            what = f"array {describe(member.filename.removesuffix('.npy'))}"
            if member.compress_type not in _METHODS:
                raise ModelError(f"{what}: must be stored or deflated, as NumPy does")
            if member.flag_bits & _ENCRYPTED:
                raise ModelError(f"{what}: is encrypted")
        self._members = {member.filename: member for member in members}
        self.names = tuple(member.filename for member in members)
        self.nbytes = sum(member.file_size for member in members)

    def size(self, name: str) -> int:
        """Bytes of a member, its header included, as the archive states them."""
        return self._members[name].file_size

    def header(self, name: str) -> Header:
        """What a member says of its array.

        Raises
        ------
        ModelError
            If it is damaged, or no array.
        """
        with (
            refusing("is damaged, or cut short"),
            self._zip.open(self._members[name]) as file,
        ):
            return read_header(file)  # type: ignore[arg-type]

    def read(self, name: str, check: Check) -> NDArray[Any]:
        """Read the array of a member, of which no more is unpacked than the archive states.

        Raises
        ------
        ModelError
            If it is damaged, or ``check`` refuses it.
        """
        with (
            refusing("is damaged, or cut short"),
            self._zip.open(self._members[name]) as file,
        ):
            # The checksum is tested where the file ends.
            array = decode_npy(file, self.size(name), check)  # type: ignore[arg-type]
            file.read(1)
        return array
