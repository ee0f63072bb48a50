"""Weights as the description stores them: packed bits, nested lists or a sidecar file."""

import base64
import binascii
from collections.abc import Sequence
from functools import partial
from math import prod
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hwgen.errors import ModelError, describe, located, times
from hwgen.readers.files import read_bytes
from hwgen.readers.npy import Header
from hwgen.readers.npz import Archive

__all__ = [
    "MAX_WEIGHTS",
    "check_weight_count",
    "check_weight_values",
    "pack_weights",
    "read_weights",
    "weight_dtype",
]

MAX_WEIGHTS = 3 << 23
"""Weights a network may have, so that no description asks for gigabytes: each takes 32 bytes while
it is lowered. A third more than the largest network of the talk has."""

# A header that numpy writes as version 1.0 cannot be larger.
_NPY_HEADER_BYTES = 10 + 65535
_WIDEST_ITEM_BYTES = 8
_MAX_SIDECAR_BYTES = 1 << 28


def weight_dtype(bits: int) -> type[np.int8] | type[np.int16]:
    """Type of the array that holds weights of so many bits."""
    return np.int8 if bits <= 8 else np.int16


def check_weight_count(shape: tuple[int, ...], others: int) -> None:
    """Refuse weights that take the network, with ``others`` already there, over MAX_WEIGHTS."""
    if others + prod(shape) > MAX_WEIGHTS:
        raise ModelError(
            f"weights of {times(shape)} bring the network to {others + prod(shape)} weights, "
            f"but at most {MAX_WEIGHTS} are allowed"
        )


def check_weight_values(what: str, weights: NDArray[Any], bits: int) -> None:
    """Refuse a weight that so many bits do not hold: one bit is -1 or +1, more two's complement.

    Raises
    ------
    ModelError
        Names the first such weight; the sentence begins with ``what``.
    """
    low, high = -(1 << (bits - 1)), (1 << (bits - 1)) - 1
    # Minimum and maximum need no array as large as the weights.
    if bits == 1:
        integers = weights.dtype.kind in "iu"
        if integers and weights.min() >= -1 and weights.max() <= 1 and weights.all():
            return
        good, rule = (weights == 1) | (weights == -1), "-1 or +1"
    else:
        if weights.min() >= low and weights.max() <= high:
            return
        good, rule = (weights >= low) & (weights <= high), f"{low} to {high} ({bits} bits)"
    if not good.all():
        at = np.unravel_index(int(np.argmin(good)), weights.shape)
        place = [int(k) for k in at]
        raise ModelError(f"{what} must be {rule}, not {weights[at]} at {place}")


def pack_weights(weights: NDArray[Any], bits: int = 1) -> str:
    """Pack weights into base64: row-major, ``bits`` bits each, least significant bit first.

    One bit is 1 for +1 and 0 for -1; more are two's complement.
    """
    if bits == 1:
        flat = (weights > 0).reshape(-1)
    else:
        flat = (weights.reshape(-1, 1).astype(np.int64) >> np.arange(bits) & 1).reshape(-1)
    packed = np.packbits(flat.astype(np.uint8), bitorder="little")
    return base64.b64encode(packed.tobytes()).decode("ascii")


def read_weights(
    stored: Any, shape: tuple[int, ...], folder: Path, bits: int = 1
) -> NDArray[np.int8] | NDArray[np.int16]:
    """Read the weights of one layer.

    Parameters
    ----------
    stored : list or dict
        The value of the key ``weights``, which keeps to the schema.
    shape : tuple of int
        (filters, rows, columns, channels) or (units, inputs); no larger than the caller lets it be.
    folder : Path
        Where the description lies, and so its sidecars.
    bits : int
        Width of a weight.

    Returns
    -------
    ndarray
        Of that shape and `weight_dtype`, read-only.

    Raises
    ------
    ModelError
        If the weights are damaged, do not have this shape, or do not have ``bits`` bits.
    """
    if isinstance(stored, list):
        weights = _from_lists(stored, shape, bits)
    elif "base64" in stored:
        weights = _from_base64(stored["base64"], shape, bits)
    elif "npz" in stored:
        weights = _from_npz(stored["npz"], stored["key"], shape, folder, bits)
    else:
        raise ModelError("external weights are not built by this version")
    weights.flags.writeable = False
    return weights


