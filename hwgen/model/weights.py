"""Weights as the description stores them: packed bits, nested lists or a sidecar file."""

import base64
import binascii
import warnings
import zipfile
import zlib
from collections.abc import Sequence
from math import prod
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import IO, Any

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from hwgen.errors import ModelError
from hwgen.model.locate import times
from hwgen.model.values import describe

__all__ = ["pack_weights", "read_weights"]

# A header that numpy writes as version 1.0 cannot be larger.
_NPY_HEADER_BYTES = 10 + 65535
_WIDEST_ITEM_BYTES = 8
_MAX_SIDECAR_BYTES = 1 << 28


def pack_weights(weights: NDArray[np.int8]) -> str:
    """Pack -1/+1 weights into base64: row-major, least significant bit first, 1 for +1."""
    bits = np.packbits((weights > 0).reshape(-1), bitorder="little")
    return base64.b64encode(bits.tobytes()).decode("ascii")


def read_weights(stored: Any, shape: tuple[int, ...], folder: Path) -> NDArray[np.int8]:
    """Read the weights of one layer.

    Parameters
    ----------
    stored : list or dict
        The value of the key ``weights``, which keeps to the schema.
    shape : tuple of int
        (filters, rows, columns, channels) or (units, inputs); no larger than the caller lets it be.
    folder : Path
        Where the description lies, and so its sidecars.

    Returns
    -------
    ndarray
        int8 -1/+1 of that shape, read-only.

    Raises
    ------
    ModelError
        If the weights are damaged, do not have this shape, or are not -1 or +1.
    """
    if isinstance(stored, list):
        weights = _from_lists(stored, shape)
    elif "base64" in stored:
        weights = _from_base64(stored["base64"], shape)
    elif "npz" in stored:
        weights = _from_npz(stored["npz"], stored["key"], shape, folder)
    else:
        raise ModelError("external weights are not built by this version")
    weights.flags.writeable = False
    return weights


def _from_lists(stored: Sequence[Any], shape: tuple[int, ...]) -> NDArray[np.int8]:
    flat: list[int] = []

    def walk(part: Sequence[Any], at: tuple[int, ...]) -> None:
        if len(part) != shape[len(at)]:
            place = f" at {[*at]}" if at else ""
            raise ModelError(
                f"weights must be nested as {times(shape)}, "
                f"but hold {len(part)} entries instead of {shape[len(at)]}{place}"
            )
        if len(at) < len(shape) - 1:
            for k, inner in enumerate(part):
                walk(inner, (*at, k))
            return
        for k, weight in enumerate(part):
            if weight not in (-1, 1):
                raise ModelError(f"weights must be -1 or +1, not {weight} at {[*at, k]}")
        flat.extend(part)

    walk(stored, ())
    return np.array(flat, dtype=np.int8).reshape(shape)


def _from_base64(text: str, shape: tuple[int, ...]) -> NDArray[np.int8]:
    try:
        data = base64.b64decode(text.encode("ascii"), validate=True)
    except (UnicodeEncodeError, binascii.Error) as error:
        raise ModelError(f"weights must be base64, not {describe(text)}") from error
    count = prod(shape)
    wanted = -(-count // 8)
    if len(data) != wanted:
        raise ModelError(
            f"weights must have {count} bits ({times(shape)}) in {wanted} bytes, "
            f"not {len(data)} bytes"
        )
    packed = np.frombuffer(data, dtype=np.uint8)
    if count % 8 and packed[-1] >> (count % 8):
        raise ModelError(f"weights must have zeros behind their {count} bits in the last byte")
    bits = np.unpackbits(packed, count=count, bitorder="little").view(np.int8)
    bits *= 2
    bits -= 1
    return bits.reshape(shape)


def _from_npz(name: str, key: str, shape: tuple[int, ...], folder: Path) -> NDArray[np.int8]:
    path = _sidecar(name, folder)
    what = f"sidecar {describe(name)}"
    try:
        with zipfile.ZipFile(path) as archive:
            try:
                member = archive.getinfo(f"{key}.npy")
            except KeyError as error:
                raise ModelError(f"{what} has no array {describe(key)}") from error
            what += f" array {describe(key)}"
            if member.file_size > prod(shape) * _WIDEST_ITEM_BYTES + _NPY_HEADER_BYTES:
                raise ModelError(f"{what} is larger than {times(shape)} weights can be")
            with archive.open(member) as file:
                _check_npy(file, shape, what)
            with archive.open(member) as file:
                values = npy.read_array(file, allow_pickle=False)
    except (
        OSError, EOFError, ValueError, RuntimeError, zipfile.BadZipFile, zlib.error,
    ) as error:  # fmt: skip
        reason = error.strerror if isinstance(error, OSError) and error.strerror else error
        raise ModelError(f"{what} cannot be read: {' '.join(str(reason).split())}") from error
    bad = np.argwhere((values != 1) & (values != -1))
    if len(bad):
        at = tuple(bad[0].tolist())
        raise ModelError(f"{what} must be -1 or +1, not {values[at]} at {[*at]}")
    return np.ascontiguousarray(values, dtype=np.int8)


def _sidecar(name: str, folder: Path) -> Path:
    # Both notations on every machine, so that a description means the same everywhere.
    windows = PureWindowsPath(name)
    if PurePosixPath(name).is_absolute() or windows.anchor or ".." in windows.parts:
        raise ModelError(f"sidecar must lie in the folder of the description, not {describe(name)}")
    base = folder.resolve()
    try:
        path = (base / name).resolve(strict=True)
    except (OSError, ValueError, RuntimeError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise ModelError(f"sidecar {describe(name)} cannot be read: {reason}") from error
    if not path.is_file():
        # A pipe would wait for ever.
        raise ModelError(f"sidecar {describe(name)} must be a plain file")
    if not path.is_relative_to(base):
        raise ModelError(
            f"sidecar {describe(name)} must not be a link out of the folder of the description"
        )
    return path


def _check_npy(file: IO[bytes], shape: tuple[int, ...], what: str) -> None:
    """Check the header alone, so that nothing is allocated for an array that is refused."""
    version = npy.read_magic(file)
    # Later versions have headers of any length; numpy writes them for structured types only.
    if version != (1, 0):
        raise ModelError(f"{what} must be of .npy version 1.0, not {version[0]}.{version[1]}")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about headers that Python 2 wrote
            found, _, dtype = npy.read_array_header_1_0(file)
    except Exception as error:  # a damaged header goes through Python's own parser and tokenizer
        raise ModelError(f"{what} cannot be read: its header is damaged") from error
    if dtype.hasobject:
        raise ModelError(f"{what} must not be pickled")
    if dtype.kind != "i":
        raise ModelError(f"{what} must be of a signed integer type, not {dtype}")
    if prod(shape) * dtype.itemsize > _MAX_SIDECAR_BYTES:
        raise ModelError(f"{what} is too large as {dtype}: store it as int8")
    if found != shape:
        raise ModelError(f"{what} must have the shape {times(shape)}, not {times(found)}")
