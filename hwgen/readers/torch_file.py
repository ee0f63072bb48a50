"""Reads the tensors of a file that PyTorch saved; the one place that calls ``torch.load``.

Nothing that such a file names is run or imported: it is read with ``weights_only``, and classes
that PyTorch does not know stand for what they keep, and do nothing.
"""

import io
import pickletools
import zipfile
from collections import deque
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hwgen.errors import ModelError, ToolError, describe
from hwgen.readers.files import refusing
from hwgen.readers.npz import is_archive

__all__ = ["is_torch", "read_tensors"]

_MAX_NUMBERS = 1 << 24
_MAX_BYTES = 1 << 28
"""Of all members of the archive, unpacked."""
_MAX_PICKLE = 1 << 20
_MAX_MEMBERS = 10_000
_MAX_OPERATIONS = 1 << 18
_MAX_DEPTH, _MAX_TUPLE = 64, 1 << 12
"""Of tuples in tuples, and all that is in one: a short pickle can have one that holds another
twice, which holds another twice, and so on."""

_Size = tuple[int, int]
"""Depth of tuples in a tuple, and all that is in them; 1 and 1 of anything else."""

_PICKLES_OF_OLD = 5
_PROTOCOLS = (2, 3, 4, 5)

_PLAIN = {
    "_codecs.encode", "builtins.complex", "builtins.set", "collections.OrderedDict", "torch.Size",
    "torch._utils._rebuild_parameter", "torch._utils._rebuild_parameter_with_state",
    "torch._utils._rebuild_tensor", "torch._utils._rebuild_tensor_v2", "torch.device",
    "torch.serialization._get_layout",
}  # fmt: skip
"""What PyTorch itself calls while it reads plain tensors, besides types of numbers and memory."""

_SAFE_ENDS = ("Storage", *(f"int{bits}" for bits in (8, 16, 32, 64)), "float16", "float32",
              "float64", "bfloat16", "bool", "complex64", "complex128")  # fmt: skip


def is_torch(data: bytes) -> bool:
    """Tell whether the bytes begin as what ``torch.save`` writes, or as another pickle."""
    if not is_archive(data):
        return len(data) > 2 and data[0] == 0x80 and data[1] in _PROTOCOLS
    if data.count(b"PK\x01\x02") > _MAX_MEMBERS:
        return False
    try:
        return any(
            name.endswith("data.pkl") for name in zipfile.ZipFile(io.BytesIO(data)).namelist()
        )
    except Exception:
        # Cut short, it has no list of members; the first of PyTorch's is the pickle.
        return b"/data.pkl" in data[:512]


def read_tensors(data: bytes, path: Path) -> dict[str, NDArray[Any]]:
    """Read the tensors of a state dict, or of a module that was saved whole, by name.

    Of several dictionaries of tensors in a file, as in a checkpoint, it is the outermost, and the
    first of those.

    Raises
    ------
    ModelError
        If the file is damaged, holds no tensors, or larger ones than it has bytes.
    ToolError
        If PyTorch is not installed.
    """
    # Imported where it is used, because it is optional and slow to import.
    try:
        import torch
        from torch import serialization
    except ImportError as error:
        raise ToolError(
            f"{path}: is a file of PyTorch, which is read with the package torch: "
            "pip install 'hwgen[torch]'"
        ) from error
    with refusing("is a damaged file of PyTorch, one cut short, or a pickle of something else"):
        known, size = set(_known()), len(data)
        names: set[str] = set()
        if is_archive(data):
            pickles, size = _members(data)
            count = 1
        else:
            pickles, count = io.BytesIO(data), _PICKLES_OF_OLD
        for _ in range(count):
            names |= _scan(pickles)
        for name in sorted(names & known):
            if not (name in _PLAIN or name.endswith(_SAFE_ENDS)):
                raise ModelError(f"holds {describe(name)}, which no state dict needs")
        inert: list[Any] = [(type("Inert", (_Inert,), {}), name) for name in sorted(names - known)]
        with serialization.safe_globals(inert):
            # First of all without memory for any tensor, whatever size it says it has.
            shapes = torch.load(io.BytesIO(data), weights_only=True, map_location="meta")
            _check_sizes(_dictionary(shapes), size)
            found = torch.load(io.BytesIO(data), weights_only=True, map_location="cpu")
        return {name: _array(tensor) for name, tensor in _dictionary(found).items()}


def _known() -> Any:
    from torch import _weights_only_unpickler

    return _weights_only_unpickler._get_allowed_globals()


class _Inert:
    """Stands for an object of a class that is not known: keeps its state, and does nothing."""

    def __new__(cls, *_: Any) -> "_Inert":
        return object.__new__(cls)

    def __init__(self, *_: Any):
        self.state: Any = None

    def __setstate__(self, state: Any) -> None:
        self.state = state