def _from_lists(stored: Sequence[Any], shape: tuple[int, ...], bits: int) -> NDArray[Any]:
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
        flat.extend(part)

    walk(stored, ())
    # The schema keeps them to 16 bits.
    weights = np.array(flat, dtype=np.int64).reshape(shape)
    check_weight_values("weights", weights, bits)
    return weights.astype(weight_dtype(bits))


def _from_base64(text: str, shape: tuple[int, ...], bits: int) -> NDArray[Any]:
    try:
        data = base64.b64decode(text.encode("ascii"), validate=True)
    except (UnicodeEncodeError, binascii.Error) as error:
        raise ModelError(f"weights must be base64, not {describe(text)}") from error
    count = prod(shape) * bits
    wanted = -(-count // 8)
    if len(data) != wanted:
        raise ModelError(
            f"weights must have {count} bits ({times(shape)}) in {wanted} bytes, "
            f"not {len(data)} bytes"
        )
    packed = np.frombuffer(data, dtype=np.uint8)
    if count % 8 and packed[-1] >> (count % 8):
        raise ModelError(f"weights must have zeros behind their {count} bits in the last byte")
    found = np.unpackbits(packed, count=count, bitorder="little").view(np.int8)
    if bits == 1:
        found *= 2
        found -= 1
        return found.reshape(shape)
    rows = found.reshape(-1, bits).astype(np.int16)
    places = 1 << np.arange(bits, dtype=np.int64)
    places[-1] = -places[-1]
    return (rows @ places).astype(weight_dtype(bits)).reshape(shape)


def _from_npz(name: str, key: str, shape: tuple[int, ...], folder: Path, bits: int) -> NDArray[Any]:
    path = _sidecar(name, folder)
    with located(f"sidecar {describe(name)}"):
        archive = Archive(read_bytes(path, _MAX_SIDECAR_BYTES))
        member = f"{key}.npy"
        if member not in archive.names:
            raise ModelError(f"has no array {describe(key)}")
        what = f"array {describe(key)}"
        with located(what):
            if archive.size(member) > prod(shape) * _WIDEST_ITEM_BYTES + _NPY_HEADER_BYTES:
                raise ModelError(f"is larger than {times(shape)} weights can be")
            values = archive.read(member, partial(_check_npy, shape))
        check_weight_values(f"{what}:", values, bits)
    return np.ascontiguousarray(values, dtype=weight_dtype(bits))


def _sidecar(name: str, folder: Path) -> Path:
    # Both notations on every machine, so that a description means the same everywhere.
    windows = PureWindowsPath(name)
    if PurePosixPath(name).is_absolute() or windows.anchor or ".." in windows.parts:
        raise ModelError(f"sidecar must lie in the folder of the description, not {describe(name)}")
    try:
        base = folder.resolve()
        path = (base / name).resolve(strict=True)
    except (OSError, ValueError, RuntimeError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise ModelError(f"sidecar {describe(name)}: cannot be read: {reason}") from error
    if not path.is_relative_to(base):
        raise ModelError(
            f"sidecar {describe(name)} must not be a link out of the folder of the description"
        )
    return path


def _check_npy(shape: tuple[int, ...], header: Header) -> None:
    if header.dtype.kind != "i":
        raise ModelError(f"must be of a signed integer type, not {header.dtype}")
    if header.nbytes > _MAX_SIDECAR_BYTES:
        raise ModelError(f"is too large as {header.dtype}: store it as int8")
    if header.shape != shape:
        raise ModelError(f"must have the shape {times(shape)}, not {times(header.shape)}")
