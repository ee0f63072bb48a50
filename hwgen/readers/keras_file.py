"""Keras models as files: the description of the layers, and the arrays of each.

``.h5`` is one HDF5 file; ``.keras`` is a zip of ``config.json`` and ``model.weights.h5``.
"""

import io
import re
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

from hwgen.errors import ModelError, describe
from hwgen.readers.files import refusing
from hwgen.readers.hdf5 import Hdf5, is_hdf5, read_hdf5
from hwgen.readers.json_object import parse_json

__all__ = ["KerasFile", "Wanted", "is_keras", "read_keras"]

_CONFIG, _WEIGHTS = "config.json", "model.weights.h5"
_OWN_NAMES = (_WEIGHTS, "metadata.json")
"""Members of a ``.keras`` file that other zips do not have."""
_MAX_BYTES = 1 << 26
_MAX_MEMBERS = 1_000
_ENTRY = b"PK\x01\x02"
_ENCRYPTED = 1
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_ROOTS = ("/layers", "/_layer_checkpoint_dependencies")
"""Where a ``.keras`` file has its layers: today's name, and that of Keras 2.12."""
_UNUSED = ("optimizer", "optimizer_weights")
"""What training needs alone."""

Arrays = dict[str, NDArray[Any]]


@dataclass(frozen=True)
class Wanted:
    """A layer whose arrays are read: ``roles`` are their names, in the order of its variables."""

    name: str
    class_name: str
    roles: tuple[str, ...]


@dataclass(frozen=True)
class KerasFile:
    """``config`` describes the model, as JSON has it; ``version`` is that of Keras, or ""."""

    config: dict[str, Any]
    version: str
    weights: Hdf5
    numbered: bool
    """Whether arrays have numbers, as in ``.keras`` files, or names."""

    def arrays(self, wanted: Sequence[Wanted]) -> dict[str, Arrays]:
        """Arrays of layers, by the layer's name and the array's role; absent ones are left out.

        ``wanted`` has all layers of the model, in its order.

        Raises
        ------
        ModelError
            If a layer has more or fewer arrays than numbers can tell apart.
        """
        return (_by_order if self.numbered else _by_name)(self.weights, wanted)


def is_keras(data: bytes) -> bool:
    """Tell whether bytes are an HDF5 file, or a zip with the members of a ``.keras`` file."""
    zipped = data.startswith(b"PK\x03\x04")
    return is_hdf5(data) or (zipped and any(name.encode() in data for name in _OWN_NAMES))


def read_keras(data: bytes) -> KerasFile:
    """Read what describes the model; its arrays follow by `KerasFile.arrays`.

    Raises
    ------
    ModelError
        If the file is damaged, or no whole Keras model.
    ToolError
        If the package ``h5py`` is not installed.
    """
    if is_hdf5(data):
        file = read_hdf5(data, "is an HDF5 file", _UNUSED)
        text = file.text("", "model_config")
        if text is None:
            bare = file.texts("", "layer_names") is not None or any(map(file.has, _ROOTS))
            raise ModelError(
                "holds weights of Keras without the layers; save the whole model, by "
                "model.save('net.keras')"
                if bare
                else "is an HDF5 file, but no Keras model: it has no model_config"
            )
        config = parse_json(text.encode(), "its model_config")
        return KerasFile(config, file.text("", "keras_version") or "", file, False)
    members = _members(data)
    config = parse_json(_unpacked(members, _CONFIG), _CONFIG)
    weights = _unpacked(members, _WEIGHTS)
    if not is_hdf5(weights):
        raise ModelError(f"its {_WEIGHTS} is no HDF5 file")
    return KerasFile(config, "", read_hdf5(weights, "is a Keras model", _UNUSED), True)


def _members(data: bytes) -> zipfile.ZipFile:
    if data.count(_ENTRY) > _MAX_MEMBERS:
        raise ModelError(f"has more than {_MAX_MEMBERS:,} members")
    with refusing("is a damaged .keras file, or one cut short"):
        return zipfile.ZipFile(io.BytesIO(data))


def _unpacked(members: zipfile.ZipFile, name: str) -> bytes:
    if name not in members.namelist():
        raise ModelError(f"is a .keras file without {name}")
    member = members.getinfo(name)
    if member.compress_type not in _METHODS or member.flag_bits & _ENCRYPTED:
        raise ModelError(f"its {name} must be stored or deflated, as Keras does")
    if member.file_size > _MAX_BYTES:
        raise ModelError(f"its {name} unpacks to more than {_MAX_BYTES:,} bytes")
    with refusing("is a damaged .keras file, or one cut short"), members.open(member) as file:
        # No more than is stated, and the checksum is tested where the file ends.
        found = file.read(member.file_size)
        file.read(1)
    if len(found) != member.file_size:
        raise ModelError("is a damaged .keras file, or one cut short")
    return found


def _by_name(file: Hdf5, wanted: Sequence[Wanted]) -> dict[str, Arrays]:
    """Layers by name, arrays by the last part of theirs, as in ``dense/kernel:0``."""
    root = "/model_weights" if file.has("/model_weights") else ""
    found: dict[str, Arrays] = {}
    for layer in wanted:
        for path in file.texts(f"{root}/{layer.name}", "weight_names") or []:
            role = path.rsplit("/", 1)[-1].removesuffix(":0")
            # Keras 3 calls the kernel of a depthwise layer as it calls all others.
            role = role if role in layer.roles else f"depthwise_{role}"
            array = file.array(f"{root}/{layer.name}/{path}")
            if role in layer.roles and array is not None:
                found.setdefault(layer.name, {})[role] = array
    return found


def _by_order(file: Hdf5, wanted: Sequence[Wanted]) -> dict[str, Arrays]:
    """Layers by class, counted; arrays by number. Early files have the layer's name instead."""
    root = next((path for path in _ROOTS if file.has(path)), None)
    if root is None:
        raise ModelError(f"its {_WEIGHTS} has no layers")
    counted = _counted(wanted)
    # By class if that leaves none out that has arrays.
    plain = not all(file.has(f"{root}/{counted[one.name]}") for one in wanted if one.roles)
    found: dict[str, Arrays] = {}
    for layer in wanted:
        if not layer.roles:
            continue
        path = f"{root}/{layer.name if plain else counted[layer.name]}/vars"
        count = file.arrays_in(path)
        if count != len(layer.roles):
            raise ModelError(
                f"layer {describe(layer.name)} ({layer.class_name}): must have "
                f"{len(layer.roles)} arrays in {_WEIGHTS} ({', '.join(layer.roles)}), not {count}"
            )
        for k, role in enumerate(layer.roles):
            array = file.array(f"{path}/{k}")
            if array is not None:
                found.setdefault(layer.name, {})[role] = array
    return found


def _counted(wanted: Sequence[Wanted]) -> dict[str, str]:
    """Of each layer its class in small letters, with a number from the second of a kind on."""
    seen: dict[str, int] = {}
    made: dict[str, str] = {}
    for layer in wanted:
        kind = _snake(layer.class_name)
        number = seen[kind] = seen.get(kind, -1) + 1
        made[layer.name] = f"{kind}_{number}" if number else kind
    return made


def _snake(name: str) -> str:
    """``QuantConv2D`` as ``quant_conv2d``."""
    name = re.sub(r"\W", "", name)
    return re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=.)(?=[A-Z][a-z])", "_", name).lower()