def _members(data: bytes) -> tuple[io.BytesIO, int]:
    """The pickle of an archive, and the bytes of all members."""
    archive = zipfile.ZipFile(io.BytesIO(data))
    members = archive.infolist()
    size = sum(member.file_size for member in members)
    if size > _MAX_BYTES:
        raise ModelError(f"unpacks to more than the {_MAX_BYTES:,} bytes that are read")
    if any(member.filename.endswith("/constants.pkl") for member in members):
        raise ModelError(
            "is a TorchScript archive, which holds a program; export the network as QONNX, or "
            "give the module to hwgen.importers.from_torch"
        )
    (found,) = (member for member in members if member.filename.endswith("data.pkl"))
    if found.file_size > _MAX_PICKLE:
        raise ModelError(f"has more than {_MAX_PICKLE:,} bytes besides its tensors")
    return io.BytesIO(archive.read(found)), size


def _scan(pickles: io.BytesIO) -> set[str]:
    """Names that a pickle asks for; refuses tuples that take for ever, or too deep, to hash."""
    names: set[str] = set()
    stack: list[_Size | None] = []
    memory: dict[Any, _Size | None] = {}
    for k, (code, argument, _) in enumerate(pickletools.genops(pickles)):
        if k > _MAX_OPERATIONS:
            raise ModelError("holds more objects than a state dict has")
        if code.name == "GLOBAL":
            names.add(str(argument).replace(" ", ".", 1).replace("__builtin__", "builtins", 1))
        if code.name in ("BINPUT", "LONG_BINPUT"):
            memory[argument] = stack[-1]
        elif code.name in ("BINGET", "LONG_BINGET"):
            stack.append(memory[argument])
        elif code.name == "MARK":
            stack.append(None)
        elif code.stack_before or code.stack_after:
            size = _made(code, stack)
            if size[0] > _MAX_DEPTH or size[1] > _MAX_TUPLE:
                raise ModelError("is nested in a way that no state dict is")
            stack += [size] * len(code.stack_after)
    return names


def _made(code: Any, stack: list[_Size | None]) -> _Size:
    """Take off the stack what an operation takes; gives the size of what it makes."""
    taken: list[_Size | None] = []
    count = len(code.stack_before)
    if pickletools.stackslice in code.stack_before:
        while (one := stack.pop()) is not None:
            taken.append(one)
        count -= 2
    taken += [stack.pop() for _ in range(count)]
    if not code.name.startswith("TUPLE"):
        return 1, 1
    sizes = [one or (1, 1) for one in taken]
    return 1 + max((depth for depth, _ in sizes), default=0), 1 + sum(all_ for _, all_ in sizes)


def _dictionary(loaded: Any) -> dict[str, Any]:
    """The outermost dictionary of tensors, or the tensors of a module."""
    import torch

    queue, seen = deque([loaded]), set()
    while queue:
        one = queue.popleft()
        if id(one) in seen:
            continue
        seen.add(id(one))
        if isinstance(one, _Inert):
            found = _module(one, "", set())
            if found:
                return found
            one = one.state
        if isinstance(one, dict):
            found = {
                str(key): value for key, value in one.items() if isinstance(value, torch.Tensor)
            }
            if found and all(isinstance(key, str) for key in one):
                return found
            queue += one.values()
        elif isinstance(one, list | tuple):
            queue += one
    raise ModelError("is a file of PyTorch that holds no dictionary of tensors")


def _module(module: _Inert, prefix: str, above: set[int]) -> dict[str, Any]:
    """Tensors of a module that was saved whole, by the names that its state dict has."""
    import torch

    state = module.state
    if not isinstance(state, dict) or id(module) in above or len(above) > 100:
        return {}
    found = {}
    for kind in ("_parameters", "_buffers"):
        for name, value in (state.get(kind) or {}).items():
            if isinstance(value, torch.Tensor):
                found[f"{prefix}{name}"] = value
    for name, part in (state.get("_modules") or {}).items():
        if isinstance(part, _Inert):
            found |= _module(part, f"{prefix}{name}.", above | {id(module)})
    return found


def _check_sizes(tensors: dict[str, Any], size: int) -> None:
    total = 0
    for name, tensor in tensors.items():
        total += tensor.numel()
        if tensor.numel() * tensor.element_size() > size or total > _MAX_NUMBERS:
            raise ModelError(f"its tensor {describe(name)} is larger than the file can hold")


def _array(tensor: Any) -> NDArray[Any]:
    import torch

    tensor = tensor.detach()
    if tensor.dtype in (torch.bfloat16, torch.float16):
        tensor = tensor.float()
    return np.ascontiguousarray(tensor.numpy())
