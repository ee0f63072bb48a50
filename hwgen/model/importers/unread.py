"""Files that hold no network that can be imported, told from their first bytes: what they are."""

import re
from collections.abc import Callable

from hwgen.errors import ModelError

__all__ = ["check_kind"]

_KERAS = "import the Keras model that it was made of, saved as .h5 or .keras"
_EXPORT = "export the network that it belongs to as QONNX"
_PICTURE = "give the network, and the picture to `sim run` or `hwgen run`"
_UNPACK = "unpack it, and import what is in it"
_FETCH = "fetch the file itself"

_HEADER = 8
"""Bytes of a safetensors file ahead of its JSON: how long that is."""


def _safetensors(data: bytes) -> bool:
    length = int.from_bytes(data[:_HEADER], "little")
    return 2 <= length <= len(data) - _HEADER and data[_HEADER : _HEADER + 2] in (b'{"', b"{}")


def _begins(*starts: bytes) -> Callable[[bytes], bool]:
    return lambda data: data.startswith(starts)


def _holds(pattern: bytes, most: int | None = 4096) -> Callable[[bytes], bool]:
    found = re.compile(pattern, re.DOTALL)
    return lambda data: found.match(data[:most]) is not None


_KINDS: tuple[tuple[Callable[[bytes], bool], str, str], ...] = (
    (lambda data: data[4:8] == b"TFL3", "is a network of TensorFlow Lite", _KERAS),
    (_safetensors, "holds arrays alone (safetensors), and no network", _EXPORT),
    (_holds(rb"\x08\x01\x12.*\x22\x05serve"), "is a saved model of TensorFlow", _KERAS),
    (_holds(rb"\n.*\x12\x0bPlaceholder"), "is a graph of TensorFlow", _KERAS),
    (lambda data: data.startswith(b"PK") and b"/code/__torch__" in data,
     "is a TorchScript program", "export the module that it was made of as QONNX"),
    (_begins(b"\x93NUMPY"), "holds one array (.npy), and no network", _EXPORT),
    (_begins(b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"BM", b"II*\0", b"MM\0*"), "is a picture",
     _PICTURE),
    (_holds(rb"RIFF....WEBP"), "is a picture", _PICTURE),
    (_holds(rb'\s*\{.{0,200}"format"\s*:\s*"hwgen-bnn/'),
     "is a description already", "give it to `hwgen build`"),
    (_holds(rb"\s*[{\[]"), "is JSON, and no network that others trained",
     "import the file that has the weights"),
    (_begins(b"version https://git-lfs"), "is a pointer of Git LFS, and not the file", _FETCH),
    (_holds(rb"\s*<(!DOCTYPE|html|\?xml)"), "is a page, and no network", _FETCH),
    (_begins(b"\x1f\x8b", b"BZh", b"\xfd7zXZ", b"7z\xbc\xaf", b"Rar!"), "is packed", _UNPACK),
    (lambda data: data[257:262] == b"ustar", "is a tar archive", _UNPACK),
)  # fmt: skip
"""Of each kind how it is told, what it is, and what to do instead."""


def check_kind(data: bytes) -> None:
    """Refuse a file of a kind that is known, and is not imported.

    Raises
    ------
    ModelError
        With what the file is, and what to do instead.
    """
    for tells, what, remedy in _KINDS:
        if tells(data):
            raise ModelError(what, remedy=remedy)
